/* What a form adds by itself, whatever stands beside it. Words come again and again: the model
 * remembers one for each place of a table, so that most are hashed no more. The interpreter's lock,
 * which read() keeps, guards the table. */
#ifndef RELHEALTH_FORMS_H
#define RELHEALTH_FORMS_H

#include "keys.h"
#include "model.h"
#include "tokens.h"

enum { STEM = 4, LONG_STEM = 6, ENDING = 3 };
enum { MOST_KNOWN = 16, MOST_ROWS = 4, FORM_BITS = 12, FORMS = 1 << FORM_BITS };
static const uint32_t NO_ROW = UINT32_MAX;

struct Form {
    char form[MOST_KNOWN];         /* longer ones are not remembered */
    uint64_t pair, gram;           /* hashes of pairs whose first form it is */
    uint32_t rows[MOST_ROWS];      /* of the features that it alone makes and the model has */
    uint32_t negated;              /* row of it under a negation, or NO_ROW */
    uint32_t lone_key, lone_row;   /* of the message's context; NO_ROW as above */
    uint8_t size, kind, row_count; /* the size is 0 where none is remembered */
    uint8_t marks;                 /* of a word */
};

/* An empty table, and a place for what is not remembered; -1 without memory. */
static int reserve_forms(Model *model) {
    model->forms = lines_in(&model->forms_block, FORMS + 1);
    return model->forms == NULL ? -1 : 0;
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

/* The row of a key; NO_ROW where the model does not have it. */
static inline uint32_t row_if_any(const Model *model, uint64_t state) {
    uint32_t key = folded(state), row = row_of(model, key);
    return model->rows[row].key == key ? row : NO_ROW;
}

static void keep_row(const Model *model, Form *form, uint64_t state) {
    form->rows[form->row_count] = row_if_any(model, state);
    form->row_count += form->rows[form->row_count] != NO_ROW;
}

static void keep_parts(const Model *model, Form *form, const Token *token) {
    if (token->points <= STEM) return;
    size_t stem = bytes_of(token, STEM);
    uint64_t part = fnv(PART, token->form, stem);
    keep_row(model, form, part);
    if (token->points < LONG_STEM) return;
    size_t ending = bytes_of(token, token->points - (size_t)ENDING);
    keep_row(model, form, fnv(ENDS_WITH, token->form + ending, token->size - ending));
    if (token->points == LONG_STEM) return;
    keep_row(model, form, fnv(part, token->form + stem, bytes_of(token, LONG_STEM) - stem));
}

static void keep_word(const Model *model, Form *form, const Token *token, uint64_t one) {
    int has_not = token->size >= 3 && memcmp(token->form + token->size - 3, "n't", 3) == 0;
    form->marks = (uint8_t)(word_marks(model, one) | (has_not ? NEGATOR : 0));
    form->negated = row_if_any(model, fnv(NEGATION, token->form, token->size));
    keep_parts(model, form, token);
}

static void learn(const Model *model, Form *form, const Token *token, uint64_t one) {
    uint64_t lone = fnv(LONE, token->form, token->size);
    form->pair = fnv_byte(fnv(PAIR, token->form, token->size), JOINT);
    form->gram = fnv_byte(fnv(GRAM, token->form, token->size), JOINT);
    form->lone_key = folded(lone);
    form->lone_row = row_if_any(model, lone);
    form->negated = NO_ROW;
    form->marks = form->row_count = 0;
    keep_row(model, form, one);
    if (token->kind == WORD) keep_word(model, form, token, one);
    form->kind = token->kind;
    form->size = token->size <= MOST_KNOWN ? token->size : 0;
    memcpy(form->form, token->form, form->size);
}

/* What is known of a token's form, whose hash is `one`. */
static inline const Form *form_of(const Model *model, const Token *token, uint64_t one) {
    int is_short = token->size <= MOST_KNOWN;
    Form *form = model->forms + (is_short ? mixed(folded(one)) >> (32 - FORM_BITS) : FORMS);
    if (form->size != token->size || form->kind != token->kind ||
        memcmp(form->form, token->form, token->size) != 0)
        learn(model, form, token, one);
    return form;
}

#endif
