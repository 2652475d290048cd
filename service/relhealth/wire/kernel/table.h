/* Interactions as rows of a table to the columns of their histories.
 *
 * The table is Arrow's, as its C data interface hands it over: a struct array whose fields are, in
 * this order and of these types, what wire/tables.py gives. A history is a stretch of its rows.
 */
#ifndef RELHEALTH_TABLE_H
#define RELHEALTH_TABLE_H

#include "filling.h"
#include "stamps.h"

/* Arrow's own, by its specification. */
typedef struct ArrowSchema {
    const char *format, *name, *metadata;
    int64_t flags, n_children;
    struct ArrowSchema **children, *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
} ArrowSchema;

typedef struct ArrowArray {
    int64_t length, null_count, offset, n_buffers, n_children;
    const void **buffers;
    struct ArrowArray **children, *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
} ArrowArray;

enum { IDS, TEXTS, LANGUAGES, REPLIES, THREADS, SENT_TIMES, RECORDED_TIMES, AUDIENCES, NUMBERS,
    TABLE_FIELDS = NUMBERS + ENUMS };

static const char *const FORMATS[TABLE_FIELDS] = {
    "u", "u", "u", "u", "u", "l", "l", "l", "i", "i", "i", "i"}; /* UTF-8, 64 bits, 32 bits */

typedef struct {
    const ArrowArray *array; /* a struct array of those fields */
    PyObject *outcomes;      /* of rows that have one, by row; None where it is wrong */
} Table;

/* Whether a struct array is such a table. */
static bool is_table(const ArrowSchema *schema, const ArrowArray *array) {
    if (strcmp(schema->format, "+s") || schema->n_children != TABLE_FIELDS) return false;
    for (int i = 0; i < TABLE_FIELDS; i++)
        if (strcmp(schema->children[i]->format, FORMATS[i])) return false;
    return array->n_children == TABLE_FIELDS && array->null_count == 0;
}

/* Where the row of a table stands in the buffers of a field; NONE where it has no value. */
static int64_t place_in(const Table *table, int field, int64_t row) {
    const ArrowArray *column = table->array->children[field];
    const uint8_t *valid = column->buffers[0];
    int64_t place = table->array->offset + column->offset + row;
    return valid == NULL || valid[place / 8] >> place % 8 & 1 ? place : NONE;
}

/* Puts a whole number of 64 bits; false where there is none. */
static bool whole_at(const Table *table, int field, int64_t row, int64_t *number) {
    int64_t place = place_in(table, field, row);
    if (place == NONE) return false;
    *number = ((const int64_t *)table->array->children[field]->buffers[1])[place];
    return true;
}

/* Letters, and how many code points they are; NONE where they are no UTF-8. */
static int32_t letters_at(const Table *table, int field, int64_t row, Letters *letters) {
    int64_t place = place_in(table, field, row);
    const ArrowArray *column = table->array->children[field];
    const int32_t *ends = column->buffers[1];
    const uint8_t *bytes = column->buffers[2];
    if (place == NONE || ends[place] == ends[place + 1])
        return take_letters((Bytes){NULL, NULL}, letters);
    return take_letters((Bytes){bytes + ends[place], bytes + ends[place + 1]}, letters);
}

/* The outcome that Python has for a row, if any; false where it is wrong or an exception is set. */
static bool outcome_at(const Table *table, int64_t row, PyObject **outcome) {
    if (PyDict_Size(table->outcomes) == 0) return true;
    PyObject *key = PyLong_FromLongLong(row);
    PyObject *known = key == NULL ? NULL : PyDict_GetItemWithError(table->outcomes, key);
    Py_XDECREF(key);
    if (known == NULL) return !PyErr_Occurred();
    if (known == Py_None) return false;
    *outcome = Py_NewRef(known);
    return true;
}

static bool is_moment(int64_t us) {
    return us >= 0 && us / 1000000 <= (int64_t)MOST_SECONDS;
}

/* Reads an interaction from its row. */
static bool read_row(const Work *work, const Received *told, Found *found) {
    const Table *table = work->source;
    int64_t audience = 0;
    if (whole_at(table, RECORDED_TIMES, told->row, &found->recorded) && !is_moment(found->recorded))
        return false;
    found->has_audience = whole_at(table, AUDIENCES, told->row, &audience);
    found->audience = (uint64_t)audience;
    for (int i = 0; i < ENUMS; i++) {
        int64_t place = place_in(table, NUMBERS + i, told->row);
        if (place == NONE) return false;
        const int32_t *numbers = table->array->children[NUMBERS + i]->buffers[1];
        found->numbers[i] = (uint64_t)(int64_t)numbers[place];
    }
    found->characters = letters_at(table, TEXTS, told->row, &found->text);
    return found->characters >= 0 && letters_at(table, IDS, told->row, &found->id) >= 0 &&
           letters_at(table, LANGUAGES, told->row, &found->language) >= 0 &&
           letters_at(table, REPLIES, told->row, &found->reply) >= 0 &&
           letters_at(table, THREADS, told->row, &found->thread) >= 0 &&
           outcome_at(table, told->row, &found->outcome);
}

/* How many bytes of text some rows have. */
static int64_t bytes_of_text(const Table *table, int64_t begin, int64_t end) {
    const ArrowArray *texts = table->array->children[TEXTS];
    const int32_t *ends = (const int32_t *)texts->buffers[1] + table->array->offset + texts->offset;
    return (int64_t)ends[end] - ends[begin];
}

/* The rows of a history and the moments they were sent at. False where one has no such moment. */
static bool tell_rows(const Table *table, int64_t begin, int64_t end, Received *told) {
    for (int64_t row = begin; row < end; row++, told++) {
        told->row = row;
        if (!whole_at(table, SENT_TIMES, row, &told->sent) || !is_moment(told->sent)) return false;
    }
    return true;
}

#endif
