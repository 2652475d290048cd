/* What is kept of the messages of one call: enough to find any act's words without their text. */
#ifndef RELHEALTH_PARSE_H
#define RELHEALTH_PARSE_H

#include "model.h"

typedef struct {
    uint32_t begin; /* of a token, in the text */
    uint32_t end : 31, is_edge : 1; /* an edge is not underlined at a span's ends */
} Place;

/* The tokens of its sentence that a feature looks at. */
typedef struct {
    uint8_t first, count;
} Look;

typedef struct {
    uint32_t place, feature; /* where its tokens and its features that have weights begin */
    uint16_t places, own, around; /* how many: tokens, own features, then those of its place */
    uint32_t carries;             /* acts, as bits, that it may carry the words of */
} Sentence;

typedef struct {
    const Model *model; /* NULL for a message that was not read */
    uint32_t sentence, sentences;
    uint32_t found; /* acts that reach their thresholds, as bits */
} Message;

typedef struct {
    Message *messages;
    Sentence *sentences;
    uint32_t *features; /* rows of the model */
    Look *looks;        /* one a feature */
    Place *places;
    size_t message_count, sentence_count, feature_count, place_count;
    size_t sentence_room, feature_room, look_room, place_room;
} Parse;

static void parse_free(Parse *parse) {
    if (parse == NULL) return;
    free(parse->messages);
    free(parse->sentences);
    free(parse->features);
    free(parse->looks);
    free(parse->places);
    free(parse);
}

/* ---- Sums ------------------------------------------------------------------------------------ */

enum { MOST_SUMMED = 1 << 16, LANES_OF_SUMS = 8, VECTORS = CACHE_LINE / 4 / LANES_OF_SUMS };

typedef uint32_t Lanes __attribute__((vector_size(4 * LANES_OF_SUMS), may_alias));

/* Lanes of two vectors, by number. */
#if defined(__clang__) || __GNUC__ >= 12
#define CHOSEN(one, other, ...) __builtin_shufflevector(one, other, __VA_ARGS__)
#else
#define CHOSEN(one, other, ...) __builtin_shuffle(one, other, (Lanes){__VA_ARGS__})
#endif

/* Sums of the weights of up to MOST_SUMMED features, for which 32 bits suffice; MAX_ACTS of them.
 * Two columns at a time are taken for one number: the sum of these numbers has that of the even
 * columns once that of the odd ones, which are shifted out, is taken from it. The key, which takes
 * the last pair's place in a row, is summed in vain. */
FOR_WIDER_TOO
static void sum_features(
    const Model *model, const uint32_t *features, size_t count, int32_t *sums) {
    Lanes both[VECTORS] = {{0}}, odd[VECTORS] = {{0}};
    uint32_t more = (uint32_t)count * WEIGHT_MORE;
    for (size_t i = 0; i < count; i++) {
        const Lanes *pairs = (const Lanes *)(model->rows + features[i]);
        for (int v = 0; v < VECTORS; v++) {
            both[v] += pairs[v];
            odd[v] += pairs[v] >> 16;
        }
    }
    for (int v = 0; v < VECTORS; v++) {
        Lanes even = both[v] - (odd[v] << 16);
        Lanes turns[2] = {CHOSEN(even, odd[v], 0, 8, 1, 9, 2, 10, 3, 11) - more,
            CHOSEN(even, odd[v], 4, 12, 5, 13, 6, 14, 7, 15) - more};
        int at = 2 * LANES_OF_SUMS * v, left = MAX_ACTS - at;
        memcpy(sums + at, turns, (left < 2 * LANES_OF_SUMS ? (size_t)left : 2 * LANES_OF_SUMS) * 4);
    }
}

/* Adds to sums, or begins them. */
FOR_WIDER_TOO
static void add_sums(const int32_t *some, int begins, double *sums) {
    for (int act = 0; act < MAX_ACTS; act++)
        sums[act] = (begins ? 0.0 : sums[act]) + (double)some[act];
}

/* Gives back what is not needed. */
static void trim(void *items, size_t *room, size_t count, size_t size) {
    void **place = items, *moved = realloc(*place, (count + 1) * size);
    if (moved == NULL) return;
    *place = moved;
    *room = count + 1;
}

#define TRIM(parse, item, count)                                                                   \
    trim(&(parse)->item##s, &(parse)->item##_room, (parse)->count, sizeof *(parse)->item##s)

static void parse_trim(Parse *parse) {
    TRIM(parse, sentence, sentence_count);
    TRIM(parse, feature, feature_count);
    TRIM(parse, look, feature_count);
    TRIM(parse, place, place_count);
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

#define GROW(parse, item, count, more)                                                             \
    grow(&(parse)->item##s, &(parse)->item##_room, (parse)->count, more, sizeof *(parse)->item##s)

/* Room for more of each, as above. */
static inline int grow_sentences(Parse *parse, size_t more) {
    return GROW(parse, sentence, sentence_count, more);
}

static inline int grow_features(Parse *parse, size_t more) {
    return GROW(parse, feature, feature_count, more) | GROW(parse, look, feature_count, more);
}

static inline int grow_places(Parse *parse, size_t more) {
    return GROW(parse, place, place_count, more);
}

/* What most messages have at most; where they have more, there is made room for more. */
enum { SENTENCES_A_MESSAGE = 4, FEATURES_A_MESSAGE = 128, PLACES_A_MESSAGE = 32 };

/* An empty parse of so many messages; NULL without memory. */
static Parse *parse_new(size_t messages) {
    Parse *parse = calloc(1, sizeof *parse);
    if (parse == NULL) return NULL;
    parse->messages = calloc(messages + 1, sizeof *parse->messages);
    if (parse->messages != NULL && grow_sentences(parse, SENTENCES_A_MESSAGE * messages) == 0 &&
        grow_features(parse, FEATURES_A_MESSAGE * messages) == 0 &&
        grow_places(parse, PLACES_A_MESSAGE * messages) == 0)
        return parse;
    parse_free(parse);
    return NULL;
}

#endif
