/* Objects to the bytes of a protobuf message, by a plan; writing.py tells what a plan is.
 *
 * Written from the last byte to the first, so that the length of what is nested is known when its
 * turn comes. Only the limited API is used (abi3).
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "../scoring/kernel/wire_types.h"

/* In the order of writing.Kind. */
enum { STRING, NUMBER, WHOLE, MESSAGE, MESSAGES, STRINGS, ID, IDS, ACT, SHARES, MOMENT, REQUEST_ID,
    LINES };
enum { MOST_VARINT = 10, MOST_FIELDS = 16, MOST_STEPS = 2 };
static const char *const CAPSULE = "relhealth.wire.plan";

typedef struct Plan Plan;

/* An attribute of an object. Of a named tuple it is an item, which is found without its name. */
typedef struct {
    PyObject *name, *type; /* the tuple's type, or NULL */
    Py_ssize_t place;
} Step;

typedef struct {
    int number, kind, steps;
    Step path[MOST_STEPS]; /* one in another */
    PyObject *extra;
    const Plan *nested; /* of a message */
} Planned;

/* Made once for the life of the process. */
struct Plan {
    int count;
    Planned fields[MOST_FIELDS];
};

typedef struct {
    uint8_t *start, *at, *end;
    PyObject *ids;        /* names of the interactions, by position */
    PyObject *request_id;
} Out;

static size_t written(const Out *out) { return (size_t)(out->end - out->at); }

static bool grow(Out *out, size_t size) {
    size_t used = written(out), total = 2 * (used + size) + 4096;
    uint8_t *grown = PyMem_Malloc(total);
    if (grown == NULL) {
        PyErr_NoMemory();
        return false;
    }
    if (used) memcpy(grown + total - used, out->at, used);
    PyMem_Free(out->start);
    out->start = grown;
    out->end = grown + total;
    out->at = out->end - used;
    return true;
}

static inline bool has_room(Out *out, size_t size) {
    return (size_t)(out->at - out->start) >= size || grow(out, size);
}

static inline bool put_bytes(Out *out, const void *bytes, size_t size) {
    if (!has_room(out, size)) return false;
    out->at -= size;
    if (size) memcpy(out->at, bytes, size);
    return true;
}

static inline bool put_varint(Out *out, uint64_t value) {
    if (!has_room(out, MOST_VARINT)) return false;
    int septets = 1;
    while (septets < MOST_VARINT && value >> 7 * septets) septets++;
    for (int i = septets - 1; i >= 0; i--) /* the first byte holds the last bits */
        *--out->at = (uint8_t)(value >> 7 * i & 127) | (i < septets - 1 ? 128 : 0);
    return true;
}

static inline bool put_tag(Out *out, int number, int type) {
    return put_varint(out, (uint64_t)(number << 3 | type));
}

/* The length of what was written since `before`, and its tag. */
static inline bool put_head(Out *out, size_t before, int number) {
    size_t size = written(out) - before;
    return put_varint(out, size) && put_tag(out, number, BYTES);
}

static inline bool put_whole(Out *out, int number, long long value) {
    return value == 0 || (put_varint(out, (uint64_t)value) && put_tag(out, number, VARINT));
}

static inline bool put_number(Out *out, int number, double value) {
    uint8_t bytes[8];
    uint64_t bits;
    memcpy(&bits, &value, 8);
    for (int i = 0; i < 8; i++) bytes[i] = (uint8_t)(bits >> 8 * i);
    return bits == 0 || (put_bytes(out, bytes, 8) && put_tag(out, number, FIXED64));
}

static bool put_text(Out *out, int number, PyObject *text, bool is_item) {
    Py_ssize_t size;
    const char *bytes = text == NULL ? NULL : PyUnicode_AsUTF8AndSize(text, &size);
    if (bytes == NULL) return false;
    size_t before = written(out);
    if (size == 0 && !is_item) return true;
    return put_bytes(out, bytes, (size_t)size) && put_head(out, before, number);
}

/* What an object that counts positions names: `names[value]`, a new reference. */
static PyObject *named(PyObject *names, PyObject *value) {
    Py_ssize_t place = PyLong_AsSsize_t(value);
    if (place == -1 && PyErr_Occurred()) return NULL;
    return PySequence_GetItem(names, place);
}

