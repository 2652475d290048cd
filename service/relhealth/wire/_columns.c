/* A request's bytes, or rows of a table, to the columns of a history, without a message in between.
 *
 * Takes the plain way that every writer of protobuf takes: each field at most once, no field that
 * this version does not know, every value in its range. Whatever is otherwise gives None, and is
 * left to parsing.py, which decodes with protobuf, and explains; a test holds the two equal. So
 * nothing is refused here, and nothing is taken here that would be taken differently there.
 *
 * The columns stay in C for the kernels (domain/columns.h); their strings stand where they were
 * received. Only the limited API is used (abi3).
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stddef.h>

#include "kernel/messages.h"
#include "kernel/table.h"

enum { HISTORY = 1, AS_OF, HALF_LIFE, VIEW, MOST_LINES, REQUEST_ID, ASKED }; /* of a request */
enum { MOST_BYTES = 1 << 26 }; /* of a history, so that no text has too many for the kernels */

/* ---- a history ------------------------------------------------------------------------------- */

/* A string; the empty one where it was not sent. NULL where it is no UTF-8. */
static PyObject *string_of(const Field *field) {
    Py_ssize_t size = field->number ? field->bytes.end - field->bytes.at : 0;
    return PyUnicode_DecodeUTF8(size ? (const char *)field->bytes.at : "", size, "strict");
}

/* The strings of a history's names; NULL where one is no UTF-8. */
static PyObject *names_of(const Field *names) {
    /* One after the other: nothing may be called while an exception is set. */
    PyObject *brand = string_of(names + BRAND_ID), *customer = NULL, *segment = NULL, *all = NULL;
    if (brand != NULL) customer = string_of(names + CUSTOMER_ID);
    if (customer != NULL) segment = string_of(names + SEGMENT);
    if (segment != NULL) all = PyTuple_Pack(3, brand, customer, segment);
    Py_XDECREF(brand);
    Py_XDECREF(customer);
    Py_XDECREF(segment);
    return all;
}

/* What read_request tells of a history; NULL where it is not plain or an exception is set. */
static PyObject *parts_of(Bytes history, const Rules *rules, PyObject *outcome, PyObject *bytes) {
    Field names[INTERACTIONS];
    Work work;
    PyObject *told = NULL, *columns = NULL, *parts = NULL;
    int32_t count = look_over(history, names, rules);
    if (count == NONE) return NULL;
    enum Order order = WRONG;
    if (work_open(&work, rules, count, bytes)) {
        work.read = read_message;
        work.source = outcome;
        if (tell_messages(history, work.told)) order = fill(&work);
    }
    if (order != WRONG) told = names_of(names);
    if (told != NULL) columns = handed_on(&work, order);
    if (columns != NULL) parts = PyTuple_Pack(2, told, columns);
    Py_XDECREF(told);
    Py_XDECREF(columns);
    work_close(&work);
    return parts;
}

/* ---- what is asked of it --------------------------------------------------------------------- */

/* The fields of a request by their numbers; false where it is not plain. */
static bool asked_fields(Bytes request, Field *fields) {
    static const int types[ASKED] = {0, BYTES, BYTES, FIXED64, VARINT, VARINT, BYTES};
    Field field;
    memset(fields, 0, ASKED * sizeof *fields);
    while (request.at < request.end) {
        if (!next_field(&request, &field) || field.number >= ASKED) return false;
        if (field.type != types[field.number] || fields[field.number].number) return false;
        fields[field.number] = field;
    }
    return fields[HISTORY].number && fields[VIEW].value <= INT32_MAX &&
           fields[MOST_LINES].value <= INT32_MAX;
}

