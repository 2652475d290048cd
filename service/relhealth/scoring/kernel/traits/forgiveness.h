/* Practice forgiveness: traits/forgiveness.py, compiled. */
#ifndef RELHEALTH_FORGIVENESS_H
#define RELHEALTH_FORGIVENESS_H

#include "observing.h"

#define FORGIVING(kind)                                                                           \
    kind(goodwill) kind(forgives) kind(returns_in_peace) kind(old_failing_again)                  \
    kind(churn_intent) kind(parts_in_peace) kind(grievance_kept) kind(grievance)                  \
    kind(ultimatum) kind(abuse)
#define FORGIVING_KIND(name) FORGIVING_##name,
enum { FORGIVING(FORGIVING_KIND) FORGIVING_KINDS };
static const char *const FORGIVING_NAMES[] = {FORGIVING(KIND_NAME)};

/* The first conversation that began after a moment; as many as there are where none did. */
static int32_t first_visit_after(const Scene *scene, int64_t moment_us) {
    int32_t low = 0, high = scene->pairing.threads.count;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (sent_at(scene, scene->pairing.threads.items[middle].first) <= moment_us)
            low = middle + 1;
        else high = middle;
    }
    return low;
}

/* How surely a message asks after a failing. */
static double asks_after(Scene *scene, int32_t position, const Episode *episode) {
    Set said = telling_at(&scene->words, position);
    for (int32_t i = 0; i < episode->complaints.count; i++)
        if (in_common(said, telling_at(&scene->words, episode->complaints.items[i]), INT32_MAX) > 0)
            return does(scene, position, REQUEST);
    return 0.0;
}

/* The first visit without a complaint after each failing that is over. */
static void see_returns_in_peace(Scene *scene, Observations *seen) {
    for (int32_t i = 0; i < scene->episodes.count; i++) {
        const Episode *episode = scene->episodes.items + i;
        if (!episode->has_ended) continue;
        int32_t nth = first_visit_after(scene, episode->ended_us);
        if (nth == scene->pairing.threads.count) continue;
        int32_t first = scene->pairing.threads.items[nth].first;
        double peace = peace_of(scene, first) * (1.0 - asks_after(scene, first, episode));
        if (peace <= 0.0) continue;
        SEE(scene, seen, .kind = FORGIVING_returns_in_peace, .value = GOOD,
            .severity = episode->probability * peace, .at_us = sent_at(scene, first),
            .positions = two(scene, episode->complaints.items[0], first), .act_at = NONE);
    }
}

static int closed_sooner(const void *a, const void *b) {
    const Episode *one = *(const Episode *const *)a, *other = *(const Episode *const *)b;
    return (one->closed_by > other->closed_by) - (one->closed_by < other->closed_by);
}

/* Complaints like one of an earlier episode that the customer had closed by then. What comes back
 * soon is the brand's failing again, not the customer's grudge. */
static void see_old_failings_again(Scene *scene, Observations *seen) {
    const Episodes *episodes = &scene->episodes;
    const Episode **closed = TAKE(scene->arena, episodes->count, const Episode *);
    int32_t count = 0, nth = 0;
    for (int32_t i = 0; i < episodes->count; i++)
        if (episodes->items[i].closed_by != NONE) closed[count++] = episodes->items + i;
    if (count == 0) return;
    qsort(closed, (size_t)count, sizeof *closed, closed_sooner);
    int32_t *closing = TAKE(scene->arena, scene->history->count, int32_t);
    Likeness settled = likeness_of(
        scene->arena, scene->rules->repeat_similarity, order_of_words, &scene->words);
    for (int32_t i = 0; i < episodes->count; i++) {
        const Episode *episode = episodes->items + i;
        int32_t first = episode->complaints.items[0];
        for (; nth < count && closed[nth]->closed_by < first; nth++)
            for (int32_t j = 0; j < closed[nth]->complaints.count; j++) {
                int32_t complaint = closed[nth]->complaints.items[j];
                Sought sought = seek(&settled, failing_words(&scene->words, complaint));
                likeness_add(&settled, &sought, complaint);
                closing[complaint] = closed[nth]->closed_by;
            }
        Sought sought = seek(&settled, failing_words(&scene->words, first));
        int32_t old = likeness_find(&settled, &sought, 0);
        int came_back = episode->repeats.count && episode->repeats.items[0].position == first;
        if (old == NONE || came_back) continue;
        int64_t gap_us = sent_at(scene, first) - sent_at(scene, closing[old]);
        SEE(scene, seen, .kind = FORGIVING_old_failing_again, .value = BAD,
            .severity = episode->probability, .at_us = sent_at(scene, first),
            .positions = two(scene, old, first), .act_at = NONE,
            .facts = {quotient(scene->arena, gap_us, MICROSECONDS_PER_DAY)}, .fact_count = 1);
    }
}

