/* The one fact that would narrow health's interval most: scoring/missing.py, compiled. */
#ifndef RELHEALTH_MISSING_H
#define RELHEALTH_MISSING_H

#include "health.h"

enum { IN_OWN_HAPPINESS, IN_TIME, IN_COMMUNICATION, IN_REALISM, IN_MISTAKES, IN_FORGIVENESS,
    IN_SUPPORT };
enum { FACT_LANGUAGE, FACT_CONFIRMATION, FACT_ANSWER, FACT_QUESTION, FACT_RATING, FACTS };

/* Evidence that a fact would show. */
typedef struct {
    int trait, kind;
    double severity;
} Supposed;

static const Supposed AS_SETTLED[] = {
    {IN_OWN_HAPPINESS, OWN_HAPPINESS_content, 1.0}, {IN_TIME, TIME_content, 1.0},
    {IN_COMMUNICATION, COMMUNICATION_content, 1.0}, {IN_REALISM, REALISM_expectation_met, 1.0},
    {IN_SUPPORT, SUPPORT_content, 1.0}, {IN_SUPPORT, SUPPORT_resolution_confirmed, 1.0},
    /* and after a failing */
    {IN_MISTAKES, MISTAKES_repair_accepted, 1.0}, {IN_FORGIVENESS, FORGIVING_parts_in_peace, 1.0}};
enum { SETTLED_WITHOUT_FAILING = 6 };
static const Supposed AS_UNSETTLED[] = {
    {IN_OWN_HAPPINESS, OWN_HAPPINESS_still_unresolved, 1.0},
    {IN_OWN_HAPPINESS, OWN_HAPPINESS_grievance, 1.0}, {IN_TIME, TIME_still_unresolved, 1.0},
    {IN_COMMUNICATION, COMMUNICATION_still_unresolved, 1.0},
    {IN_COMMUNICATION, COMMUNICATION_grievance, 1.0}, {IN_REALISM, REALISM_still_unresolved, 1.0},
    {IN_REALISM, REALISM_expectation_missed, 1.0}, {IN_MISTAKES, MISTAKES_still_unresolved, 1.0},
    {IN_MISTAKES, MISTAKES_grievance, 1.0}, {IN_FORGIVENESS, FORGIVING_grievance_kept, 1.0},
    {IN_FORGIVENESS, FORGIVING_grievance, 1.0}, {IN_SUPPORT, SUPPORT_still_unresolved, 1.0},
    {IN_SUPPORT, SUPPORT_grievance, 1.0}};
static const Supposed AS_HELPED[] = {{IN_COMMUNICATION, COMMUNICATION_reply_to_the_point, 1.0},
    {IN_SUPPORT, SUPPORT_help_given, 1.0}};
static const Supposed AS_INFORMED[] = {{IN_COMMUNICATION, COMMUNICATION_information_given, 1.0},
    {IN_SUPPORT, SUPPORT_information_given, 1.0}};

/* The ways in which a fact can turn out, each with what it would show. */
typedef struct {
    int ways;
    LIST(Supposed) shown[2];
} Outcomes;

static void suppose(Arena *arena, Outcomes *outcomes, int way, const Supposed *shown, int count) {
    for (int i = 0; i < count; i++) *ADD(arena, &outcomes->shown[way]) = shown[i];
    if (outcomes->ways <= way) outcomes->ways = way + 1;
}

/* Whether any of the customer's texts can be read: else their next word could not be. */
static int is_understood(const Scene *scene) {
    const Places *customer = customer_places(scene);
    for (int32_t i = 0; i < customer->count; i++)
        if (!scene->history->unread[customer->items[i]]) return 1;
    return 0;
}

/* Whether the brand had the last word in any conversation. */
static int is_answered_last(const Scene *scene) {
    const Pairing *pairing = &scene->pairing;
    uint8_t *last = TAKE_ZEROS(scene->arena, pairing->threads.count, uint8_t);
    for (int32_t i = 0; i < scene->history->count; i++) {
        int32_t number = pairing->conversations[i];
        if (number != NONE && pairing->roles[i] != ROLE_RECEIPT)
            last[number] = pairing->roles[i] != ROLE_CUSTOMER;
    }
    for (int32_t i = 0; i < pairing->threads.count; i++)
        if (last[i]) return 1;
    return 0;
}

static int keeps_anybody_waiting(const Scene *scene) {
    for (int32_t i = 0; i < scene->pairing.calls.count; i++) {
        const Call *call = scene->pairing.calls.items + i;
        if (call->keeps_waiting && answered_by(scene, call) == NONE &&
            settled_by(scene, call) == NONE)
            return 1;
    }
    return 0;
}

/* Whether a first rating can be asked of a customer whom the brand has answered and may ask. */
static int can_ask_rating(const Scene *scene) {
    for (int32_t i = 0; i < scene->history->count; i++)
        if (outcome_at(scene->history, i)->is == RATING) return 0;
    for (int i = 0; i < CHANNELS; i++)
        if (scene->permission.withdrawn[i] != NONE) return 0;
    return scene->pairing.answers.count > 0;
}

