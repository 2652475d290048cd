/* A request's bytes to the columns of its history, without a message in between.
 *
 * Takes the plain way that every writer of protobuf takes: each field at most once, no field that
 * this version does not know, every value in its range. Whatever is otherwise gives None, and is
 * left to parsing.py, which decodes with protobuf, and explains; a test holds the two equal. So
 * nothing is refused here, and nothing is taken here that would be taken differently there.
 *
 * Only the limited API is used (abi3).
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };
enum { MOST_OF_TAG = 5 }; /* bytes of a tag or a size; longer ones are no plain writer's */
enum { HISTORY = 1, BRAND = 1, CUSTOMER = 2, SEGMENT = 3, INTERACTIONS = 4 };
enum { SENT = 2, RECORDED = 3, SENDER = 4, PURPOSE = 7, TEXT = 8, AUDIENCE = 12, RATING = 13 };
enum { SECONDS = 1, NANOS = 2, FIELDS = 16 };
/* Columns in the order of InteractionColumns, which is that of History. */
enum { IDS, SENT_US, RECORDED_US, SENDERS, PURPOSES = 6, TEXTS, REPLIES = 9, THREADS, AUDIENCES,
       OUTCOMES, COLUMNS };
static const uint64_t MOST_SECONDS = 253402300799u, NANOS_PER_SECOND = 1000000000u;

typedef struct {
    const uint8_t *at, *end;
} Bytes;

typedef struct {
    int number, type;
    uint64_t value; /* of a varint */
    Bytes bytes;    /* of a string or message */
    Bytes whole;    /* tag included */
} Field;

typedef struct {
    PyObject *tables; /* what the numbers of sender, sender kind, channel and purpose stand for */
    PyObject *outcome; /* an interaction's bytes -> its outcome, or None where it is wrong */
    Py_ssize_t most_interactions, most_characters;
} Rules;

static inline bool next_varint(Bytes *from, uint64_t *value) {
    if (from->at < from->end && *from->at < 128) {
        *value = *from->at++;
        return true;
    }
    *value = 0;
    for (int shift = 0; shift < 64 && from->at < from->end; shift += 7) {
        uint8_t byte = *from->at++;
        if (shift == 63 && byte > 1) return false;
        *value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) return true;
    }
    return false;
}

/* The next field; false where there is none that a message can have. */
static bool next_field(Bytes *from, Field *field) {
    uint64_t tag, size = 0;
    field->whole.at = from->at;
    if (!next_varint(from, &tag) || tag < 8 || tag >= UINT32_MAX) return false;
    if (from->at - field->whole.at > MOST_OF_TAG) return false;
    field->number = (int)(tag >> 3);
    field->type = (int)(tag & 7);
    if (field->type == VARINT) return next_varint(from, &field->value);
    const uint8_t *start = from->at;
    if (field->type == BYTES && !next_varint(from, &size)) return false;
    if (from->at - start > MOST_OF_TAG) return false;
    if (field->type == FIXED64) size = 8;
    if (field->type == FIXED32) size = 4;
    if (field->type == 3 || field->type == 4 || field->type > 5) return false;
    if (size > (uint64_t)(from->end - from->at)) return false;
    field->bytes.at = from->at;
    field->bytes.end = field->whole.end = from->at += size;
    return true;
}

static PyObject *none(void) {
    Py_INCREF(Py_None);
    return Py_None;
}

/* A string; None, or the empty string, where it was not sent. NULL where it is no UTF-8. */
static PyObject *text_of(const Field *field, bool is_optional) {
    Py_ssize_t size = field->number ? field->bytes.end - field->bytes.at : 0;
    if (size == 0 && is_optional) return none();
    return PyUnicode_DecodeUTF8(size ? (const char *)field->bytes.at : "", size, "strict");
}

static bool time_of(Bytes stamp, int64_t *microseconds) {
    Field field;
    uint64_t parts[NANOS + 1] = {0};
    int seen = 0;
    while (stamp.at < stamp.end) {
        if (!next_field(&stamp, &field) || field.type != VARINT) return false;
        if (field.number > NANOS || seen >> field.number & 1) return false;
        seen |= 1 << field.number;
        parts[field.number] = field.value;
    }
    if (parts[SECONDS] > MOST_SECONDS || parts[NANOS] >= NANOS_PER_SECOND) return false;
    *microseconds = (int64_t)(parts[SECONDS] * 1000000u + parts[NANOS] / 1000u);
    return true;
}

