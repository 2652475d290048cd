/* What a form adds by itself, whatever stands beside it. Words come again and again: the model
 * remembers one for each place of a table, so that most are hashed no more. The interpreter's lock,
 * which read() keeps, guards the table. */
#ifndef RELHEALTH_FORMS_H
#define RELHEALTH_FORMS_H

#include "keys.h"
#include "model.h"
#include "tokens.h"

enum { STEM = 4, LONG_STEM = 6, ENDING = 3 };
enum { MOST_KNOWN = 2 * BLOCK, MOST_ROWS = 4, FORM_BITS = 12, FORMS = 1 << FORM_BITS };
static const uint32_t NO_ROW = UINT32_MAX;

struct Form {
    uint64_t blocks[2];            /* the form; longer ones are not remembered, 0 stands for none */
    uint32_t rows[MOST_ROWS];      /* of the features that it alone makes and the model has */
    uint32_t negated;              /* row of it under a negation, or NO_ROW */
    uint32_t lone_key, lone_row;   /* of the message's context */
    uint8_t kind, row_count, lone_count; /* counts of those that the model has; 0 for other rows */
    uint8_t marks;                 /* of a word */
};

/* An empty table, and a place for what is not remembered; -1 without memory. */
static int reserve_forms(Model *model) {
    model->forms = lines_for(FORMS + 1);
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

/* The row of what is spelt by a state and a hash; NO_ROW where the model does not have it. */
static inline uint32_t row_if_any(const Model *model, uint64_t state, uint64_t hash) {
    uint32_t key = folded(stirred(state, hash)), row = row_of(model, key);
    return model->rows[row].key == key ? row : NO_ROW;
}

static void keep_row(const Model *model, Form *form, uint64_t state, uint64_t hash) {
    uint32_t row = row_if_any(model, state, hash);
    if (row != NO_ROW) form->rows[form->row_count++] = row;
}

static void keep_parts(const Model *model, Form *form, const Token *token) {
    if (token->points <= STEM) return;
    keep_row(model, form, PART, hash_of(token->form, bytes_of(token, STEM)));
    if (token->points < LONG_STEM) return;
    size_t ending = bytes_of(token, token->points - (size_t)ENDING);
    keep_row(model, form, ENDS_WITH, hash_of(token->form + ending, token->size - ending));
    if (token->points == LONG_STEM) return;
    keep_row(model, form, PART, hash_of(token->form, bytes_of(token, LONG_STEM)));
}

static void keep_word(const Model *model, Form *form, const Token *token, uint64_t hash) {
    int has_not = token->size >= 3 && memcmp(token->form + token->size - 3, "n't", 3) == 0;
    form->marks = (uint8_t)(word_marks(model, hash) | (has_not ? NEGATOR : 0));
    form->negated = row_if_any(model, NEGATION, hash);
    keep_parts(model, form, token);
}

static void learn(const Model *model, Form *form, const Token *token, uint64_t hash) {
    uint32_t lone_row = row_if_any(model, LONE, hash);
    form->lone_count = lone_row != NO_ROW;
    form->lone_row = form->lone_count ? lone_row : 0;
    form->lone_key = folded(stirred(LONE, hash));
    form->negated = NO_ROW;
    form->marks = form->row_count = 0;
    memset(form->rows, 0, sizeof form->rows);
    form->kind = token->kind;
    keep_row(model, form, ONE, hash);
    if (token->kind == WORD) keep_word(model, form, token, hash);
}

/* A form that may be remembered, as two blocks, with its hash. */
typedef struct {
    uint64_t first, second, hash;
} Spelling;

/* The same as hash_of() says, without a branch, for which word comes next is not foreseen. */
static inline Spelling spelling_of(const Token *token) {
    static const uint8_t kept[2 * MOST_KNOWN] = {
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    const uint8_t *from = kept + MOST_KNOWN - token->size;
    uint64_t first = block_at(token->form) & block_at(from);
    uint64_t second = block_at(token->form + BLOCK) & block_at(from + BLOCK);
    uint64_t hash = hashed(0, first), longer = hashed(hash, second);
    return (Spelling){first, second, token->size > BLOCK ? longer : hash};
}

/* What is known of a token's form, and its hash. */
static inline const Form *form_of(const Model *model, const Token *token, uint64_t *hash) {
    if (token->size > MOST_KNOWN) {
        *hash = hash_of(token->form, token->size);
        learn(model, model->forms + FORMS, token, *hash);
        return model->forms + FORMS;
    }
    Spelling spelling = spelling_of(token);
    Form *form = model->forms + (spelling.hash >> (64 - FORM_BITS));
    *hash = spelling.hash;
    if ((form->blocks[0] ^ spelling.first) | (form->blocks[1] ^ spelling.second) |
        (uint64_t)(form->kind ^ token->kind)) {
        learn(model, form, token, spelling.hash);
        form->blocks[0] = spelling.first;
        form->blocks[1] = spelling.second;
    }
    return form;
}

#endif
