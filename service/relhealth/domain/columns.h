/* A history's columns in C: made of a request's bytes or rows of a table, and read by the kernels as
 * they are.
 *
 * wire/_columns.c makes them, and nobody changes them. `History.packed` holds them in a capsule of
 * this name; Python gets a column as a tuple when it asks for one. Python.h comes before this file.
 */
#ifndef RELHEALTH_COLUMNS_H
#define RELHEALTH_COLUMNS_H

#include <stdint.h>

static const char *const PACKED = "relhealth.domain.columns";

enum { NONE = -1 }; /* among places, conversations and sizes of audiences: there is none */

/* A string of Unicode in UTF-8. */
typedef struct {
    const char *bytes; /* NULL where there is none */
    int32_t size;
    uint8_t is_ascii;
} Letters;

/* Of interactions in canonical order, as relhealth.domain.history tells of them. */
typedef struct {
    int32_t count;
    int64_t *sent_us, *recorded_us;
    Letters *ids, *texts, *languages;
    int32_t *reply_to, *threads, *audience_sizes;
    uint8_t *senders, *sender_kinds, *channels, *purposes; /* numbers of domain/vocabulary.py */
    PyObject *outcomes; /* a tuple; NULL where there are none */
    PyObject *owner;    /* of what the letters stand in */
} Columns;

#endif
