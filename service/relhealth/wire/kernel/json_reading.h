/* JSON to the bytes of a message, by a plan, where it is written as every writer writes it. */
#ifndef RELHEALTH_JSON_READING_H
#define RELHEALTH_JSON_READING_H

#include "../../scoring/kernel/wire_types.h"
#include "growing.h"
#include "json_fields.h"
#include "letters.h"
#include "moments.h"
#include "stamps.h"

enum { MOST_OF_NUMBER = 40 }; /* characters; longer ones are no plain writer's */

/* What is read, and what has been written of it. */
typedef struct {
    const uint8_t *at, *end;
    Growing out;
} Json;

/* ---- writing --------------------------------------------------------------------------------- */

static int septets_of(uint64_t number, uint8_t *into) {
    int count = 0;
    for (; number > 127; number >>= 7) into[count++] = (uint8_t)(number | 128);
    into[count++] = (uint8_t)number;
    return count;
}

static bool put_varint(Json *json, uint64_t number) {
    uint8_t septets[10];
    return put_bytes(&json->out, septets, (size_t)septets_of(number, septets));
}

static bool put_tag(Json *json, int number, int type) {
    return put_varint(json, (uint64_t)number << 3 | (uint64_t)type);
}

/* Begins a field of some bytes, of which it is not known yet how many: there is room for one byte
 * that tells it. Where they begin, 0 without memory. */
static size_t begin_bytes(Json *json, int number) {
    return put_tag(json, number, BYTES) && put_bytes(&json->out, "", 1) ? json->out.count : 0;
}

/* Tells how many bytes there are of a field that was begun. */
static bool end_bytes(Json *json, size_t begin) {
    uint8_t septets[10];
    size_t bytes = json->out.count - begin;
    size_t more = (size_t)septets_of(bytes, septets) - 1;
    if (!has_room(&json->out, more)) return false;
    if (more) memmove(json->out.bytes + begin + more, json->out.bytes + begin, bytes);
    memcpy(json->out.bytes + begin - 1, septets, more + 1);
    json->out.count += more;
    return true;
}

/* ---- reading --------------------------------------------------------------------------------- */

static void skip_space(Json *json) {
    while (json->at < json->end && (*json->at == ' ' || *json->at == '\n' || *json->at == '\t' ||
                                       *json->at == '\r'))
        json->at++;
}

/* Whether a mark comes next, beyond space; then it is behind. */
static bool takes(Json *json, char mark) {
    skip_space(json);
    if (json->at == json->end || *json->at != (uint8_t)mark) return false;
    json->at++;
    return true;
}

/* A string in which nothing is escaped; false where that is not what comes next. */
static bool take_plain(Json *json, Bytes *letters) {
    if (!takes(json, '"')) return false;
    letters->at = json->at;
    while (json->at < json->end && *json->at != '"' && *json->at != '\\' && *json->at >= ' ')
        json->at++;
    letters->end = json->at;
    return takes(json, '"') && letters->end + 1 == json->at;
}

static bool take_null(Json *json) {
    skip_space(json);
    if (json->end - json->at < 4 || memcmp(json->at, "null", 4)) return false;
    json->at += 4;
    return true;
}

/* Four hexadecimal digits; -1 where there are none. */
static int32_t hexadecimal(Json *json) {
    int32_t number = 0;
    if (json->end - json->at < 4) return -1;
    for (int i = 0; i < 4; i++) {
        int digit = *json->at++, letter = digit | 32;
        if (digit >= '0' && digit <= '9') digit -= '0';
        else if (letter >= 'a' && letter <= 'f') digit = letter - 'a' + 10;
        else return -1;
        number = number << 4 | digit;
    }
    return number;
}

static bool put_point(Json *json, uint32_t point) {
    uint8_t bytes[4];
    size_t count = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const uint8_t heads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = count; i-- > 1; point >>= 6) bytes[i] = (uint8_t)(0x80 | (point & 63));
    bytes[0] = (uint8_t)(heads[count] | point);
    return put_bytes(&json->out, bytes, count);
}

/* What stands behind `\u`: a code point, or half of one beyond 16 bits and behind it the other. */
static bool put_unicode(Json *json) {
    int32_t high = hexadecimal(json), low;
    if (high < 0 || high >> 10 == 0xDC00 >> 10) return false;
    if (high >> 10 != 0xD800 >> 10) return put_point(json, (uint32_t)high);
    if (json->end - json->at < 2 || json->at[0] != '\\' || json->at[1] != 'u') return false;
    json->at += 2;
    low = hexadecimal(json);
    if (low < 0 || low >> 10 != 0xDC00 >> 10) return false;
    return put_point(json, 0x10000u + (((uint32_t)high & 0x3FF) << 10 | ((uint32_t)low & 0x3FF)));
}

static bool put_escaped(Json *json) {
    static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    if (json->at == json->end) return false;
    char name = (char)*json->at++;
    if (name == 'u') return put_unicode(json);
    const char *found = name ? strchr(names, name) : NULL;
    return found != NULL && put_bytes(&json->out, meant + (found - names), 1);
}

static bool read_string(Json *json, int number) {
    size_t begin = begin_bytes(json, number);
    if (!begin || !takes(json, '"')) return false;
    for (;;) {
        const uint8_t *from = json->at;
        while (json->at < json->end && *json->at != '"' && *json->at != '\\' && *json->at >= ' ')
            json->at++;
        if (json->at == json->end || *json->at < ' ') return false;
        if (!put_bytes(&json->out, from, (size_t)(json->at - from))) return false;
        if (*json->at++ == '"') return end_bytes(json, begin);
        if (!put_escaped(json)) return false;
    }
}

