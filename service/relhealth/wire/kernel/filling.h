/* Interactions to the columns of a history, in canonical order where that needs no thought. */
#ifndef RELHEALTH_FILLING_H
#define RELHEALTH_FILLING_H

#include <stdlib.h>

#include "../../scoring/kernel/hash.h"
#include "letters.h"

enum { OF_SENDER, OF_SENDER_KIND, OF_CHANNEL, OF_PURPOSE, ENUMS, NO_MEMBER = 255 };
enum { MOST_AT_ONCE = 16 }; /* interactions of one moment that are put in order here */

typedef struct {
    const uint8_t *members[ENUMS]; /* of each enum by the wire's number, or NO_MEMBER */
    Py_ssize_t counts[ENUMS];
    Py_ssize_t most_interactions, most_characters;
    long long most_skew_us; /* by which clocks can put an answer before its question */
} Rules;

/* An interaction on its way into the columns. */
typedef struct {
    int64_t sent; /* microseconds */
    union {       /* where it stands, as its reader has it */
        Bytes bytes;
        int64_t row;
    };
} Received;

/* What an interaction holds, in its range or not. */
typedef struct {
    int64_t recorded; /* microseconds */
    uint64_t numbers[ENUMS], audience;
    bool has_audience;
    Letters id, text, language, reply, thread;
    int32_t characters; /* of the text */
    PyObject *outcome;  /* a new reference; NULL where there is none */
} Found;

typedef struct Work Work;

/* Reads an interaction. False where it is not plain or an exception is set, and then without an
 * outcome. */
typedef bool (*Reader)(const Work *work, const Received *told, Found *found);

/* A history that is being read. */
struct Work {
    const Rules *rules;
    Reader read;
    const void *source; /* what is read */
    Columns *columns;
    Received *told;             /* in the columns' order */
    Letters *replies, *threads; /* names that they are told by */
    int32_t *seats;             /* of a table of names: places in the columns, and 1 */
    uint32_t mask;
};

/* ---- columns --------------------------------------------------------------------------------- */

static void columns_free(Columns *columns) {
    if (columns == NULL) return;
    Py_XDECREF(columns->outcomes);
    Py_DECREF(columns->owner);
    PyMem_Free(columns);
}

static void capsule_free(PyObject *capsule) {
    columns_free(PyCapsule_GetPointer(capsule, PACKED));
}

/* Room for so many interactions, in one piece, the widest items first; NULL without memory. */
static Columns *columns_new(int32_t count, PyObject *owner) {
    size_t n = (size_t)count, head = (sizeof(Columns) + 15) & ~(size_t)15;
    size_t each = 3 * sizeof(Letters) + 2 * sizeof(int64_t) + 3 * sizeof(int32_t) + ENUMS;
    Columns *columns = PyMem_Malloc(head + n * each);
    if (columns == NULL) return NULL;
    *columns = (Columns){.count = count, .owner = Py_NewRef(owner)};
    columns->ids = (Letters *)((char *)columns + head);
    columns->texts = columns->ids + n;
    columns->languages = columns->texts + n;
    columns->sent_us = (int64_t *)(columns->languages + n);
    columns->recorded_us = columns->sent_us + n;
    columns->reply_to = (int32_t *)(columns->recorded_us + n);
    columns->threads = columns->reply_to + n;
    columns->audience_sizes = columns->threads + n;
    columns->senders = (uint8_t *)(columns->audience_sizes + n);
    columns->sender_kinds = columns->senders + n;
    columns->channels = columns->sender_kinds + n;
    columns->purposes = columns->channels + n;
    return columns;
}

/* A tuple with nothing in it but None. */
static PyObject *nothings(Py_ssize_t count) {
    PyObject *tuple = PyTuple_New(count);
    for (Py_ssize_t i = 0; tuple != NULL && i < count; i++)
        if (PyTuple_SetItem(tuple, i, Py_NewRef(Py_None)) < 0) Py_CLEAR(tuple);
    return tuple;
}

/* ---- interactions ---------------------------------------------------------------------------- */