/* The fields of an interaction by their numbers, those of its outcome at RATING. */
static bool fields_of(Bytes interaction, Field *fields) {
    Field field;
    memset(fields, 0, FIELDS * sizeof(Field));
    while (interaction.at < interaction.end) {
        if (!next_field(&interaction, &field) || field.number >= FIELDS) return false;
        bool is_enum = field.number >= SENDER && field.number <= PURPOSE;
        if (field.type != (is_enum || field.number == AUDIENCE ? VARINT : BYTES)) return false;
        Field *kept = &fields[field.number < RATING ? field.number : RATING];
        if (kept->number) return false;
        *kept = field;
    }
    return true;
}

/* Puts an interaction that was sent then into its place of all columns. False where it is not plain or an exception
 * is set. */
static bool put(
    Field *fields, int64_t sent, PyObject **columns, Py_ssize_t place, const Rules *rules) {
    static const int STRINGS[][2] = {{IDS, 1}, {TEXTS, 8}, {8, 9}, {REPLIES, 10}, {THREADS, 11}};
    int64_t recorded;
    PyObject *sent_us = PyLong_FromLongLong(sent), *recorded_us = sent_us;
    if (sent_us == NULL || PyTuple_SetItem(columns[SENT_US], place, sent_us)) return false;
    if (fields[RECORDED].number) {
        if (!time_of(fields[RECORDED].bytes, &recorded) || recorded < sent) return false;
        recorded_us = PyLong_FromLongLong(recorded);
    } else {
        Py_INCREF(recorded_us);
    }
    if (recorded_us == NULL) return false;
    if (PyTuple_SetItem(columns[RECORDED_US], place, recorded_us)) return false;
    for (int table = 0; table <= PURPOSE - SENDER; table++) {
        PyObject *values = PyTuple_GetItem(rules->tables, table);
        uint64_t number = fields[SENDER + table].value;
        if (values == NULL || number >= (uint64_t)PyTuple_Size(values)) return false;
        PyObject *value = PyTuple_GetItem(values, (Py_ssize_t)number);
        if (value == NULL || value == Py_None) return false;
        Py_INCREF(value);
        if (PyTuple_SetItem(columns[SENDERS + table], place, value)) return false;
    }
    for (int i = 0; i < 5; i++) {
        int column = STRINGS[i][0];
        PyObject *text = text_of(&fields[STRINGS[i][1]], column > TEXTS);
        if (text == NULL || PyTuple_SetItem(columns[column], place, text)) return false;
    }
    Py_ssize_t characters = PyUnicode_GetLength(PyTuple_GetItem(columns[TEXTS], place));
    if (characters > rules->most_characters) return false;
    if (fields[1].bytes.at == fields[1].bytes.end) return false;
    if (fields[AUDIENCE].value > INT32_MAX) return false;
    long audience = (long)fields[AUDIENCE].value;
    PyObject *size = fields[AUDIENCE].number ? PyLong_FromLong(audience) : none();
    if (size == NULL || PyTuple_SetItem(columns[AUDIENCES], place, size)) return false;
    PyObject *outcome = NULL;
    if (fields[RATING].number) {
        const Bytes whole = fields[RATING].whole;
        outcome = PyObject_CallFunction(rules->outcome, "y#", (const char *)whole.at,
                                        (Py_ssize_t)(whole.end - whole.at));
        if (outcome == Py_None) {
            Py_DECREF(outcome);
            return false;
        }
    } else if (characters > 0) {
        outcome = none();
    }
    return outcome != NULL && !PyTuple_SetItem(columns[OUTCOMES], place, outcome);
}

/* Ids to their places. */
static PyObject *places_of(PyObject *ids) {
    PyObject *places = PyDict_New();
    for (Py_ssize_t i = 0; places != NULL && i < PyTuple_Size(ids); i++) {
        PyObject *place = PyLong_FromSsize_t(i);
        if (place == NULL || PyDict_SetItem(places, PyTuple_GetItem(ids, i), place) < 0)
            Py_CLEAR(places);
        Py_XDECREF(place);
    }
    return places;
}

/* A name's number, borrowed; the next one for a name that has none, if `is_open`. NULL otherwise, or
 * where an exception is set. */
