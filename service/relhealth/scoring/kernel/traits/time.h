/* Devote time to each other: traits/time.py, compiled. */
#ifndef RELHEALTH_TIME_H
#define RELHEALTH_TIME_H

#include "observing.h"

#define TIME(kind)                                                                                \
    kind(answer) kind(praise_acknowledged) kind(questions_answered) kind(visit_in_peace)          \
    kind(content) kind(still_unresolved)
#define TIME_KIND(name) TIME_##name,
enum { TIME(TIME_KIND) TIME_KINDS };
static const char *const TIME_NAMES[] = {TIME(KIND_NAME)};
enum { TIME_TRAIT = 1 }; /* its place among the traits */

enum { WAITED_ANSWERED, WAITED_OPEN, WAITED_SETTLED, WAITED_NOT_OWED };

/* Credit for the speed of an answer; without one at most what is assumed before any evidence. */
static double credit_of(const Scene *scene, const Call *call, int ended, int64_t until_us) {
    double assumed = scene->priors[TIME_TRAIT].mean;
    int64_t sent_us = sent_at(scene, call->position);
    int channel = scene->history->channel[call->position];
    double credit = speed_credit(scene->arena, sent_us, until_us, channel, scene->rules);
    if (!is_owed(call)) return ended == WAITED_NOT_OWED ? assumed : larger(assumed, credit);
    if (ended != WAITED_ANSWERED) return smaller(assumed, credit);
    int32_t settled = settled_by(scene, call);
    if (settled == NONE) return credit;
    int64_t settled_us = sent_at(scene, settled);
    double then = speed_credit(scene->arena, sent_us, settled_us, channel, scene->rules);
    return larger(credit, smaller(assumed, then));
}

static void see_answer(const Scene *scene, Observations *seen, const Call *call) {
    int64_t sent_us = sent_at(scene, call->position), until_us = scene->as_of_us;
    int32_t by = answered_by(scene, call);
    int ended = WAITED_ANSWERED;
    if (by == NONE) {
        by = settled_by(scene, call);
        ended = WAITED_SETTLED;
    }
    if (by == NONE) ended = is_owed(call) ? WAITED_OPEN : WAITED_NOT_OWED;
    else until_us = sent_at(scene, by);
    SEE(scene, seen, .kind = TIME_answer, .value = credit_of(scene, call, ended, until_us),
        .severity = call->importance, .at_us = sent_us,
        .positions = by == NONE ? only(scene, call->position) : two(scene, call->position, by),
        .act_at = call->position, .act = call->act,
        .facts = {quotient(scene->arena, until_us - sent_us, MICROSECONDS_PER_HOUR), ended},
        .fact_count = 2, .pending = ended == WAITED_OPEN);
}

/* How surely a call is praise rather than a failing; 0 where it is not. */
static double warmth(const Scene *scene, int32_t call) {
    double warm = larger(does(scene, call, PRAISE), does(scene, call, ADVOCACY));
    double cold = scene->failing[call];
    return warm >= scene->least && warm > cold ? warm * (1.0 - cold) : 0.0;
}

static void see_praise_acknowledged(const Scene *scene, Observations *seen) {
    const Places *answers = &scene->pairing.answers;
    for (int32_t i = 0; i < answers->count; i++) {
        int32_t position = answers->items[i];
        Row calls = calls_closed_by(scene, position);
        double warm = 0.0;
        for (int32_t j = 0; j < calls.count; j++)
            warm = larger(warm, warmth(scene, calls.items[j]));
        if (warm <= 0.0) continue;
        SEE(scene, seen, .kind = TIME_praise_acknowledged, .value = GOOD, .severity = warm,
            .at_us = called_us(&scene->pairing, scene->history, position),
            .positions = row_with(scene, calls, position), .act_at = NONE);
    }
}

/* At most one a question of a human's: the customer's next message in the conversation. An insult
 * is no answer. */
static void see_questions_answered(const Scene *scene, Observations *seen) {
    const Pairing *pairing = &scene->pairing;
    int32_t *asked = TAKE(scene->arena, pairing->threads.count, int32_t);
    for (int32_t i = 0; i < pairing->threads.count; i++) asked[i] = NONE;
    for (int32_t position = 0; position < scene->history->count; position++) {
        int32_t number = pairing->conversations[position];
        int role = pairing->roles[position];
        if (number == NONE || role == ROLE_RECEIPT) continue;
        if (role != ROLE_CUSTOMER) {
            if (does(scene, position, QUESTION) >= scene->least && asked[number] == NONE)
                asked[number] = position;
        } else if (asked[number] != NONE) {
            int32_t question = asked[number];
            asked[number] = NONE;
            SEE(scene, seen, .kind = TIME_questions_answered, .value = GOOD,
                .severity = does(scene, question, QUESTION) * (1.0 - does(scene, position, ABUSE)),
                .at_us = sent_at(scene, position),
                .positions = two(scene, question, position), .act_at = question, .act = QUESTION);
        }
    }
}

static void see_visits_in_peace(const Scene *scene, Observations *seen) {
    for (int32_t i = 0; i < scene->pairing.threads.count; i++) {
        int32_t first = scene->pairing.threads.items[i].first;
        double peace = peace_of(scene, first);
        if (peace <= 0.0 || letters_at(scene->arena, scene->history, first).size == 0) continue;
        SEE(scene, seen, .kind = TIME_visit_in_peace, .value = GOOD, .severity = peace,
            .at_us = sent_at(scene, first), .positions = only(scene, first), .act_at = NONE);
    }
}

static void observe_time(Scene *scene, Observations *seen) {
    for (int32_t i = 0; i < scene->pairing.calls.count; i++)
        see_answer(scene, seen, scene->pairing.calls.items + i);
    see_praise_acknowledged(scene, seen);
    see_questions_answered(scene, seen);
    see_visits_in_peace(scene, seen);
    see_contentment(scene, seen, TIME_content);
    see_unresolved(scene, seen, TIME_still_unresolved);
}

/* Where the customer came by. */
static int time_applies(const Scene *scene) { return customer_places(scene)->count > 0; }

#endif
