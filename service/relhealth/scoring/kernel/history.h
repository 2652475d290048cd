/* What is judged: a history and its reading, from Python's columns into arrays. */
#ifndef RELHEALTH_HISTORY_H
#define RELHEALTH_HISTORY_H

#include "exact.h"

/* Columns of a reading, as relhealth.domain.acts numbers them. */
enum { APOLOGY, OWNERSHIP, DEFLECTION, EXPLANATION, HELP, OFFER, REDIRECT, COMMITMENT, OVERPROMISE,
    EXPECTATION, EMPATHY, BRAND_GRATITUDE, QUESTION, PROMOTION, ENGAGEMENT_BAIT, GOODWILL,
    ACKNOWLEDGEMENT, BRAND_RESOLUTION, BRAND_ACTS };
enum { COMPLAINT, REQUEST, PRAISE, GRATITUDE, ADVOCACY, COMPENSATION_DEMAND, ABUSE, CHURN_INTENT,
    FORGIVENESS, OWN_MISTAKE, RESOLUTION, UNRESOLVED, OPT_OUT, INFORMATION, SUGGESTION, PATIENCE,
    ULTIMATUM, CUSTOMER_ACTS };
enum { COLUMNS = BRAND_ACTS };

/* Numbers of relhealth.domain.vocabulary. */
enum { BRAND = 1, CUSTOMER = 2 };
enum { HUMAN = 1, BOT = 2 };
enum { SOCIAL_PUBLIC = 1, REVIEW = 7, CHANNELS = 10 };
enum { PURPOSE_SERVICE = 1, TRANSACTIONAL = 2, MARKETING = 3 };

enum { NO_OUTCOME, RATING, OPTED_OUT, CONSENTED };
enum { ALL_CHANNELS = (1 << CHANNELS) - 1, NONE = -1 };

typedef struct {
    uint8_t is;
    uint16_t channels;           /* a bit each */
    double value, worst, best;   /* of a rating */
} Outcome;

/* Of messages in canonical order; NONE where there is nothing. */
typedef struct {
    int32_t count;
    int64_t *sent_us;
    uint8_t *sender, *sender_kind, *channel, *purpose, *unread;
    int32_t *reply_to, *thread, threads;
    Outcome *outcome;
    PyObject *texts;    /* a tuple, borrowed */
    const double *rows; /* COLUMNS probabilities a message */
} History;

static const double *row_of(const History *history, int32_t position) {
    return history->rows + (size_t)position * COLUMNS;
}

static double act_at(const History *history, int32_t position, int act) {
    return row_of(history, position)[act];
}

static int is_customer(const History *history, int32_t position) {
    return history->sender[position] == CUSTOMER;
}

/* ---- from Python ------------------------------------------------------------------------------ */

static PyObject *tuple_in(Arena *arena, PyObject *owner, const char *name) {
    PyObject *items = held(arena, PyObject_GetAttrString(owner, name));
    if (!PyTuple_Check(items)) {
        PyErr_Format(PyExc_TypeError, "%s must be a tuple", name);
        fail(arena);
    }
    if (PyTuple_Size(items) > INT32_MAX / 64) {
        PyErr_SetString(PyExc_OverflowError, "the history is too long");
        fail(arena);
    }
    return items;
}

/* The items of a column, which must be as many as the others'. */
static PyObject *column(Arena *arena, PyObject *owner, const char *name, int32_t count) {
    PyObject *items = tuple_in(arena, owner, name);
    if (PyTuple_Size(items) != count) {
        PyErr_Format(PyExc_ValueError, "%s must be a tuple of %d", name, (int)count);
        fail(arena);
    }
    return items;
}

static long long whole(Arena *arena, PyObject *number) {
    long long value = PyLong_AsLongLong(number);
    if (value == -1 && PyErr_Occurred()) fail(arena);
    return value;
}