static double double_at(const uint8_t *at) {
    uint64_t bits = 0;
    double value;
    for (int i = 8; i-- > 0;) bits = bits << 8 | at[i];
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* A number, or None where its field was not sent. */
static PyObject *if_sent(const Field *field, PyObject *number) {
    if (field->number) return number;
    Py_XDECREF(number);
    return Py_NewRef(Py_None);
}

/* What a request asks for, as read_request gives it; NULL where it is not plain or an exception is
 * set. */
static PyObject *asked_of(const Field *fields) {
    int64_t as_of_us = 0;
    double days = 0.0;
    if (fields[AS_OF].number && !time_of(fields[AS_OF].bytes, &as_of_us)) return NULL;
    if (fields[HALF_LIFE].number) days = double_at(fields[HALF_LIFE].bytes.at);
    PyObject *request_id = string_of(fields + REQUEST_ID);
    if (request_id == NULL) return NULL;
    return Py_BuildValue("(NNiNN)", if_sent(fields + AS_OF, PyLong_FromLongLong(as_of_us)),
        if_sent(fields + HALF_LIFE, PyFloat_FromDouble(days)), (int)fields[VIEW].value,
        if_sent(fields + MOST_LINES, PyLong_FromLong((long)fields[MOST_LINES].value)), request_id);
}

/* ---- Python's doors -------------------------------------------------------------------------- */

static bool take_members(Rules *rules, PyObject *members) {
    for (int i = 0; i < ENUMS; i++) {
        char *numbers;
        PyObject *own = PyTuple_GetItem(members, i);
        if (own == NULL || PyBytes_AsStringAndSize(own, &numbers, rules->counts + i) < 0)
            return false;
        rules->members[i] = (const uint8_t *)numbers;
    }
    return true;
}

PyDoc_STRVAR(read_request_doc,
    "read_request(raw, is_wrapped, outcome, members, most_interactions, most_characters,\n"
    "most_skew_us)\n"
    "-> (asked, ((brand, customer, segment), (is_in_order, columns, count, last_us)))\n\n"
    "What is asked: the moment in microseconds, the half-life in days, the number of the view,\n"
    "how many lines of evidence, and the request's id; None for the numbers that were not sent.\n"
    "Of the history its names, whether it is in canonical order or only in that of its moments,\n"
    "its columns for column() and the kernels, how many interactions it has and when the last was\n"
    "sent. An answer up to most_skew_us before its question is in no canonical order.\n"
    "None where the request is not plain. An outcome is made of the bytes of its field, or None\n"
    "where it is wrong. The members of sender, sender kind, channel and purpose are bytes: of each\n"
    "of the wire's numbers a member's, or 255.");

/* What was found, a reference that is given on, or None where nothing was because it is not plain; NULL
 * with an exception set. */
static PyObject *plain_or_none(PyObject *found) {
    if (found != NULL) return found;
    /* What is no UTF-8 is explained there; what else can go wrong is ours to tell. */
    if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)) return NULL;
    PyErr_Clear();
    Py_RETURN_NONE;
}

static PyObject *read_request(PyObject *module, PyObject *arguments) {
    PyObject *raw, *members, *outcome;
    int is_wrapped;
    Rules rules;
    Field field = {0}, fields[ASKED];
    (void)module;
    if (!PyArg_ParseTuple(arguments, "SpOO!nnL", &raw, &is_wrapped, &outcome, &PyTuple_Type,
            &members, &rules.most_interactions, &rules.most_characters, &rules.most_skew_us) ||
        !take_members(&rules, members))
        return NULL;
    if (PyBytes_Size(raw) > MOST_BYTES) Py_RETURN_NONE;
    const uint8_t *start = (const uint8_t *)PyBytes_AsString(raw);
    Bytes request = {start, start + PyBytes_Size(raw)};
    if (is_wrapped) {
        if (!next_field(&request, &field) || request.at != request.end) Py_RETURN_NONE;
        if (field.number != HISTORY || field.type != BYTES) Py_RETURN_NONE;
        request = field.bytes;
    }
    if (!asked_fields(request, fields)) Py_RETURN_NONE;
    PyObject *asked = asked_of(fields), *parts = NULL, *found = NULL;
    if (asked != NULL) parts = parts_of(fields[HISTORY].bytes, &rules, outcome, raw);
    if (parts != NULL) found = PyTuple_Pack(2, asked, parts);
    Py_XDECREF(asked);
    Py_XDECREF(parts);
    return plain_or_none(found);
}

/* A table, whose letters are the array's. */
static bool take_table(PyObject *schema, PyObject *array, PyObject *outcomes, Table *table) {
    const ArrowSchema *types = PyCapsule_GetPointer(schema, "arrow_schema");
    table->array = types == NULL ? NULL : PyCapsule_GetPointer(array, "arrow_array");
    table->outcomes = outcomes;
    if (table->array == NULL) return false;
    if (is_table(types, table->array)) return true;
    PyErr_SetString(PyExc_TypeError, "not a table of interactions");
    return false;
}

PyDoc_STRVAR(read_rows_doc,
    "read_rows(schema, array, outcomes, begin, end, members, most_interactions,\n"
    "most_characters, most_skew_us) -> (is_in_order, columns, count, last_us)\n\n"
    "The columns of a history that is a stretch of a table's rows, as read_request gives them.\n"
    "The table is Arrow's, with the fields that table.h names; the outcomes are by rows.\n"
    "None where it is not plain.");

