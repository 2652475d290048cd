/* What an input digest is made over: scoring/digest.py, compiled. */
#ifndef RELHEALTH_DIGEST_H
#define RELHEALTH_DIGEST_H

#include "bytes.h"
#include "history.h"

enum { LONGEST_NUMBER = 24 };

static const char UNIT = '\x1f', RECORD = '\x1e';

static void write_whole(Written *written, long long value) {
    char digits[LONGEST_NUMBER], *at = digits + sizeof digits;
    unsigned long long rest = value < 0 ? 0ULL - (unsigned long long)value : (unsigned long long)value;
    do *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0) *--at = '-';
    write_bytes(written, at, (size_t)(digits + sizeof digits - at));
}

static void write_none(Written *written) { write_bytes(written, "None", 4); }

static void write_place(Written *written, int32_t place) {
    write_byte(written, UNIT);
    if (place == NONE) write_none(written);
    else write_whole(written, place);
}

/* Beside what is in every History. */
typedef struct {
    const int64_t *recorded_us;
    const Letters *languages; /* NULL where they are strings */
    PyObject *strings;
} Rest;

static Rest rest_of(Arena *arena, const History *history, PyObject *owner) {
    const Columns *packed = history->packed;
    if (packed != NULL) return (Rest){packed->recorded_us, packed->languages, NULL};
    return (Rest){moments(arena, owner, "recorded_us", history->count), NULL,
        column(arena, owner, "languages", history->count)};
}

static void write_language(Written *written, const Rest *rest, int32_t row) {
    PyObject *string = rest->languages ? NULL : PyTuple_GetItem(rest->strings, row);
    Letters language = {0};
    if (rest->languages != NULL) language = rest->languages[row];
    else if (string != Py_None) language = letters_in(written->arena, string);
    write_byte(written, UNIT);
    if (language.bytes == NULL) write_none(written);
    else write_bytes(written, language.bytes, (size_t)language.size);
}

/* One interaction beside its text. */
static void write_row(Written *written, const History *history, const Rest *rest, int32_t row) {
    const long long numbers[] = {history->sent_us[row], rest->recorded_us[row],
        history->sender[row], history->sender_kind[row], history->channel[row],
        history->purpose[row]};
    for (int i = 0; i < COUNT_OF(numbers); i++) {
        write_byte(written, i ? UNIT : RECORD);
        write_whole(written, numbers[i]);
    }
    write_language(written, rest, row);
    write_place(written, history->reply_to[row]);
    write_place(written, history->thread[row]);
}

static void write_text(Written *written, const History *history, int32_t row) {
    Letters text = letters_at(written->arena, history, row);
    PyObject *outcome = history->outcomes ? PyTuple_GetItem(history->outcomes, row) : Py_None;
    write_byte(written, RECORD);
    write_whole(written, text.size);
    write_byte(written, UNIT);
    if (outcome == Py_None) write_none(written);
    else write_string(written, held(written->arena, PyObject_Repr(outcome)));
    write_byte(written, UNIT);
    write_bytes(written, text.bytes, (size_t)text.size);
}

static PyObject *written_input(Arena *arena, PyObject *owner) {
    History history = history_of(arena, owner);
    Rest rest = rest_of(arena, &history, owner);
    Written written = {.arena = arena};
    write_string(&written, held(arena, PyObject_GetAttrString(owner, "segment")));
    for (int32_t row = 0; row < history.count; row++) write_row(&written, &history, &rest, row);
    for (int32_t row = 0; row < history.count; row++) write_text(&written, &history, row);
    return PyBytes_FromStringAndSize(written.bytes, (Py_ssize_t)written.size);
}

#endif
