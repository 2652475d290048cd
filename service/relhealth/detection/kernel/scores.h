/* Features to probabilities, as reference.py states: whole-number sums, then IEEE doubles in a
 * fixed order. */
#ifndef RELHEALTH_SCORES_H
#define RELHEALTH_SCORES_H

#include "exponentials.h"
#include "features.h"

static const double LOGIT_LIMIT = 30.0;
static const double LEAST_ODDS = 1e-15, MOST_ODDS = 1e15; /* beyond these a logit is not within it */
static const double NEAR_LOGITS = 1.5; /* by which a sentence may trail the best one and still carry
                                          an act */
static double DAMPING[LONGEST + 1]; /* by a sentence's number of tokens */
static uint64_t BIT_OF[MAX_ACTS];   /* by an act's number; a table, so that loops may read several */

static void fill_scores(void) {
    for (int act = 0; act < MAX_ACTS; act++) BIT_OF[act] = (uint64_t)1 << act;
    for (int tokens = 0; tokens <= LONGEST; tokens++)
        DAMPING[tokens] = 1.0 / sqrt(sqrt((double)tokens + 2.0));
}

/* Logits of a sentence; those beyond the model's acts mean nothing. */
static void sentence_logits(
    const Parse *parse, const Message *message, const Sentence *sentence, double *logits) {
    const Model *model = message->model;
    const Feature *features = parse->features + sentence->feature;
    int32_t own[MAX_ACTS], around[MAX_ACTS];
    sum_features(model, features, sentence->own, own);
    sum_features(model, features + sentence->own, sentence->around, around);
    double damping = DAMPING[sentence->places];
    for (int act = 0; act < MAX_ACTS; act++) {
        double sum = (double)own[act] * damping + (message->around[act] + (double)around[act]);
        logits[act] = model->biases[act] + model->scales[act] * sum;
    }
}

/* Odds that one more sentence does the acts, by its logits. */
FOR_AVX2_TOO
static void add_odds(const double *logits, double *odds) {
    for (int act = 0; act < MAX_ACTS; act++) {
        double own = exp_of(within(logits[act], LOGIT_LIMIT));
        odds[act] = odds[act] + own + odds[act] * own;
    }
}

FOR_AVX2_TOO
static void logits_of_odds(const double *odds, double *logits) {
    for (int act = 0; act < MAX_ACTS; act++) {
        double most = odds[act] < MOST_ODDS ? odds[act] : MOST_ODDS;
        logits[act] = log_of(most > LEAST_ODDS ? most : LEAST_ODDS);
    }
}

FOR_AVX2_TOO
static void calibrate(const Model *model, const double *logits, double *chances) {
    for (int act = 0; act < MAX_ACTS; act++)
        chances[act] = sigmoid(
            model->slopes[act] * within(logits[act], LOGIT_LIMIT) + model->offsets[act]);
}

/* The acts, as bits, whose numbers are at least as great as `least`. */
FOR_AVX2_TOO
static uint32_t acts_from(const double *numbers, const double *least) {
    uint64_t acts = 0;
    for (int act = 0; act < MAX_ACTS; act++)
        acts |= numbers[act] >= least[act] ? BIT_OF[act] : 0;
    return (uint32_t)acts;
}

/* Logits of "at least one of these sentences does". `logits` has room for MAX_ACTS a sentence. */
static void pool_sentences(
    const Parse *parse, const Message *message, double *logits, double *pooled) {
    Sentence *sentences = parse->sentences + message->sentence;
    double odds[MAX_ACTS] = {0}, near[MAX_ACTS];
    for (int act = 0; act < MAX_ACTS; act++) near[act] = -INFINITY;
    for (uint32_t i = 0; i < message->sentences; i++) {
        double *own = logits + i * (size_t)MAX_ACTS;
        sentence_logits(parse, message, sentences + i, own);
        for (int act = 0; act < MAX_ACTS; act++) {
            double close = own[act] - NEAR_LOGITS;
            near[act] = close > near[act] ? close : near[act];
        }
        add_odds(own, odds);
    }
    for (uint32_t i = 0; i < message->sentences; i++)
        sentences[i].carries = acts_from(logits + i * (size_t)MAX_ACTS, near);
    logits_of_odds(odds, pooled);
}

/* Calibrated probabilities of a message's acts, zeros for a message without sentences; the acts that
 * reach their thresholds, as bits. `logits`: see pool_sentences. */
static uint32_t probabilities(
    const Parse *parse, const Message *message, double *logits, double *row) {
    const Model *model = message->model;
    double pooled[MAX_ACTS], chances[MAX_ACTS] = {0};
    if (message->sentences == 1) {
        Sentence *only = parse->sentences + message->sentence;
        sentence_logits(parse, message, only, pooled);
        only->carries = UINT32_MAX;
    } else if (message->sentences) {
        pool_sentences(parse, message, logits, pooled);
    }
    if (message->sentences) calibrate(model, pooled, chances);
    memcpy(row, chances, (size_t)model->acts * sizeof *row);
    return acts_from(chances, model->thresholds) & (((uint32_t)1 << model->acts) - 1);
}

#endif
