/* Sentences to the features that have weights, as features.py states. */
#ifndef RELHEALTH_FEATURES_H
#define RELHEALTH_FEATURES_H

#include "forms.h"
#include "sentences.h"

enum { NEGATED = 3 };
enum { OWN_A_TOKEN = 6, CONTEXT_A_TOKEN = 2, AROUND_A_SENTENCE = 6, CONTEXT_A_MESSAGE = 4 };
/* At most; what a form adds alone is written as if it were as much as can be. */
enum { MAX_OWN = OWN_A_TOKEN * LONGEST + 1 + MOST_ROWS, MAX_PAIRS = LONGEST + 1 };
enum { MAX_CONTEXT = CONTEXT_A_TOKEN * LONGEST + 1 };

/* ---- A sentence's keys ---------------------------------------------------------------------- */

typedef struct {
    uint32_t key, row; /* the row holds the key if the model has it */
    Look look;
} Key;

/* Where what a sentence adds goes next: features that the model has, and keys to look up. */
typedef struct {
    uint32_t *features;
    Look *looks;
    Key *own, *context;
} Keys;

/* What the walk over a message's tokens carries along and counts. */
typedef struct {
    uint64_t pair, gram; /* what keys of pairs begin with, whose first form is the last token's */
    int left;            /* tokens that still stand under the negation */
    uint8_t negator;
    size_t words, loud;
    size_t letters, others, foreign, english; /* points of language.py */
} Walk;

/* Sets a key's row, which is then on its way from memory. */
static inline void seek(const Model *model, Key *place, uint32_t key) {
    uint32_t row = row_of(model, key);
    __builtin_prefetch(model->rows + row);
    place->key = key;
    place->row = row;
}

static inline void own_key(
    const Model *model, Keys *keys, uint64_t state, size_t first, size_t count) {
    Key *key = keys->own++;
    seek(model, key, folded(state));
    key->look = (Look){(uint8_t)first, (uint8_t)count};
}

static inline void context_key(const Model *model, Keys *keys, uint64_t state) {
    seek(model, keys->context++, folded(state));
}

static inline void known_feature(Keys *keys, uint32_t row, size_t first, size_t count) {
    *keys->features++ = row;
    *keys->looks++ = (Look){(uint8_t)first, (uint8_t)count};
}

/* What a form adds alone. As much as can be is written whatever there is: no branch. */
static inline void add_known(Keys *keys, const Form *form, size_t i) {
    for (int k = 0; k < MOST_ROWS; k++) {
        keys->features[k] = form->rows[k];
        keys->looks[k] = (Look){(uint8_t)i, 1};
    }
    keys->features += form->row_count;
    keys->looks += form->row_count;
    keys->context->key = form->lone_key;
    keys->context->row = form->lone_row;
    keys->context += form->lone_count;
}

/* What a form adds by itself, and the keys of its pair with the form before. */
static inline const Form *walk_form(
    const Model *model, Keys *keys, Walk *walk, const Token *token, size_t i) {
    uint64_t hash;
    const Form *form = form_of(model, token, &hash);
    own_key(model, keys, stirred(walk->pair, hash), i ? i - 1 : 0, i ? 2 : 1);
    context_key(model, keys, stirred(walk->gram, hash));
    add_known(keys, form, i);
    walk->pair = stirred(PAIR, hash);
    walk->gram = stirred(GRAM, hash);
    return form;
}

static inline int is_capital(uint32_t code) { return code - 'A' < 26; }

/* Whether a word of three or more code points is all ASCII capitals. Few begin with two: this one
 * branch is foreseen. */
static inline int is_loud(const Text *text, const Token *token) {
    const uint32_t *codes = text->text + token->begin;
    if (!(is_capital(codes[0]) & is_capital(codes[1])) || token->end - token->begin < 3) return 0;
    uint32_t end = token->end < token->begin + MAX_FORM ? token->end : token->begin + MAX_FORM;
    for (uint32_t place = token->begin; place < end; place++)
        if (!is_capital(text->text[place])) return 0;
    return 1;
}