static PyObject *number_of(PyObject *numbers, PyObject *name, bool is_open) {
    PyObject *number = PyDict_GetItemWithError(numbers, name);
    if (number != NULL || !is_open || PyErr_Occurred()) return number;
    PyObject *next = PyLong_FromSsize_t(PyDict_Size(numbers));
    if (next != NULL && PyDict_SetItem(numbers, name, next) == 0) number = next;
    Py_XDECREF(next); /* which the numbers hold */
    return number;
}

/* A column of the names' numbers, None for None; NULL where one has none, or an exception is set. */
static PyObject *numbered(PyObject *names, PyObject *numbers, bool is_open) {
    PyObject *column = PyTuple_New(PyTuple_Size(names));
    for (Py_ssize_t i = 0; column != NULL && i < PyTuple_Size(names); i++) {
        PyObject *name = PyTuple_GetItem(names, i), *number = name;
        if (name != Py_None) number = number_of(numbers, name, is_open);
        if (number == NULL || PyTuple_SetItem(column, i, Py_NewRef(number))) Py_CLEAR(column);
    }
    return column;
}

/* Whether any reply names the interaction itself. */
static bool answers_itself(PyObject *replies) {
    for (Py_ssize_t i = 0; i < PyTuple_Size(replies); i++) {
        PyObject *reply = PyTuple_GetItem(replies, i);
        if (reply != Py_None && PyLong_AsSsize_t(reply) == i) return true;
    }
    return false;
}

/* Sees to it that ids are unique and replies name others of them. Where the interactions are in
 * order, replies and conversations become numbers, as a History has them. False where it is not so
 * or an exception is set. */
static bool count_names(PyObject *all, PyObject **columns, bool is_ordered) {
    PyObject *places = places_of(columns[IDS]), *replies = NULL, *names = NULL, *threads = NULL;
    bool is_sound = places != NULL && PyDict_Size(places) == PyTuple_Size(columns[IDS]);
    if (is_sound) replies = numbered(columns[REPLIES], places, false);
    is_sound = replies != NULL && !answers_itself(replies);
    if (is_sound && is_ordered) {
        names = PyDict_New();
        if (names != NULL) threads = numbered(columns[THREADS], names, true);
        is_sound = threads != NULL && !PyTuple_SetItem(all, REPLIES, Py_NewRef(replies)) &&
                   !PyTuple_SetItem(all, THREADS, Py_NewRef(threads));
    }
    Py_XDECREF(places);
    Py_XDECREF(replies);
    Py_XDECREF(names);
    Py_XDECREF(threads);
    return is_sound;
}

typedef struct {
    int64_t sent; /* microseconds */
    Bytes bytes;
} Told;

static int by_moment(const void *one, const void *other) {
    int64_t first = ((const Told *)one)->sent, second = ((const Told *)other)->sent;
    return (first > second) - (first < second);
}

/* When an interaction was sent; false where its bytes do not say so plainly. */
static bool moment_of(Bytes interaction, int64_t *sent) {
    Field field;
    while (next_field(&interaction, &field))
        if (field.number == SENT) return field.type == BYTES && time_of(field.bytes, sent);
    return false;
}

/* The interactions of a history by the moments they were sent at; `*is_ordered` says whether these
 * all differ, so that there is no other order. False where it is not plain. */
static bool tell(Bytes history, Told *told, bool *is_ordered) {
    Field field;
    Py_ssize_t count = 0;
    bool is_sorted = true;
    while (history.at < history.end && next_field(&history, &field)) {
        if (field.number != INTERACTIONS) continue;
        told[count].bytes = field.bytes;
        if (!moment_of(field.bytes, &told[count].sent)) return false;
        is_sorted = is_sorted && (count == 0 || told[count - 1].sent <= told[count].sent);
        count++;
    }
    if (!is_sorted) qsort(told, (size_t)count, sizeof *told, by_moment);
    *is_ordered = true;
    for (Py_ssize_t i = 1; i < count; i++)
        *is_ordered = *is_ordered && told[i - 1].sent < told[i].sent;
    return true;
}

/* Parts of a history: brand, customer, segment, columns, and whether they are in order, with
 * replies and conversations numbered. NULL where it is not plain or an exception is set. */
