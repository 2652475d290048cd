/* From what each token adds to what a person would underline, as spans.py states. */
#ifndef RELHEALTH_SPANS_H
#define RELHEALTH_SPANS_H

#include "scores.h"

/* A weight's parts, of which each of the tokens that a feature looks at gets as many. */
enum { SHARES = 12, MOST_SHARING = 4 };
static const int32_t SHARE[MOST_SHARING + 1] = {0, SHARES, SHARES / 2, SHARES / 3, SHARES / 4};
enum { COST = 3, COST_DIVISOR = 25 }; /* of the strongest token's share: 0.12 */

typedef struct {
    uint32_t begin, end; /* code points of the text */
} Span;

/* What each token adds to its sentence's logit for an act, in twelfths of a weight's unit. Gives
 * the strongest token's share. */
static int32_t token_shares(const Parse *parse, const Model *model, const Sentence *sentence,
    int act, int32_t *shares) {
    const uint32_t *features = parse->features + sentence->feature;
    const Look *looks = parse->looks + sentence->feature;
    memset(shares, 0, sentence->places * sizeof *shares);
    for (uint32_t i = 0; i < sentence->own; i++) {
        int32_t *first = shares + looks[i].first;
        int32_t share = weight_in(model->rows + features[i], act) * SHARE[looks[i].count];
        *first += share;
        /* Those that look at as many stand together: branches that are foreseen. */
        if (looks[i].count > 1) first[1] += share;
        if (looks[i].count > 2) first[2] += share;
        if (looks[i].count > 3) first[3] += share;
    }
    int32_t most = shares[0];
    for (uint32_t i = 1; i < sentence->places; i++) most = shares[i] > most ? shares[i] : most;
    return most;
}

/* The run of tokens with the greatest sum after each has paid its cost, a part of `most`. Without
 * branches, for what a token adds is not foreseen. */
static void greatest_run(
    const int32_t *shares, uint32_t count, int64_t most, uint32_t *begin, uint32_t *end) {
    int64_t best = 0, total = 0, cost = COST * most;
    uint32_t start = 0, first = 0, last = 0;
    for (uint32_t i = 0; i < count; i++) {
        start = total > 0 ? start : i;
        total = (total > 0 ? total : 0) + COST_DIVISOR * (int64_t)shares[i] - cost;
        int is_best = total > best;
        best = is_best ? total : best;
        first = is_best ? start : first;
        last = is_best ? i + 1 : last;
    }
    *begin = first;
    *end = last;
}

/* The words of one sentence that carry an act; whether there are any. */
static int underline(
    const Parse *parse, const Model *model, const Sentence *sentence, int act, Span *span) {
    const Place *places = parse->places + sentence->place;
    int32_t shares[LONGEST];
    uint32_t begin, end;
    int32_t most = token_shares(parse, model, sentence, act, shares);
    if (most <= 0) return 0;
    greatest_run(shares, sentence->places, most, &begin, &end);
    uint32_t first = begin, last = end;
    while (first < last && places[first].is_edge) first++;
    while (first < last && places[last - 1].is_edge) last--;
    if (first == last) {
        first = begin;
        last = end;
    }
    *span = (Span){places[first].begin, places[last - 1].end};
    return 1;
}

/* How many sentences of a message may carry an act. */
static uint32_t carriers(const Parse *parse, const Message *message, int act) {
    const Sentence *sentences = parse->sentences + message->sentence;
    uint32_t count = 0;
    for (uint32_t i = 0; i < message->sentences; i++) count += sentences[i].carries >> act & 1;
    return count;
}

/* The next span of an act from the sentence at `*position` on, which moves on; whether there is. */
static int next_span(
    const Parse *parse, const Message *message, int act, uint32_t *position, Span *span) {
    while (*position < message->sentences) {
        const Sentence *sentence = parse->sentences + message->sentence + (*position)++;
        if (!(sentence->carries >> act & 1)) continue;
        if (underline(parse, message->model, sentence, act, span)) return 1;
    }
    return 0;
}

#endif