static bool put_name(Out *out, int number, PyObject *names, PyObject *value, bool is_item) {
    PyObject *name = named(names, value);
    bool is_put = name != NULL && put_text(out, number, name, is_item);
    Py_XDECREF(name);
    return is_put;
}

static bool put_share(Out *out, int number, PyObject *label, PyObject *share) {
    size_t before = written(out);
    double value = PyFloat_AsDouble(share);
    long long whole = PyLong_AsLongLong(label);
    if (PyErr_Occurred()) return false;
    return put_number(out, 2, value) && put_whole(out, 1, whole) && put_head(out, before, number);
}

static bool put_moment(Out *out, int number, PyObject *value) {
    size_t before = written(out);
    long long microseconds = PyLong_AsLongLong(value);
    if (PyErr_Occurred()) return false;
    return put_whole(out, 2, microseconds % 1000000 * 1000) &&
           put_whole(out, 1, microseconds / 1000000) && put_head(out, before, number);
}

static bool put_message(Out *out, const Plan *plan, PyObject *object);

static bool put_item(Out *out, const Planned *field, PyObject *item, Py_ssize_t i) {
    int kind = field->kind, number = field->number;
    size_t before = written(out);
    if (kind == STRINGS) return put_text(out, number, item, true);
    if (kind == IDS) return put_name(out, number, out->ids, item, true);
    if (kind == SHARES) {
        PyObject *label = PySequence_GetItem(field->extra, i);
        bool is_put = label != NULL && put_share(out, number, label, item);
        Py_XDECREF(label);
        return is_put;
    }
    return put_message(out, field->nested, item) && put_head(out, before, number);
}

static bool put_items(Out *out, const Planned *field, PyObject *items) {
    for (Py_ssize_t i = PySequence_Size(items) - 1; i >= 0; i--) {
        PyObject *item = PySequence_GetItem(items, i);
        bool is_put = item != NULL && put_item(out, field, item, i);
        Py_XDECREF(item);
        if (!is_put) return false;
    }
    return !PyErr_Occurred();
}

/* Lines write themselves, unless they are objects already. */
static bool put_lines(Out *out, const Planned *field, PyObject *lines) {
    if (PyTuple_Check(lines)) return put_items(out, field, lines);
    PyObject *number = PyLong_FromLong(field->number), *raw = NULL;
    PyObject *write = PyObject_GetAttrString(lines, "written");
    if (number != NULL && write != NULL)
        raw = PyObject_CallFunctionObjArgs(write, number, out->ids, field->extra, NULL);
    Py_XDECREF(number);
    Py_XDECREF(write);
    char *bytes;
    Py_ssize_t size;
    bool is_put = raw != NULL && PyBytes_AsStringAndSize(raw, &bytes, &size) == 0 &&
                  put_bytes(out, bytes, (size_t)size);
    Py_XDECREF(raw);
    return is_put;
}

static bool put_value(Out *out, const Planned *field, PyObject *value) {
    int kind = field->kind, number = field->number;
    size_t before = written(out);
    if (value == Py_None) return true;
    if (kind == STRING) return put_text(out, number, value, false);
    if (kind == ID) return put_name(out, number, out->ids, value, false);
    if (kind == MOMENT) return put_moment(out, number, value);
    if (kind == MESSAGE)
        return put_message(out, field->nested, value) && put_head(out, before, number);
    if (kind == NUMBER) {
        double found = PyFloat_AsDouble(value);
        return !PyErr_Occurred() && put_number(out, number, found);
    }
    if (kind == WHOLE) {
        long long whole = PyLong_AsLongLong(value);
        return !PyErr_Occurred() && put_whole(out, number, whole);
    }
    if (kind == ACT) {
        PyObject *names = PyDict_GetItemWithError(field->extra, (PyObject *)Py_TYPE(value));
        if (names == NULL && !PyErr_Occurred()) PyErr_SetObject(PyExc_KeyError, value);
        return names != NULL && put_name(out, number, names, value, false);
    }
    if (kind == LINES) return put_lines(out, field, value);
    return put_items(out, field, value);
}

/* What a step from an object leads to, a new reference. */
static PyObject *taken(const Step *step, PyObject *owner) {
    if ((PyObject *)Py_TYPE(owner) != step->type) return PyObject_GetAttr(owner, step->name);
    return Py_XNewRef(PyTuple_GetItem(owner, step->place));
}

