/* Features to probabilities, as reference.py states: whole-number sums, then IEEE doubles in a
 * fixed order. */
#ifndef RELHEALTH_SCORES_H
#define RELHEALTH_SCORES_H

#include "exponentials.h"
#include "features.h"

static const double LOGIT_LIMIT = 30.0;
static const double LEAST_ODDS = 1e-15, MOST_ODDS = 1e15; /* beyond these no logit is within it */
static const double NEAR_LOGITS = 1.5; /* by which a sentence may trail the best one and still carry
                                          an act */
static double DAMPING[LONGEST + 1]; /* by a sentence's number of tokens */
static const double NO_CHANCES[MAX_ACTS];
static uint64_t BIT_OF[MAX_ACTS];   /* by an act's number; a table: loops may read several */

static void fill_scores(void) {
    for (int act = 0; act < MAX_ACTS; act++) BIT_OF[act] = (uint64_t)1 << act;
    for (int tokens = 0; tokens <= LONGEST; tokens++)
        DAMPING[tokens] = 1.0 / sqrt(sqrt((double)tokens + 2.0));
}

/* Logits of a sentence; those beyond the model's acts mean nothing. */
FOR_WIDER_TOO
static void sentence_logits(
    const Parse *parse, const Model *model, const Sentence *sentence, const double *context,
    double *logits) {
    const uint32_t *features = parse->features + sentence->feature;
    int32_t own[MAX_ACTS], around[MAX_ACTS];
    sum_features(model, features, sentence->own, own);
    sum_features(model, features + sentence->own, sentence->around, around);
    double damping = DAMPING[sentence->places];
    for (int act = 0; act < MAX_ACTS; act++) {
        double sum = (double)own[act] * damping + (context[act] + (double)around[act]);
        logits[act] = model->biases[act] + model->scales[act] * sum;
    }
}

/* What is known of some sentences together. */
typedef struct {
    double odds[MAX_ACTS]; /* that one of them does an act */
    double near[MAX_ACTS]; /* the least logit with which one may carry it */
} Pool;

FOR_WIDER_TOO
static void open_pool(Pool *pool) {
    for (int act = 0; act < MAX_ACTS; act++) {
        pool->odds[act] = 0.0;
        pool->near[act] = -INFINITY;
    }
}

/* Takes one more sentence into the pool, by its logits. */
FOR_WIDER_TOO
static void add_to_pool(const double *logits, Pool *pool) {
    for (int act = 0; act < MAX_ACTS; act++) {
        double own = exp_of(within(logits[act], LOGIT_LIMIT)), odds = pool->odds[act];
        double close = logits[act] - NEAR_LOGITS, near = pool->near[act];
        pool->odds[act] = odds + own + odds * own;
        pool->near[act] = close > near ? close : near;
    }
}

FOR_WIDER_TOO
static void logits_of_odds(const double *odds, double *logits) {
    for (int act = 0; act < MAX_ACTS; act++) {
        double most = odds[act] < MOST_ODDS ? odds[act] : MOST_ODDS;
        logits[act] = log_of(most > LEAST_ODDS ? most : LEAST_ODDS);
    }
}

FOR_WIDER_TOO
static void calibrate(const Model *model, const double *logits, double *chances) {
    for (int act = 0; act < MAX_ACTS; act++)
        chances[act] = sigmoid(
            model->slopes[act] * within(logits[act], LOGIT_LIMIT) + model->offsets[act]);
}

/* The acts, as bits, whose numbers are at least as great as `least`. */
FOR_WIDER_TOO
static uint32_t acts_from(const double *numbers, const double *least) {
    uint64_t acts = 0;
    for (int act = 0; act < MAX_ACTS; act++)
        acts |= numbers[act] >= least[act] ? BIT_OF[act] : 0;
    return (uint32_t)acts;
}

/* Logits of "at least one of these sentences does". `logits` has room for MAX_ACTS a sentence. */
static void pool_sentences(
    const Parse *parse, const Message *message, const double *context, double *logits,
    double *pooled) {
    Sentence *sentences = parse->sentences + message->sentence;
    Pool pool;
    open_pool(&pool);
    for (uint32_t i = 0; i < message->sentences; i++) {
        double *own = logits + i * (size_t)MAX_ACTS;
        sentence_logits(parse, message->model, sentences + i, context, own);
        add_to_pool(own, &pool);
    }
    for (uint32_t i = 0; i < message->sentences; i++)
        sentences[i].carries = acts_from(logits + i * (size_t)MAX_ACTS, pool.near);
    logits_of_odds(pool.odds, pooled);
}

/* Calibrated probabilities of a message's acts, zeros for a message without sentences; the acts
 * that reach their thresholds, as bits. `context`: sums of what holds for the message as a whole;
 * `logits`: see pool_sentences. */
static uint32_t probabilities(
    const Parse *parse, const Message *message, const double *context, double *logits,
    double *row) {
    const Model *model = message->model;
    double pooled[MAX_ACTS], calibrated[MAX_ACTS];
    const double *chances = message->sentences ? calibrated : NO_CHANCES;
    if (message->sentences == 1) {
        Sentence *only = parse->sentences + message->sentence;
        sentence_logits(parse, model, only, context, pooled);
        only->carries = UINT32_MAX;
    } else if (message->sentences) {
        pool_sentences(parse, message, context, logits, pooled);
    }
    if (message->sentences) calibrate(model, pooled, calibrated);
    memcpy(row, chances, (size_t)model->acts * sizeof *row);
    return acts_from(chances, model->thresholds) & (((uint32_t)1 << model->acts) - 1);
}

#endif
