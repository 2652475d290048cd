/* One side's weights as the kernel holds them, found by key, and its word lists. */
#ifndef RELHEALTH_MODEL_H
#define RELHEALTH_MODEL_H

#include <math.h>
#include <stdlib.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

#include "hashes.h"

enum { MAX_ACTS = 24, CACHE_LINE = 64 };
enum { FOREIGN = 1, ENGLISH = 2, NEGATOR = 4, CLAUSE_END = 8, WORD_MARKS = 15 };

/* A key and its weights, one an act: a cache line. Each is kept as WEIGHT_MORE than it is, so that
 * none is below zero: parse.h says what for. */
typedef struct {
    uint16_t weights[CACHE_LINE / 2 - 2];
    uint32_t key;
} Row;

enum { WEIGHT_MORE = 1 << 15 };

typedef struct Form Form;

/* Two multiplications find a key's row: the first mixes the key, whose first bits then choose a
 * turn; the second mixes key and turn. Turns are searched when the model is made, so that no two
 * of its keys meet. A key that the model does not have is sent to a row that holds another. */
typedef struct {
    int acts;
    uint32_t row_count, multiplier;
    int turn_shift;
    uint8_t *turns;
    Row *rows;
    uint64_t *words;  /* hashes with WORD_MARKS for their last bits; 0 is empty */
    int word_shift;
    Form *forms;      /* what is remembered of forms.h */
    double scales[MAX_ACTS], biases[MAX_ACTS], slopes[MAX_ACTS], offsets[MAX_ACTS];
    double thresholds[MAX_ACTS];
} Model;

static void model_free(Model *model) {
    if (model == NULL) return;
    free(model->turns);
    free(model->rows);
    free(model->words);
    free(model->forms);
    free(model);
}

/* So many empty cache lines, to be freed; NULL without memory. Rows are read in no order, so many
 * of them ask for large pages, whose addresses are found sooner. */
static void *lines_for(size_t count) {
    enum { LARGE_PAGE = 1 << 21 };
    size_t size = count * CACHE_LINE, page = size < LARGE_PAGE ? CACHE_LINE : LARGE_PAGE;
    size += (page - size % page) % page;
    void *lines = aligned_alloc(page, size);
    if (lines == NULL) return NULL;
#ifdef MADV_HUGEPAGE
    if (page == LARGE_PAGE) madvise(lines, size, MADV_HUGEPAGE);
#endif
    return memset(lines, 0, size);
}

static inline uint32_t mixed(uint32_t key) { return key * 0x9E3779B1u; }

static inline uint32_t row_with(const Model *model, uint32_t mixed_key, uint32_t turn) {
    return (uint32_t)((uint64_t)((mixed_key ^ turn) * model->multiplier) * model->row_count >> 32);
}

/* The weight for an act in a row. */
static inline int32_t weight_in(const Row *row, int act) {
    return row->weights[act] - WEIGHT_MORE;
}

/* The row that holds a key if any does. */
static inline uint32_t row_of(const Model *model, uint32_t key) {
    uint32_t mixed_key = mixed(key);
    return row_with(model, mixed_key, model->turns[mixed_key >> model->turn_shift]);
}

/* ---- Making the rows ------------------------------------------------------------------------- */

/* Groups hold fewer than KEYS_A_GROUP + 1 keys on average: with four there are often no turns. */
enum { TURNS = 256, KEYS_A_GROUP = 1, MULTIPLIERS = 256 };

/* The mixed keys in groups, one a turn. */
typedef struct {
    uint32_t count, group_count;
    uint32_t *keys;   /* group after group */
    uint32_t *begins; /* of the groups, and the end of the last */
    uint8_t *taken;   /* rows */
} Groups;

/* Sorts the keys into groups. */
static void group(const Model *model, Groups *groups, const uint32_t *keys) {
    for (uint32_t i = 0; i < groups->count; i++)
        groups->begins[(mixed(keys[i]) >> model->turn_shift) + 1]++;
    for (uint32_t g = 0; g < groups->group_count; g++) groups->begins[g + 1] += groups->begins[g];
    for (uint32_t i = groups->count; i-- > 0;) {
        uint32_t key = mixed(keys[i]);
        groups->keys[--groups->begins[(key >> model->turn_shift) + 1]] = key;
    }
    memmove(groups->begins, groups->begins + 1, groups->group_count * sizeof *groups->begins);
    groups->begins[groups->group_count] = groups->count;
}

/* Takes rows for some keys with one turn; 0, and none taken, where any is taken already. */
static int take_rows(
    const Model *model, uint8_t *taken, const uint32_t *keys, uint32_t count, uint32_t turn) {
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *row = taken + row_with(model, keys[i], turn);
        if (*row) {
            while (i-- > 0) taken[row_with(model, keys[i], turn)] = 0;
            return 0;
        }
        *row = 1;
    }
    return 1;
}

