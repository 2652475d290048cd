/* Health, and intervals from Beta posteriors: scoring/health.py and interval.py, compiled. */
#ifndef RELHEALTH_HEALTH_H
#define RELHEALTH_HEALTH_H

#include "beta.h"
#include "ledger.h"

typedef struct {
    double value, lower, upper, coverage;
} Estimate;

/* What one trait adds to health, each number times the trait's weight in it. */
typedef struct {
    double points, deviation, coverage;
} Share;

static const double LEAST_PARAMETER = 1e-6;

static Estimate beta_estimate(const Rules *rules, double mean, double strength, double covered) {
    double lower, upper;
    double a = larger(mean * strength, LEAST_PARAMETER);
    double b = larger((1.0 - mean) * strength, LEAST_PARAMETER);
    central(a, b, rules->credible_level, &lower, &upper);
    return (Estimate){
        POINTS * mean, POINTS * smaller(lower, mean), POINTS * larger(upper, mean), covered};
}

static double strength_of(const Rules *rules, Prior prior, Sums sums) {
    return prior.strength + rules->evidence_scale * sums.weight;
}

static Estimate trait_estimate(const Rules *rules, const Ledger *ledger) {
    double strength = strength_of(rules, ledger->prior, ledger->sums);
    return beta_estimate(rules, ledger->mean, strength, ledger->coverage);
}

static Share share_of(const Rules *rules, Prior prior, Sums sums, double weight) {
    double mean = posterior_mean(prior, sums);
    double variance = mean * (1.0 - mean) / (strength_of(rules, prior, sums) + 1.0);
    return (Share){POINTS * weight * (mean - prior.mean), weight * sqrt(variance),
        weight * sums.weight / (prior.strength + sums.weight)};
}

static double health_prior(const Ledger *ledgers) {
    double parts[TRAITS];
    for (int i = 0; i < TRAITS; i++) parts[i] = ledgers[i].rules->weight * ledgers[i].prior.mean;
    return POINTS * sum_of(parts, TRAITS);
}

static double sum_of_points(const Share *shares) {
    double parts[TRAITS];
    for (int i = 0; i < TRAITS; i++) parts[i] = shares[i].points;
    return sum_of(parts, TRAITS);
}

/* A Beta matched to health's mean and variance. */
static Estimate health_estimate(const Rules *rules, double prior, const Share *shares) {
    double mean = (prior + sum_of_points(shares)) / POINTS, together = rules->trait_correlation;
    double deviations[TRAITS], squares[TRAITS], covered[TRAITS];
    for (int i = 0; i < TRAITS; i++) {
        deviations[i] = shares[i].deviation;
        squares[i] = deviations[i] * deviations[i];
        covered[i] = shares[i].coverage;
    }
    double total = sum_of(deviations, TRAITS);
    double variance = (1.0 - together) * sum_of(squares, TRAITS) + together * (total * total);
    double strength = 1.0 / LEAST_PARAMETER;
    if (variance > 0.0) strength = larger(mean * (1.0 - mean) / variance - 1.0, LEAST_PARAMETER);
    return beta_estimate(rules, mean, strength, sum_of(covered, TRAITS));
}

static double width_of(Estimate estimate) { return estimate.upper - estimate.lower; }

static uint8_t band_of(const Rules *rules, double value) {
    for (int i = 0; i < rules->bands; i++)
        if (value >= rules->thresholds[i].value) return rules->thresholds[i].band;
    return rules->thresholds[rules->bands - 1].band;
}

/* Whether the brand went on contacting a customer who likely had opted out. */
static int is_disregarded(const Scene *scene) {
    for (int32_t i = 0; i < scene->permission.disregards.count; i++) {
        const Disregard *one = scene->permission.disregards.items + i;
        if (one->standing && one->probability >= LIKELY) return 1;
    }
    return 0;
}

#endif
