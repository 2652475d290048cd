/* The words that carry an act as numbers, for kernels that want no objects of Python's for them.
 *
 * Words (domain/reading.py) that are found in C have an attribute `in_c`: a capsule of this name
 * that holds a SpanFinder.
 */
#ifndef RELHEALTH_DOMAIN_SPANS_H
#define RELHEALTH_DOMAIN_SPANS_H

#include <stdint.h>

static const char *const SPAN_FINDER = "relhealth.domain.spans";

/* Code points of a text, as relhealth.domain.reading.Span. */
typedef struct {
    int64_t begin, end;
} Extent;

typedef struct {
    /* The next words of the message at a position that carry an act, from the sentence at
     * `*sentence` on, which moves on: 1; 0 after the last; -1 with an exception set. */
    int (*next)(PyObject *words, int32_t position, int act, uint32_t *sentence, Extent *extent);
} SpanFinder;

#endif