/* Turns for the groups of so many keys; 0 where the model's multiplier allows none. */
static int choose_turns(Model *model, const Groups *groups, uint32_t count) {
    for (uint32_t g = 0; g < groups->group_count; g++) {
        const uint32_t *keys = groups->keys + groups->begins[g];
        if (groups->begins[g + 1] - groups->begins[g] != count) continue;
        uint32_t turn = 0;
        while (turn < TURNS && !take_rows(model, groups->taken, keys, count, turn)) turn++;
        if (turn == TURNS) return 0;
        model->turns[g] = (uint8_t)turn;
    }
    return 1;
}

static int choose_multiplier(Model *model, const Groups *groups) {
    uint32_t largest = 0;
    for (uint32_t g = 0; g < groups->group_count; g++)
        if (groups->begins[g + 1] - groups->begins[g] > largest)
            largest = groups->begins[g + 1] - groups->begins[g];
    for (uint32_t i = 0; i < MULTIPLIERS; i++) {
        uint32_t count = largest;
        model->multiplier = 0x85EBCA6Bu + 2 * i;
        memset(groups->taken, 0, model->row_count);
        while (count > 0 && choose_turns(model, groups, count)) count--;
        if (count == 0) return 1;
    }
    return 0;
}

/* Rows at cache lines, the taken ones filled, the others with keys that are sent elsewhere. */
static int fill_rows(
    Model *model, const Groups *groups, const uint32_t *keys, const char *weights) {
    size_t size = (size_t)model->acts * sizeof(int16_t);
    model->rows = lines_for(model->row_count);
    if (model->rows == NULL) return -1;
    for (uint32_t i = 0; i < groups->count; i++) {
        Row *row = model->rows + row_of(model, keys[i]);
        memcpy(row->weights, weights + i * size, size);
        for (int act = 0; act < MAX_ACTS; act++) row->weights[act] += WEIGHT_MORE;
        row->key = keys[i];
    }
    uint32_t zero = row_of(model, 0);
    while (!groups->taken[zero] && row_of(model, model->rows[zero].key) == zero)
        model->rows[zero].key++;
    return 0;
}

/* Fills a model with keys; -1 without memory, -2 where the keys cannot be told apart. */
static int model_fill(Model *model, const uint32_t *keys, uint32_t count, const char *weights) {
    int bits = 1;
    while (count >> bits > KEYS_A_GROUP) bits++;
    model->turn_shift = 32 - bits;
    model->row_count = count + count / 8 + 2; /* at least two: one key is sent past another */
    Groups groups = {.count = count, .group_count = 1u << bits};
    groups.keys = malloc(((size_t)count + 1) * sizeof *groups.keys);
    groups.begins = calloc((size_t)groups.group_count + 2, sizeof *groups.begins);
    groups.taken = malloc(model->row_count);
    model->turns = calloc(groups.group_count, 1);
    int failed = -1;
    if (groups.keys && groups.begins && groups.taken && model->turns) {
        group(model, &groups, keys);
        failed = choose_multiplier(model, &groups) ? fill_rows(model, &groups, keys, weights) : -2;
    }
    free(groups.keys);
    free(groups.begins);
    free(groups.taken);
    return failed;
}

/* ---- Words ----------------------------------------------------------------------------------- */

/* Where a word's hash is or would be. */
static inline uint64_t *word_place(const Model *model, uint64_t hash) {
    uint32_t mask = UINT32_MAX >> model->word_shift, at = mixed(folded(hash)) >> model->word_shift;
    while (model->words[at] != 0 && (model->words[at] ^ hash) > WORD_MARKS) at = (at + 1) & mask;
    return model->words + at;
}

/* The marks of the word with a hash, 0 where it is in no list. */
static inline unsigned word_marks(const Model *model, uint64_t hash) {
    return (unsigned)(*word_place(model, hash) & WORD_MARKS);
}

/* Marks words that stand one a line, of which none is longer than a form. */
static void mark_words(Model *model, const char *lines, unsigned mark) {
    while (*lines != '\0') {
        char padded[MAX_FORM * UTF8 + BLOCK] = {0};
        size_t size = strcspn(lines, "\n");
        if (size <= MAX_FORM * UTF8) memcpy(padded, lines, size);
        uint64_t hash = hash_of(padded, size <= MAX_FORM * UTF8 ? size : 0);
        uint64_t *place = word_place(model, hash);
        *place = (*place ? *place : hash & ~(uint64_t)WORD_MARKS) | mark;
        lines += size + (lines[size] == '\n');
    }
}

/* An empty table for the words of texts of `bytes` together; -1 without memory. */
static int reserve_words(Model *model, size_t bytes) {
    model->word_shift = 28;
    while (UINT32_MAX >> model->word_shift <= bytes / 2) model->word_shift--;
    model->words = calloc((size_t)(UINT32_MAX >> model->word_shift) + 1, sizeof *model->words);
    return model->words == NULL ? -1 : 0;
}

#endif