static PyObject *parts_of(Bytes history, const Rules *rules) {
    Field field, names[INTERACTIONS], fields[FIELDS];
    PyObject *columns[COLUMNS] = {NULL}, *all = NULL, *parts = NULL;
    Py_ssize_t count = 0;
    Told *told = NULL;
    bool is_ordered;
    memset(names, 0, sizeof(names));
    for (Bytes rest = history; rest.at < rest.end;) {
        if (!next_field(&rest, &field) || field.type != BYTES) return NULL;
        if (field.number > INTERACTIONS) return NULL;
        if (field.number == INTERACTIONS) {
            count++;
        } else {
            if (names[field.number].number) return NULL;
            names[field.number] = field;
        }
    }
    if (count == 0 || count > rules->most_interactions) return NULL;
    for (int name = BRAND; name <= CUSTOMER; name++)
        if (names[name].bytes.at == names[name].bytes.end) return NULL;
    if ((all = PyTuple_New(COLUMNS)) == NULL) return NULL;
    for (int column = 0; column < COLUMNS; column++) {
        columns[column] = PyTuple_New(count);
        if (columns[column] == NULL || PyTuple_SetItem(all, column, columns[column])) goto done;
    }
    told = PyMem_Malloc((size_t)count * sizeof *told);
    if (told == NULL) PyErr_NoMemory();
    if (told == NULL || !tell(history, told, &is_ordered)) goto done;
    for (Py_ssize_t place = 0; place < count; place++) {
        if (!fields_of(told[place].bytes, fields)) goto done;
        if (!put(fields, told[place].sent, columns, place, rules)) goto done;
    }
    if (!count_names(all, columns, is_ordered)) goto done;
    /* One after the other: nothing may be called while an exception is set. */
    PyObject *brand = text_of(&names[BRAND], false), *customer = NULL, *segment = NULL;
    if (brand != NULL) customer = text_of(&names[CUSTOMER], false);
    if (customer != NULL) segment = text_of(&names[SEGMENT], false);
    if (segment != NULL)
        parts = PyTuple_Pack(5, brand, customer, segment, all, is_ordered ? Py_True : Py_False);
    Py_XDECREF(brand);
    Py_XDECREF(customer);
    Py_XDECREF(segment);
done:
    PyMem_Free(told);
    Py_DECREF(all);
    return parts;
}

/* A request's history, and the bytes around it. */
static bool find_history(Bytes request, Bytes *before, Bytes *history, Bytes *after) {
    Field field;
    bool is_found = false;
    *before = *after = request;
    while (request.at < request.end) {
        const uint8_t *start = request.at;
        if (!next_field(&request, &field)) return false;
        if (field.number != HISTORY) continue;
        if (is_found || field.type != BYTES) return false;
        is_found = true;
        *history = field.bytes;
        before->end = start;
        after->at = request.at;
    }
    return is_found;
}

static PyObject *read_request(PyObject *module, PyObject *arguments) {
    const char *raw;
    Py_ssize_t size;
    int is_wrapped;
    Rules rules;
    Field field;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "y#pO!Onn", &raw, &size, &is_wrapped, &PyTuple_Type,
                          &rules.tables, &rules.outcome, &rules.most_interactions,
                          &rules.most_characters))
        return NULL;
    Bytes request = {(const uint8_t *)raw, (const uint8_t *)raw + size}, before, history, after;
    if (is_wrapped) {
        if (!next_field(&request, &field) || request.at != request.end) return none();
        if (field.number != HISTORY || field.type != BYTES) return none();
        request = field.bytes;
    }
    if (!find_history(request, &before, &history, &after)) return none();
    PyObject *parts = parts_of(history, &rules), *found = NULL;
    if (parts == NULL) {
        /* What is no UTF-8 is explained there; what else can go wrong is ours to tell. */
        if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)) return NULL;
        PyErr_Clear();
        return none();
    }
    PyObject *head = PyBytes_FromStringAndSize((const char *)before.at, before.end - before.at);
    PyObject *tail = PyBytes_FromStringAndSize((const char *)after.at, after.end - after.at);
    if (head != NULL && tail != NULL) found = PyTuple_Pack(3, head, tail, parts);
    Py_XDECREF(head);
    Py_XDECREF(tail);
    Py_DECREF(parts);
    return found;
}

static PyMethodDef METHODS[] = {
    {"read_request", read_request, METH_VARARGS,
     "read_request(raw, is_wrapped, tables, outcome, most_interactions, most_characters)"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, "_columns", "Requests to columns, compiled.", 0, METHODS,
    NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__columns(void) { return PyModule_Create(&MODULE); }