static bool put_enums(const Work *work, const Found *found, int32_t place) {
    const Columns *columns = work->columns;
    uint8_t *into[ENUMS] = {columns->senders, columns->sender_kinds, columns->channels,
        columns->purposes};
    for (int i = 0; i < ENUMS; i++) {
        if (found->numbers[i] >= (uint64_t)work->rules->counts[i]) return false;
        into[i][place] = work->rules->members[i][found->numbers[i]];
        if (into[i][place] == NO_MEMBER) return false;
    }
    return true;
}

/* Puts an interaction's outcome, if it has one, which is taken over; false with an exception set. */
static bool put_outcome(const Work *work, PyObject *outcome, int32_t place) {
    Columns *columns = work->columns;
    if (outcome == NULL && columns->outcomes == NULL) return true;
    if (columns->outcomes == NULL) columns->outcomes = nothings(columns->count);
    if (columns->outcomes == NULL) {
        Py_XDECREF(outcome);
        return false;
    }
    if (outcome == NULL) outcome = Py_NewRef(Py_None);
    return PyTuple_SetItem(columns->outcomes, place, outcome) == 0;
}

/* Puts an interaction into its place of all columns. False where it is not plain or an exception is
 * set. */
static bool put(const Work *work, int32_t place) {
    const Columns *columns = work->columns;
    int64_t sent = work->told[place].sent;
    Found found = {.recorded = sent};
    if (!work->read(work, work->told + place, &found)) return false;
    bool has_outcome = found.outcome != NULL;
    if (!put_outcome(work, found.outcome, place)) return false;
    if (found.recorded < sent || !put_enums(work, &found, place)) return false;
    if (found.id.size == 0 || found.characters > work->rules->most_characters) return false;
    if (found.audience > INT32_MAX || (found.characters == 0 && !has_outcome)) return false;
    columns->sent_us[place] = sent;
    columns->recorded_us[place] = found.recorded;
    columns->ids[place] = found.id;
    columns->texts[place] = found.text;
    if (found.characters == 0) columns->texts[place].bytes = "";
    columns->languages[place] = found.language;
    columns->audience_sizes[place] = found.has_audience ? (int32_t)found.audience : NONE;
    work->replies[place] = found.reply;
    work->threads[place] = found.thread;
    return true;
}

/* ---- names ----------------------------------------------------------------------------------- */

static bool is_same(const Letters *one, const Letters *other) {
    return one->size == other->size && !memcmp(one->bytes, other->bytes, (size_t)one->size);
}

/* Where the table holds the first of some names that is the same as one, or could: 0 is free. */
static int32_t *seat_of(const Work *work, const Letters *names, const Letters *name) {
    uint32_t at = hash_of(name->bytes, (size_t)name->size);
    for (;; at++) {
        int32_t *seat = work->seats + (at & work->mask);
        if (*seat == 0 || is_same(names + *seat - 1, name)) return seat;
    }
}

static void clear_seats(const Work *work) {
    memset(work->seats, 0, ((size_t)work->mask + 1) * sizeof *work->seats);
}

/* Makes places of the replies' names. False unless ids are unique and replies name others. */
static bool find_replies(const Work *work) {
    const Columns *columns = work->columns;
    clear_seats(work);
    for (int32_t place = 0; place < columns->count; place++) {
        int32_t *seat = seat_of(work, columns->ids, columns->ids + place);
        if (*seat) return false;
        *seat = place + 1;
    }
    for (int32_t place = 0; place < columns->count; place++) {
        const Letters *name = work->replies + place;
        int32_t found =
            name->bytes == NULL ? NONE : *seat_of(work, columns->ids, name) - 1;
        if (name->bytes != NULL && (found == NONE || found == place)) return false;
        columns->reply_to[place] = found;
    }
    return true;
}