/* The brand's last word to the customer where that was a question; else NONE. */
static int32_t last_question(const Scene *scene) {
    int32_t last = NONE;
    for (int32_t i = 0; i < scene->history->count; i++)
        if (scene->pairing.roles[i] <= ROLE_CONTINUATION) last = i;
    if (last == NONE || scene->pairing.roles[last] == ROLE_CUSTOMER) return NONE;
    return does(scene, last, QUESTION) >= scene->least && is_understood(scene) ? last : NONE;
}

static void suppose_read(const Scene *scene, Outcomes *outcomes) {
    for (int32_t i = 0; i < scene->history->count; i++) {
        if (!scene->history->unread[i]) continue;
        const Supposed *shown = is_customer(scene->history, i) ? AS_INFORMED : AS_HELPED;
        suppose(scene->arena, outcomes, 0, shown, COUNT_OF(AS_INFORMED));
    }
}

static void suppose_rated(const Scene *scene, Outcomes *outcomes) {
    suppose(scene->arena, outcomes, 0, &(Supposed){IN_SUPPORT, SUPPORT_rated_well, 1.0}, 1);
    suppose(scene->arena, outcomes, 1, &(Supposed){IN_SUPPORT, SUPPORT_rated_poorly, 1.0}, 1);
}

static Outcomes outcomes_of(const Scene *scene, int fact) {
    Outcomes found = {.ways = 0};
    Arena *arena = scene->arena;
    int32_t asked;
    switch (fact) {
    case FACT_LANGUAGE: suppose_read(scene, &found); break;
    case FACT_CONFIRMATION:
        /* Who closed all channels wants no contact. */
        if (scene->permission.withdrawn_probability > 0.0) break;
        if (!is_answered_last(scene) || !is_understood(scene)) break;
        suppose(arena, &found, 0, AS_SETTLED,
            scene->episodes.count ? COUNT_OF(AS_SETTLED) : SETTLED_WITHOUT_FAILING);
        suppose(arena, &found, 1, AS_UNSETTLED, COUNT_OF(AS_UNSETTLED));
        break;
    case FACT_ANSWER:
        if (!keeps_anybody_waiting(scene)) break;
        suppose(arena, &found, 0, AS_HELPED, COUNT_OF(AS_HELPED));
        suppose(arena, &found, 1, NULL, 0);
        break;
    case FACT_QUESTION:
        if ((asked = last_question(scene)) == NONE) break;
        suppose(arena, &found, 0, AS_INFORMED, COUNT_OF(AS_INFORMED));
        suppose(arena, &found, 0,
            &(Supposed){IN_TIME, TIME_questions_answered, does(scene, asked, QUESTION)}, 1);
        break;
    case FACT_RATING:
        if (can_ask_rating(scene)) suppose_rated(scene, &found);
        break;
    }
    return found;
}

/* The width of health's interval, now `width`, if what an outcome shows were in the ledgers. */
static double supposed_width(const Rules *rules, double prior, const Share *shares,
    const Ledger *ledgers, double width, const Supposed *shown, int32_t count) {
    Sums sums[TRAITS];
    Share changed[TRAITS];
    uint8_t touched[TRAITS] = {0};
    if (count == 0) return width;
    for (int i = 0; i < TRAITS; i++) sums[i] = ledgers[i].sums;
    for (int32_t i = 0; i < count; i++) {
        const Kind *kind = rules->traits[shown[i].trait].kinds + shown[i].kind;
        if (isnan(kind->value)) continue; /* what is graded has no value before it is seen */
        double weight = kind->weight * shown[i].severity;
        sums[shown[i].trait].weight += weight;
        sums[shown[i].trait].weighted_value += weight * kind->value;
        touched[shown[i].trait] = 1;
    }
    for (int i = 0; i < TRAITS; i++) {
        double weight = rules->traits[i].weight;
        changed[i] = touched[i] ? share_of(rules, ledgers[i].prior, sums[i], weight) : shares[i];
    }
    return width_of(health_estimate(rules, prior, changed));
}

/* The fact, or NONE where health's interval is narrow enough or nothing would narrow it enough. */
static int missing_fact(const Scene *scene, const Ledger *ledgers, double prior,
    const Share *shares, double width, double *narrowing) {
    const Rules *rules = scene->rules;
    int best = NONE;
    *narrowing = 0.0;
    if (width < rules->missing_fact_width) return NONE;
    for (int fact = 0; fact < FACTS; fact++) {
        Outcomes outcomes = outcomes_of(scene, fact);
        if (outcomes.ways == 0) continue;
        double widths[2];
        for (int way = 0; way < outcomes.ways; way++)
            widths[way] = supposed_width(rules, prior, shares, ledgers, width,
                outcomes.shown[way].items, outcomes.shown[way].count);
        double narrower = width - sum_of(widths, outcomes.ways) / (double)outcomes.ways;
        if (narrower > *narrowing && narrower >= rules->missing_fact_narrowing) {
            *narrowing = narrower;
            best = fact;
        }
    }
    return best;
}

#endif