/* Counts letters beyond Latin; says whether one is an accented Latin letter. */
static int look_at_letters(const Token *token, size_t *others) {
    int accented = 0;
    for (size_t b = 0; b < token->size; b++) {
        unsigned char byte = (unsigned char)token->form[b];
        unsigned char next = (unsigned char)token->form[b + 1];
        if ((byte & 0xC0) != 0xC0) continue;
        /* U+00DF is C3 9F, U+0250 is C9 90 */
        if (byte > 0xC9 || (byte == 0xC9 && next >= 0x90)) ++*others;
        else if (byte > 0xC3 || (byte == 0xC3 && next >= 0x9F)) accented = 1;
    }
    return accented;
}

static inline void count_language(Walk *walk, const Token *token, unsigned marks) {
    int accented = token->size > token->points && look_at_letters(token, &walk->others);
    walk->letters += token->points;
    walk->foreign += marks & FOREIGN ? 2 : (size_t)accented;
    walk->english += marks & ENGLISH ? 2 : 0;
}

static inline void walk_word(const Text *text, Keys *keys, Walk *walk,
    const Token *token, size_t i, const Form *form) {
    walk->words++;
    walk->loud += (size_t)is_loud(text, token);
    count_language(walk, token, form->marks);
    if (form->marks & NEGATOR) {
        walk->left = NEGATED;
        walk->negator = (uint8_t)i;
        return;
    }
    if (walk->left) {
        if (form->negated != NO_ROW)
            known_feature(keys, form->negated, walk->negator, i + 1 - walk->negator);
        walk->left = form->marks & CLAUSE_END ? 0 : walk->left - 1;
    }
}

/* All that a sentence adds but the keys of its place among the others; says where it ends. */
static Keys walk_sentence(const Model *model, const Text *text, const Token *tokens, size_t count,
    Walk *carried, Keys into) {
    Walk copy = *carried, *walk = &copy; /* in registers */
    Keys *keys = &into;
    walk->pair = PAIR_OPEN;
    walk->left = 0;
    for (size_t i = 0; i < count; i++) {
        const Form *form = walk_form(model, keys, walk, tokens + i, i);
        if (tokens[i].kind == WORD) walk_word(text, keys, walk, tokens + i, i, form);
        else if (tokens[i].does & ENDS_CLAUSE) walk->left = 0;
        else if (walk->left) walk->left--;
    }
    own_key(model, keys, stirred(walk->pair, CLOSE), count - 1, 1);
    *carried = copy;
    return into;
}

/* ---- Features -------------------------------------------------------------------------------- */

/* Appends the features of those keys that the model has; says how many. */
static inline uint16_t add_features(
    Parse *parse, const Model *model, const Key *keys, size_t count) {
    uint32_t *features = parse->features + parse->feature_count;
    Look *looks = parse->looks + parse->feature_count;
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        features[found] = keys[i].row;
        looks[found] = keys[i].look;
        found += model->rows[keys[i].row].key == keys[i].key;
    }
    parse->feature_count += found;
    return (uint16_t)found;
}

static uint32_t key_form(uint64_t state, const Token *token) {
    return folded(stirred(state, hash_of(token->form, token->size)));
}

/* The keys of where the sentence at `position` stands, which begins with `first`; how many. */
static size_t around_sentence(
    const Parse *parse, const Message *message, const Token *first, size_t position, Key *keys) {
    const Sentence *own = parse->sentences + message->sentence + position;
    size_t sentences = message->sentences, length = own->places / 4u, count = 0;
    int last = position + 1 == sentences;
    const Token *beyond = first + own->places;
    uint32_t found[AROUND_A_SENTENCE];
    found[count++] = KEY_PLACES[sentences == 1 ? ONLY_ONE
        : position == 0                        ? FIRST_ONE
        : last                                 ? LAST_ONE
                                               : MIDDLE_ONE];
    found[count++] = KEY_LENGTHS[length < 6 ? length : 6];
    found[count++] = position ? key_form(BEFORE, first - own[-1].places) : KEY_NONE_BEFORE;
    found[count++] = last ? KEY_NONE_AFTER : key_form(AFTER, beyond);
    if (beyond[-1].does & ASKS) found[count++] = key_form(ASKED, first);
    if (position && first[-1].does & ASKS) found[count++] = KEY_ANSWERS;
    for (size_t i = 0; i < count; i++) seek(message->model, keys + i, found[i]);
    return count;
}

#endif
