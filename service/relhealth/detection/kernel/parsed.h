/* The object that keeps a parse for Python, which asks it for acts and their words. */
#ifndef RELHEALTH_PARSED_H
#define RELHEALTH_PARSED_H

#include "../../domain/spans.h"
#include "spans.h"

static const char *const MODEL = "relhealth.detection.model";

static PyTypeObject *PARSE_TYPE;

typedef struct {
    PyObject_HEAD
    Parse *parse;
    PyObject *models, *span_type; /* kept for the parse, which points to the models */
} ParseObject;

static void parse_dealloc(PyObject *self) {
    ParseObject *object = (ParseObject *)self;
    PyTypeObject *type = Py_TYPE(self);
    parse_free(object->parse);
    Py_XDECREF(object->models);
    Py_XDECREF(object->span_type);
    PyObject_Free(self);
    Py_DECREF(type);
}

/* An object with an empty parse of so many messages. */
static ParseObject *parse_object(size_t messages, PyObject *models, PyObject *span_type) {
    ParseObject *object = PyObject_New(ParseObject, PARSE_TYPE);
    if (object == NULL) return NULL;
    object->models = Py_NewRef(models);
    object->span_type = Py_NewRef(span_type);
    object->parse = parse_new(messages);
    if (object->parse != NULL) return object;
    Py_DECREF(object);
    PyErr_NoMemory();
    return NULL;
}

/* Sets a tuple's item to a number; -1 where there is none. */
static int set_number(PyObject *tuple, Py_ssize_t at, uint32_t value) {
    PyObject *number = PyLong_FromUnsignedLong(value);
    return number == NULL ? -1 : PyTuple_SetItem(tuple, at, number);
}

/* An object of the span's type, which is a kind of tuple and so need not be called for it. */
static PyObject *span_object(PyObject *span_type, Span span) {
    PyObject *object = PyType_GenericAlloc((PyTypeObject *)span_type, 2);
    if (object == NULL) return NULL;
    if (set_number(object, 0, span.begin) < 0 || set_number(object, 1, span.end) < 0)
        Py_CLEAR(object);
    return object;
}

static PyObject *spans_tuple(const ParseObject *object, const Message *message, int act) {
    Py_ssize_t most = (Py_ssize_t)carriers(object->parse, message, act), count = 0;
    PyObject *tuple = PyTuple_New(most);
    uint32_t position = 0;
    Span span;
    while (tuple && next_span(object->parse, message, act, &position, &span)) {
        PyObject *item = span_object(object->span_type, span);
        if (item == NULL || PyTuple_SetItem(tuple, count++, item) < 0) Py_CLEAR(tuple);
    }
    if (tuple == NULL || count == most) return tuple;
    PyObject *fewer = PyTuple_GetSlice(tuple, 0, count);
    Py_DECREF(tuple);
    return fewer;
}

/* A message that has an act; NULL with an exception set where there is none. */
static const Message *message_doing(const ParseObject *object, size_t position, long act) {
    if (position >= object->parse->message_count) {
        PyErr_SetString(PyExc_IndexError, "no such message");
        return NULL;
    }
    const Message *message = object->parse->messages + position;
    if (act >= 0 && act < (message->model ? message->model->acts : MAX_ACTS)) return message;
    PyErr_SetString(PyExc_ValueError, "no such act");
    return NULL;
}

PyDoc_STRVAR(spans_doc,
    "spans(position, act) -> tuple of spans\n\n"
    "The words of a message that carry an act, in order; none of one that was not read.");

static PyObject *parse_spans(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    const ParseObject *object = (ParseObject *)self;
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "spans() takes a position and an act");
        return NULL;
    }
    size_t position = PyLong_AsSize_t(args[0]);
    if (position == (size_t)-1 && PyErr_Occurred()) return NULL;
    long act = PyLong_AsLong(args[1]);
    if (act == -1 && PyErr_Occurred()) return NULL;
    const Message *message = message_doing(object, position, act);
    return message == NULL ? NULL : spans_tuple(object, message, (int)act);
}

static int next_extent(
    PyObject *words, int32_t position, int act, uint32_t *sentence, Extent *extent) {
    if (Py_TYPE(words) != PARSE_TYPE) {
        PyErr_SetString(PyExc_TypeError, "not a parse");
        return -1;
    }
    const ParseObject *object = (ParseObject *)words;
    const Message *message = message_doing(object, (size_t)position, act);
    Span span;
    if (message == NULL) return -1;
    if (!next_span(object->parse, message, act, sentence, &span)) return 0;
    *extent = (Extent){span.begin, span.end};
    return 1;
}

