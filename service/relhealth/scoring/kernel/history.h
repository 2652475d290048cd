/* What is judged: a history and its reading; packed columns as they are, Python's into arrays. */
#ifndef RELHEALTH_HISTORY_H
#define RELHEALTH_HISTORY_H

#include "../../domain/columns.h"
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
enum { UNSPECIFIED_CHANNEL = 0, SOCIAL_PUBLIC = 1, REVIEW = 7, CHANNELS = 10 };
enum { PURPOSE_SERVICE = 1, TRANSACTIONAL = 2, MARKETING = 3 };

enum { NO_OUTCOME, RATING, OPTED_OUT, CONSENTED };
enum { ALL_CHANNELS = (1 << CHANNELS) - 1 };

typedef struct {
    uint8_t is;
    uint16_t channels;           /* a bit each */
    double value, worst, best;   /* of a rating */
} Outcome;

/* Of messages in canonical order; NONE where there is nothing. */
typedef struct {
    int32_t count, threads;
    const int64_t *sent_us;
    const uint8_t *sender, *sender_kind, *channel, *purpose;
    const int32_t *reply_to, *thread;
    const Outcome *outcome; /* NULL where no message has one */
    const Columns *packed; /* NULL where the history is in Python's columns */
    PyObject *texts, *outcomes; /* tuples; NULL where it is packed, and where there are none */
    const uint8_t *unread;
    const double *rows; /* COLUMNS probabilities a message */
} History;

static const double *row_of(const History *history, int32_t position) {
    return history->rows + (size_t)position * COLUMNS;
}

static double act_at(const History *history, int32_t position, int act) {
    return row_of(history, position)[act];
}

static const Outcome *outcome_at(const History *history, int32_t position) {
    static const Outcome none = {NO_OUTCOME, 0, 0.0, 0.0, 0.0};
    return history->outcome == NULL ? &none : history->outcome + position;
}

static int is_customer(const History *history, int32_t position) {
    return history->sender[position] == CUSTOMER;
}

/* ---- from Python ----------------------------------------------------------------------------- */

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
static const Outcome *outcomes_in(Arena *arena, const History *history, PyObject *const *classes) {
    if (history->outcomes == NULL) return NULL;
    Outcome *found = TAKE_ZEROS(arena, history->count, Outcome);
    for (int32_t i = 0; i < history->count; i++) {
        PyObject *outcome = PyTuple_GetItem(history->outcomes, i);
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

static const int64_t *moments(Arena *arena, PyObject *owner, const char *name, int32_t count) {
    PyObject *items = column(arena, owner, name, count);
    int64_t *found = TAKE(arena, count, int64_t);
    for (int32_t i = 0; i < count; i++) found[i] = whole(arena, PyTuple_GetItem(items, i));
    return found;
}

static History columns_taken(Arena *arena, PyObject *owner) {
    PyObject *texts = tuple_in(arena, owner, "texts");
    int32_t n = (int32_t)PyTuple_Size(texts);
    return (History){
        .count = n,
        .sent_us = moments(arena, owner, "sent_us", n),
        .sender = small_numbers(arena, owner, "senders", n, BRAND, CUSTOMER),
        .sender_kind = small_numbers(arena, owner, "sender_kinds", n, 0, BOT),
        .channel = small_numbers(arena, owner, "channels", n, 0, CHANNELS - 1),
        .purpose = small_numbers(arena, owner, "purposes", n, 0, MARKETING),
        .reply_to = optional_places(arena, owner, "reply_to", n, n),
        .thread = optional_places(arena, owner, "threads", n, n),
        .texts = texts,
        .outcomes = column(arena, owner, "outcomes", n),
    };
}

/* ---- from packed columns --------------------------------------------------------------------- */

static History columns_shared(const Columns *packed) {
    return (History){
        .count = packed->count,
        .packed = packed,
        .sent_us = packed->sent_us,
        .sender = packed->senders,
        .sender_kind = packed->sender_kinds,
        .channel = packed->channels,
        .purpose = packed->purposes,
        .reply_to = packed->reply_to,
        .thread = packed->threads,
        .outcomes = packed->outcomes,
    };
}

/* A History of Python's, which must stay as long as what is made of it. */
static History history_of(Arena *arena, PyObject *owner) {
    PyObject *packed = held(arena, PyObject_GetAttrString(owner, "packed"));
    History history;
    if (packed == Py_None) {
        history = columns_taken(arena, owner);
    } else {
        PyObject *capsule = held(arena, PyObject_GetAttrString(packed, "columns"));
        const Columns *columns = PyCapsule_GetPointer(capsule, PACKED);
        if (columns == NULL) fail(arena);
        history = columns_shared(columns);
    }
    for (int32_t i = 0; i < history.count; i++)
        if (history.thread[i] >= history.threads) history.threads = history.thread[i] + 1;
    return history;
}

/* The letters of a string of Python's, which keeps them. */
static Letters letters_in(Arena *arena, PyObject *string) {
    Py_ssize_t size;
    const char *bytes = string == NULL ? NULL : PyUnicode_AsUTF8AndSize(string, &size);
    if (bytes == NULL) fail(arena);
    if (size > INT32_MAX / 4) {
        PyErr_SetString(PyExc_OverflowError, "the text is too long");
        fail(arena);
    }
    return (Letters){bytes, (int32_t)size, size == PyUnicode_GetLength(string)};
}

/* The letters of the text at a place. */
static Letters letters_at(Arena *arena, const History *history, int32_t position) {
    if (history->packed != NULL) return history->packed->texts[position];
    return letters_in(arena, PyTuple_GetItem(history->texts, position));
}

/* The text at a place as Python's string. */
static PyObject *string_at(Arena *arena, const History *history, int32_t position) {
    if (history->packed == NULL) return PyTuple_GetItem(history->texts, position);
    const Letters *text = history->packed->texts + position;
    return held(arena, PyUnicode_FromStringAndSize(text->bytes, text->size));
}

#endif
