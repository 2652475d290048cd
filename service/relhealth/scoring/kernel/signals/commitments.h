/* Promises and what came of them: signals/commitments.py, compiled. */
#ifndef RELHEALTH_COMMITMENTS_H
#define RELHEALTH_COMMITMENTS_H

#include "due.h"
#include "episodes.h"

enum { FATE_OPEN, FATE_KEPT, FATE_BROKEN, FATE_UNKNOWN };

typedef struct {
    int32_t position, settled_by; /* NONE where only time showed it */
    int fate, is_contradicted;
    double probability;
    int64_t called_us, settled_us;
} Commitment;

typedef LIST(Commitment) Commitments;

/* What comes next in a conversation, seen from its end; of no message where there is none. */
typedef struct {
    Sure fulfilled, contradicted;
    int is_confirmed; /* by the customer, who says of nothing that it fell short */
    int32_t thanked; /* the first thanks */
} Aftermath;

/* Thanks may be for the promise alone: they fulfil nothing, but nobody is cross. */
static void customer_shows(
    Aftermath *seen, const History *history, int32_t position, double least) {
    const double *row = row_of(history, position);
    if (row[UNRESOLVED] >= least) seen->contradicted = (Sure){position, row[UNRESOLVED]};
    else if (row[RESOLUTION] >= least) {
        seen->fulfilled = (Sure){position, row[RESOLUTION]};
        seen->is_confirmed = row[COMPLAINT] < least;
    } else if (larger(row[GRATITUDE], row[FORGIVENESS]) >= least) seen->thanked = position;
}

static void brand_shows(Aftermath *seen, const History *history, int32_t position, double least) {
    const double *row = row_of(history, position);
    double does = larger(larger(earnest(row, BRAND_RESOLUTION), earnest(row, HELP)),
        earnest(row, GOODWILL));
    if (does < least) return;
    seen->fulfilled = (Sure){position, does};
    seen->is_confirmed = 0;
}

/* When what a text promises is due with its grace; whether it names a time. */
static int due_with_grace(Arena *arena, const History *history, int32_t position,
    const Rules *rules, int64_t *due_us) {
    int64_t sent_us = history->sent_us[position];
    int64_t named_us;
    Text text = text_at(arena, history, position);
    worked(arena, (uint32_t)text.size);
    if (text.is_plain) {
        if (!plain_due_us(&text, sent_us, &named_us)) return 0;
    } else {
        PyObject *string = string_at(arena, history, position);
        PyObject *moment = held(arena, PyLong_FromLongLong(sent_us));
        PyObject *named = held(
            arena, PyObject_CallFunctionObjArgs(rules->python.due_us, string, moment, NULL));
        if (named == Py_None) return 0;
        named_us = whole(arena, named);
    }
    *due_us = named_us + (int64_t)((double)(named_us - sent_us) * rules->grace_share);
    return 1;
}

/* What a promise says of itself. */
typedef struct {
    int32_t position;
    int has_due;
    int64_t called_us, due_us;
} Promise;

static Commitment follow(const Promise *promise, const Aftermath *seen, const History *history,
    const Rules *rules, int64_t as_of_us) {
    int has_due = promise->has_due;
    int64_t due_us = promise->due_us;
    Commitment found = {promise->position, NONE, FATE_UNKNOWN,
        seen->contradicted.position != NONE, act_at(history, promise->position, COMMITMENT),
        promise->called_us, 0};
    const Sure *shown = &seen->contradicted;
    double surely = 1.0;
    /* Once it is due, thanks for word of it do not undo the silence until then. */
    int left = !has_due || (seen->thanked != NONE && history->sent_us[seen->thanked] <= due_us);
    if (shown->position != NONE) {
        found.fate = FATE_BROKEN;
        surely = shown->probability;
        found.settled_us = history->sent_us[shown->position];
    } else if ((shown = &seen->fulfilled)->position != NONE) {
        int in_time =
            !has_due || seen->is_confirmed || history->sent_us[shown->position] <= due_us;
        /* Late is never worse than not at all. */
        found.fate = in_time ? FATE_KEPT : left ? FATE_UNKNOWN : FATE_BROKEN;
        found.settled_us = in_time ? history->sent_us[shown->position] : due_us;
        if (in_time) surely = shown->probability;
        if (found.fate == FATE_BROKEN)
            surely = rules->silent_break_severity * (1.0 - rules->late_relief * shown->probability);
    } else if (has_due) {
        found.fate = as_of_us < due_us ? FATE_OPEN : left ? FATE_UNKNOWN : FATE_BROKEN;
        if (found.fate == FATE_BROKEN) surely = rules->silent_break_severity;
        found.settled_us = due_us;
    }
    found.settled_by = shown->position;
    found.probability *= surely;
    return found;
}

/* What came of a promise in its own conversation, unless it is kept more surely in another of those
 * whose calls it closed: which of them it is about it does not say. */
