/* Features to probabilities, as reference.py states: whole-number sums, then IEEE doubles in a
 * fixed order. */
#ifndef RELHEALTH_SCORES_H
#define RELHEALTH_SCORES_H

#include "features.h"

static const double LOGIT_LIMIT = 30.0;
static const double NEAR_LOGITS = 1.5; /* by which a sentence may trail the best one and still carry
                                          an act */
static double DAMPING[LONGEST + 1]; /* by a sentence's number of tokens */

static void fill_damping(void) {
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

static inline double within_limits(double logit) {
    return logit > LOGIT_LIMIT ? LOGIT_LIMIT : logit < -LOGIT_LIMIT ? -LOGIT_LIMIT : logit;
}

static inline double sigmoid(double logit) {
    double less = exp(logit < 0 ? logit : -logit);
    return (logit < 0 ? less : 1.0) / (1.0 + less);
}

/* Logits of "at least one of these sentences does", and of the one that does most. */
static void pool_sentences(const Parse *parse, const Message *message, double *logits,
    double *pooled, double *best) {
    const Sentence *sentences = parse->sentences + message->sentence;
    double odds[MAX_ACTS] = {0};
    for (int act = 0; act < MAX_ACTS; act++) best[act] = -INFINITY;
    for (uint32_t i = 0; i < message->sentences; i++, logits += MAX_ACTS) {
        sentence_logits(parse, message, sentences + i, logits);
        for (int act = 0; act < MAX_ACTS; act++)
            if (logits[act] > best[act]) best[act] = logits[act];
        for (int act = 0; act < message->model->acts; act++) {
            double own = exp(within_limits(logits[act]));
            odds[act] = odds[act] + own + odds[act] * own;
        }
    }
    for (int act = 0; act < message->model->acts; act++) pooled[act] = log(odds[act]);
}

/* Notes the acts for which a sentence with these logits is near enough to the best one. */
static void mark_carried(Sentence *sentence, const double *logits, const double *best) {
    sentence->carries = 0;
    for (int act = 0; act < MAX_ACTS; act++)
        sentence->carries |= (uint32_t)(logits[act] >= best[act] - NEAR_LOGITS) << act;
}

/* Logits of "at least one sentence does", within limits. `logits` has room for MAX_ACTS a
 * sentence. */
static void pooled_logits(
    const Parse *parse, const Message *message, double *logits, double *pooled) {
    Sentence *sentences = parse->sentences + message->sentence;
    double best[MAX_ACTS];
    if (message->sentences == 1) {
        sentence_logits(parse, message, sentences, pooled);
        sentences->carries = UINT32_MAX;
    } else {
        pool_sentences(parse, message, logits, pooled, best);
        for (uint32_t i = 0; i < message->sentences; i++, logits += MAX_ACTS)
            mark_carried(sentences + i, logits, best);
    }
    for (int act = 0; act < message->model->acts; act++) pooled[act] = within_limits(pooled[act]);
}

/* Calibrated probabilities of a message's acts, zeros for a message without sentences; the acts that
 * reach their thresholds, as bits. `logits`: see pooled_logits. */
static uint32_t probabilities(
    const Parse *parse, const Message *message, double *logits, double *row) {
    const Model *model = message->model;
    double pooled[MAX_ACTS];
    uint32_t found = 0;
    if (message->sentences) pooled_logits(parse, message, logits, pooled);
    for (int act = 0; act < model->acts; act++) {
        double logit = message->sentences ? model->slopes[act] * pooled[act] : 0.0;
        row[act] = message->sentences ? sigmoid(logit + model->offsets[act]) : 0.0;
        found |= (uint32_t)(row[act] >= model->thresholds[act]) << act;
    }
    return found;
}

#endif
