/* Who is asked and answers informs, and complains less: signals/context.py, compiled. */
#ifndef RELHEALTH_CONTEXT_H
#define RELHEALTH_CONTEXT_H

#include "substance.h"

/* Whether a message is the brand's, and neither a machine's nor meant as marketing. */
static int wants_an_answer(const History *history, int32_t position) {
    return !is_customer(history, position) && history->purpose[position] != MARKETING &&
           history->sender_kind[position] != BOT;
}

/* How far a message replies to a question: 1 for what surely asks, and is no bait. */
static double how_far_asked(const History *history, int32_t position) {
    int32_t asked_at = history->reply_to[position];
    if (asked_at == NONE || asked_at >= position || !is_customer(history, position)) return 0.0;
    if (!wants_an_answer(history, asked_at)) return 0.0;
    return larger(0.0, 2.0 * earnest(row_of(history, asked_at), QUESTION) - 1.0);
}

static double given_answer(double probability, double ratio, double asked) {
    double scaled = probability * ratio;
    return probability + asked * (scaled / (1.0 - probability + scaled) - probability);
}

/* The rows of a reading with its answers read as such; its own where there are none. */
static const double *rows_in_context(Arena *arena, const History *history, const Rules *rules) {
    double *rows = NULL;
    for (int32_t position = 0; position < history->count; position++) {
        double asked = how_far_asked(history, position);
        if (asked == 0.0) continue;
        if (rows == NULL) {
            rows = TAKE(arena, history->count * COLUMNS, double);
            memcpy(rows, history->rows, (size_t)history->count * COLUMNS * sizeof *rows);
        }
        double *row = rows + (size_t)position * COLUMNS;
        row[INFORMATION] = given_answer(row[INFORMATION], rules->answer_information_ratio, asked);
        row[COMPLAINT] = given_answer(row[COMPLAINT], rules->answer_complaint_ratio, asked);
    }
    return rows == NULL ? history->rows : rows;
}

#endif