static bool put_field(Out *out, const Planned *field, PyObject *owner, int step) {
    PyObject *value = taken(&field->path[step], owner);
    bool is_put = value != NULL && put_value(out, field, value);
    Py_XDECREF(value);
    return is_put;
}

/* Fields whose paths begin alike share the look at where they begin. */
static bool put_message(Out *out, const Plan *plan, PyObject *object) {
    PyObject *shared = NULL, *name = NULL;
    bool is_put = true;
    for (int i = plan->count - 1; i >= 0 && is_put; i--) {
        const Planned *field = &plan->fields[i];
        if (field->kind == REQUEST_ID) {
            is_put = put_text(out, field->number, out->request_id, false);
        } else if (field->steps == 1) {
            is_put = put_field(out, field, object, 0);
        } else {
            if (name != field->path[0].name) {
                Py_XDECREF(shared);
                name = field->path[0].name;
                shared = taken(&field->path[0], object);
            }
            is_put = shared != NULL && put_field(out, field, shared, 1);
        }
    }
    Py_XDECREF(shared);
    return is_put;
}

static PyObject *write_message(PyObject *module, PyObject *arguments) {
    PyObject *capsule, *object, *raw = NULL;
    Out out = {NULL, NULL, NULL, NULL, NULL};
    (void)module;
    if (!PyArg_ParseTuple(arguments, "OOOU", &capsule, &object, &out.ids, &out.request_id))
        return NULL;
    const Plan *plan = PyCapsule_GetPointer(capsule, CAPSULE);
    if (plan == NULL) return NULL;
    if (put_message(&out, plan, object))
        raw = PyBytes_FromStringAndSize((const char *)out.at, out.end - out.at);
    PyMem_Free(out.start);
    return raw;
}

static bool take_step(PyObject *entry, Step *step) {
    if (!PyArg_ParseTuple(entry, "UOn", &step->name, &step->type, &step->place)) return false;
    Py_INCREF(step->name);
    if (step->type == Py_None) step->type = NULL;
    Py_XINCREF(step->type);
    return true;
}

static bool take_field(PyObject *entry, Planned *field) {
    PyObject *path;
    if (!PyArg_ParseTuple(entry, "iiO!O", &field->number, &field->kind, &PyTuple_Type, &path,
                          &field->extra))
        return false;
    field->steps = (int)PyTuple_Size(path);
    if (field->steps < 1 || field->steps > MOST_STEPS) {
        PyErr_SetString(PyExc_ValueError, "a path has one step or two");
        return false;
    }
    for (int step = 0; step < field->steps; step++)
        if (!take_step(PyTuple_GetItem(path, step), &field->path[step])) return false;
    Py_INCREF(field->extra);
    PyObject *nested = field->extra;
    if (field->kind == LINES) {
        if (!PyArg_ParseTuple(field->extra, "OO", &nested, &field->extra)) return false;
        Py_INCREF(field->extra);
    } else if (field->kind != MESSAGE && field->kind != MESSAGES) {
        return true;
    }
    field->nested = PyCapsule_GetPointer(nested, CAPSULE);
    return field->nested != NULL;
}

static PyObject *take_plan(PyObject *module, PyObject *entries) {
    Py_ssize_t count = PyTuple_Size(entries);
    (void)module;
    if (count < 0) return NULL;
    if (count > MOST_FIELDS)
        return PyErr_Format(PyExc_ValueError, "more than %d fields", MOST_FIELDS);
    Plan *plan = PyMem_Calloc(1, sizeof(Plan));
    if (plan == NULL) return PyErr_NoMemory();
    for (; plan->count < count; plan->count++)
        if (!take_field(PyTuple_GetItem(entries, plan->count), &plan->fields[plan->count]))
            return NULL;
    return PyCapsule_New(plan, CAPSULE, NULL);
}

static PyMethodDef METHODS[] = {
    {"take_plan", take_plan, METH_O, "take_plan(entries)"},
    {"write_message", write_message, METH_VARARGS, "write_message(plan, object, ids, request_id)"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, "_writing", "Messages from objects, compiled.", 0, METHODS,
    NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__writing(void) { return PyModule_Create(&MODULE); }
