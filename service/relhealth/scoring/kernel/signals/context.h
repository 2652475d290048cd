/* Who is asked and answers informs, and complains less: signals/context.py, compiled. */
#ifndef RELHEALTH_CONTEXT_H
#define RELHEALTH_CONTEXT_H

#include "../rules.h"

/* How far a customer's message replies to a question of the brand's: 1 for what surely asks. */
static double answers(const History *history, int32_t position) {
    int32_t replied_to = history->reply_to[position];
    if (replied_to == NONE || !is_customer(history, position)) return 0.0;
    if (is_customer(history, replied_to)) return 0.0;
    return larger(0.0, 2.0 * act_at(history, replied_to, QUESTION) - 1.0);
}

static double given_answer(double probability, double ratio, double asked) {
    double scaled = probability * ratio;
    return probability + asked * (scaled / (1.0 - probability + scaled) - probability);
}

/* The rows of a reading with its answers read as such; its own where there are none. */
static const double *rows_in_context(Arena *arena, const History *history, const Rules *rules) {
    double *rows = NULL;
    for (int32_t position = 0; position < history->count; position++) {
        double asked = answers(history, position);
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
