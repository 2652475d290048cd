/* Bytes of protobuf messages, written from the last to the first: so the length of what is nested
 * is known when its turn comes. What is zero or empty is left out, as protobuf does. */
#ifndef RELHEALTH_BACKWARDS_H
#define RELHEALTH_BACKWARDS_H

#include "history.h"
#include "wire_types.h"

enum { LEAST_ROOM = 1 << 14 };

typedef struct {
    Arena *arena;
    char *start, *at, *end;
} Backwards;

static size_t written_of(const Backwards *out) { return (size_t)(out->end - out->at); }

static void grow_before(Backwards *out, size_t size) {
    size_t used = written_of(out), room = 2 * (used + size) + LEAST_ROOM;
    out->start = TAKE(out->arena, room, char);
    if (used) memcpy(out->start + room - used, out->at, used);
    out->end = out->start + room;
    out->at = out->end - used;
}

/* Room for so many bytes before what was written. */
static inline char *room_before(Backwards *out, size_t size) {
    if ((size_t)(out->at - out->start) < size) grow_before(out, size);
    return out->at -= size;
}

static void put_bytes(Backwards *out, const char *bytes, size_t size) {
    char *at = room_before(out, size);
    if (size) memcpy(at, bytes, size); /* there may be no bytes at all */
}

static void put_long_varint(Backwards *out, uint64_t value) {
    size_t size = 1;
    for (uint64_t rest = value; rest >>= 7;) size++;
    char *at = room_before(out, size);
    for (; --size; value >>= 7) *at++ = (char)((value & 127) | 128);
    *at = (char)value;
}

static inline void put_varint(Backwards *out, uint64_t value) {
    if (value >> 7) put_long_varint(out, value);
    else *room_before(out, 1) = (char)value;
}

static void put_tag(Backwards *out, int number, int type) {
    put_varint(out, ((uint64_t)number << 3) | (unsigned)type);
}

/* The length of what was written since there were `before` bytes, and its tag. */
static void put_head(Backwards *out, int number, size_t before) {
    put_varint(out, written_of(out) - before);
    put_tag(out, number, BYTES);
}

static void put_whole(Backwards *out, int number, uint64_t value) {
    if (value == 0) return;
    put_varint(out, value);
    put_tag(out, number, VARINT);
}

static void put_number(Backwards *out, int number, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (bits == 0) return;
    char *at = room_before(out, sizeof bits);
    for (size_t i = 0; i < sizeof bits; i++) at[i] = (char)(bits >> 8 * i);
    put_tag(out, number, FIXED64);
}

/* A text that is there also where it is empty: one of several. */
static void put_item(Backwards *out, int number, Letters text) {
    put_bytes(out, text.bytes, (size_t)text.size);
    put_varint(out, (uint64_t)text.size);
    put_tag(out, number, BYTES);
}

static void put_text(Backwards *out, int number, Letters text) {
    if (text.size) put_item(out, number, text);
}

#endif
