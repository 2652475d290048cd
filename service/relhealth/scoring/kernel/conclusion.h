/* What a judgement comes to, in numbers: what scoring/scorer.py and health.py say of the ledgers,
 * compiled. */
#ifndef RELHEALTH_CONCLUSION_H
#define RELHEALTH_CONCLUSION_H

#include "missing.h"
#include "stance.h"

enum { SCORED = 1, NOT_APPLICABLE = 2, INSUFFICIENT = 3 };
enum { BAND_INSUFFICIENT = 1 };
enum { NO_REASON, CAPPED_FOR_CONTACT, LACKS_COVERAGE };

typedef struct {
    Estimate traits[TRAITS]; /* of those that are scored */
    uint8_t statuses[TRAITS];
    Estimate health; /* also where it is withheld */
    double value, prior, contributions[TRAITS];
    uint8_t is_told, band, band_before_cap, reason; /* of health */
    Stance stance;
    int fact; /* that is missing; NONE for none */
    double narrowing;
} Conclusion;

static uint8_t status_of(const Ledger *ledger) {
    if (!ledger->applies) return NOT_APPLICABLE;
    return ledger->seen.count == 0 || ledger->coverage < ledger->rules->coverage_floor
               ? INSUFFICIENT
               : SCORED;
}

static void conclude_traits(Conclusion *found, const Rules *rules, const Ledger *ledgers) {
    for (int i = 0; i < TRAITS; i++) {
        found->statuses[i] = status_of(ledgers + i);
        if (found->statuses[i] == SCORED) found->traits[i] = trait_estimate(rules, ledgers + i);
    }
}

static void conclude_health(
    Conclusion *found, const Scene *scene, const Ledger *ledgers, const Share *shares) {
    const Rules *rules = scene->rules;
    for (int i = 0; i < TRAITS; i++) found->contributions[i] = shares[i].points;
    found->prior = health_prior(ledgers);
    found->value = found->prior + sum_of(found->contributions, TRAITS);
    found->health = health_estimate(rules, found->prior, shares);
    found->is_told = found->health.coverage >= rules->coverage_floor;
    found->band = found->is_told ? band_of(rules, found->value) : BAND_INSUFFICIENT;
    found->band_before_cap = found->band;
    found->reason = found->is_told ? NO_REASON : LACKS_COVERAGE;
    if (!found->is_told || !is_disregarded(scene)) return;
    found->reason = CAPPED_FOR_CONTACT;
    if (rules->opt_out_cap < found->band) found->band = rules->opt_out_cap;
}

static void conclude(
    Conclusion *found, const Scene *scene, const Ledger *ledgers, const Share *shares) {
    conclude_traits(found, scene->rules, ledgers);
    conclude_health(found, scene, ledgers, shares);
    found->stance = judge_stance(scene);
    found->fact = missing_fact(scene, ledgers, found->prior, shares, width_of(found->health),
        &found->narrowing);
}

#endif
