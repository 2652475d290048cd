/* What the brand's messages do for the customer: signals/substance.py, compiled. */
#ifndef RELHEALTH_SUBSTANCE_H
#define RELHEALTH_SUBSTANCE_H

#include "../history.h"
#include "../rules.h"

static const int PLAINLY_SERVING[] = {HELP, OFFER, REDIRECT, APOLOGY, OWNERSHIP, EXPLANATION,
    EXPECTATION, COMMITMENT, EMPATHY, ACKNOWLEDGEMENT, BRAND_RESOLUTION, DEFLECTION};
static const int BAITING[] = {BRAND_GRATITUDE, QUESTION, GOODWILL};
static const int INFORMING[] = {
    HELP, EXPLANATION, EXPECTATION, BRAND_RESOLUTION, APOLOGY, OWNERSHIP, COMMITMENT, REDIRECT};

static double most_of(const double *row, const int *acts, int count) {
    double most = row[acts[0]];
    for (int i = 1; i < count; i++) most = larger(most, row[acts[i]]);
    return most;
}

/* How surely a brand's message does an act for the customer's sake and not as a bait. */
static double earnest(const double *row, int act) {
    int baits = act == BRAND_GRATITUDE || act == QUESTION || act == GOODWILL;
    return baits ? row[act] * (1.0 - row[ENGAGEMENT_BAIT]) : row[act];
}

static double serving(const double *row) {
    double earnestly = most_of(row, BAITING, COUNT_OF(BAITING)) * (1.0 - row[ENGAGEMENT_BAIT]);
    return larger(most_of(row, PLAINLY_SERVING, COUNT_OF(PLAINLY_SERVING)), earnestly);
}

static int informs(const History *history, const Rules *rules, int32_t position) {
    const double *row = row_of(history, position);
    return most_of(row, INFORMING, COUNT_OF(INFORMING)) >= rules->substance_probability;
}

/* Whether it is pure promotion or bait: it says so, or nothing in it serves as much. */
static int is_marketing(const History *history, const Rules *rules, int32_t position) {
    if (history->purpose[position] == MARKETING) return 1;
    const double *row = row_of(history, position);
    double selling = larger(row[PROMOTION], row[ENGAGEMENT_BAIT]);
    return rules->marketing_probability <= selling && selling > serving(row);
}

#endif
