/* Small steps that several traits share: traits/observing.py, compiled. */
#ifndef RELHEALTH_OBSERVING_H
#define RELHEALTH_OBSERVING_H

#include "../scene.h"

enum { MOST_FACTS = 3 };
static const double GOOD = 1.0, BAD = 0.0;

/* relhealth.domain.evidence.Observation, with at most one act. */
typedef struct {
    int32_t kind; /* its number in the trait's list */
    Row positions;
    int32_t act_at, act; /* NONE where it rests on no act, whose side act_at's sender tells */
    double value, severity;
    int64_t at_us;
    double facts[MOST_FACTS];
    int fact_count, pending;
} Observation;

typedef LIST(Observation) Observations;

#define SEE(scene, seen, ...) *ADD((scene)->arena, seen) = (Observation){__VA_ARGS__}

/* What a trait's list of kinds is made into: numbers, and names in their order. */
#define KIND_NAME(name) #name,

static Row only(const Scene *scene, int32_t position) { return (Row){scene->each + position, 1}; }

static Row all_of(const Places *places) { return (Row){places->items, places->count}; }

static Row row_with(const Scene *scene, Row first, int32_t last) {
    int32_t *items = TAKE(scene->arena, first.count + 1, int32_t);
    memcpy(items, first.items, (size_t)first.count * sizeof *items);
    items[first.count] = last;
    return (Row){items, first.count + 1};
}

static Row two(const Scene *scene, int32_t first, int32_t last) {
    return row_with(scene, only(scene, first), last);
}

static Row calls_closed_by(const Scene *scene, int32_t answer) {
    const Pairing *pairing = &scene->pairing;
    return (Row){pairing->closed.items + pairing->closed_first[answer],
        pairing->closed_count[answer]};
}

static void see_act(const Scene *scene, Observations *seen, int kind, int act, int32_t position,
    double value, double severity, int64_t at_us) {
    SEE(scene, seen, .kind = kind, .value = value, .severity = severity, .at_us = at_us,
        .positions = only(scene, position), .act_at = position, .act = act);
}

/* One for each of the messages, which do an act. */
static void see_acts(const Scene *scene, Observations *seen, int kind, int act,
    const Places *doing, double value) {
    for (int32_t i = 0; i < doing->count; i++) {
        int32_t position = doing->items[i];
        see_act(scene, seen, kind, act, position, value, does(scene, position, act),
            sent_at(scene, position));
    }
}

static void see_bad_brand_acts(const Scene *scene, Observations *seen, int kind, int act) {
    see_acts(scene, seen, kind, act, scene->brand_doing + act, BAD);
}

static void see_customer_acts(
    const Scene *scene, Observations *seen, int kind, int act, double value) {
    see_acts(scene, seen, kind, act, scene->customer_doing + act, value);
}

/* How surely who says so goes. */
static double leaving_of(const Scene *scene, int32_t position) {
    return larger(does(scene, position, CHURN_INTENT), does(scene, position, OPT_OUT));
}

/* How surely a visit that begins at a message is in peace; 0 where that is not known. */
static double peace_of(const Scene *scene, int32_t first) {
    const History *history = scene->history;
    if (history->unread[first] || outcome_at(history, first)->is == OPTED_OUT) return 0.0;
    double cold = larger(scene->failing[first], leaving_of(scene, first));
    return cold < scene->least ? 1.0 - cold : 0.0;
}

/* A good one for each of the brand's answers that does an act, dated at the call. */
static void see_answering_acts(const Scene *scene, Observations *seen, int kind, int act) {
    const Places *doing = scene->brand_doing + act;
    for (int32_t i = 0; i < doing->count; i++) {
        int32_t position = doing->items[i];
        if (!is_answer(&scene->pairing, position)) continue;
        see_act(scene, seen, kind, act, position, GOOD, does(scene, position, act),
            called_us(&scene->pairing, scene->history, position));
    }
}

/* The brand's surest doing of an act within an episode, if any. */
static void see_episode_act(const Scene *scene, Observations *seen, int kind, int act,
    const Episode *episode, double scale) {
    const Sure *best = episode->best + act;
    if (best->position == NONE || scale <= 0.0) return;
    see_act(scene, seen, kind, act, best->position, GOOD, best->probability * scale,
        failed_us(episode, scene->history));
}

/* The surest of an episode's complaints. */
static int32_t surest_complaint(const Scene *scene, const Episode *episode) {
    const Places *complaints = &episode->complaints;
    int32_t surest = complaints->items[0];
    for (int32_t i = 1; i < complaints->count; i++)
        if (scene->failing[complaints->items[i]] > scene->failing[surest])
            surest = complaints->items[i];
    return surest;
}

/* What the customer says warmly once they have been answered. */
static void see_contentment(const Scene *scene, Observations *seen, int kind) {
    for (int32_t i = 0; i < scene->contentments.count; i++) {
        const Contentment *word = scene->contentments.items + i;
        see_act(scene, seen, kind, word->act, word->position, GOOD, word->probability,
            sent_at(scene, word->position));
    }
}

/* Of it what the customer says in a conversation in which they had complained by then. */
static void see_contentment_after_failing(const Scene *scene, Observations *seen, int kind) {
    const Pairing *pairing = &scene->pairing;
    int32_t *failed = TAKE(scene->arena, pairing->threads.count, int32_t);
    for (int32_t i = 0; i < pairing->threads.count; i++) failed[i] = NONE;
    for (int32_t i = scene->episodes.count - 1; i >= 0; i--) {
        int32_t first = scene->episodes.items[i].complaints.items[0];
        failed[pairing->conversations[first]] = first;
    }
    for (int32_t i = 0; i < scene->contentments.count; i++) {
        const Contentment *word = scene->contentments.items + i;
        int32_t first = failed[pairing->conversations[word->position]];
        if (first == NONE || first >= word->position) continue;
        see_act(scene, seen, kind, word->act, word->position, GOOD, word->probability,
            sent_at(scene, word->position));
    }
}

static void see_as_surely_as(const Scene *scene, Observations *seen, int kind, int act,
    const Places *places, const double *surely) {
    for (int32_t i = 0; i < places->count; i++) {
        int32_t position = places->items[i];
        see_act(scene, seen, kind, act, position, BAD, surely[position], sent_at(scene, position));
    }
}

/* Each of the customer's interactions that says that something fell short. */
static void see_grievances(const Scene *scene, Observations *seen, int kind) {
    see_as_surely_as(scene, seen, kind, COMPLAINT, &scene->failing_at, scene->failing);
}

/* Each time the customer says that it is still not solved, or complains of it once more. */
static void see_unresolved(const Scene *scene, Observations *seen, int kind) {
    see_as_surely_as(scene, seen, kind, UNRESOLVED, &scene->unresolved_at, scene->unresolved);
}

/* Each run of messages that nobody asked for and nobody answered, worse with its length. */
static void see_unanswered_outreach(const Scene *scene, Observations *seen, int kind) {
    const Rules *rules = scene->rules;
    for (int32_t i = 0; i < scene->outreach.runs.count; i++) {
        Row run = scene->outreach.runs.items[i];
        double length = (double)run.count;
        SEE(scene, seen, .kind = kind, .value = BAD,
            .severity = smaller(pow(length, rules->run_exponent), rules->run_severity_cap),
            .at_us = sent_at(scene, run.items[run.count - 1]), .positions = run, .act_at = NONE,
            .facts = {length}, .fact_count = 1);
    }
}

#endif
