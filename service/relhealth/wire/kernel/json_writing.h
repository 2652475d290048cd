/* The bytes of a message to JSON, by a plan: names in its order. */
#ifndef RELHEALTH_JSON_WRITING_H
#define RELHEALTH_JSON_WRITING_H

#include "fields.h"
#include "growing.h"
#include "json_fields.h"
#include "moments.h"

static bool put_text(Growing *out, const char *text) { return put_bytes(out, text, strlen(text)); }

/* A character as JSON wants it escaped; the letters stay until the next one. */
static const char *escaped(uint8_t letter) {
    static char code[7];
    switch (letter) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    case '\f': return "\\f";
    case '\b': return "\\b";
    }
    snprintf(code, sizeof code, "\\u%04x", letter);
    return code;
}

static bool write_string(Growing *out, Bytes letters) {
    if (!put_bytes(out, "\"", 1)) return false;
    while (letters.at < letters.end) {
        const uint8_t *from = letters.at;
        while (letters.at < letters.end && *letters.at >= ' ' && *letters.at != '"' &&
               *letters.at != '\\')
            letters.at++;
        if (!put_bytes(out, from, (size_t)(letters.at - from))) return false;
        if (letters.at < letters.end && !put_text(out, escaped(*letters.at++))) return false;
    }
    return put_bytes(out, "\"", 1);
}

/* A double in full; false where it is none that JSON can hold. */
static bool write_double(Growing *out, const uint8_t *at) {
    uint64_t bits = 0;
    double value;
    for (int i = 8; i-- > 0;) bits = bits << 8 | at[i];
    memcpy(&value, &bits, sizeof value);
    if (value - value != 0.0) return false;
    char *letters = PyOS_double_to_string(value, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
    bool is_written = letters != NULL && put_text(out, letters);
    PyMem_Free(letters);
    return is_written;
}

static bool write_whole(Growing *out, uint64_t value) {
    char letters[16];
    snprintf(letters, sizeof letters, "%d", (int)(int32_t)(uint32_t)value);
    return put_text(out, letters);
}

static bool write_member(Growing *out, const Plan *members, uint64_t number) {
    for (int i = 0; i < members->count; i++) {
        const Entry *entry = members->entries + i;
        if ((uint64_t)entry->number != number) continue;
        Bytes name = {(const uint8_t *)entry->name, (const uint8_t *)entry->name + entry->size};
        return write_string(out, name);
    }
    return false;
}

static bool write_time(Growing *out, Bytes stamp) {
    char letters[MOST_OF_INSTANT];
    Instant moment = {0, 0};
    Field field;
    while (stamp.at < stamp.end) {
        if (!next_field(&stamp, &field) || field.type != VARINT) return false;
        if (field.number == SECONDS && field.value <= MOST_SECONDS)
            moment.seconds = (int64_t)field.value;
        else if (field.number == NANOS && field.value < NANOS_PER_SECOND)
            moment.nanos = (int32_t)field.value;
        else return false;
    }
    size_t count = (size_t)write_instant(moment, letters);
    return put_bytes(out, "\"", 1) && put_bytes(out, letters, count) && put_bytes(out, "\"", 1);
}

static bool write_object(Growing *out, const Plan *plan, Bytes message);

/* The type that a field of a kind has on the wire. */
static int wire_type_of(int kind) {
    if (kind == JSON_NUMBER) return FIXED64;
    return kind == JSON_WHOLE || kind == JSON_MEMBER ? VARINT : BYTES;
}

static bool write_value(Growing *out, const Entry *entry, const Field *field) {
    switch (entry->kind) {
    case JSON_STRING: return write_string(out, field->bytes);
    case JSON_NUMBER: return write_double(out, field->bytes.at);
    case JSON_WHOLE: return write_whole(out, field->value);
    case JSON_MEMBER: return write_member(out, entry->plan, field->value);
    case JSON_TIME: return write_time(out, field->bytes);
    case JSON_MESSAGE: return write_object(out, entry->plan, field->bytes);
    }
    return false;
}

/* What is told of a field of a message. */
typedef struct {
    int count;
    Field first;
} Told;

/* The items of a repeated field, which stand one after the other. */
static bool write_list(Growing *out, const Entry *entry, const Told *told, const uint8_t *end) {
    Bytes rest = {told->first.start, end};
    Field item;
    for (int i = 0; i < told->count; i++) {
        if (!put_bytes(out, i ? "," : "[", 1)) return false;
        if (!next_field(&rest, &item) || item.number != entry->number) return false;
        if (!write_value(out, entry, &item)) return false;
    }
    return put_text(out, told->count ? "]" : "[]");
}

static bool is_empty(const Entry *entry, const Field *field) {
    if (entry->kind == JSON_STRING) return field->bytes.at == field->bytes.end;
    return entry->kind == JSON_MEMBER && field->value == 0;
}

/* Notes the fields of a message by the plan's places; false where one is not as every writer
 * writes it. */
static bool note_fields(const Plan *plan, Bytes message, Told *told) {
    uint64_t groups = 0;
    Field field;
    int at = 0;
    for (int i = 0; i < plan->count; i++) told[i].count = 0;
    while (message.at < message.end) {
        if (!next_field(&message, &field)) return false;
        while (at < plan->count && plan->entries[at].number != field.number) at++;
        if (at == plan->count) return false;
        const Entry *entry = plan->entries + at;
        if (field.type != wire_type_of(entry->kind)) return false;
        if (told[at].count++) {
            if (!entry->is_repeated) return false;
            continue;
        }
        if (groups >> entry->group & 1) return false;
        groups |= (uint64_t)1 << entry->group;
        told[at].first = field;
    }
    return true;
}

static bool write_object(Growing *out, const Plan *plan, Bytes message) {
    static const char *const nothing[] = {
        [JSON_STRING] = "\"\"", [JSON_NUMBER] = "0.0", [JSON_WHOLE] = "0"};
    Told told[MOST_ENTRIES];
    bool is_first = true;
    if (!note_fields(plan, message, told) || !put_bytes(out, "{", 1)) return false;
    for (int i = 0; i < plan->count; i++) {
        const Entry *entry = plan->entries + i;
        if (entry->absence != NEVER_ABSENT && told[i].count == 0) continue;
        if (entry->absence == EMPTY_IS_ABSENT && is_empty(entry, &told[i].first)) continue;
        Bytes name = {(const uint8_t *)entry->name, (const uint8_t *)entry->name + entry->size};
        if (!put_text(out, is_first ? "" : ",") || !write_string(out, name)) return false;
        if (!put_bytes(out, ":", 1)) return false;
        is_first = false;
        bool is_written = entry->is_repeated ? write_list(out, entry, told + i, message.end)
                          : told[i].count    ? write_value(out, entry, &told[i].first)
                                             : put_text(out, nothing[entry->kind]);
        if (!is_written) return false;
    }
    return put_bytes(out, "}", 1);
}

#endif
