/* Lines of evidence as the bytes of messages, without any object for them.
 *
 * The wire tells the fields' numbers, which must ascend: what comes last is written first.
 * wire/writing.py's plans give the same bytes from the objects; a test holds it.
 */
#ifndef RELHEALTH_ENCODED_H
#define RELHEALTH_ENCODED_H

#include "backwards.h"
#include "shown.h"

enum { FIELD_KIND, FIELD_PARTY, FIELD_VALUE, FIELD_WEIGHT, FIELD_CONTRIBUTION, FIELD_SUMMARY,
    FIELD_IDS, FIELD_MENTIONS, FIELD_ACT, FIELD_ID, FIELD_BEGIN, FIELD_END, FIELD_PROBABILITY,
    FIELDS };

typedef struct {
    Backwards out;
    PyObject *ids;          /* names of the interactions, by place; a tuple */
    const Letters *own_ids; /* the same where the history is packed and there is no tuple */
    int number;             /* of the repeated field that holds the lines */
    int fields[FIELDS];
} Encoded;

static Letters id_at(const Encoded *encoded, int32_t position) {
    if (encoded->own_ids != NULL) return encoded->own_ids[position];
    return letters_in(encoded->out.arena, PyTuple_GetItem(encoded->ids, position));
}

static void encode_places(Encoded *encoded, Row places) {
    for (int32_t i = places.count - 1; i >= 0; i--)
        put_item(&encoded->out, encoded->fields[FIELD_IDS], id_at(encoded, places.items[i]));
}

/* The words that carry an act of a message. */
static void encode_mentions(Encoded *encoded, Mentions *mentions, int32_t position, int act) {
    const Scene *scene = mentions->scene;
    const int *fields = encoded->fields;
    Backwards *out = &encoded->out;
    const Found *found = found_at(mentions, position, act);
    PyObject *names = scene->rules->python.act_names[scene->history->sender[position]];
    Letters id = id_at(encoded, position);
    Letters name = letters_in(out->arena, PyTuple_GetItem(names, act));
    for (int32_t i = found->extents.count - 1; i >= 0; i--) {
        Extent extent = found->extents.items[i];
        size_t before = written_of(out);
        put_number(out, fields[FIELD_PROBABILITY], does(scene, position, act));
        put_whole(out, fields[FIELD_END], (uint64_t)extent.end);
        put_whole(out, fields[FIELD_BEGIN], (uint64_t)extent.begin);
        put_text(out, fields[FIELD_ID], id);
        put_text(out, fields[FIELD_ACT], name);
        put_head(out, fields[FIELD_MENTIONS], before);
    }
}

/* What every line begins with; all of it that is written since there were `before` bytes. */
static void begin_line(Encoded *encoded, size_t before, Letters kind, uint8_t party, double value,
    double weight, double contribution) {
    Backwards *out = &encoded->out;
    put_number(out, encoded->fields[FIELD_CONTRIBUTION], contribution);
    put_number(out, encoded->fields[FIELD_WEIGHT], weight);
    put_number(out, encoded->fields[FIELD_VALUE], value);
    put_whole(out, encoded->fields[FIELD_PARTY], party);
    put_text(out, encoded->fields[FIELD_KIND], kind);
    put_head(out, encoded->number, before);
}

static void encode_sentence(Encoded *encoded, const Sentence *said) {
    Letters letters = {said->letters, said->size, 1};
    put_item(&encoded->out, encoded->fields[FIELD_SUMMARY], letters);
}

static void encode_line(
    Encoded *encoded, Mentions *mentions, const Ledger *ledger, int trait, int32_t at) {
    const Observation *seen = ledger->seen.items + at;
    const Kind *kind = ledger->rules->kinds + seen->kind;
    size_t before = written_of(&encoded->out);
    Sentence said;
    if (seen->act_at != NONE) encode_mentions(encoded, mentions, seen->act_at, seen->act);
    encode_places(encoded, seen->positions);
    put_text(&encoded->out, encoded->fields[FIELD_SUMMARY],
        summary_of(&said, encoded->out.arena, mentions->scene, trait, seen, kind));
    begin_line(encoded, before, kind->name_letters, kind->party, seen->value, ledger->weights[at],
        ledger->points[at]);
}

static void encode_remainder(Encoded *encoded, const Rules *rules, const Remainder *rest) {
    size_t before = written_of(&encoded->out);
    Sentence said;
    say_remainder(&said, rest->items);
    encode_sentence(encoded, &said);
    begin_line(encoded, before, letters_in(encoded->out.arena, rules->python.remainder), 0,
        rest->value, rest->weight, rest->contribution);
}

/* What evidence_of shows. */
static void encode_evidence(
    Encoded *encoded, Mentions *mentions, const Ledger *ledger, int trait, int32_t limit) {
    Arena *arena = encoded->out.arena;
    Heaviest shown = heaviest(arena, ledger->points, ledger->seen.count, limit);
    if (shown.count < ledger->seen.count) {
        Remainder rest = remainder_of(arena, ledger, &shown);
        encode_remainder(encoded, mentions->scene->rules, &rest);
    }
    for (int32_t i = shown.count - 1; i >= 0; i--) {
        encode_line(encoded, mentions, ledger, trait, shown.items[i].place);
        worked(arena, WORK_BETWEEN >> 6);
    }
}

/* What stance_evidence shows. */
static void encode_stance(
    Encoded *encoded, const Scene *scene, const Stance *stance, int32_t limit) {
    StanceLine lines[MOST_FEATURES];
    int count = stance_lines(encoded->out.arena, scene, stance, limit, lines);
    for (int i = count - 1; i >= 0; i--) {
        const StanceLine *line = lines + i;
        size_t before = written_of(&encoded->out);
        encode_places(encoded, line->positions);
        put_text(&encoded->out, encoded->fields[FIELD_SUMMARY],
            stance_summary(encoded->out.arena, line));
        begin_line(encoded, before, letters_in(encoded->out.arena, line->name), CUSTOMER,
            line->value, fabs(line->log_odds), line->log_odds);
    }
}

#endif
