/* Moments as RFC 3339 writes them. */
#ifndef RELHEALTH_MOMENTS_H
#define RELHEALTH_MOMENTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct {
    int64_t seconds; /* since 1970 UTC */
    int32_t nanos;
} Instant;

/* So many digits there are the number; -1 where they are none. */
static int digits_at(const char *at, int count) {
    int number = 0;
    for (int i = 0; i < count; i++) {
        if (at[i] < '0' || at[i] > '9') return -1;
        number = 10 * number + at[i] - '0';
    }
    return number;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar (Hinnant's days_from_civil). */
static int64_t days_to(int year, int month, int day) {
    int64_t y = year - (month <= 2), era = y / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool is_date(int year, int month, int day) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1 || month < 1 || month > 12 || day < 1) return false;
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day <= days[month - 1] + (month == 2 && is_leap);
}

/* What is behind the seconds: a fraction of up to nine digits, and an offset. */
static bool read_rest(const char *at, const char *end, Instant *moment) {
    if (at < end && *at == '.') {
        int32_t unit = 1000000000;
        for (at++; at < end && *at >= '0' && *at <= '9' && unit > 1; at++)
            moment->nanos += (*at - '0') * (unit /= 10);
        if (unit == 1000000000) return false;
    }
    if (end - at == 1) return *at == 'Z' || *at == 'z';
    if (end - at != 6 || (*at != '+' && *at != '-') || at[3] != ':') return false;
    int hours = digits_at(at + 1, 2), minutes = digits_at(at + 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return false;
    int64_t ahead = hours * 3600 + minutes * 60;
    moment->seconds -= *at == '+' ? ahead : -ahead;
    return true;
}

/* A moment from its letters, as wire/times.py reads it; false where they are none. */
static bool read_instant(const char *at, const char *end, Instant *moment) {
    if (end - at < 20 || at[4] != '-' || at[7] != '-' || (at[10] != 'T' && at[10] != 't') ||
        at[13] != ':' || at[16] != ':')
        return false;
    int year = digits_at(at, 4), month = digits_at(at + 5, 2), day = digits_at(at + 8, 2);
    int hour = digits_at(at + 11, 2), minute = digits_at(at + 14, 2), second = digits_at(at + 17, 2);
    if (!is_date(year, month, day) || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
        second < 0 || second > 59)
        return false;
    *moment = (Instant){days_to(year, month, day) * 86400 + hour * 3600 + minute * 60 + second, 0};
    return read_rest(at + 19, end, moment);
}

/* The date that so many days after 1970-01-01 is (Hinnant's civil_from_days). */
static void date_after(int64_t days, int *year, int *month, int *day) {
    int64_t shifted = days + 719468, era = shifted / 146097, of_era = shifted - era * 146097;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(y + era * 400 + (*month <= 2));
}

enum { MOST_OF_INSTANT = 64 };

/* The letters of a moment from 1970 to 9999, as wire/times.py writes it; how many they are. */
static int write_instant(Instant moment, char *into) {
    int year, month, day, second = (int)(moment.seconds % 86400), digits = 9, nanos = moment.nanos;
    date_after(moment.seconds / 86400, &year, &month, &day);
    int count = snprintf(into, MOST_OF_INSTANT, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day,
        second / 3600, second / 60 % 60, second % 60);
    while (digits > 0 && nanos % 1000 == 0) {
        nanos /= 1000;
        digits -= 3;
    }
    if (digits) count += snprintf(into + count, MOST_OF_INSTANT - count, ".%0*d", digits, nanos);
    into[count] = 'Z';
    return count + 1;
}

#endif
