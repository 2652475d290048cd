/* Support each other: traits/support.py, compiled. */
#ifndef RELHEALTH_SUPPORT_H
#define RELHEALTH_SUPPORT_H

#include "own_happiness.h"

#define SUPPORT(kind)                                                                             \
    kind(help_given) kind(left_unresolved) kind(resolution_confirmed) kind(still_unresolved)      \
    kind(advocacy) kind(praise) kind(gratitude) kind(rated_well) kind(rated_poorly)               \
    kind(turns_others_away) kind(information_given) kind(content) kind(grievance)                 \
    kind(sells_instead) kind(unanswered_outreach) kind(stands_by) kind(explanation)
#define SUPPORT_KIND(name) SUPPORT_##name,
enum { SUPPORT(SUPPORT_KIND) SUPPORT_KINDS };
static const char *const SUPPORT_NAMES[] = {SUPPORT(KIND_NAME)};

/* An episode that ended in unwanted silence without help; what makes up for it is no help. */
static void see_left_unresolved(const Scene *scene, Observations *seen, const Episode *episode) {
    if (!episode->has_ended || episode->closed_by != NONE) return;
    if (wants_silence(episode, &scene->pairing)) return;
    double severity = episode->probability * (1.0 - said(episode, HELP));
    if (severity < scene->least) return;
    const Places *complaints = &episode->complaints;
    SEE(scene, seen, .kind = SUPPORT_left_unresolved, .value = BAD, .severity = severity,
        .at_us = sent_at(scene, complaints->items[complaints->count - 1]),
        .positions = all_of(complaints), .act_at = surest_complaint(scene, episode),
        .act = COMPLAINT);
}

static void see_ratings(const Scene *scene, Observations *seen) {
    const Places *customer = customer_places(scene);
    for (int32_t i = 0; i < customer->count; i++) {
        int32_t position = customer->items[i];
        const Outcome *rated = outcome_at(scene->history, position);
        if (rated->is != RATING) continue;
        double place = 2.0 * (rated->value - rated->worst) / (rated->best - rated->worst) - 1.0;
        if (place == 0.0) continue; /* the middle of the scale says neither */
        SEE(scene, seen, .kind = place > 0.0 ? SUPPORT_rated_well : SUPPORT_rated_poorly,
            .value = place > 0.0 ? GOOD : BAD, .severity = fabs(place),
            .at_us = sent_at(scene, position), .positions = only(scene, position), .act_at = NONE,
            .facts = {rated->value, rated->worst, rated->best}, .fact_count = 3);
    }
}

/* A public farewell with a complaint tells others to stay away. */
static void see_others_turned_away(const Scene *scene, Observations *seen) {
    const Places *customer = customer_places(scene);
    for (int32_t i = 0; i < customer->count; i++) {
        int32_t position = customer->items[i];
        if (!is_public(scene, position)) continue;
        double severity = does(scene, position, COMPLAINT) * does(scene, position, CHURN_INTENT);
        if (severity < scene->least) continue;
        see_act(scene, seen, SUPPORT_turns_others_away, CHURN_INTENT, position, BAD, severity,
            sent_at(scene, position));
    }
}

/* ---- selling while the customer waits -------------------------------------------------------- */

/* A heap of calls: what matters most, and is latest, first. */
typedef struct {
    const Call **calls;
    int32_t count;
} Waiting;

static int matters_more(const Call *one, const Call *other) {
    if (one->importance != other->importance) return one->importance > other->importance;
    return one->position > other->position;
}

static void push_call(Waiting *waiting, const Call *call) {
    int32_t at = waiting->count++;
    for (; at > 0 && matters_more(call, waiting->calls[(at - 1) / 2]); at = (at - 1) / 2)
        waiting->calls[at] = waiting->calls[(at - 1) / 2];
    waiting->calls[at] = call;
}

