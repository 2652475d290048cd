/* What is kept of the messages of one call: enough to find any act's words without their text. */
#ifndef RELHEALTH_PARSE_H
#define RELHEALTH_PARSE_H

#include "model.h"

typedef struct {
    uint32_t begin; /* of a token, in the text */
    uint32_t end : 31, is_edge : 1; /* an edge is not underlined at a span's ends */
} Place;

typedef struct {
    uint32_t row;
    uint8_t first, count; /* tokens of the sentence that it looks at */
} Feature;

typedef struct {
    uint32_t place, feature; /* where its tokens and its features that have weights begin */
    uint16_t places, own, around; /* how many: tokens, own features, then those of its place */
    uint32_t carries;             /* acts, as bits, that it may carry the words of */
} Sentence;

typedef struct {
    const Model *model; /* NULL for a message that was not read */
    uint32_t sentence, sentences;
    uint32_t found; /* acts that reach their thresholds, as bits */
    double around[MAX_ACTS]; /* sums of what holds for the message as a whole */
} Message;

typedef struct {
    Message *messages;
    Sentence *sentences;
    Feature *features;
    Place *places;
    size_t message_count, sentence_count, feature_count, place_count;
    size_t sentence_room, feature_room, place_room;
} Parse;

static void parse_free(Parse *parse) {
    if (parse == NULL) return;
    free(parse->messages);
    free(parse->sentences);
    free(parse->features);
    free(parse->places);
    free(parse);
}

/* ---- Sums ------------------------------------------------------------------------------------ */

/* Whole numbers: the same sums on every processor. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__linux__)
#define FOR_AVX2_TOO __attribute__((target_clones("avx2", "default")))
#else
#define FOR_AVX2_TOO
#endif

enum { MOST_SUMMED = 1 << 16, PAIRS = 8, VECTORS = CACHE_LINE / 4 / PAIRS };

typedef int32_t Pairs __attribute__((vector_size(4 * PAIRS))); /* of columns */

/* Sums of the weights of up to MOST_SUMMED features, for which 32 bits suffice; MAX_ACTS columns.
 * Two columns at a time are taken for one number, from which each is shifted out. The key, which
 * takes the last pair's place in a row, is summed in vain. */
FOR_AVX2_TOO
static void sum_features(const Model *model, const Feature *features, size_t count, int32_t *sums) {
    Pairs even[VECTORS] = {{0}}, odd[VECTORS] = {{0}};
    for (size_t i = 0; i < count; i++) {
        const Pairs *pairs = (const Pairs *)(model->rows + features[i].row);
        for (int v = 0; v < VECTORS; v++) {
            even[v] += (pairs[v] << 16) >> 16;
            odd[v] += pairs[v] >> 16;
        }
    }
    for (int act = 0; act < MAX_ACTS; act += 2) {
        sums[act] = even[act / 2 / PAIRS][act / 2 % PAIRS];
        sums[act + 1] = odd[act / 2 / PAIRS][act / 2 % PAIRS];
    }
}

/* Gives back what is not needed. */
static void trim(void *items, size_t *room, size_t count, size_t size) {
    void **place = items, *moved = realloc(*place, (count + 1) * size);
    if (moved == NULL) return;
    *place = moved;
    *room = count + 1;
}

#define TRIM(parse, item)                                                                          \
    trim(&(parse)->item##s, &(parse)->item##_room, (parse)->item##_count, sizeof *(parse)->item##s)

static void parse_trim(Parse *parse) {
    TRIM(parse, sentence);
    TRIM(parse, feature);
    TRIM(parse, place);
}

/* Room for `more` items beyond `count`; -1 without memory. */
static inline int grow(void *items, size_t *room, size_t count, size_t more, size_t size) {
    if (count + more <= *room) return 0;
    size_t larger = 2 * *room > count + more ? 2 * *room : count + more;
    void **place = items, *moved = realloc(*place, larger * size);
    if (moved == NULL) return -1;
    *place = moved;
    *room = larger;
    return 0;
}

#define GROW(parse, item, more)                                                                  \
    grow(&(parse)->item##s, &(parse)->item##_room, (parse)->item##_count, more,                    \
        sizeof *(parse)->item##s)

/* What most messages have at most; where they have more, there is made room for more. */
enum { SENTENCES_A_MESSAGE = 4, FEATURES_A_MESSAGE = 128, PLACES_A_MESSAGE = 32 };

/* An empty parse of so many messages; NULL without memory. */
static Parse *parse_new(size_t messages) {
    Parse *parse = calloc(1, sizeof *parse);
    if (parse == NULL) return NULL;
    parse->messages = calloc(messages + 1, sizeof *parse->messages);
    if (parse->messages != NULL && GROW(parse, sentence, SENTENCES_A_MESSAGE * messages) == 0 &&
        GROW(parse, feature, FEATURES_A_MESSAGE * messages) == 0 &&
        GROW(parse, place, PLACES_A_MESSAGE * messages) == 0)
        return parse;
    parse_free(parse);
    return NULL;
}

#endif