static PyObject *read_rows(PyObject *module, PyObject *arguments) {
    PyObject *schema, *array, *outcomes, *members, *found = NULL;
    long long begin, end;
    Table table;
    Rules rules;
    Work work;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "OOO!LLO!nnL", &schema, &array, &PyDict_Type, &outcomes,
            &begin, &end, &PyTuple_Type, &members, &rules.most_interactions,
            &rules.most_characters, &rules.most_skew_us) ||
        !take_members(&rules, members) || !take_table(schema, array, outcomes, &table))
        return NULL;
    if (begin < 0 || end > table.array->length) {
        PyErr_SetString(PyExc_IndexError, "no such rows");
        return NULL;
    }
    if (end <= begin || end - begin > rules.most_interactions) Py_RETURN_NONE;
    if (bytes_of_text(&table, begin, end) > MOST_BYTES) Py_RETURN_NONE;
    enum Order order = WRONG;
    if (work_open(&work, &rules, (int32_t)(end - begin), array)) {
        work.read = read_row;
        work.source = &table;
        if (tell_rows(&table, begin, end, work.told)) order = fill(&work);
    }
    if (order != WRONG) found = handed_on(&work, order);
    work_close(&work);
    return plain_or_none(found);
}

enum Kind { STRINGS, MOMENTS, PLACES, MEMBERS };

/* The columns that hold no objects, by their names in History. */
static const struct {
    const char *name;
    enum Kind kind;
    size_t at;
} NAMED[] = {
    {"ids", STRINGS, offsetof(Columns, ids)},
    {"texts", STRINGS, offsetof(Columns, texts)},
    {"languages", STRINGS, offsetof(Columns, languages)},
    {"sent_us", MOMENTS, offsetof(Columns, sent_us)},
    {"recorded_us", MOMENTS, offsetof(Columns, recorded_us)},
    {"reply_to", PLACES, offsetof(Columns, reply_to)},
    {"threads", PLACES, offsetof(Columns, threads)},
    {"audience_sizes", PLACES, offsetof(Columns, audience_sizes)},
    {"senders", MEMBERS, offsetof(Columns, senders)},
    {"sender_kinds", MEMBERS, offsetof(Columns, sender_kinds)},
    {"channels", MEMBERS, offsetof(Columns, channels)},
    {"purposes", MEMBERS, offsetof(Columns, purposes)},
};

/* An item of a column as Python has it; NULL with an exception set. */
static PyObject *item_of(const void *column, enum Kind kind, int32_t place, PyObject *members) {
    switch (kind) {
    case STRINGS: {
        const Letters *letters = (const Letters *)column + place;
        if (letters->bytes == NULL) break;
        return PyUnicode_DecodeUTF8(letters->bytes, letters->size, "strict");
    }
    case MOMENTS: return PyLong_FromLongLong(((const int64_t *)column)[place]);
    case PLACES: {
        int32_t item = ((const int32_t *)column)[place];
        if (item == NONE) break;
        return PyLong_FromLong(item);
    }
    case MEMBERS: return Py_XNewRef(PyTuple_GetItem(members, ((const uint8_t *)column)[place]));
    }
    return Py_NewRef(Py_None);
}

PyDoc_STRVAR(column_doc,
    "column(columns, name, members) -> tuple\n\n"
    "A column as History has it. The members are what the numbers of an enum stand for.");

static PyObject *column(PyObject *module, PyObject *arguments) {
    PyObject *capsule, *members;
    const char *name;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "OsO!", &capsule, &name, &PyTuple_Type, &members)) return NULL;
    const Columns *columns = PyCapsule_GetPointer(capsule, PACKED);
    if (columns == NULL) return NULL;
    if (!strcmp(name, "outcomes"))
        return columns->outcomes ? Py_NewRef(columns->outcomes) : nothings(columns->count);
    for (size_t i = 0; i < sizeof NAMED / sizeof *NAMED; i++) {
        if (strcmp(name, NAMED[i].name)) continue;
        const void *items = *(void *const *)((const char *)columns + NAMED[i].at);
        PyObject *tuple = PyTuple_New(columns->count);
        for (int32_t place = 0; tuple != NULL && place < columns->count; place++) {
            PyObject *item = item_of(items, NAMED[i].kind, place, members);
            if (item == NULL || PyTuple_SetItem(tuple, place, item) < 0) Py_CLEAR(tuple);
        }
        return tuple;
    }
    PyErr_SetString(PyExc_ValueError, "no such column");
    return NULL;
}

static PyMethodDef METHODS[] = {
    {"read_request", read_request, METH_VARARGS, read_request_doc},
    {"read_rows", read_rows, METH_VARARGS, read_rows_doc},
    {"column", column, METH_VARARGS, column_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, "_columns", "Requests to columns, compiled.", 0, METHODS,
    NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__columns(void) {
    return take_hash_key() < 0 ? NULL : PyModule_Create(&MODULE);
}