static void pop_call(Waiting *waiting) {
    const Call *last = waiting->calls[--waiting->count];
    int32_t at = 0, below;
    while ((below = 2 * at + 1) < waiting->count) {
        if (below + 1 < waiting->count &&
            matters_more(waiting->calls[below + 1], waiting->calls[below]))
            below++;
        if (!matters_more(waiting->calls[below], last)) break;
        waiting->calls[at] = waiting->calls[below];
        at = below;
    }
    waiting->calls[at] = last;
}

static int is_ended_before(const Scene *scene, const Call *call, int32_t position) {
    int32_t answer = answered_by(scene, call), settled = settled_by(scene, call);
    return (answer != NONE && answer < position) || (settled != NONE && settled < position);
}

static int waits_at(const Scene *scene, const Call *call, int32_t position) {
    return call->keeps_waiting && !is_ended_before(scene, call, position);
}

/* Outreach while the customer waits for an answer, by how much it matters and how long they do; also
 * what they consented to. */
static void see_selling_instead(const Scene *scene, Observations *seen) {
    const Places *sent = with_role(scene, ROLE_OUTREACH);
    const Call *call = scene->pairing.calls.items;
    int32_t calls = scene->pairing.calls.count, begun = 0, oldest = 0;
    Waiting waiting = {TAKE(scene->arena, calls + 1, const Call *), 0};
    for (int32_t i = 0; i < sent->count; i++) {
        int32_t position = sent->items[i];
        for (; begun < calls && call[begun].position < position; begun++)
            if (call[begun].keeps_waiting) push_call(&waiting, call + begun);
        while (waiting.count && is_ended_before(scene, waiting.calls[0], position))
            pop_call(&waiting);
        while (oldest < begun && !waits_at(scene, call + oldest, position)) oldest++;
        if (waiting.count == 0) continue;
        double patience = speed_credit(scene->arena, sent_at(scene, call[oldest].position),
            sent_at(scene, position), UNSPECIFIED_CHANNEL, scene->rules);
        SEE(scene, seen, .kind = SUPPORT_sells_instead, .value = BAD,
            .severity = waiting.calls[0]->importance * (1.0 - patience),
            .at_us = sent_at(scene, position),
            .positions = two(scene, waiting.calls[0]->position, position), .act_at = NONE);
    }
}

static void see_standing_by(const Scene *scene, Observations *seen, const Episode *episode) {
    static const int amends[] = {APOLOGY, OWNERSHIP, GOODWILL};
    int best = amends[0];
    for (int i = 1; i < COUNT_OF(amends); i++)
        if (chance(episode, amends[i]) > chance(episode, best)) best = amends[i];
    see_episode_act(scene, seen, SUPPORT_stands_by, best, episode, episode->probability);
}

static void observe_support(Scene *scene, Observations *seen) {
    see_answering_acts(scene, seen, SUPPORT_help_given, HELP);
    for (int32_t i = 0; i < scene->episodes.count; i++)
        see_left_unresolved(scene, seen, scene->episodes.items + i);
    see_customer_acts(scene, seen, SUPPORT_resolution_confirmed, RESOLUTION, GOOD);
    see_unresolved(scene, seen, SUPPORT_still_unresolved);
    see_customer_acts(scene, seen, SUPPORT_advocacy, ADVOCACY, GOOD);
    see_customer_acts(scene, seen, SUPPORT_praise, PRAISE, GOOD);
    see_customer_acts(scene, seen, SUPPORT_gratitude, GRATITUDE, GOOD);
    see_ratings(scene, seen);
    see_others_turned_away(scene, seen);
    see_customer_acts(scene, seen, SUPPORT_information_given, INFORMATION, GOOD);
    see_contentment(scene, seen, SUPPORT_content);
    see_grievances(scene, seen, SUPPORT_grievance);
    see_selling_instead(scene, seen);
    see_unanswered_outreach(scene, seen, SUPPORT_unanswered_outreach);
    for (int32_t i = 0; i < scene->episodes.count; i++)
        see_standing_by(scene, seen, scene->episodes.items + i);
    see_answering_acts(scene, seen, SUPPORT_explanation, EXPLANATION);
}

#endif
