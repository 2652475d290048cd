/* What an input digest is made over: scoring/digest.py, compiled. */
#ifndef RELHEALTH_DIGEST_H
#define RELHEALTH_DIGEST_H

#include "history.h"

enum { LONGEST_NUMBER = 20, LONGEST_ROW = 10 * (LONGEST_NUMBER + 1) };
enum { USUAL_MESSAGE = 1 << 8 }; /* the room that one takes with its text, or less */

static const char UNIT = '\x1f', RECORD = '\x1e';

/* Bytes that grow as they are written. */
typedef struct {
    Arena *arena;
    char *bytes;
    size_t size, room;
} Written;

static char *room_for(Written *written, size_t more) {
    if (written->room - written->size < more) {
        written->room = (written->size + more) * 2;
        written->bytes = grown(written->arena, written->bytes, written->size, written->room, 1);
    }
    return written->bytes + written->size;
}

/* Writes digits where there is room for the most that a number has; the place behind them. */
static char *add_whole(char *at, uint64_t number) {
    static const char pairs[] =
        "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243"
        "4445464748495051525354555657585960616263646566676869707172737475767778798081828384858687"
        "888990919293949596979899";
    char digits[2 * LONGEST_NUMBER], *end = digits + LONGEST_NUMBER, *first = end;
    if (number < 10) {
        *at = (char)('0' + number);
        return at + 1;
    }
    for (; number >= 10; number /= 100) memcpy(first -= 2, pairs + number % 100 * 2, 2);
    if (number) *--first = (char)('0' + number);
    memcpy(at, first, LONGEST_NUMBER); /* with what happens to stand behind them */
    return at + (end - first);
}

static char *add_signed(char *at, int64_t number) {
    if (number >= 0) return add_whole(at, (uint64_t)number);
    *at = '-';
    return add_whole(at + 1, 0ULL - (uint64_t)number);
}

static char *add_letters(char *at, const char *letters, size_t size) {
    if (size) memcpy(at, letters, size);
    return at + size;
}

static char *add_none(char *at) { return add_letters(at, "None", 4); }

static char *add_place(char *at, int32_t place) {
    *at++ = UNIT;
    return place == NONE ? add_none(at) : add_whole(at, (uint64_t)place);
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

/* The language of a message; without letters where none is told. */
static Letters language_at(Arena *arena, const Rest *rest, int32_t row) {
    if (rest->languages != NULL) return rest->languages[row];
    PyObject *string = PyTuple_GetItem(rest->strings, row);
    return string == Py_None ? (Letters){0} : letters_in(arena, string);
}

/* One interaction beside its text. */
static void write_row(Written *written, const History *history, const Rest *rest, int32_t row) {
    const uint8_t small[] = {history->sender[row], history->sender_kind[row],
        history->channel[row], history->purpose[row]};
    int64_t sent_us = history->sent_us[row], recorded_us = rest->recorded_us[row];
    Letters language = language_at(written->arena, rest, row);
    char *at = room_for(written, LONGEST_ROW + (size_t)language.size);
    *at++ = RECORD;
    char *sent = at;
    at = add_signed(at, sent_us);
    size_t digits = (size_t)(at - sent);
    *at++ = UNIT;
    at = recorded_us == sent_us ? add_letters(at, sent, digits) : add_signed(at, recorded_us);
    for (int i = 0; i < COUNT_OF(small); i++) {
        *at++ = UNIT;
        at = add_whole(at, small[i]);
    }
    *at++ = UNIT;
    if (language.bytes == NULL) at = add_none(at);
    else at = add_letters(at, language.bytes, (size_t)language.size);
    at = add_place(at, history->reply_to[row]);
    written->size = (size_t)(add_place(at, history->thread[row]) - written->bytes);
}

static void write_text(Written *written, const History *history, int32_t row) {
    Letters text = letters_at(written->arena, history, row), told = {"None", 4, 1};
    PyObject *outcome = history->outcomes ? PyTuple_GetItem(history->outcomes, row) : Py_None;
    if (outcome != Py_None)
        told = letters_in(written->arena, held(written->arena, PyObject_Repr(outcome)));
    char *at = room_for(written, LONGEST_ROW + (size_t)told.size + (size_t)text.size);
    *at++ = RECORD;
    at = add_whole(at, (uint64_t)text.size);
    *at++ = UNIT;
    at = add_letters(at, told.bytes, (size_t)told.size);
    *at++ = UNIT;
    at = add_letters(at, text.bytes, (size_t)text.size);
    written->size = (size_t)(at - written->bytes);
}

static PyObject *written_input(Arena *arena, PyObject *owner) {
    History history = history_of(arena, owner);
    Rest rest = rest_of(arena, &history, owner);
    Written written = {.arena = arena};
    Letters segment = letters_in(arena, held(arena, PyObject_GetAttrString(owner, "segment")));
    char *at = room_for(
        &written, (size_t)history.count * USUAL_MESSAGE / 2 + (size_t)segment.size);
    written.size = (size_t)(add_letters(at, segment.bytes, (size_t)segment.size) - at);
    for (int32_t row = 0; row < history.count; row++) write_row(&written, &history, &rest, row);
    for (int32_t row = 0; row < history.count; row++) write_text(&written, &history, row);
    return PyBytes_FromStringAndSize(written.bytes, (Py_ssize_t)written.size);
}

#endif
