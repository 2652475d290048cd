/* exp, log and sigmoid as exponentials.py states: no branches, so that compilers make several at a
 * time of a loop. */
#ifndef RELHEALTH_EXPONENTIALS_H
#define RELHEALTH_EXPONENTIALS_H

#include <math.h>
#include <stdint.h>
#include <string.h>

static const double LARGEST = 700.0;
static const double LOG2_E = 1.4426950408889634;
static const double LN2_HIGH = 0.6931471803691238, LN2_LOW = 1.9082149292705877e-10;
static const double ROUNDING = 6755399441055744.0; /* 3 * 2^51: lends its last bits to a number */

enum { MANTISSA_BITS = 52 };

static inline uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double from_bits(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline double within(double x, double limit) {
    double below = x < limit ? x : limit;
    return below > -limit ? below : -limit;
}

enum { FACTORIAL_TERMS = 12, ODD_TERMS = 11 };

/* Of exp's series, from the highest power down: one over a factorial each. */
static const double FACTORIALS[FACTORIAL_TERMS] = {
    1.0 / 6227020800.0, 1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0, 1.0 / 362880.0,
    1.0 / 40320.0, 1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 1.0 / 2.0};

/* Of log's series in a square, from the highest power down: one over an odd number each. */
static const double ODD[ODD_TERMS] = {1.0 / 23.0, 1.0 / 21.0, 1.0 / 19.0, 1.0 / 17.0, 1.0 / 15.0,
    1.0 / 13.0, 1.0 / 11.0, 1.0 / 9.0, 1.0 / 7.0, 1.0 / 5.0, 1.0 / 3.0};

/* What a series comes to at x, without the 1 that it ends with. */
static inline double series(const double *terms, int count, double x) {
    double value = 0.0;
    for (int i = 0; i < count; i++) value = (value + terms[i]) * x;
    return value;
}

/* The exponential of x, which is held within +-LARGEST. */
static inline double exp_of(double x) {
    x = within(x, LARGEST);
    double rounded = x * LOG2_E + ROUNDING, whole = rounded - ROUNDING;
    double rest = (x - whole * LN2_HIGH) - whole * LN2_LOW;
    double value = (series(FACTORIALS, FACTORIAL_TERMS, rest) + 1.0) * rest + 1.0;
    /* The whole number's last bits are the sum's: moved up, they are added to the exponent. */
    return from_bits(bits_of(value) + (bits_of(rounded) << MANTISSA_BITS));
}

/* Natural logarithm of a normal positive number. */
static inline double log_of(double x) {
    const uint64_t root_half = 0x3FE6A09E667F3BCDu, bias = (uint64_t)1023 << MANTISSA_BITS;
    uint64_t power = (bits_of(x) - root_half + bias) >> MANTISSA_BITS; /* its exponent, biased */
    double exponent = from_bits(bits_of(ROUNDING) + power) - (ROUNDING + 1023.0);
    double mantissa = from_bits(bits_of(x) - (power << MANTISSA_BITS) + bias);
    double s = (mantissa - 1.0) / (mantissa + 1.0), value = series(ODD, ODD_TERMS, s * s);
    return exponent * LN2_HIGH + (exponent * LN2_LOW + 2.0 * s * (value + 1.0));
}

/* The probability of a logit. */
static inline double sigmoid(double logit) {
    double less = exp_of(-fabs(logit));
    return (logit >= 0.0 ? 1.0 : less) / (1.0 + less);
}

#endif
