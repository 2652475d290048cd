/* Interactions to the columns of a history, in canonical order where that needs no thought. */
#ifndef RELHEALTH_FILLING_H
#define RELHEALTH_FILLING_H

#include <stdlib.h>

#include "../../scoring/kernel/hash.h"
#include "fields.h"

enum { INTERACTIONS = 4 }; /* the field of a history */
enum { ID = 1, SENT, RECORDED, SENDER, SENDER_KIND, CHANNEL, PURPOSE, TEXT, LANGUAGE, REPLY, THREAD,
    AUDIENCE, OUTCOME, FIELDS = 16 }; /* of an interaction; there are three kinds of outcome */
enum { ENUMS = PURPOSE - SENDER + 1, NO_MEMBER = 255 };
enum { MOST_AT_ONCE = 16 }; /* interactions of one moment that are put in order here */

typedef struct {
    const uint8_t *members[ENUMS]; /* of each enum by the wire's number, or NO_MEMBER */
    Py_ssize_t counts[ENUMS];
    PyObject *outcome; /* an interaction's bytes -> its outcome, or None where it is wrong */
    Py_ssize_t most_interactions, most_characters;
    long long most_skew_us; /* by which clocks can put an answer before its question */
} Rules;

/* An interaction on its way into the columns. */
typedef struct {
    int64_t sent; /* microseconds */
    Bytes bytes;
} Received;

/* A history that is being read. */
typedef struct {
    const Rules *rules;
    Columns *columns;
    Received *told;                 /* in the columns' order */
    Letters *replies, *threads; /* names that they are told by */
    int32_t *seats;             /* of a table of names: places in the columns, and 1 */
    uint32_t mask;
} Work;

/* ---- columns --------------------------------------------------------------------------------- */

static void columns_free(Columns *columns) {
    if (columns == NULL) return;
    Py_XDECREF(columns->outcomes);
    Py_DECREF(columns->bytes);
    PyMem_Free(columns);
}

static void capsule_free(PyObject *capsule) {
    columns_free(PyCapsule_GetPointer(capsule, PACKED));
}