/* Makes numbers of the conversations' names, in the order in which they appear. */
static void number_threads(const Work *work) {
    const Columns *columns = work->columns;
    int32_t next = 0;
    clear_seats(work);
    for (int32_t place = 0; place < columns->count; place++) {
        const Letters *name = work->threads + place;
        int32_t *number = columns->threads + place;
        *number = NONE;
        if (name->bytes == NULL) continue;
        if (place && name[-1].bytes != NULL && is_same(name - 1, name)) {
            *number = number[-1];
            continue;
        }
        int32_t *seat = seat_of(work, work->threads, name);
        *number = *seat ? columns->threads[*seat - 1] : next++;
        if (*seat == 0) *seat = place + 1;
    }
}

/* ---- order ----------------------------------------------------------------------------------- */

static int by_moment(const void *one, const void *other) {
    int64_t first = ((const Received *)one)->sent, second = ((const Received *)other)->sent;
    return (first > second) - (first < second);
}

enum { MOVES_EACH = 8 };

/* Puts what is almost in the order of its moments into it; false if that takes too many moves. */
static bool move_few(Received *told, size_t count) {
    size_t moves = MOVES_EACH * count;
    for (size_t i = 1; i < count && moves; i++) {
        Received moved = told[i];
        size_t at = i;
        for (; at > 0 && told[at - 1].sent > moved.sent && moves; at--, moves--)
            told[at] = told[at - 1];
        told[at] = moved;
    }
    return moves > 0;
}

/* Puts what was told into the order of its moments. */
static void sort_told(Received *told, size_t count) {
    size_t sorted = 1;
    while (sorted < count && told[sorted - 1].sent <= told[sorted].sent) sorted++;
    if (sorted < count && !move_few(told, count)) qsort(told, count, sizeof *told, by_moment);
}

/* The order of letters by their code points. */
static int compare(const Letters *one, const Letters *other) {
    size_t size = (size_t)(one->size < other->size ? one->size : other->size);
    int order = size ? memcmp(one->bytes, other->bytes, size) : 0;
    return order ? order : (one->size > other->size) - (one->size < other->size);
}

/* The order of two interactions of one moment by what they say, as domain/history.py's _content has
 * it; 0 where that does not tell. */
static int by_content(const Columns *columns, int32_t one, int32_t other) {
    const uint8_t *senders = columns->senders;
    const uint8_t *enums[ENUMS - 1] = {columns->sender_kinds, columns->channels, columns->purposes};
    if (senders[one] != senders[other]) return senders[other] - senders[one];
    for (int i = 0; i < ENUMS - 1; i++)
        if (enums[i][one] != enums[i][other]) return enums[i][one] - enums[i][other];
    const int64_t *recorded = columns->recorded_us;
    if (recorded[one] != recorded[other]) return recorded[one] < recorded[other] ? -1 : 1;
    int order = compare(columns->texts + one, columns->texts + other);
    return order ? order : compare(columns->languages + one, columns->languages + other);
}

/* How many answers deep an interaction is within the moment that begins and ends there; NONE where
 * answers go in a circle. */
static int32_t depth_of(const Columns *columns, int32_t place, int32_t begin, int32_t end) {
    int32_t depth = 0;
    for (int32_t at = columns->reply_to[place]; begin <= at && at < end; depth++) {
        if (depth > MOST_AT_ONCE) return NONE;
        at = columns->reply_to[at];
    }
    return depth;
}

enum Settled { UNSETTLED, AS_IT_WAS, MOVED };

/* Puts what was told of one moment in order: what is answered before its answer, then by content.
 * UNSETTLED where that is not all there is to it. */
static enum Settled settle(const Work *work, int32_t begin, int32_t end) {
    const Columns *columns = work->columns;
    int32_t order[MOST_AT_ONCE], depths[MOST_AT_ONCE], count = end - begin;
    Received settled[MOST_AT_ONCE];
    bool is_moved = false;
    if (count > MOST_AT_ONCE) return UNSETTLED;
    for (int32_t i = 0; i < count; i++) {
        int32_t at = i, depth = depth_of(columns, begin + i, begin, end), is_later = 1;
        if (depth == NONE) return UNSETTLED;
        for (; at > 0; at--) {
            is_later = depths[at - 1] - depth;
            if (is_later == 0) is_later = by_content(columns, order[at - 1], begin + i);
            if (is_later <= 0) break;
            order[at] = order[at - 1];
            depths[at] = depths[at - 1];
        }
        if (is_later == 0) return UNSETTLED;
        order[at] = begin + i;
        depths[at] = depth;
        is_moved = is_moved || at < i;
    }
    if (!is_moved) return AS_IT_WAS;
    for (int32_t i = 0; i < count; i++) settled[i] = work->told[order[i]];
    memcpy(work->told + begin, settled, (size_t)count * sizeof *settled);
    return MOVED;
}

