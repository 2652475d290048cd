/* The ledger of one trait: scoring/ledger.py and domain/evidence.py, compiled. */
#ifndef RELHEALTH_LEDGER_H
#define RELHEALTH_LEDGER_H

#include "traits/registry.h"

static const double POINTS = 100.0;
enum { LEAST_OBSERVATIONS = 16, LONG = 512 /* interactions of a history that takes its time */ };

typedef struct {
    double weight, weighted_value;
} Sums;

/* Weighed observations, those of weight 0 left out, each with its weight and what it adds. */
typedef struct {
    const TraitRules *rules;
    Prior prior;
    Observations seen; /* the next ledger's take their room where none may be shown */
    double *weights, *points;
    Sums sums;
    double mean, coverage;                /* on 0 to 1 */
    double brand_points, customer_points; /* what each party's conduct adds */
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
    ledger->weights = TAKE(scene->arena, ledger->seen.count, double);
    ledger->points = TAKE(scene->arena, ledger->seen.count, double);
    double *weighted = ledger->points; /* until the sums are known */
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

static void add_points(Ledger *ledger) {
    double total = ledger->prior.strength + ledger->sums.weight, before = ledger->prior.mean;
    for (int32_t i = 0; i < ledger->seen.count; i++) {
        const Observation *seen = ledger->seen.items + i;
        double points = POINTS * (ledger->weights[i] * (seen->value - before) / total);
        int is_brand = ledger->rules->kinds[seen->kind].party == BRAND;
        ledger->points[i] = points;
        *(is_brand ? &ledger->brand_points : &ledger->customer_points) += points;
    }
}

/* The ledger of a trait, whose observations take the room of what was seen before. */
static Ledger make_ledger(Scene *scene, int trait, double half_life_us, Observations *seen) {
    Ledger ledger = {.rules = scene->rules->traits + trait, .prior = scene->priors[trait]};
    /* A look at whether to go on before each trait of a long history, before few of a short one. */
    int32_t count = scene->history->count;
    worked(scene->arena, WORK_BETWEEN / LONG * (uint32_t)(count < LONG ? count : LONG));
    ledger.applies = JUDGES[trait].applies(scene);
    seen->count = 0;
    if (seen->items == NULL) {
        seen->room = LEAST_OBSERVATIONS + count;
        seen->items = TAKE(scene->arena, seen->room, Observation);
    }
    if (ledger.applies) JUDGES[trait].observe(scene, seen);
    ledger.seen = *seen;
    weigh(&ledger, scene, half_life_us);
    add_points(&ledger);
    ledger.mean = posterior_mean(ledger.prior, ledger.sums);
    ledger.coverage = ledger.sums.weight / (ledger.prior.strength + ledger.sums.weight);
    return ledger;
}

/* ---- the order in which evidence is shown ---------------------------------------------------- */

typedef struct {
    double size;
    int32_t place;
} Ranked;

/* The heaviest of some numbers, the heaviest first; `is_among` tells of each whether it is one. */
typedef struct {
    Ranked *items;
    int32_t count;
    uint8_t *is_among;
} Heaviest;

/* Whether one comes before another: the heavier first, equals in their own order. */
static int comes_before(Ranked one, Ranked other) {
    return one.size != other.size ? one.size > other.size : one.place < other.place;
}

/* Lets what is at the top of a heap, whose top comes last, sink to where it belongs. */
static void sink(Ranked *heap, int32_t at, int32_t count) {
    Ranked sinking = heap[at];
    for (int32_t below; (below = 2 * at + 1) < count; at = below) {
        if (below + 1 < count && comes_before(heap[below], heap[below + 1])) below++;
        if (!comes_before(sinking, heap[below])) break;
        heap[at] = heap[below];
    }
    heap[at] = sinking;
}

static Heaviest heaviest(Arena *arena, const double *sizes, int32_t all, int32_t wanted) {
    int32_t count = all < wanted ? all : wanted;
    Heaviest found = {TAKE(arena, count, Ranked), count, TAKE_ZEROS(arena, all, uint8_t)};
    Ranked *heap = found.items;
    for (int32_t i = 0; i < count; i++) heap[i] = (Ranked){fabs(sizes[i]), i};
    for (int32_t i = count / 2 - 1; i >= 0; i--) sink(heap, i, count);
    for (int32_t i = count; count && i < all; i++) {
        if (fabs(sizes[i]) <= heap[0].size) continue;
        heap[0] = (Ranked){fabs(sizes[i]), i};
        sink(heap, 0, count);
    }
    for (int32_t last = count - 1; last > 0; last--) {
        Ranked next = heap[0];
        heap[0] = heap[last];
        heap[last] = next;
        sink(heap, 0, last);
    }
    for (int32_t i = 0; i < count; i++) found.is_among[heap[i].place] = 1;
    return found;
}

#endif
