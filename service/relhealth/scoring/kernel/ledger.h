/* The ledger of one trait: scoring/ledger.py and domain/evidence.py, compiled. */
#ifndef RELHEALTH_LEDGER_H
#define RELHEALTH_LEDGER_H

#include "traits/registry.h"

static const double POINTS = 100.0;

typedef struct {
    double weight, weighted_value;
} Sums;

/* Weighed observations, those of weight 0 left out, each with its weight and what it adds. */
typedef struct {
    const TraitRules *rules;
    Prior prior;
    Observations seen;
    double *weights, *points;
    Sums sums;
    double mean, coverage; /* on 0 to 1 */
    int applies;
} Ledger;

static const struct {
    void (*observe)(Scene *scene, Observations *seen);
    int (*applies)(const Scene *scene);
    const char *const *names;
    int kinds;
} JUDGES[TRAITS] = {
    {observe_own_happiness, applies_always, OWN_HAPPINESS_NAMES, OWN_HAPPINESS_KINDS},
    {observe_time, time_applies, TIME_NAMES, TIME_KINDS},
    {observe_communication, applies_always, COMMUNICATION_NAMES, COMMUNICATION_KINDS},
    {observe_realism, applies_always, REALISM_NAMES, REALISM_KINDS},
    {observe_mistakes, mistakes_applies, MISTAKES_NAMES, MISTAKES_KINDS},
    {observe_forgiveness, forgiveness_applies, FORGIVING_NAMES, FORGIVING_KINDS},
    {observe_support, applies_always, SUPPORT_NAMES, SUPPORT_KINDS},
};

static double posterior_mean(Prior prior, Sums sums) {
    return (prior.strength * prior.mean + sums.weighted_value) / (prior.strength + sums.weight);
}

/* Weighs what was seen and drops what weighs nothing. */
static void weigh(Ledger *ledger, const Scene *scene, double half_life_us) {
    Observation *items = ledger->seen.items;
    double *weighted = TAKE(scene->arena, ledger->seen.count, double);
    ledger->weights = TAKE(scene->arena, ledger->seen.count, double);
    int32_t kept = 0;
    for (int32_t i = 0; i < ledger->seen.count; i++) {
        double age_us = (double)(items[i].at_us - scene->as_of_us);
        double weight = ledger->rules->kinds[items[i].kind].weight * items[i].severity *
                        exp2(age_us / half_life_us);
        if (weight <= 0.0) continue;
        if (kept < i) items[kept] = items[i];
        ledger->weights[kept] = weight;
        weighted[kept] = weight * items[kept].value;
        kept++;
    }
    ledger->seen.count = kept;
    ledger->sums = (Sums){sum_of(ledger->weights, kept), sum_of(weighted, kept)};
}

static void add_points(Ledger *ledger, Arena *arena) {
    double total = ledger->prior.strength + ledger->sums.weight, before = ledger->prior.mean;
    ledger->points = TAKE(arena, ledger->seen.count, double);
    for (int32_t i = 0; i < ledger->seen.count; i++)
        ledger->points[i] =
            POINTS * (ledger->weights[i] * (ledger->seen.items[i].value - before) / total);
}

static Ledger make_ledger(Scene *scene, int trait, double half_life_us) {
    Ledger ledger = {.rules = scene->rules->traits + trait, .prior = scene->priors[trait]};
    worked(scene->arena, WORK_BETWEEN); /* a look at whether to go on before each trait */
    ledger.applies = JUDGES[trait].applies(scene);
    if (ledger.applies) JUDGES[trait].observe(scene, &ledger.seen);
    weigh(&ledger, scene, half_life_us);
    ledger.mean = posterior_mean(ledger.prior, ledger.sums);
    ledger.coverage = ledger.sums.weight / (ledger.prior.strength + ledger.sums.weight);
    return ledger;
}

/* What each party's conduct adds, in points. */
static void party_points(const Ledger *ledger, double *brand, double *customer) {
    *brand = *customer = 0.0;
    for (int32_t i = 0; i < ledger->seen.count; i++) {
        uint8_t party = ledger->rules->kinds[ledger->seen.items[i].kind].party;
        *(party == BRAND ? brand : customer) += ledger->points[i];
    }
}

/* ---- the order in which evidence is shown ------------------------------------------------------ */

typedef struct {
    double size;
    int32_t place;
} Ranked;

static int heavier_first(const void *a, const void *b) {
    const Ranked *one = a, *other = b;
    if (one->size != other->size) return one->size > other->size ? -1 : 1;
    return (one->place > other->place) - (one->place < other->place);
}

/* The heaviest first; equals keep their order. */
static Ranked *ranked(Arena *arena, const double *sizes, int32_t count) {
    Ranked *order = TAKE(arena, count, Ranked);
    for (int32_t i = 0; i < count; i++) order[i] = (Ranked){fabs(sizes[i]), i};
    if (count) qsort(order, (size_t)count, sizeof *order, heavier_first);
    return order;
}

#endif