static double unkind(const Scene *scene, int32_t position) {
    return (1.0 - does(scene, position, PRAISE)) * (1.0 - does(scene, position, ADVOCACY));
}

static double thankless(const Scene *scene, int32_t position) {
    return 1.0 - does(scene, position, GRATITUDE);
}

/* How surely the customer means to leave, and says nothing kind without a grievance; thanks are
 * kind where nothing went wrong, and else polite. There the last word of the conversation counts,
 * too: who cancels and is helped thanks only then. */
static double grudge(const Scene *scene, int32_t position) {
    double cold = unkind(scene, position);
    if (scene->episodes.count == 0) {
        cold *= thankless(scene, position);
        int32_t number = scene->pairing.conversations[position];
        int32_t last = number == NONE ? position : scene->pairing.threads.items[number].last;
        if (last != position) cold *= unkind(scene, last) * thankless(scene, last);
    }
    double kind = (1.0 - cold) * (1.0 - scene->failing[position]);
    return does(scene, position, CHURN_INTENT) * (1.0 - kind);
}

/* Each farewell, as far as it is no friendly one. */
static void see_leaving(const Scene *scene, Observations *seen) {
    const Places *doing = scene->customer_doing + CHURN_INTENT;
    for (int32_t i = 0; i < doing->count; i++) {
        int32_t position = doing->items[i];
        double surely = grudge(scene, position);
        if (surely < scene->least) continue;
        see_act(scene, seen, FORGIVING_churn_intent, CHURN_INTENT, position, BAD, surely,
            sent_at(scene, position));
    }
}

static void observe_forgiveness(Scene *scene, Observations *seen) {
    for (int32_t i = 0; i < scene->episodes.count; i++)
        see_episode_act(
            scene, seen, FORGIVING_goodwill, GOODWILL, scene->episodes.items + i, 1.0);
    see_customer_acts(scene, seen, FORGIVING_forgives, FORGIVENESS, GOOD);
    see_returns_in_peace(scene, seen);
    see_old_failings_again(scene, seen);
    see_leaving(scene, seen);
    if (scene->episodes.count > 0) {
        see_contentment_after_failing(scene, seen, FORGIVING_parts_in_peace);
        see_unresolved(scene, seen, FORGIVING_grievance_kept);
        see_grievances(scene, seen, FORGIVING_grievance);
    }
    see_customer_acts(scene, seen, FORGIVING_ultimatum, ULTIMATUM, BAD);
    see_customer_acts(scene, seen, FORGIVING_abuse, ABUSE, BAD);
}

/* Where something went wrong that could be forgiven, or the customer forgives or leaves. */
static int forgiveness_applies(const Scene *scene) {
    if (scene->episodes.count > 0 || scene->customer_doing[FORGIVENESS].count > 0) return 1;
    const Places *leaving = scene->customer_doing + CHURN_INTENT;
    for (int32_t i = 0; i < leaving->count; i++)
        if (grudge(scene, leaving->items[i]) >= scene->least) return 1;
    return 0;
}

#endif
