/* Bytes that grow as they are written. */
#ifndef RELHEALTH_GROWING_H
#define RELHEALTH_GROWING_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    uint8_t *bytes;
    size_t count, room;
} Growing;

/* Room for so many bytes more; false without memory. */
static bool has_room(Growing *out, size_t bytes) {
    if (out->room - out->count >= bytes) return true;
    size_t room = 2 * out->room + bytes + 1024;
    uint8_t *grown = PyMem_Realloc(out->bytes, room);
    if (grown == NULL) return false;
    out->bytes = grown;
    out->room = room;
    return true;
}

static bool put_bytes(Growing *out, const void *bytes, size_t count) {
    if (!has_room(out, count)) return false;
    if (count) memcpy(out->bytes + out->count, bytes, count);
    out->count += count;
    return true;
}

#endif
