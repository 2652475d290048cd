/* Develop better communication: traits/communication.py, compiled. */
#ifndef RELHEALTH_COMMUNICATION_H
#define RELHEALTH_COMMUNICATION_H

#include "observing.h"

#define COMMUNICATION(kind)                                                                       \
    kind(question_asked) kind(reply_to_the_point) kind(empathy) kind(talks_at) kind(monologue)    \
    kind(canned_line) kind(asks_again) kind(sent_elsewhere) kind(sent_around)                     \
    kind(information_given) kind(suggestion) kind(abuse) kind(content) kind(grievance)            \
    kind(still_unresolved) kind(deflection) kind(left_open)
#define COMMUNICATION_KIND(name) COMMUNICATION_##name,
enum { COMMUNICATION(COMMUNICATION_KIND) COMMUNICATION_KINDS };
static const char *const COMMUNICATION_NAMES[] = {COMMUNICATION(KIND_NAME)};

static void see_replies_to_the_point(Scene *scene, Observations *seen) {
    const Places *answers = &scene->pairing.answers;
    for (int32_t i = 0; i < answers->count; i++) {
        int32_t position = answers->items[i];
        Row calls = calls_closed_by(scene, position);
        double helps = does(scene, position, HELP), uptake = 0.0;
        Set answer = telling_at(&scene->words, position);
        for (int32_t j = 0; j < calls.count; j++) {
            Set call = telling_at(&scene->words, calls.items[j]);
            uptake = larger(uptake, share_taken_up(call, answer));
        }
        if (uptake < scene->rules->uptake_minimum_share) uptake = 0.0;
        int is_help = helps >= scene->least;
        double severity = larger(is_help ? helps : 0.0, uptake);
        if (severity <= 0.0) continue;
        SEE(scene, seen, .kind = COMMUNICATION_reply_to_the_point, .value = GOOD,
            .severity = severity, .at_us = called_us(&scene->pairing, scene->history, position),
            .positions = row_with(scene, calls, position), .act_at = is_help ? position : NONE,
            .act = HELP);
    }
}

/* The talking that nobody asked for; only the customer's own words weigh against it. */
static void see_talking_at(const Scene *scene, Observations *seen) {
    const Talk *talk = &scene->talk;
    if (talk->positions->count == 0 || talk->unasked_words == 0) return;
    double unasked = (double)talk->unasked_words, customer = (double)talk->customer_words;
    double half = scene->rules->talk_half_words + customer;
    SEE(scene, seen, .kind = COMMUNICATION_talks_at, .value = BAD,
        .severity = unasked / (unasked + half),
        .at_us = sent_at(scene, talk->positions->items[talk->positions->count - 1]),
        .positions = all_of(talk->positions), .act_at = NONE, .facts = {unasked, customer},
        .fact_count = 2);
}

/* As severe as the longest and as fresh as the last, so that one more never lightens it. */
static void see_monologue(const Scene *scene, Observations *seen) {
    const Talk *talk = &scene->talk;
    if (talk->longest == NONE || talk->monologues.count == 0) return;
    double length = (double)talk->longest_words;
    SEE(scene, seen, .kind = COMMUNICATION_monologue, .value = BAD,
        .severity = 1.0 - scene->rules->monologue_words / (2.0 * length),
        .at_us = sent_at(scene, talk->monologues.items[talk->monologues.count - 1]),
        .positions = only(scene, talk->longest), .act_at = NONE, .facts = {length},
        .fact_count = 1);
}

/* A notice is expected to read like the last one, and so is a letter that was subscribed to. */
static int is_canned(const Scene *scene, const Repetition *line) {
    return scene->pairing.roles[line->position] != ROLE_NOTICE &&
           !scene->outreach.wanted[line->position];
}

static void see_repetitions(
    const Scene *scene, Observations *seen, int kind, const Repetitions *repetitions) {
    for (int32_t i = 0; i < repetitions->count; i++) {
        const Repetition *line = repetitions->items + i;
        SEE(scene, seen, .kind = kind, .value = BAD, .severity = line->probability,
            .at_us = sent_at(scene, line->position),
            .positions = two(scene, line->earlier, line->position), .act_at = NONE);
    }
}