static uint8_t *small_numbers(
    Arena *arena, PyObject *owner, const char *name, int32_t count, long least, long most) {
    PyObject *items = column(arena, owner, name, count);
    uint8_t *found = TAKE(arena, count, uint8_t);
    for (int32_t i = 0; i < count; i++) {
        long long value = whole(arena, PyTuple_GetItem(items, i));
        if (value < least || value > most) {
            PyErr_Format(PyExc_ValueError, "%s has a number out of range", name);
            fail(arena);
        }
        found[i] = (uint8_t)value;
    }
    return found;
}

/* Places or numbers below `below`, NONE for None. */
static int32_t *optional_places(
    Arena *arena, PyObject *owner, const char *name, int32_t count, int32_t below) {
    PyObject *items = column(arena, owner, name, count);
    int32_t *found = TAKE(arena, count, int32_t);
    for (int32_t i = 0; i < count; i++) {
        PyObject *item = PyTuple_GetItem(items, i);
        long long value = item == Py_None ? NONE : whole(arena, item);
        if (item != Py_None && (value < 0 || value >= below)) {
            PyErr_Format(PyExc_ValueError, "%s has a place out of range", name);
            fail(arena);
        }
        found[i] = (int32_t)value;
    }
    return found;
}

static double number_in(Arena *arena, PyObject *owner, const char *name) {
    double value = PyFloat_AsDouble(held(arena, PyObject_GetAttrString(owner, name)));
    if (value == -1.0 && PyErr_Occurred()) fail(arena);
    return value;
}

static uint16_t channels_in(Arena *arena, PyObject *outcome) {
    PyObject *named = tuple_in(arena, outcome, "channels");
    uint16_t channels = 0;
    for (Py_ssize_t i = 0; i < PyTuple_Size(named); i++) {
        long long channel = whole(arena, PyTuple_GetItem(named, i));
        if (0 <= channel && channel < CHANNELS) channels |= (uint16_t)(1 << channel);
    }
    return channels ? channels : ALL_CHANNELS;
}

/* Python's classes of outcomes, in the order of the numbers above less one. */
static Outcome *outcomes_in(Arena *arena, PyObject *owner, int32_t count, PyObject *const *classes) {
    PyObject *items = column(arena, owner, "outcomes", count);
    Outcome *found = TAKE_ZEROS(arena, count, Outcome);
    for (int32_t i = 0; i < count; i++) {
        PyObject *outcome = PyTuple_GetItem(items, i);
        if (outcome == Py_None) continue;
        PyObject *class = (PyObject *)Py_TYPE(outcome);
        if (class == classes[RATING - 1])
            found[i] = (Outcome){RATING, 0, number_in(arena, outcome, "value"),
                number_in(arena, outcome, "worst"), number_in(arena, outcome, "best")};
        else
            found[i] = (Outcome){.is = class == classes[OPTED_OUT - 1] ? OPTED_OUT : CONSENTED,
                .channels = channels_in(arena, outcome)};
    }
    return found;
}

static void history_take(Arena *arena, History *history, PyObject *owner, PyObject *const *classes) {
    PyObject *texts = tuple_in(arena, owner, "texts");
    int32_t n = (int32_t)PyTuple_Size(texts);
    *history = (History){.count = n, .texts = texts};
    PyObject *moments = column(arena, owner, "sent_us", n);
    history->sent_us = TAKE(arena, n, int64_t);
    for (int32_t i = 0; i < n; i++)
        history->sent_us[i] = whole(arena, PyTuple_GetItem(moments, i));
    history->sender = small_numbers(arena, owner, "senders", n, BRAND, CUSTOMER);
    history->sender_kind = small_numbers(arena, owner, "sender_kinds", n, 0, BOT);
    history->channel = small_numbers(arena, owner, "channels", n, 0, CHANNELS - 1);
    history->purpose = small_numbers(arena, owner, "purposes", n, 0, MARKETING);
    history->reply_to = optional_places(arena, owner, "reply_to", n, n);
    history->thread = optional_places(arena, owner, "threads", n, n);
    for (int32_t i = 0; i < n; i++)
        if (history->thread[i] >= history->threads) history->threads = history->thread[i] + 1;
    history->outcome = outcomes_in(arena, owner, n, classes);
}

#endif
