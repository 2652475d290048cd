/* Histories as messages of protobuf, which every writer writes plainly, to their columns. */
#ifndef RELHEALTH_MESSAGES_H
#define RELHEALTH_MESSAGES_H

#include "fields.h"
#include "filling.h"

enum { BRAND_ID = 1, CUSTOMER_ID, SEGMENT, INTERACTIONS }; /* fields of a history */
enum { ID = 1, SENT, RECORDED, SENDER, SENDER_KIND, CHANNEL, PURPOSE, TEXT, LANGUAGE, REPLY, THREAD,
    AUDIENCE, OUTCOME, FIELDS = 16 }; /* of an interaction; there are three kinds of outcome */

/* The fields of an interaction by their numbers, those of its outcome at OUTCOME. */
static bool fields_of(Bytes interaction, Field *fields) {
    Field field;
    memset(fields, 0, FIELDS * sizeof(Field));
    while (interaction.at < interaction.end) {
        if (!next_field(&interaction, &field) || field.number >= FIELDS) return false;
        bool is_enum = field.number >= SENDER && field.number <= PURPOSE;
        if (field.type != (is_enum || field.number == AUDIENCE ? VARINT : BYTES)) return false;
        Field *kept = &fields[field.number < OUTCOME ? field.number : OUTCOME];
        if (kept->number) return false;
        *kept = field;
    }
    return true;
}

/* What Python says of an outcome; NULL where it is wrong or an exception is set. */
static PyObject *outcome_of(PyObject *python, const Field *field) {
    PyObject *outcome = PyObject_CallFunction(python, "y#", (const char *)field->start,
        (Py_ssize_t)(field->bytes.end - field->start));
    if (outcome == Py_None) Py_CLEAR(outcome);
    return outcome;
}

/* Reads an interaction from its bytes; the source is Python's function for outcomes: an
 * interaction's bytes -> its outcome, or None where it is wrong. */
static bool read_message(const Work *work, const Received *told, Found *found) {
    Field fields[FIELDS];
    if (!fields_of(told->bytes, fields)) return false;
    if (fields[RECORDED].number && !time_of(fields[RECORDED].bytes, &found->recorded)) return false;
    for (int i = 0; i < ENUMS; i++) found->numbers[i] = fields[SENDER + i].value;
    found->has_audience = fields[AUDIENCE].number;
    found->audience = fields[AUDIENCE].value;
    found->characters = letters_of(fields + TEXT, &found->text);
    if (found->characters < 0 || letters_of(fields + ID, &found->id) < 0 ||
        letters_of(fields + LANGUAGE, &found->language) < 0 ||
        letters_of(fields + REPLY, &found->reply) < 0 ||
        letters_of(fields + THREAD, &found->thread) < 0)
        return false;
    if (!fields[OUTCOME].number) return true;
    found->outcome = outcome_of((PyObject *)work->source, fields + OUTCOME);
    return found->outcome != NULL;
}

/* When an interaction was sent; false where its bytes do not say so plainly. */
static bool moment_of(Bytes interaction, int64_t *sent) {
    Field field;
    while (next_field(&interaction, &field))
        if (field.number == SENT) return field.type == BYTES && time_of(field.bytes, sent);
    return false;
}

/* The interactions of a history and the moments they were sent at. False where it is not plain. */
static bool tell_messages(Bytes history, Received *told) {
    Field field;
    while (history.at < history.end && next_field(&history, &field)) {
        if (field.number != INTERACTIONS) continue;
        told->bytes = field.bytes;
        if (!moment_of(field.bytes, &told->sent)) return false;
        told++;
    }
    return true;
}

/* The names of a history at their fields' numbers, and how many interactions it has; NONE where it
 * is not plain. */
static int32_t look_over(Bytes history, Field *names, const Rules *rules) {
    Field field;
    Py_ssize_t count = 0;
    memset(names, 0, INTERACTIONS * sizeof *names);
    while (history.at < history.end) {
        if (!next_field(&history, &field) || field.type != BYTES) return NONE;
        if (field.number > INTERACTIONS) return NONE;
        if (field.number == INTERACTIONS) {
            count++;
        } else {
            if (names[field.number].number) return NONE;
            names[field.number] = field;
        }
    }
    for (int name = BRAND_ID; name <= CUSTOMER_ID; name++)
        if (names[name].bytes.at == names[name].bytes.end) return NONE;
    return count == 0 || count > rules->most_interactions ? NONE : (int32_t)count;
}

#endif
