/* Sentences to the features that have weights, as features.py states. */
#ifndef RELHEALTH_FEATURES_H
#define RELHEALTH_FEATURES_H

#include "sentences.h"

enum { NEGATED = 3, STEM = 4, LONG_STEM = 6, ENDING = 3 };
enum { OWN_A_TOKEN = 6, CONTEXT_A_TOKEN = 2, AROUND_A_SENTENCE = 6, CONTEXT_A_MESSAGE = 4 };
enum { MAX_OWN = OWN_A_TOKEN * LONGEST + 1, MAX_CONTEXT = CONTEXT_A_TOKEN * LONGEST };

/* ---- Keys that do not depend on words, and hashes that others begin with -------------------- */

static uint64_t ONE, PAIR, NEGATION, PART, ENDS_WITH, LONE, GRAM, BEFORE, AFTER, ASKED;
static uint64_t PAIR_OPEN, GRAM_OPEN;
static uint32_t KEY_PLACES[4], KEY_LENGTHS[7], KEY_WORDS[9], KEY_SENTENCES[7], KEY_LOUD[4];
static uint32_t KEY_HANDLE, KEY_ANSWERS, KEY_NONE_BEFORE, KEY_NONE_AFTER;

enum { ONLY_ONE, FIRST_ONE, MIDDLE_ONE, LAST_ONE };

static void number_keys(uint32_t *keys, int count, const char *name) {
    for (int i = 0; i < count; i++) {
        char digit = (char)('0' + i);
        keys[i] = folded(fnv(fnv_text(FNV_START, name), &digit, 1));
    }
}

static uint32_t key_of(const char *spelt) { return folded(fnv_text(FNV_START, spelt)); }

static void fill_keys(void) {
    struct {
        uint64_t *state;
        const char *begins;
    } states[] = {
        {&ONE, "1\x1f"}, {&PAIR, "2\x1f"}, {&NEGATION, "n\x1f"}, {&PART, "p\x1f"},
        {&ENDS_WITH, "f\x1f"}, {&LONE, "g\x1f"}, {&GRAM, "G\x1f"},
        {&BEFORE, "P\x1f" "before\x1f"}, {&AFTER, "P\x1f" "after\x1f"}, {&ASKED, "P\x1f" "asks\x1f"},
        {&PAIR_OPEN, "2\x1f<s>\x1f"}, {&GRAM_OPEN, "G\x1f<s>\x1f"},
    };
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        *states[i].state = fnv_text(FNV_START, states[i].begins);
    KEY_PLACES[ONLY_ONE] = key_of("P\x1fplace\x1fonly");
    KEY_PLACES[FIRST_ONE] = key_of("P\x1fplace\x1f" "first");
    KEY_PLACES[MIDDLE_ONE] = key_of("P\x1fplace\x1fmiddle");
    KEY_PLACES[LAST_ONE] = key_of("P\x1fplace\x1flast");
    number_keys(KEY_LENGTHS, 7, "P\x1flength\x1f");
    number_keys(KEY_WORDS, 9, "M\x1fwords\x1f");
    number_keys(KEY_SENTENCES, 7, "M\x1fsentences\x1f");
    number_keys(KEY_LOUD, 4, "M\x1floud\x1f");
    KEY_HANDLE = key_of("M\x1fhandle");
    KEY_ANSWERS = key_of("P\x1f" "answers");
    KEY_NONE_BEFORE = key_of("P\x1f" "before\x1f<s>");
    KEY_NONE_AFTER = key_of("P\x1f" "after\x1f</s>");
}

/* ---- A sentence's keys ---------------------------------------------------------------------- */

typedef struct {
    uint32_t key, row;    /* the row holds the key if the model has it */
    uint8_t first, count; /* as a feature's */
} Key;

/* Where the next keys of a sentence go. */
typedef struct {
    Key *own, *context;
} Keys;

/* What the walk over a message's tokens carries along and counts. */
typedef struct {
    uint64_t pair, gram; /* hashes of pairs whose first form is the last token's */
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
    key->first = (uint8_t)first;
    key->count = (uint8_t)count;
}

static inline void context_key(const Model *model, Keys *keys, uint64_t state) {
    seek(model, keys->context++, folded(state));
}

/* The keys of single forms and of pairs. All hashes of a form are made at once: each waits for
 * itself at every byte, none for the others. Gives the hash that the form is known by. */