/* Goes on behind digits; false where there are none. */
static bool skip_digits(Json *json) {
    const uint8_t *from = json->at;
    while (json->at < json->end && *json->at >= '0' && *json->at <= '9') json->at++;
    return json->at > from;
}

/* A number as its letters; whether it is a whole one. False where none comes next. */
static bool take_number(Json *json, Bytes *letters, bool *is_whole) {
    skip_space(json);
    letters->at = json->at;
    if (json->at < json->end && *json->at == '-') json->at++;
    const uint8_t *first = json->at;
    if (!skip_digits(json) || (*first == '0' && json->at - first > 1)) return false;
    *is_whole = true;
    if (json->at < json->end && *json->at == '.') {
        json->at++;
        *is_whole = false;
        if (!skip_digits(json)) return false;
    }
    if (json->at < json->end && (*json->at | 32) == 'e') {
        json->at++;
        *is_whole = false;
        if (json->at < json->end && (*json->at == '+' || *json->at == '-')) json->at++;
        if (!skip_digits(json)) return false;
    }
    letters->end = json->at;
    return letters->end - letters->at <= MOST_OF_NUMBER;
}

static bool read_number(Json *json, int number) {
    char copied[MOST_OF_NUMBER + 1];
    uint8_t bytes[8];
    uint64_t bits;
    Bytes letters;
    bool is_whole;
    if (!take_number(json, &letters, &is_whole)) return false;
    size_t size = (size_t)(letters.end - letters.at);
    memcpy(copied, letters.at, size);
    copied[size] = 0;
    double value = PyOS_string_to_double(copied, NULL, NULL);
    if (value == -1.0 && PyErr_Occurred()) return false;
    if (is_whole && value == 0.0) value = 0.0; /* no whole number is -0 */
    memcpy(&bits, &value, sizeof bits);
    for (int i = 0; i < 8; i++) bytes[i] = (uint8_t)(bits >> 8 * i);
    return put_tag(json, number, FIXED64) && put_bytes(&json->out, bytes, sizeof bytes);
}

static bool read_whole(Json *json, int number) {
    uint64_t value = 0;
    Bytes letters;
    bool is_whole;
    if (!take_number(json, &letters, &is_whole) || !is_whole) return false;
    if (*letters.at == '-' || letters.end - letters.at > 10) return false;
    for (; letters.at < letters.end; letters.at++) value = 10 * value + (*letters.at - '0');
    return value <= INT32_MAX && put_tag(json, number, VARINT) && put_varint(json, value);
}

static bool read_member(Json *json, const Entry *entry) {
    Bytes name;
    if (!take_plain(json, &name)) return false;
    int at = place_of(entry->plan, (const char *)name.at, name.end - name.at, 0);
    return at >= 0 && put_tag(json, entry->number, VARINT) &&
           put_varint(json, (uint64_t)entry->plan->entries[at].number);
}

static bool read_time(Json *json, int number) {
    Bytes letters;
    Instant moment;
    if (!take_plain(json, &letters)) return false;
    if (!read_instant((const char *)letters.at, (const char *)letters.end, &moment)) return false;
    size_t begin = begin_bytes(json, number);
    if (!begin || moment.seconds < 0) return false;
    if (!put_tag(json, SECONDS, VARINT) || !put_varint(json, (uint64_t)moment.seconds)) return false;
    if (moment.nanos && (!put_tag(json, NANOS, VARINT) || !put_varint(json, (uint64_t)moment.nanos)))
        return false;
    return end_bytes(json, begin);
}

static bool read_object(Json *json, const Plan *plan);

static bool read_message(Json *json, const Entry *entry) {
    size_t begin = begin_bytes(json, entry->number);
    return begin && read_object(json, entry->plan) && end_bytes(json, begin);
}

static bool read_value(Json *json, const Entry *entry) {
    switch (entry->kind) {
    case JSON_STRING: return read_string(json, entry->number);
    case JSON_NUMBER: return read_number(json, entry->number);
    case JSON_WHOLE: return read_whole(json, entry->number);
    case JSON_MEMBER: return read_member(json, entry);
    case JSON_TIME: return read_time(json, entry->number);
    case JSON_MESSAGE: return read_message(json, entry);
    }
    return false;
}

static bool read_list(Json *json, const Entry *entry) {
    if (!takes(json, '[')) return false;
    if (takes(json, ']')) return true;
    do {
        if (!read_value(json, entry)) return false;
    } while (takes(json, ','));
    return takes(json, ']');
}

/* The fields of an object. */
static bool read_object(Json *json, const Plan *plan) {
    uint64_t names = 0, groups = 0;
    Bytes name;
    int at = -1;
    if (!takes(json, '{')) return false;
    if (takes(json, '}')) return true;
    do {
        if (!take_plain(json, &name) || !takes(json, ':')) return false;
        at = place_of(plan, (const char *)name.at, name.end - name.at, at + 1);
        if (at < 0 || names >> at & 1) return false;
        names |= (uint64_t)1 << at;
        if (take_null(json)) continue;
        const Entry *entry = plan->entries + at;
        if (groups >> entry->group & 1) return false;
        groups |= (uint64_t)1 << entry->group;
        if (!(entry->is_repeated ? read_list : read_value)(json, entry)) return false;
    } while (takes(json, ','));
    return takes(json, '}');
}

#endif
