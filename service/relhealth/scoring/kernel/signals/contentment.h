/* What the customer says warmly once they have been answered: signals/contentment.py, compiled. */
#ifndef RELHEALTH_CONTENTMENT_H
#define RELHEALTH_CONTENTMENT_H

#include "pairing.h"

static const int WARM_ACTS[] = {GRATITUDE, RESOLUTION, FORGIVENESS, PRAISE, ADVOCACY};

typedef struct {
    int32_t position, act;
    double probability;
} Contentment;

typedef LIST(Contentment) Contentments;

static double warmest(const double *row, int *act) {
    *act = WARM_ACTS[0];
    for (int i = 1; i < COUNT_OF(WARM_ACTS); i++)
        if (row[WARM_ACTS[i]] > row[*act]) *act = WARM_ACTS[i];
    return row[*act];
}

static void note_answer(int32_t *first_answers, int32_t conversation, int32_t position) {
    int32_t *first = first_answers + conversation;
    if (*first == NONE || position < *first) *first = position;
}

static Contentments find_contentments(Arena *arena, const History *history, const double *failing,
    const Pairing *pairing, double least) {
    int32_t *first_answers = TAKE(arena, pairing->threads.count, int32_t);
    for (int32_t i = 0; i < pairing->threads.count; i++) first_answers[i] = NONE;
    for (int role = ROLE_ANSWER; role <= ROLE_CONTINUATION; role++)
        for (int32_t i = 0; i < pairing->with_role[role].count; i++) {
            int32_t position = pairing->with_role[role].items[i];
            note_answer(first_answers, pairing->conversations[position], position);
            const int32_t *closed = pairing->closed.items + pairing->closed_first[position];
            for (int32_t j = 0; j < pairing->closed_count[position]; j++)
                note_answer(first_answers, pairing->conversations[closed[j]], position);
        }
    Contentments found = {0};
    const Places *customer = pairing->with_role + ROLE_CUSTOMER;
    for (int32_t i = 0; i < customer->count; i++) {
        int32_t position = customer->items[i];
        int32_t first = first_answers[pairing->conversations[position]];
        int act;
        double warm = warmest(row_of(history, position), &act);
        double probability = warm * (1.0 - failing[position]);
        if (probability >= least && first != NONE && first < position)
            *ADD(arena, &found) = (Contentment){position, act, probability};
    }
    return found;
}

#endif
