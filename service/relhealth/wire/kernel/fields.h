/* The fields of a message of protobuf, one after the other, and what is in them. */
#ifndef RELHEALTH_FIELDS_H
#define RELHEALTH_FIELDS_H

#include "../../scoring/kernel/wire_types.h"
#include "letters.h"
#include "stamps.h"

enum { MOST_OF_TAG = 5 }; /* bytes of a tag or a size; longer ones are no plain writer's */

typedef struct {
    int number, type;
    const uint8_t *start; /* its tag */
    union {
        uint64_t value; /* of a varint */
        Bytes bytes;    /* of all else */
    };
} Field;

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
static inline bool next_field(Bytes *from, Field *field) {
    uint64_t tag, size = 0;
    field->start = from->at;
    if (!next_varint(from, &tag) || tag < 8 || tag >= UINT32_MAX) return false;
    if (from->at - field->start > MOST_OF_TAG) return false;
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
    field->bytes.end = from->at += size;
    return true;
}

static inline bool time_of(Bytes stamp, int64_t *microseconds) {
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

/* The letters of a string, none where it was not sent or is empty; how many code points they are,
 * NONE where they are no UTF-8. */
static inline int32_t letters_of(const Field *field, Letters *letters) {
    return take_letters(field->number ? field->bytes : (Bytes){NULL, NULL}, letters);
}

#endif
