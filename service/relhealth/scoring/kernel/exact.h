/* Arithmetic that Python rounds once: math.fsum, and the quotient of whole numbers. */
#ifndef RELHEALTH_EXACT_H
#define RELHEALTH_EXACT_H

#include <math.h>

#include "arena.h"

static const int64_t MICROSECONDS_PER_MINUTE = 60000000LL;
static const int64_t MICROSECONDS_PER_HOUR = 3600000000LL;
static const int64_t MICROSECONDS_PER_DAY = 86400000000LL;

enum { MOST_PARTIALS = 64 }; /* doubles of no common bits: 2,100 bits / 53 are fewer */

/* A sum of finite numbers that is rounded once, whatever their order (Shewchuk 1997). */
typedef struct {
    double partials[MOST_PARTIALS];
    int count;
} Sum;

static void sum_add(Sum *sum, double x) {
    int kept = 0;
    for (int i = 0; i < sum->count; i++) {
        double y = sum->partials[i];
        if (fabs(x) < fabs(y)) {
            double swapped = x;
            x = y;
            y = swapped;
        }
        double high = x + y, low = y - (high - x);
        if (low != 0.0) sum->partials[kept++] = low;
        x = high;
    }
    if (x != 0.0 && kept < MOST_PARTIALS) sum->partials[kept++] = x;
    sum->count = kept;
}

static double sum_value(const Sum *sum) {
    int at = sum->count;
    if (at == 0) return 0.0;
    double high = sum->partials[--at], low = 0.0;
    while (at > 0) {
        double x = high, y = sum->partials[--at];
        high = x + y;
        low = y - (high - x);
        if (low != 0.0) break;
    }
    /* Half an even digit is rounded the way the digits below it lean. */
    if (at > 0 && ((low < 0.0 && sum->partials[at - 1] < 0.0) ||
                      (low > 0.0 && sum->partials[at - 1] > 0.0))) {
        double twice = low * 2.0, x = high + twice;
        if (twice == x - high) high = x;
    }
    return high;
}

static double exact_sum_of(const double *numbers, int32_t count) {
    Sum sum = {.count = 0};
    for (int32_t i = 0; i < count; i++) sum_add(&sum, numbers[i]);
    return sum_value(&sum);
}

/* math.fsum. What adding in order rounds off is added up beside it (Knuth's two-sum); the error
 * of that second sum is at most count^2 * u^2 * sum |x|, u = 2^-53. Where the sum rounds alike at
 * both ends of four times that error it is the exact sum rounded; else the exact sum decides. */
static double sum_of(const double *numbers, int32_t count) {
    double sum = 0.0, low = 0.0, sizes = 0.0, n = (double)count;
    for (int32_t i = 0; i < count; i++) {
        double x = numbers[i], next = sum + x, added = next - sum;
        low += (sum - (next - added)) + (x - added);
        sum = next;
        sizes += fabs(x);
    }
    double error = sizes * n * n * 0x1p-104;
    double least = sum + (low - error), most = sum + (low + error);
    return least == most ? least : exact_sum_of(numbers, count);
}

/* a / b as Python divides whole numbers; b is above 0 and exact as a double. */
static double quotient(Arena *arena, int64_t a, int64_t b) {
    static const int64_t exact = 1LL << 53;
    if (-exact <= a && a <= exact) return (double)a / (double)b;
    PyObject *over = PyLong_FromLongLong(a), *under = PyLong_FromLongLong(b), *found = NULL;
    if (over != NULL && under != NULL) found = PyNumber_TrueDivide(over, under);
    Py_XDECREF(over);
    Py_XDECREF(under);
    if (found == NULL) fail(arena);
    double value = PyFloat_AsDouble(found);
    Py_DECREF(found);
    return value;
}

/* int(days * MICROSECONDS_PER_DAY) and the like. */
static int64_t whole_us(double count, int64_t unit_us) {
    return (int64_t)(count * (double)unit_us);
}

/* Floored division, as Python's // and %. */
static int64_t floored(int64_t a, int64_t b, int64_t *rest) {
    int64_t whole = a / b, left = a % b;
    if (left < 0) {
        left += b;
        whole--;
    }
    *rest = left;
    return whole;
}

#endif