static PyObject *parse_in_c(PyObject *self, void *nothing) {
    static const SpanFinder finder = {next_extent};
    (void)self;
    (void)nothing;
    return PyCapsule_New((void *)&finder, SPAN_FINDER, NULL);
}

static PyObject *acts_tuple(uint32_t found) {
    Py_ssize_t count = 0, at = 0;
    for (uint32_t rest = found; rest; rest &= rest - 1) count++;
    PyObject *acts = PyTuple_New(count);
    for (long act = 0; acts != NULL && at < count; act++) {
        if (!(found >> act & 1)) continue;
        PyObject *number = PyLong_FromLong(act);
        if (number == NULL || PyTuple_SetItem(acts, at++, number) < 0) Py_CLEAR(acts);
    }
    return acts;
}

PyDoc_STRVAR(detected_doc,
    "detected() -> tuple of tuples\n\nThe acts that reach their thresholds, ascending, a message.");

static PyObject *parse_detected(PyObject *self, PyObject *nothing) {
    (void)nothing;
    const Parse *parse = ((ParseObject *)self)->parse;
    PyObject *detected = PyTuple_New((Py_ssize_t)parse->message_count);
    for (size_t i = 0; detected != NULL && i < parse->message_count; i++) {
        PyObject *acts = acts_tuple(parse->messages[i].found);
        if (acts == NULL || PyTuple_SetItem(detected, (Py_ssize_t)i, acts) < 0) Py_CLEAR(detected);
    }
    return detected;
}

PyDoc_STRVAR(tally_doc,
    "tally() -> tuple of numbers\n\n"
    "How many messages reach the threshold of each act, the brand's acts before the customer's.");

static PyObject *parse_tally(PyObject *self, PyObject *nothing) {
    (void)nothing;
    const ParseObject *object = (ParseObject *)self;
    uint32_t counts[2][MAX_ACTS] = {{0}};
    const Model *models[2];
    for (int side = 0; side < 2; side++)
        models[side] = PyCapsule_GetPointer(PyTuple_GetItem(object->models, side), MODEL);
    for (size_t i = 0; i < object->parse->message_count; i++) {
        const Message *message = object->parse->messages + i;
        uint32_t *own = counts[message->model == models[1]];
        for (uint32_t rest = message->found; rest; rest &= rest - 1) own[__builtin_ctz(rest)]++;
    }
    PyObject *tally = PyTuple_New(models[0]->acts + models[1]->acts);
    Py_ssize_t at = 0;
    for (int side = 0; side < 2; side++)
        for (int act = 0; tally != NULL && act < models[side]->acts; act++)
            if (set_number(tally, at++, counts[side][act]) < 0) Py_CLEAR(tally);
    return tally;
}

PyDoc_STRVAR(widths_doc, "widths() -> tuple of numbers\n\nHow many acts a sender has, a message.");

static PyObject *parse_widths(PyObject *self, PyObject *nothing) {
    (void)nothing;
    const Parse *parse = ((ParseObject *)self)->parse;
    PyObject *widths = PyTuple_New((Py_ssize_t)parse->message_count);
    for (size_t i = 0; widths != NULL && i < parse->message_count; i++)
        if (set_number(widths, (Py_ssize_t)i, (uint32_t)parse->messages[i].model->acts) < 0)
            Py_CLEAR(widths);
    return widths;
}

static PyMethodDef PARSE_METHODS[] = {
    {"detected", parse_detected, METH_NOARGS, detected_doc},
    {"tally", parse_tally, METH_NOARGS, tally_doc},
    {"widths", parse_widths, METH_NOARGS, widths_doc},
    {"spans", (PyCFunction)(void (*)(void))parse_spans, METH_FASTCALL, spans_doc},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef PARSE_PROPERTIES[] = {
    {"in_c", parse_in_c, NULL, "What finds spans as numbers (domain/spans.h).", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot PARSE_SLOTS[] = {
    {Py_tp_dealloc, parse_dealloc},
    {Py_tp_getset, PARSE_PROPERTIES},
    {Py_tp_methods, PARSE_METHODS},
    {Py_tp_doc, "Messages as read() took them apart."},
    {0, NULL},
};

static PyType_Spec PARSE_SPEC = {
    .name = "relhealth.detection._kernel.Parse",
    .basicsize = sizeof(ParseObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = PARSE_SLOTS,
};

#endif