/* Whether clocks that differ a little put an answer before its question. */
static bool are_clocks_askew(const Columns *columns, int64_t most_skew_us) {
    for (int32_t place = 0; place < columns->count; place++) {
        int32_t asked = columns->reply_to[place];
        if (asked <= place) continue;
        int64_t ahead_us = columns->sent_us[asked] - columns->sent_us[place];
        if (0 < ahead_us && ahead_us <= most_skew_us) return true;
    }
    return false;
}

enum Order { WRONG, OPEN, CANONICAL };

/* Puts what is in the order of its moments in canonical order; it stays OPEN where that is left to
 * Python. WRONG where it is not plain or an exception is set. */
static enum Order put_in_order(const Work *work) {
    const Columns *columns = work->columns;
    enum Order order = CANONICAL;
    bool is_moved = false;
    for (int32_t begin = 0, end; order != OPEN && begin < columns->count; begin = end) {
        end = begin + 1;
        while (end < columns->count && columns->sent_us[end] == columns->sent_us[begin]) end++;
        if (end - begin == 1) continue;
        enum Settled settled = settle(work, begin, end);
        if (settled == UNSETTLED) order = OPEN;
        if (settled != MOVED) continue;
        for (int32_t place = begin; place < end; place++)
            if (!put(work, place)) return WRONG;
        is_moved = true;
    }
    return is_moved && !find_replies(work) ? WRONG : order;
}

/* ---- all of it ------------------------------------------------------------------------------- */

/* Room for the work on a history's columns, whose letters the owner keeps; false with an exception
 * set. */
static bool work_open(Work *work, const Rules *rules, int32_t count, PyObject *owner) {
    size_t n = (size_t)count, seats = 16;
    while (seats < 2 * n) seats *= 2;
    *work = (Work){.rules = rules, .mask = (uint32_t)(seats - 1)};
    work->columns = columns_new(count, owner);
    work->told = PyMem_Malloc(
        n * (sizeof *work->told + 2 * sizeof *work->replies) + seats * sizeof *work->seats);
    if (work->columns == NULL || work->told == NULL) {
        PyErr_NoMemory();
        return false;
    }
    work->replies = (Letters *)(work->told + n);
    work->threads = work->replies + n;
    work->seats = (int32_t *)(work->threads + n);
    return true;
}

/* What Python is told of columns that were filled, which are handed on: whether they are in canonical
 * order or only in that of their moments, the columns in a capsule, how many interactions they have
 * and when the last was sent. NULL with an exception set. */
static PyObject *handed_on(Work *work, enum Order order) {
    int count = work->columns->count;
    long long last_us = work->columns->sent_us[count - 1];
    PyObject *capsule = PyCapsule_New(work->columns, PACKED, capsule_free);
    if (capsule == NULL) return NULL;
    work->columns = NULL;
    return Py_BuildValue(
        "(ONiL)", order == CANONICAL ? Py_True : Py_False, capsule, count, last_us);
}

/* Gives back what is not handed on. */
static void work_close(Work *work) {
    PyMem_Free(work->told);
    columns_free(work->columns);
}

/* Fills the columns from what was told; WRONG where the history is not plain or an exception is
 * set. */
static enum Order fill(const Work *work) {
    sort_told(work->told, (size_t)work->columns->count);
    for (int32_t place = 0; place < work->columns->count; place++)
        if (!put(work, place)) return WRONG;
    if (!find_replies(work)) return WRONG;
    enum Order order = put_in_order(work);
    number_threads(work);
    bool is_askew = are_clocks_askew(work->columns, work->rules->most_skew_us);
    return order == CANONICAL && is_askew ? OPEN : order;
}

#endif
