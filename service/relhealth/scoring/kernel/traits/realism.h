/* Be realistic: traits/realism.py, compiled. */
#ifndef RELHEALTH_REALISM_H
#define RELHEALTH_REALISM_H

#include "observing.h"

#define REALISM(kind)                                                                             \
    kind(overpromise) kind(states_limits) kind(commitment_kept) kind(commitment_broken)           \
    kind(message_load) kind(patience) kind(ultimatum) kind(expectation_met)                       \
    kind(expectation_missed) kind(still_unresolved) kind(explanation)
#define REALISM_KIND(name) REALISM_##name,
enum { REALISM(REALISM_KIND) REALISM_KINDS };
static const char *const REALISM_NAMES[] = {REALISM(KIND_NAME)};

static void see_settled(const Scene *scene, Observations *seen, const Commitment *promise) {
    int kept = promise->fate == FATE_KEPT;
    int64_t waited_us = promise->settled_us - sent_at(scene, promise->position);
    SEE(scene, seen, .kind = kept ? REALISM_commitment_kept : REALISM_commitment_broken,
        .value = kept ? GOOD : BAD, .severity = promise->probability,
        .at_us = kept ? promise->called_us : promise->settled_us, /* sooner kept is no older */
        .positions = promise->settled_by == NONE
            ? only(scene, promise->position)
            : two(scene, promise->position, promise->settled_by),
        .act_at = promise->position, .act = COMMITMENT,
        .facts = {quotient(scene->arena, waited_us, MICROSECONDS_PER_HOUR),
            promise->is_contradicted},
        .fact_count = 2);
}

static void see_commitments(const Scene *scene, Observations *seen) {
    for (int32_t i = 0; i < scene->commitments.count; i++) {
        const Commitment *promise = scene->commitments.items + i;
        if (promise->fate == FATE_KEPT || promise->fate == FATE_BROKEN)
            see_settled(scene, seen, promise);
    }
}

static void see_message_load(const Scene *scene, Observations *seen) {
    const Rules *rules = scene->rules;
    for (int32_t i = 0; i < scene->outreach.loads.count; i++) {
        const Load *load = scene->outreach.loads.items + i;
        SEE(scene, seen, .kind = REALISM_message_load, .value = BAD,
            .severity = smaller(load->excess, rules->load_severity_cap),
            .at_us = sent_at(scene, load->position), .positions = only(scene, load->position),
            .act_at = NONE, .facts = {load->excess, rules->load_window_days}, .fact_count = 2);
    }
}

static void observe_realism(Scene *scene, Observations *seen) {
    see_bad_brand_acts(scene, seen, REALISM_overpromise, OVERPROMISE);
    see_answering_acts(scene, seen, REALISM_states_limits, EXPECTATION);
    see_commitments(scene, seen);
    see_message_load(scene, seen);
    see_customer_acts(scene, seen, REALISM_patience, PATIENCE, GOOD);
    see_customer_acts(scene, seen, REALISM_ultimatum, ULTIMATUM, BAD);
    see_contentment(scene, seen, REALISM_expectation_met);
    see_grievances(scene, seen, REALISM_expectation_missed);
    see_unresolved(scene, seen, REALISM_still_unresolved);
    see_answering_acts(scene, seen, REALISM_explanation, EXPLANATION);
}

#endif