static Commitment follow_all(const Promise *promise, const Aftermath *seen,
    const Pairing *pairing, const History *history, const Rules *rules, int64_t as_of_us) {
    int32_t position = promise->position, here = pairing->conversations[position];
    Commitment best = follow(promise, seen + here, history, rules, as_of_us);
    const int32_t *closed = pairing->closed.items + pairing->closed_first[position];
    for (int32_t i = 0; !best.is_contradicted && i < pairing->closed_count[position]; i++) {
        int32_t number = pairing->conversations[closed[i]];
        if (number == here) continue;
        Commitment found = follow(promise, seen + number, history, rules, as_of_us);
        if (found.fate != FATE_KEPT) continue;
        if (best.fate != FATE_KEPT || found.probability > best.probability) best = found;
    }
    return best;
}

/* Promises without those that are kept only by what keeps another, in order of time: the first in
 * its own conversation, or else the first of all. */
static Commitments once_each(
    Arena *arena, const Commitments *latest_first, const Pairing *pairing, int32_t count) {
    Commitments found = {0};
    int32_t *kept_by = TAKE(arena, count, int32_t);
    for (int32_t i = 0; i < count; i++) kept_by[i] = NONE;
    for (int at_home = 1; at_home >= 0; at_home--)
        for (int32_t i = latest_first->count - 1; i >= 0; i--) {
            const Commitment *promise = latest_first->items + i;
            int32_t by = promise->settled_by;
            if (promise->fate != FATE_KEPT || kept_by[by] != NONE) continue;
            const int32_t *conversations = pairing->conversations;
            if ((conversations[by] == conversations[promise->position]) == at_home)
                kept_by[by] = i;
        }
    for (int32_t i = latest_first->count - 1; i >= 0; i--) {
        const Commitment *promise = latest_first->items + i;
        if (promise->fate != FATE_KEPT || kept_by[promise->settled_by] == i)
            *ADD(arena, &found) = *promise;
    }
    return found;
}

/* When the customer last spoke in each message's conversation, by then. */
static int64_t *find_called_us(Arena *arena, const History *history, const Pairing *pairing) {
    int64_t *found = TAKE(arena, history->count, int64_t);
    int64_t *spoken_us = TAKE(arena, pairing->threads.count, int64_t);
    for (int32_t position = 0; position < history->count; position++) {
        int32_t number = pairing->conversations[position];
        found[position] = history->sent_us[position];
        if (pairing->roles[position] == ROLE_CUSTOMER) spoken_us[number] = found[position];
        else if (number != NONE) found[position] = spoken_us[number];
    }
    return found;
}

static Commitments find_commitments(Arena *arena, const History *history, const Pairing *pairing,
    const Episodes *episodes, const Rules *rules, int64_t as_of_us) {
    double least = rules->commitment_probability;
    uint8_t *promising = TAKE_ZEROS(arena, pairing->threads.count, uint8_t), any = 0;
    for (int role = ROLE_ANSWER; role <= ROLE_CONTINUATION; role++)
        for (int32_t i = 0; i < pairing->with_role[role].count; i++) {
            int32_t position = pairing->with_role[role].items[i];
            if (act_at(history, position, COMMITMENT) < least) continue;
            promising[pairing->conversations[position]] = any = 1;
            const int32_t *closed = pairing->closed.items + pairing->closed_first[position];
            for (int32_t j = 0; j < pairing->closed_count[position]; j++)
                promising[pairing->conversations[closed[j]]] = 1;
        }
    Commitments found = {0};
    if (!any) return found;
    uint8_t *called_for = TAKE_ZEROS(arena, history->count, uint8_t);
    for (int32_t i = 0; i < history->count; i++) called_for[i] = (uint8_t)is_answer(pairing, i);
    for (int32_t i = 0; i < episodes->count; i++)
        for (int32_t j = 0; j < episodes->items[i].answers.count; j++)
            called_for[episodes->items[i].answers.items[j]] = 1;
    int64_t *called = find_called_us(arena, history, pairing);
    Aftermath *seen = TAKE(arena, pairing->threads.count, Aftermath);
    for (int32_t i = 0; i < pairing->threads.count; i++)
        seen[i] = (Aftermath){{NONE, 0.0}, {NONE, 0.0}, 0, NONE};
    for (int32_t position = history->count - 1; position >= 0; position--) {
        int32_t number = pairing->conversations[position];
        int role = pairing->roles[position];
        if (number == NONE || !promising[number] || role == ROLE_RECEIPT) continue;
        if (role == ROLE_CUSTOMER) customer_shows(seen + number, history, position, least);
        else if (act_at(history, position, COMMITMENT) < least)
            brand_shows(seen + number, history, position, least);
        else if (called_for[position]) {
            Promise promise = {position, 0, called[position], 0};
            promise.has_due = due_with_grace(arena, history, position, rules, &promise.due_us);
            *ADD(arena, &found) =
                follow_all(&promise, seen, pairing, history, rules, as_of_us);
        }
    }
    return once_each(arena, &found, pairing, history->count);
}

#endif