static inline uint64_t hash_form(
    const Model *model, Keys *keys, Walk *walk, const Token *token, size_t i) {
    uint64_t one = ONE, lone = LONE, pair = walk->pair, gram = walk->gram;
    uint64_t next_pair = PAIR, next_gram = GRAM;
    for (size_t b = 0; b < token->size; b++) {
        unsigned char byte = (unsigned char)token->form[b];
        one = fnv_byte(one, byte);
        lone = fnv_byte(lone, byte);
        pair = fnv_byte(pair, byte);
        gram = fnv_byte(gram, byte);
        next_pair = fnv_byte(next_pair, byte);
        next_gram = fnv_byte(next_gram, byte);
    }
    own_key(model, keys, one, i, 1);
    own_key(model, keys, pair, i ? i - 1 : 0, i ? 2 : 1);
    context_key(model, keys, lone);
    context_key(model, keys, gram);
    walk->pair = fnv_byte(next_pair, JOINT);
    walk->gram = fnv_byte(next_gram, JOINT);
    return one;
}

/* Bytes of the first `points` code points of a form. */
static inline size_t bytes_of(const Token *token, size_t points) {
    if (token->size == token->points) return points;
    size_t at = 0;
    for (size_t seen = 0; at < token->size; at++) {
        seen += (token->form[at] & 0xC0) != 0x80;
        if (seen > points) break;
    }
    return at;
}

static inline void hash_parts(const Model *model, Keys *keys, const Token *token, size_t i) {
    if (token->points <= STEM) return;
    size_t stem = bytes_of(token, STEM);
    uint64_t part = fnv(PART, token->form, stem);
    own_key(model, keys, part, i, 1);
    if (token->points < LONG_STEM) return;
    size_t ending = bytes_of(token, token->points - (size_t)ENDING);
    own_key(model, keys, fnv(ENDS_WITH, token->form + ending, token->size - ending), i, 1);
    if (token->points == LONG_STEM) return;
    own_key(model, keys, fnv(part, token->form + stem, bytes_of(token, LONG_STEM) - stem), i, 1);
}

static inline int is_negator(const Token *token, unsigned marks) {
    return marks & NEGATOR ||
           (token->size >= 3 && memcmp(token->form + token->size - 3, "n't", 3) == 0);
}

/* Whether a word of three or more code points is all ASCII capitals. */
static inline int is_loud(const Text *text, const Token *token) {
    if (token->end - token->begin < 3) return 0;
    uint32_t end = token->end < token->begin + MAX_FORM ? token->end : token->begin + MAX_FORM;
    for (uint32_t place = token->begin; place < end; place++)
        if (text->text[place] - 'A' >= 26) return 0;
    return 1;
}

/* Counts letters beyond Latin; says whether one is an accented Latin letter. */
static int look_at_letters(const Token *token, size_t *others) {
    int accented = 0;
    for (size_t b = 0; b < token->size; b++) {
        unsigned char byte = (unsigned char)token->form[b], next = (unsigned char)token->form[b + 1];
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

static inline void walk_word(
    const Model *model, const Text *text, Keys *keys, Walk *walk, const Token *token, size_t i,
    uint64_t hash) {
    unsigned marks = word_marks(model, hash);
    walk->words++;
    walk->loud += (size_t)is_loud(text, token);
    count_language(walk, token, marks);
    hash_parts(model, keys, token, i);
    if (is_negator(token, marks)) {
        walk->left = NEGATED;
        walk->negator = (uint8_t)i;
        return;
    }
    if (walk->left) {
        own_key(model, keys, fnv(NEGATION, token->form, token->size), walk->negator, i + 1 - walk->negator);
        walk->left = marks & CLAUSE_END ? 0 : walk->left - 1;
    }
}

/* All keys of a sentence but those of its place among the others; says where they end. */
static Keys walk_sentence(const Model *model, const Text *text, const Token *tokens, size_t count,
    Walk *carried, Keys into) {
    Walk copy = *carried, *walk = &copy; /* in registers */
    Keys *keys = &into;
    walk->pair = PAIR_OPEN;
    walk->left = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t hash = hash_form(model, keys, walk, tokens + i, i);
        if (tokens[i].kind == WORD) walk_word(model, text, keys, walk, tokens + i, i, hash);
        else if (tokens[i].does & ENDS_CLAUSE) walk->left = 0;
        else if (walk->left) walk->left--;
    }
    own_key(model, keys, fnv(walk->pair, "</s>", 4), count - 1, 1);
    *carried = copy;
    return into;
}

/* ---- Features -------------------------------------------------------------------------------- */

/* Appends the features of those keys that the model has; says how many. */
static inline uint16_t add_features(
    Parse *parse, const Model *model, const Key *keys, size_t count) {
    Feature *features = parse->features + parse->feature_count;
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        features[found].row = keys[i].row;
        features[found].first = keys[i].first;
        features[found].count = keys[i].count;
        found += model->rows[keys[i].row].key == keys[i].key;
    }
    parse->feature_count += found;
    return (uint16_t)found;
}

static uint32_t key_form(uint64_t state, const Token *token) {
    return folded(fnv(state, token->form, token->size));
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