/* Each time counts; from the second time on it counts as being sent around on top. */
static void see_sent_around(const Scene *scene, Observations *seen) {
    const Pairing *pairing = &scene->pairing;
    const Places *redirecting = scene->brand_doing + REDIRECT;
    int32_t *counts = TAKE_ZEROS(scene->arena, pairing->threads.count, int32_t);
    for (int32_t i = 0; i < redirecting->count; i++) {
        int32_t position = redirecting->items[i], number = pairing->conversations[position];
        if (number == NONE || pairing->roles[position] == ROLE_RECEIPT) continue;
        counts[number]++;
        for (int more = 0; more < 2 && more < counts[number]; more++)
            SEE(scene, seen,
                .kind = more ? COMMUNICATION_sent_around : COMMUNICATION_sent_elsewhere,
                .value = BAD, .severity = does(scene, position, REDIRECT),
                .at_us = sent_at(scene, position), .positions = only(scene, position),
                .act_at = position, .act = REDIRECT, .facts = {(double)counts[number]},
                .fact_count = 1);
    }
}

/* Within conversations. */
static void see_deflections(const Scene *scene, Observations *seen) {
    const Places *deflecting = scene->brand_doing + DEFLECTION;
    for (int32_t i = 0; i < deflecting->count; i++) {
        int32_t position = deflecting->items[i];
        int role = scene->pairing.roles[position];
        if (role != ROLE_ANSWER && role != ROLE_CONTINUATION) continue;
        see_act(scene, seen, COMMUNICATION_deflection, DEFLECTION, position, BAD,
            does(scene, position, DEFLECTION), sent_at(scene, position));
    }
}

/* Calls that kept somebody waiting and got no word back, the more the longer they did. */
static void see_left_open(const Scene *scene, Observations *seen) {
    for (int32_t i = 0; i < scene->pairing.calls.count; i++) {
        const Call *call = scene->pairing.calls.items + i;
        if (answered_by(scene, call) != NONE || !call->keeps_waiting) continue;
        int64_t sent_us = sent_at(scene, call->position);
        int channel = scene->history->channel[call->position];
        int32_t settled = settled_by(scene, call);
        int64_t until_us = settled == NONE ? scene->as_of_us : sent_at(scene, settled);
        double credit = speed_credit(scene->arena, sent_us, until_us, channel, scene->rules);
        double severity = call->importance * (1.0 - credit);
        if (severity <= 0.0) continue;
        SEE(scene, seen, .kind = COMMUNICATION_left_open, .value = BAD, .severity = severity,
            .at_us = sent_us, .positions = only(scene, call->position), .act_at = call->position,
            .act = call->act, .facts = {settled != NONE}, .fact_count = 1,
            .pending = settled == NONE);
    }
}

/* Lines that repeat another, without those of which that is expected. */
static Repetitions find_canned(Scene *scene) {
    Repetitions canned = canned_lines(
        scene->arena, &scene->words, scene->history, &scene->brand, &scene->pairing, scene->rules);
    int32_t kept = 0;
    for (int32_t i = 0; i < canned.count; i++)
        if (is_canned(scene, canned.items + i)) canned.items[kept++] = canned.items[i];
    canned.count = kept;
    return canned;
}

/* What answers do well, but those that only do it again; both ascend. */
static void see_unless_repeated(const Scene *scene, Observations *seen, int kind, int act,
    const Repetitions *repetitions) {
    Observations all = {0};
    see_answering_acts(scene, &all, kind, act);
    for (int32_t i = 0, again = 0; i < all.count; i++) {
        int32_t position = all.items[i].act_at;
        while (again < repetitions->count && repetitions->items[again].position < position) again++;
        if (again < repetitions->count && repetitions->items[again].position == position) continue;
        *ADD(scene->arena, seen) = all.items[i];
    }
}

static void observe_communication(Scene *scene, Observations *seen) {
    Repetitions canned = find_canned(scene);
    Repetitions again =
        asked_again(scene->arena, scene->history, &scene->pairing, scene->rules);
    see_unless_repeated(scene, seen, COMMUNICATION_question_asked, QUESTION, &again);
    see_replies_to_the_point(scene, seen);
    see_unless_repeated(scene, seen, COMMUNICATION_empathy, EMPATHY, &canned);
    see_talking_at(scene, seen);
    see_monologue(scene, seen);
    see_repetitions(scene, seen, COMMUNICATION_canned_line, &canned);
    see_repetitions(scene, seen, COMMUNICATION_asks_again, &again);
    see_sent_around(scene, seen);
    see_customer_acts(scene, seen, COMMUNICATION_information_given, INFORMATION, GOOD);
    see_customer_acts(scene, seen, COMMUNICATION_suggestion, SUGGESTION, GOOD);
    see_customer_acts(scene, seen, COMMUNICATION_abuse, ABUSE, BAD);
    see_contentment(scene, seen, COMMUNICATION_content);
    see_grievances(scene, seen, COMMUNICATION_grievance);
    see_unresolved(scene, seen, COMMUNICATION_still_unresolved);
    see_deflections(scene, seen);
    see_left_open(scene, seen);
}

#endif
