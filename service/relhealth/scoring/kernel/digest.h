/* What an input digest is made over: scoring/digest.py, compiled. */
#ifndef RELHEALTH_DIGEST_H
#define RELHEALTH_DIGEST_H

#include "bytes.h"
#include "history.h"

enum { LONGEST_NUMBER = 24 };

static void write_whole(Written *written, long long value) {
    char digits[LONGEST_NUMBER], *at = digits + sizeof digits;
    unsigned long long rest = value < 0 ? 0ULL - (unsigned long long)value : (unsigned long long)value;
    do *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0) *--at = '-';
    write_bytes(written, at, (size_t)(digits + sizeof digits - at));
}

static const char UNIT = '\x1f', RECORD = '\x1e';

/* One interaction beside its text: whole numbers, and what may be None. */
static void write_row(Written *written, PyObject *const *columns, int count, int32_t row) {
    for (int i = 0; i < count; i++) {
        PyObject *item = PyTuple_GetItem(columns[i], row);
        write_byte(written, i ? UNIT : RECORD);
        if (item == Py_None) write_bytes(written, "None", 4);
        else if (PyUnicode_Check(item)) write_string(written, item);
        else write_whole(written, whole(written->arena, item));
    }
}

static void write_text(Written *written, PyObject *text, PyObject *outcome) {
    Py_ssize_t size;
    const char *bytes = PyUnicode_AsUTF8AndSize(text, &size);
    if (bytes == NULL) fail(written->arena);
    write_byte(written, RECORD);
    write_whole(written, size);
    write_byte(written, UNIT);
    if (outcome == Py_None) write_bytes(written, "None", 4);
    else write_string(written, held(written->arena, PyObject_Repr(outcome)));
    write_byte(written, UNIT);
    write_bytes(written, bytes, (size_t)size);
}

static PyObject *written_input(Arena *arena, PyObject *history) {
    static const char *const names[] = {"sent_us", "recorded_us", "senders", "sender_kinds",
        "channels", "purposes", "languages", "reply_to", "threads"};
    PyObject *columns[COUNT_OF(names)], *texts = tuple_in(arena, history, "texts");
    PyObject *segment = held(arena, PyObject_GetAttrString(history, "segment"));
    int32_t count = (int32_t)PyTuple_Size(texts);
    Written written = {.arena = arena};
    for (int i = 0; i < COUNT_OF(names); i++) columns[i] = column(arena, history, names[i], count);
    PyObject *outcomes = column(arena, history, "outcomes", count);
    write_string(&written, segment);
    for (int32_t row = 0; row < count; row++) write_row(&written, columns, COUNT_OF(names), row);
    for (int32_t row = 0; row < count; row++)
        write_text(&written, PyTuple_GetItem(texts, row), PyTuple_GetItem(outcomes, row));
    return PyBytes_FromStringAndSize(written.bytes, (Py_ssize_t)written.size);
}

#endif
