/* Admit your mistakes: traits/mistakes.py, compiled. */
#ifndef RELHEALTH_MISTAKES_H
#define RELHEALTH_MISTAKES_H

#include "observing.h"

#define MISTAKES(kind)                                                                            \
    kind(apology) kind(ownership) kind(explanation) kind(repair) kind(deflection)                 \
    kind(no_admission) kind(settled_without_admission) kind(failing_repeated)                     \
    kind(own_mistake_admitted) kind(repair_accepted) kind(still_unresolved) kind(grievance)       \
    kind(commitment)
#define MISTAKES_KIND(name) MISTAKES_##name,
enum { MISTAKES(MISTAKES_KIND) MISTAKES_KINDS };
static const char *const MISTAKES_NAMES[] = {MISTAKES(KIND_NAME)};

static void see_owning(const Scene *scene, Observations *seen, const Episode *episode) {
    double given = episode->probability;
    see_episode_act(scene, seen, MISTAKES_apology, APOLOGY, episode,
        given * (0.5 + episode->completeness));
    see_episode_act(scene, seen, MISTAKES_ownership, OWNERSHIP, episode, given);
    see_episode_act(scene, seen, MISTAKES_explanation, EXPLANATION, episode, given);
    see_episode_act(scene, seen, MISTAKES_commitment, COMMITMENT, episode, given);
    int repair = chance(episode, HELP) > chance(episode, GOODWILL) ? HELP : GOODWILL;
    see_episode_act(scene, seen, MISTAKES_repair, repair, episode, given);
}

static void see_episode_deflections(
    const Scene *scene, Observations *seen, const Episode *episode) {
    for (int32_t i = 0; i < episode->deflections.count; i++) {
        const Sure *deflection = episode->deflections.items + i;
        if (deflection->probability < scene->least) continue;
        see_act(scene, seen, MISTAKES_deflection, DEFLECTION, deflection->position, BAD,
            deflection->probability * episode->probability, sent_at(scene, deflection->position));
    }
}

/* Once the episode is over, or the customer has had to raise the failing again within it. Of who
 * wants nothing but silence, no word was wanted. */
static void see_no_admission(const Scene *scene, Observations *seen, const Episode *episode) {
    if (wants_silence(episode, &scene->pairing)) return;
    double admitted = larger(said(episode, APOLOGY), said(episode, OWNERSHIP));
    double severity = episode->probability * (1.0 - admitted);
    if ((!episode->has_ended && episode->repeats.count == 0) || severity < scene->least) return;
    const Places *complaints = &episode->complaints;
    SEE(scene, seen,
        .kind = episode->closed_by == NONE ? MISTAKES_no_admission
                                           : MISTAKES_settled_without_admission,
        .value = BAD, .severity = severity,
        .at_us = sent_at(scene, complaints->items[complaints->count - 1]),
        .positions = all_of(complaints), .act_at = surest_complaint(scene, episode),
        .act = COMPLAINT);
}

static void see_failings_repeated(const Scene *scene, Observations *seen, const Episode *episode) {
    for (int32_t i = 0; i < episode->repeats.count; i++) {
        const Sure *again = episode->repeats.items + i;
        SEE(scene, seen, .kind = MISTAKES_failing_repeated, .value = BAD,
            .severity = again->probability, .at_us = sent_at(scene, again->position),
            .positions = only(scene, again->position), .act_at = again->position,
            .act = COMPLAINT);
    }
}

static void observe_mistakes(Scene *scene, Observations *seen) {
    for (int32_t i = 0; i < scene->episodes.count; i++) {
        const Episode *episode = scene->episodes.items + i;
        see_owning(scene, seen, episode);
        see_episode_deflections(scene, seen, episode);
        see_no_admission(scene, seen, episode);
        see_failings_repeated(scene, seen, episode);
    }
    see_customer_acts(scene, seen, MISTAKES_own_mistake_admitted, OWN_MISTAKE, GOOD);
    if (scene->episodes.count == 0) return;
    see_grievances(scene, seen, MISTAKES_grievance);
    see_contentment_after_failing(scene, seen, MISTAKES_repair_accepted);
    see_unresolved(scene, seen, MISTAKES_still_unresolved);
}

/* Where something went wrong, or the customer admits that they did. */
static int mistakes_applies(const Scene *scene) {
    return scene->episodes.count > 0 || scene->customer_doing[OWN_MISTAKE].count > 0;
}

#endif
