/* Lines of evidence as the bytes of messages, without any object for them.
 *
 * The wire tells the fields' numbers, which must ascend; what is zero or empty is left out, as
 * protobuf does. wire/writing.py's plans give the same bytes from the objects; a test holds it.
 */
#ifndef RELHEALTH_ENCODED_H
#define RELHEALTH_ENCODED_H

#include "bytes.h"
#include "shown.h"

enum { VARINT = 0, FIXED64 = 1, BYTES = 2 };
enum { FIELD_KIND, FIELD_PARTY, FIELD_VALUE, FIELD_WEIGHT, FIELD_CONTRIBUTION, FIELD_SUMMARY,
    FIELD_IDS, FIELD_MENTIONS, FIELD_ACT, FIELD_ID, FIELD_BEGIN, FIELD_END, FIELD_PROBABILITY,
    FIELDS };

typedef struct {
    Arena *arena;
    PyObject *ids;     /* names of the interactions, by place; a tuple */
    int number;        /* of the repeated field that holds the lines */
    int fields[FIELDS];
    Written all, line, mention;
} Encoded;

static void write_varint(Written *written, uint64_t value) {
    char *at = room_for(written, 10);
    size_t size = 0;
    for (; value >> 7; value >>= 7) at[size++] = (char)((value & 127) | 128);
    at[size++] = (char)value;
    written->size += size;
}

static void write_tag(Written *written, int number, int type) {
    write_varint(written, ((uint64_t)number << 3) | (unsigned)type);
}

static void encode_whole(Written *written, int number, uint64_t value) {
    if (value == 0) return;
    write_tag(written, number, VARINT);
    write_varint(written, value);
}

static void encode_number(Written *written, int number, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (bits == 0) return;
    write_tag(written, number, FIXED64);
    char *at = room_for(written, sizeof bits);
    for (size_t i = 0; i < sizeof bits; i++) at[i] = (char)(bits >> 8 * i);
    written->size += sizeof bits;
}

static void encode_bytes(Written *written, int number, const char *bytes, size_t size) {
    write_tag(written, number, BYTES);
    write_varint(written, size);
    write_bytes(written, bytes, size);
}

/* A text, left out where it is empty unless it is one of several. */
static void encode_text(Written *written, int number, PyObject *text, int is_item) {
    Py_ssize_t size;
    const char *bytes = text == NULL ? NULL : PyUnicode_AsUTF8AndSize(text, &size);
    if (bytes == NULL) fail(written->arena);
    if (size || is_item) encode_bytes(written, number, bytes, (size_t)size);
}

static PyObject *id_at(const Encoded *encoded, int32_t position) {
    PyObject *id = PyTuple_GetItem(encoded->ids, position);
    if (id == NULL) fail(encoded->arena);
    return id;
}

static void encode_places(Encoded *encoded, Row places) {
    for (int32_t i = 0; i < places.count; i++)
        encode_text(&encoded->line, encoded->fields[FIELD_IDS], id_at(encoded, places.items[i]), 1);
}

/* The words that carry an act of a message. */
static void encode_mentions(Encoded *encoded, Mentions *mentions, int32_t position, int act) {
    const Scene *scene = mentions->scene;
    const int *fields = encoded->fields;
    PyObject *spans = spans_of(mentions, position, act);
    PyObject *names = scene->rules->python.act_names[scene->history->sender[position]];
    for (Py_ssize_t i = 0; i < PyTuple_Size(spans); i++) {
        Written *mention = &encoded->mention;
        PyObject *span = PyTuple_GetItem(spans, i);
        mention->size = 0;
        encode_text(mention, fields[FIELD_ACT], PyTuple_GetItem(names, act), 0);
        encode_text(mention, fields[FIELD_ID], id_at(encoded, position), 0);
        encode_whole(mention, fields[FIELD_BEGIN],
            (uint64_t)whole(encoded->arena, PyTuple_GetItem(span, 0)));
        encode_whole(mention, fields[FIELD_END],
            (uint64_t)whole(encoded->arena, PyTuple_GetItem(span, 1)));
        encode_number(mention, fields[FIELD_PROBABILITY], does(scene, position, act));
        encode_bytes(&encoded->line, fields[FIELD_MENTIONS], mention->bytes, mention->size);
    }
}

/* What every line begins with. */
static void begin_line(Encoded *encoded, PyObject *kind, uint8_t party, double value, double weight,
    double contribution) {
    Written *line = &encoded->line;
    line->size = 0;
    encode_text(line, encoded->fields[FIELD_KIND], kind, 0);
    encode_whole(line, encoded->fields[FIELD_PARTY], party);
    encode_number(line, encoded->fields[FIELD_VALUE], value);
    encode_number(line, encoded->fields[FIELD_WEIGHT], weight);
    encode_number(line, encoded->fields[FIELD_CONTRIBUTION], contribution);
}

static void end_line(Encoded *encoded) {
    encode_bytes(&encoded->all, encoded->number, encoded->line.bytes, encoded->line.size);
}

static void encode_line(
    Encoded *encoded, Mentions *mentions, const Ledger *ledger, int trait, int32_t at) {
    const Observation *seen = ledger->seen.items + at;
    const Kind *kind = ledger->rules->kinds + seen->kind;
    begin_line(
        encoded, kind->name, kind->party, seen->value, ledger->weights[at], ledger->points[at]);
    Sentence said = {.arena = encoded->arena};
    int field = encoded->fields[FIELD_SUMMARY];
    if (sentence_of(&said, trait, seen))
        encode_bytes(&encoded->line, field, said.letters, (size_t)said.size);
    else encode_text(&encoded->line, field, kind->description, 0);
    encode_places(encoded, seen->positions);
    if (seen->act_at != NONE) encode_mentions(encoded, mentions, seen->act_at, seen->act);
    end_line(encoded);
}

static void encode_remainder(Encoded *encoded, const Rules *rules, const Remainder *rest) {
    Sentence said = {.arena = encoded->arena};
    say_remainder(&said, rest->items);
    begin_line(
        encoded, rules->python.remainder, 0, rest->value, rest->weight, rest->contribution);
    encode_bytes(
        &encoded->line, encoded->fields[FIELD_SUMMARY], said.letters, (size_t)said.size);
    end_line(encoded);
}

/* What evidence_of shows. */
static void encode_evidence(
    Encoded *encoded, Mentions *mentions, const Ledger *ledger, int trait, int32_t limit) {
    Heaviest shown = heaviest(encoded->arena, ledger->points, ledger->seen.count, limit);
    for (int32_t i = 0; i < shown.count; i++) {
        encode_line(encoded, mentions, ledger, trait, shown.items[i].place);
        worked(encoded->arena, WORK_BETWEEN >> 6);
    }
    if (shown.count == ledger->seen.count) return;
    Remainder rest = remainder_of(encoded->arena, ledger, &shown);
    encode_remainder(encoded, mentions->scene->rules, &rest);
}

/* What stance_evidence shows. */
static void encode_stance(Encoded *encoded, const Scene *scene, const Stance *stance, int32_t limit) {
    StanceLine lines[MOST_FEATURES];
    int count = stance_lines(encoded->arena, scene, stance, limit, lines);
    for (int i = 0; i < count; i++) {
        const StanceLine *line = lines + i;
        begin_line(encoded, line->name, CUSTOMER, line->value, fabs(line->log_odds),
            line->log_odds);
        encode_text(
            &encoded->line, encoded->fields[FIELD_SUMMARY], line->description, 0);
        encode_places(encoded, line->positions);
        end_line(encoded);
    }
}

#endif
