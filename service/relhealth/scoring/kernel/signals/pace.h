/* How good an answer's speed is for its channel: signals/pace.py, compiled. */
#ifndef RELHEALTH_PACE_H
#define RELHEALTH_PACE_H

#include "../rules.h"

/* Business hours from 1970 to a moment; the difference of two is what lies between. */
static double hours_at_work(Arena *arena, int64_t moment_us, const Rules *rules) {
    static const int first_weekday = 3; /* 1970-01-01 was a Thursday; Monday is day 0 */
    int64_t local_us = moment_us + whole_us(rules->utc_offset_hours, MICROSECONDS_PER_HOUR);
    int64_t within_us, weekday;
    int64_t day = floored(local_us, MICROSECONDS_PER_DAY, &within_us);
    int64_t week = floored(day + first_weekday, WEEKDAYS, &weekday), working = 0, before = 0;
    for (int i = 0; i < WEEKDAYS; i++) {
        working += rules->at_work[i];
        before += i < weekday && rules->at_work[i];
    }
    double length = rules->closes_hour - rules->opens_hour, today = 0.0;
    if (rules->at_work[weekday]) {
        double hour = quotient(arena, within_us, MICROSECONDS_PER_HOUR) - rules->opens_hour;
        today = smaller(larger(hour, 0.0), length);
    }
    return (double)(week * working + before) * length + today;
}

/* Credit for an answer at `until_us` to a message at `sent_us`, falling from 1 to 0. */
static double speed_credit(
    Arena *arena, int64_t sent_us, int64_t until_us, int channel, const Rules *rules) {
    const Pace *pace = rules->paces + channel;
    double waited;
    if (pace->business_hours)
        waited = hours_at_work(arena, until_us, rules) - hours_at_work(arena, sent_us, rules);
    else
        waited = quotient(
            arena, until_us > sent_us ? until_us - sent_us : 0, MICROSECONDS_PER_HOUR);
    return 1.0 / (1.0 + pow(waited / pace->half_credit_hours, rules->decay_shape));
}

#endif
