/* Bytes that grow as they are written. */
#ifndef RELHEALTH_BYTES_H
#define RELHEALTH_BYTES_H

#include "arena.h"

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

static void write_bytes(Written *written, const char *bytes, size_t size) {
    if (size == 0) return; /* there may be no bytes at all */
    memcpy(room_for(written, size), bytes, size);
    written->size += size;
}

static void write_byte(Written *written, char byte) { write_bytes(written, &byte, 1); }

static void write_string(Written *written, PyObject *string) {
    Py_ssize_t size;
    const char *bytes = string == NULL ? NULL : PyUnicode_AsUTF8AndSize(string, &size);
    if (bytes == NULL) fail(written->arena);
    write_bytes(written, bytes, (size_t)size);
}

#endif
