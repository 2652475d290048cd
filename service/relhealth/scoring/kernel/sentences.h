/* The sentence that a piece of evidence reads as: scoring/sentences.py, compiled. */
#ifndef RELHEALTH_SENTENCES_H
#define RELHEALTH_SENTENCES_H

#include <stdio.h>

#include "ledger.h"

enum { LONGEST_SENTENCE = 256, LONGEST_PART = 64 };

/* A duration as people say it: 3 days 4 h, 2 h 5 min, 40 min. */
static void write_duration(char *into, double hours) {
    int64_t rest, minutes, days = floored((int64_t)nearbyint(hours * 60.0), 24 * 60, &rest);
    int64_t whole_hours = floored(rest, 60, &minutes);
    const char *unit = days == 1 ? "day" : "days";
    if (days && whole_hours)
        snprintf(into, LONGEST_PART, "%lld %s %lld h", (long long)days, unit, (long long)whole_hours);
    else if (days) snprintf(into, LONGEST_PART, "%lld %s", (long long)days, unit);
    else if (whole_hours && minutes)
        snprintf(into, LONGEST_PART, "%lld h %lld min", (long long)whole_hours, (long long)minutes);
    else if (whole_hours) snprintf(into, LONGEST_PART, "%lld h", (long long)whole_hours);
    else snprintf(into, LONGEST_PART, "%lld min", (long long)minutes);
}

static const char *one_or_many(double number, const char *one, const char *many) {
    return nearbyint(number) == 1.0 ? one : many;
}

/* What an answer answers, by the customer's act. */
static const char *called(int act) {
    switch (act) {
    case REQUEST: return "a question";
    case COMPLAINT: return "a complaint";
    case UNRESOLVED: return "a repeated request for help";
    case PRAISE: return "praise";
    case GRATITUDE: return "thanks";
    case ADVOCACY: return "a recommendation";
    case INFORMATION: return "information that was asked for";
    case COMPENSATION_DEMAND: return "a demand for compensation";
    case SUGGESTION: return "a suggestion";
    case CHURN_INTENT: return "a farewell";
    case ULTIMATUM: return "an ultimatum";
    case OPT_OUT: return "a wish to be left alone";
    }
    return "a message";
}

/* A sentence of its numbers, where its kind has one; NULL where the kind's description says it. */
static const char *write_sentence(char *into, int trait, const Observation *seen) {
    const double *facts = seen->facts;
    char waited[LONGEST_PART];
    const size_t room = LONGEST_SENTENCE;
    const char *kind = JUDGES[trait].names[seen->kind];
    if (!strcmp(kind, "answer")) {
        write_duration(waited, facts[0]);
        const char *what = called(seen->act);
        if (facts[1] != 0.0)
            snprintf(into, room, "Waited %s for an answer to %s, still open.", waited, what);
        else snprintf(into, room, "Answered %s after %s.", what, waited);
    } else if (!strcmp(kind, "unanswered_outreach")) {
        if (nearbyint(facts[0]) == 1.0)
            return "One message that nobody asked for and nobody answered.";
        snprintf(into, room,
            "%.0f messages in a row that nobody asked for and nobody answered.", facts[0]);
    } else if (!strcmp(kind, "talks_at")) {
        snprintf(into, room, "Talked at the customer: %.0f %s unasked, %.0f from the customer.",
            facts[0], one_or_many(facts[0], "word", "words"), facts[1]);
    } else if (!strcmp(kind, "commitment_broken")) {
        write_duration(waited, facts[0]);
        snprintf(into, room,
            facts[1] != 0.0 ? "A promise was not kept: %s later the customer had to ask again."
                            : "A promise was due after %s and was not seen to be kept in time.",
            waited);
    } else if (!strcmp(kind, "commitment_kept")) {
        write_duration(waited, facts[0]);
        snprintf(into, room, "A promise was kept after %s.", waited);
    } else if (!strcmp(kind, "message_load")) {
        double over = ceil(facts[0]);
        snprintf(into, room, "%.0f %s more within %.0f days than the customer's attention warrants.",
            over, one_or_many(over, "unasked message", "unasked messages"), facts[1]);
    } else if (!strcmp(kind, "monologue")) {
        snprintf(into, room, "A monologue of %.0f words that nobody asked for.", facts[0]);
    } else if (!strcmp(kind, "old_failing_again")) {
        snprintf(into, room, "Brought up again what had been put right %.0f %s before.", facts[0],
            one_or_many(facts[0], "day", "days"));
    } else if (!strcmp(kind, "sent_around")) {
        snprintf(into, room, "Sent the customer elsewhere for the %.0f. time in one conversation.",
            facts[0]);
    } else if (!strcmp(kind, "rated_well") || !strcmp(kind, "rated_poorly")) {
        snprintf(into, room, "The customer rated %g on a scale from %g to %g.", facts[0], facts[1],
            facts[2]);
    } else {
        return NULL;
    }
    return into;
}

static const char *write_remainder(char *into, int32_t items) {
    snprintf(into, LONGEST_SENTENCE, "%d %s, summed.", (int)items,
        items == 1 ? "further item" : "further items");
    return into;
}

#endif
