/* Intervals of the Beta distribution.
 *
 * It repeats, in the same order of floating point operations, what beta.py states; a test holds
 * the two equal, bit for bit. Whoever changes one changes both.
 */
#ifndef RELHEALTH_BETA_H
#define RELHEALTH_BETA_H

#include <math.h>

enum { MOST_TERMS = 20000, MOST_STEPS = 300 };
static const double SETTLED = 2.5e-16, NEAR = 1e-6, LARGE = 10.0;
static const double TOLD = 0.01, NOTHING_LEFT = 1e-11;
static const double SMALL = 1e-100, LARGE_CONVERGENT = 1e100;
static const double TAU = 6.283185307179586;

static double beyond_stirling(double z) {
    double y = 1.0 / (z * z);
    double series = 1.0 / 1680.0 - y * (1.0 / 1188.0 - y * (691.0 / 360360.0 - y / 156.0));
    return (1.0 / 12.0 - y * (1.0 / 360.0 - y * (1.0 / 1260.0 - y * series))) / z;
}

static double log_beta_of(double a, double b) {
    double shift = 1.0;
    for (; a < LARGE; a += 1.0) shift *= (a + b) / a;
    for (; b < LARGE; b += 1.0) shift *= (a + b) / b;
    double powers = (0.5 - a) * log1p(b / a) - b * log1p(a / b) - 0.5 * log(b / TAU);
    double beyond = beyond_stirling(a) + beyond_stirling(b) - beyond_stirling(a + b);
    return powers + beyond + log(shift);
}

/* The continued fraction by the recurrence of its convergents. */
static double fraction(double a, double b, double x) {
    double total = a + b, over_before = 1.0, under_before = 1.0;
    double over = 1.0, under = 1.0 - total * x / (a + 1.0);
    for (int term = 1; term < MOST_TERMS; term++) {
        double m = term, place = a + 2.0 * m;
        double even = m * (b - m) * x / ((place - 1.0) * place);
        double odd = -(a + m) * (total + m) * x / (place * (place + 1.0));
        double over_between = over + even * over_before;
        double under_between = under + even * under_before;
        over = over_between + odd * over;
        under = under_between + odd * under;
        double crossed = over * under_between;
        if (fabs(crossed - over_between * under) <= SETTLED * fabs(crossed)) break;
        double scale = SMALL < fabs(under) && fabs(under) < LARGE_CONVERGENT ? 1.0 : 1.0 / under;
        over_before = over_between * scale;
        under_before = under_between * scale;
        over *= scale;
        under *= scale;
    }
    return over / under;
}

/* Beyond which the normal distribution has a tail below a half. */
static double normal_deviate(double tail) {
    double t = sqrt(-2.0 * log(tail));
    return t - (2.30753 + t * 0.27061) / (1.0 + t * (0.99229 + t * 0.04481));
}

static double by_normal(double a, double b, double deviate) {
    if (a < 1.0 || b < 1.0) return 0.0;
    double of_a = 1.0 / (2.0 * a - 1.0), of_b = 1.0 / (2.0 * b - 1.0);
    double bend = (deviate * deviate - 3.0) / 6.0, h = 2.0 / (of_a + of_b);
    double apart = (of_b - of_a) * (bend + 5.0 / 6.0 - 2.0 / (3.0 * h));
    double w = deviate * sqrt(h + bend) / h - apart;
    return a / (a + b * exp(2.0 * w));
}

static double by_powers(double a, double b, double log_beta, double p) {
    double mean = a / (a + b), below = (log(p * a) + log_beta) / a;
    if (below < log(mean)) return exp(below);
    double above = (log((1.0 - p) * b) + log_beta) / b;
    return above < log(b / (a + b)) ? 1.0 - exp(above) : mean;
}

/* Where the quantile is by a look at x, and the size of the last term that told it. */
static double moved(double left, double right, double x, double step, double *last) {
    double y = 1.0 - x, unit = x * y, xx = x * x, yy = y * y;
    double first = right * x - left * y, second = right * xx + left * yy;
    double third = 2.0 * (right * xx * x - left * yy * y);
    double fourth = 6.0 * (right * xx * xx + left * yy * yy), squared = first * first;
    double c3 = (2.0 * squared + second) / 6.0;
    double c4 = ((6.0 * squared + 7.0 * second) * first + third) / 24.0;
    double c5 = ((24.0 * squared + 46.0 * second) * squared + 11.0 * first * third +
                    7.0 * second * second + fourth) / 120.0;
    double size = fabs(step * step * (step * step) * c5);
    if (size <= TOLD) {
        double terms = 1.0 + step * (0.5 * first + step * (c3 + step * (c4 + step * c5)));
        *last = size * fabs(step);
        return x + unit * step * terms;
    }
    *last = 1.0;
    return x + unit * step / (1.0 - 0.5 * fmax(-1.0, fmin(step * first, 1.0)));
}

static double quantile(double a, double b, double log_beta, double p, double deviate) {
    double low = 0.0, high = 1.0, x = by_normal(a, b, deviate);
    if (!(0.0 < x && x < 1.0)) x = by_powers(a, b, log_beta, p);
    for (int step = 0; step < MOST_STEPS && 0.0 < x && x < 1.0; step++) {
        double front = exp(a * log(x) + b * log1p(-x) - log_beta), gap;
        if (x < (a + 1.0) / (a + b + 2.0))
            gap = front * fraction(a, b, x) / a - p;
        else
            gap = 1.0 - p - front * fraction(b, a, 1.0 - x) / b;
        if (gap < 0.0)
            low = x;
        else
            high = x;
        double next = 0.5 * (low + high), last = 1.0;
        if (front > 0.0) {
            double found = moved(a - 1.0, b - 1.0, x, -gap / front, &last);
            if (low <= found && found <= high) next = found;
            else last = 1.0;
        }
        if (last <= NOTHING_LEFT || fabs(next - x) <= NEAR * next * (1.0 - next)) return next;
        x = next;
    }
    return x;
}

/* The equal-tailed interval that holds a share of the mass. */
static void central(double a, double b, double level, double *lower, double *upper) {
    double tail = (1.0 - level) / 2.0, log_beta = log_beta_of(a, b);
    double deviate = normal_deviate(tail);
    *lower = quantile(a, b, log_beta, tail, deviate);
    *upper = quantile(a, b, log_beta, 1.0 - tail, -deviate);
}

#endif