/* Room for so many interactions, in one piece, the widest items first; NULL without memory. */
static Columns *columns_new(int32_t count, PyObject *bytes) {
    size_t n = (size_t)count, head = (sizeof(Columns) + 15) & ~(size_t)15;
    size_t each = 3 * sizeof(Letters) + 2 * sizeof(int64_t) + 3 * sizeof(int32_t) + ENUMS;
    Columns *columns = PyMem_Malloc(head + n * each);
    if (columns == NULL) return NULL;
    *columns = (Columns){.count = count, .bytes = Py_NewRef(bytes)};
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

/* The fields of an interaction by their numbers, those of its outcome at OUTCOME. */
static bool fields_of(Bytes interaction, Field *fields) {
    Field field;
    memset(fields, 0, FIELDS * sizeof(Field));
    while (interaction.at < interaction.end) {
        if (!next_field(&interaction, &field) || field.number >= FIELDS) return false;
        bool is_enum = field.number >= SENDER && field.number <= PURPOSE;
        if (field.type != (is_enum || field.number == AUDIENCE ? VARINT : BYTES)) return false;
        Field *kept = &fields[field.number < OUTCOME ? field.number : OUTCOME];
        if (kept->number) return false;
        *kept = field;
    }
    return true;
}

static bool put_enums(const Work *work, const Field *fields, int32_t place) {
    const Columns *columns = work->columns;
    uint8_t *into[ENUMS] = {columns->senders, columns->sender_kinds, columns->channels,
        columns->purposes};
    for (int i = 0; i < ENUMS; i++) {
        uint64_t number = fields[SENDER + i].value;
        if (number >= (uint64_t)work->rules->counts[i]) return false;
        into[i][place] = work->rules->members[i][number];
        if (into[i][place] == NO_MEMBER) return false;
    }
    return true;
}

/* What Python says of an outcome; NULL where it is wrong or an exception is set. */
static PyObject *outcome_of(const Rules *rules, const Field *field) {
    PyObject *outcome = PyObject_CallFunction(rules->outcome, "y#", (const char *)field->start,
        (Py_ssize_t)(field->bytes.end - field->start));
    if (outcome == Py_None) Py_CLEAR(outcome);
    return outcome;
}

/* Puts an interaction's outcome, if it has one; false where it is wrong or an exception is set. */
static bool put_outcome(const Work *work, const Field *field, int32_t place) {
    Columns *columns = work->columns;
    if (!field->number && columns->outcomes == NULL) return true;
    if (columns->outcomes == NULL) columns->outcomes = nothings(columns->count);
    if (columns->outcomes == NULL) return false;
    PyObject *outcome =
        field->number ? outcome_of(work->rules, field) : Py_NewRef(Py_None);
    return outcome != NULL && PyTuple_SetItem(columns->outcomes, place, outcome) == 0;
}

/* Puts an interaction into its place of all columns. False where it is not plain or an exception is
 * set. */
static bool put(const Work *work, int32_t place) {
    const Columns *columns = work->columns;
    Field fields[FIELDS];
    if (!fields_of(work->told[place].bytes, fields)) return false;
    int64_t sent = work->told[place].sent, recorded = sent;
    if (fields[RECORDED].number && !time_of(fields[RECORDED].bytes, &recorded)) return false;
    if (recorded < sent || !put_enums(work, fields, place)) return false;
    columns->sent_us[place] = sent;
    columns->recorded_us[place] = recorded;
    if (letters_of(fields + ID, columns->ids + place) < 1 ||
        letters_of(fields + LANGUAGE, columns->languages + place) < 0 ||
        letters_of(fields + REPLY, work->replies + place) < 0 ||
        letters_of(fields + THREAD, work->threads + place) < 0)
        return false;
    Letters *text = columns->texts + place;
    int32_t characters = letters_of(fields + TEXT, text);
    if (characters < 0 || characters > work->rules->most_characters) return false;
    if (characters == 0) text->bytes = "";
    if (fields[AUDIENCE].value > INT32_MAX) return false;
    columns->audience_sizes[place] =
        fields[AUDIENCE].number ? (int32_t)fields[AUDIENCE].value : NONE;
    if (characters == 0 && !fields[OUTCOME].number) return false;
    return put_outcome(work, fields + OUTCOME, place);
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

/* When an interaction was sent; false where its bytes do not say so plainly. */
static bool moment_of(Bytes interaction, int64_t *sent) {
    Field field;
    while (next_field(&interaction, &field))
        if (field.number == SENT) return field.type == BYTES && time_of(field.bytes, sent);
    return false;
}

/* The interactions of a history by the moments they were sent at. False where it is not plain. */
static bool tell(Bytes history, Received *told) {
    Field field;
    size_t count = 0;
    bool is_sorted = true;
    while (history.at < history.end && next_field(&history, &field)) {
        if (field.number != INTERACTIONS) continue;
        told[count].bytes = field.bytes;
        if (!moment_of(field.bytes, &told[count].sent)) return false;
        is_sorted = is_sorted && (count == 0 || told[count - 1].sent <= told[count].sent);
        count++;
    }
    if (!is_sorted && !move_few(told, count)) qsort(told, count, sizeof *told, by_moment);
    return true;
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

/* Room for the work on a history's columns; false with an exception set. */
static bool work_open(Work *work, const Rules *rules, int32_t count, PyObject *bytes) {
    size_t n = (size_t)count, seats = 16;
    while (seats < 2 * n) seats *= 2;
    *work = (Work){.rules = rules, .mask = (uint32_t)(seats - 1)};
    work->columns = columns_new(count, bytes);
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

/* Gives back what is not handed on. */
static void work_close(Work *work) {
    PyMem_Free(work->told);
    columns_free(work->columns);
}

/* Fills the columns; WRONG where the history is not plain or an exception is set. */
static enum Order fill(const Work *work, Bytes history) {
    if (!tell(history, work->told)) return WRONG;
    for (int32_t place = 0; place < work->columns->count; place++)
        if (!put(work, place)) return WRONG;
    if (!find_replies(work)) return WRONG;
    enum Order order = put_in_order(work);
    number_threads(work);
    bool is_askew = are_clocks_askew(work->columns, work->rules->most_skew_us);
    return order == CANONICAL && is_askew ? OPEN : order;
}

#endif
