/* When a promise is due, read from its words: signals/due.py, compiled, for plain texts.
 *
 * Each pattern there can match at one place in one way alone, so that no going back is needed but
 * between "an" and "a", and over "a" before "few".
 */
#ifndef RELHEALTH_DUE_H
#define RELHEALTH_DUE_H

#include "../texts.h"

/* Where a match so far ends; NONE where there is none. */
typedef int32_t Place;

/* Skips a phrase in lower case, in which a space stands for one space alone. */
static Place after(const Text *text, Place at, const char *phrase) {
    if (at == NONE) return NONE;
    for (; *phrase; phrase++, at++)
        if (at >= text->size || lower_of(text->bytes[at]) != *phrase) return NONE;
    return at;
}

static Place after_spaces(const Text *text, Place at) {
    if (at == NONE || at >= text->size || !is_space(text->bytes[at])) return NONE;
    while (at < text->size && is_space(text->bytes[at])) at++;
    return at;
}

static Place after_space_if_any(const Text *text, Place at) {
    return at != NONE && at < text->size && is_space(text->bytes[at]) ? at + 1 : at;
}

/* The first of some phrases, each with spaces behind it; NONE where none stands there. */
static Place after_any(const Text *text, Place at, const char *const *phrases, int count) {
    for (int i = 0; i < count; i++) {
        Place end = after_spaces(text, after(text, at, phrases[i]));
        if (end != NONE) return end;
    }
    return NONE;
}

static int begins_word(const Text *text, Place at) {
    return at == 0 || !is_word_part(text->bytes[at - 1]);
}

static int ends_word(const Text *text, Place at) {
    return at >= text->size || !is_word_part(text->bytes[at]);
}

/* ---- "within 3 to 5 working days" ------------------------------------------------------------ */

static const struct {
    const char *word;
    int is;
} AMOUNTS[] = {{"an", 1}, {"a", 1}, {"one", 1}, {"two", 2}, {"three", 3}, {"four", 4},
    {"five", 5}, {"six", 6}, {"seven", 7}, {"eight", 8}, {"nine", 9}, {"ten", 10},
    {"couple of", 2}, {"few", 3}};

static const struct {
    const char *word;
    double hours;
} UNITS[] = {{"minutes", 1.0 / 60}, {"minute", 1.0 / 60}, {"mins", 1.0 / 60}, {"min", 1.0 / 60},
    {"hours", 1.0}, {"hour", 1.0}, {"hrs", 1.0}, {"hr", 1.0}, {"h", 1.0}, {"days", 24.0},
    {"day", 24.0}, {"weeks", 168.0}, {"week", 168.0}};

typedef struct {
    int amount, working;
    double unit_hours;
} Span;

/* An amount: digits are the first way, then the words in their order. */
static Place after_amount(const Text *text, Place at, int way, int *amount) {
    if (way > 0) {
        *amount = AMOUNTS[way - 1].is;
        return after(text, at, AMOUNTS[way - 1].word);
    }
    Place end = at;
    for (*amount = 0; end < text->size && end - at < 3 && is_digit(text->bytes[end]); end++)
        *amount = *amount * 10 + (text->bytes[end] - '0');
    return end > at ? end : NONE;
}

static int is_unit(const Text *text, Place at, Span *span) {
    static const char *const working[] = {"business", "working"};
    at = after_space_if_any(text, at);
    Place end = after_any(text, at, working, COUNT_OF(working));
    span->working = end != NONE;
    if (span->working) at = end;
    for (int i = 0; i < COUNT_OF(UNITS); i++) {
        end = after(text, at, UNITS[i].word);
        if (end == NONE || !ends_word(text, end)) continue;
        span->unit_hours = UNITS[i].hours;
        return 1;
    }
    return 0;
}

/* The place behind what stands between the two ends of a range. */
static Place after_to(const Text *text, Place at) {
    static const char *const to[] = {"-", "\xE2\x80\x93", "to", "or"};
    at = after_space_if_any(text, at);
    for (int i = 0; i < COUNT_OF(to); i++) {
        Place end = after(text, at, to[i]);
        if (end != NONE) return after_space_if_any(text, end);
    }
    return NONE;
}

static int is_span_from(const Text *text, Place at, Span *span) {
    for (int way = 0; way <= COUNT_OF(AMOUNTS); way++) {
        Place end = after_amount(text, at, way, &span->amount);
        if (end == NONE) continue;
        Place to = after_to(text, end);
        int least = span->amount;
        for (int other = 0; to != NONE && other <= COUNT_OF(AMOUNTS); other++) {
            Place last = after_amount(text, to, other, &span->amount);
            if (last != NONE && is_unit(text, last, span)) return 1;
        }
        span->amount = least;
        if (is_unit(text, end, span)) return 1;
    }
    return 0;
}

static int is_span(const Text *text, Place at, Span *span) {
    static const char *const heads[] = {
        "within", "in", "takes", "take", "allow", "up to", "after", "under"};
    static const char *const about[] = {"the next", "about", "around", "up to"};
    at = after_any(text, at, heads, COUNT_OF(heads));
    if (at == NONE) return 0;
    Place next = after_any(text, at, about, COUNT_OF(about));
    if (next == NONE) {
        next = after_spaces(text, after(text, at, "a"));
        if (after(text, next, "few") == NONE && after(text, next, "couple") == NONE) next = NONE;
    }
    return (next != NONE && is_span_from(text, next, span)) || is_span_from(text, at, span);
}

/* ---- "by Friday", "by the end of the day" ---------------------------------------------------- */

static int is_weekday(const Text *text, Place at, int *weekday) {
    static const char *const heads[] = {"by", "before", "on", "until", "no later than"};
    static const char *const about[] = {"the end of", "close of", "this", "next"};
    static const char *const days[] = {
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
    at = after_any(text, at, heads, COUNT_OF(heads));
    if (at == NONE) return 0;
    Place next = after_any(text, at, about, COUNT_OF(about));
    if (next != NONE) at = next;
    for (*weekday = 0; *weekday < WEEKDAYS; ++*weekday) {
        Place end = after(text, at, days[*weekday]);
        if (end != NONE && ends_word(text, end)) return 1;
    }
    return 0;
}

enum { WITHIN_THE_HOUR = 0 };

/* How many days' ends away what is promised soon is. */
static int is_soon(const Text *text, Place at, int *days) {
    static const char *const heads[] = {"by", "before"};
    static const struct {
        const char *phrase;
        int days;
    } ends[] = {{"tomorrow", 2}, {"tonight", 1}, {"end of the day", 1}, {"end of day", 1},
        {"eod", 1}, {"end of the week", 7}, {"end of week", 7}},
      soon[] = {{"tomorrow", 2}, {"today", 1}, {"tonight", 1}, {"this afternoon", 1},
          {"this evening", 1}, {"within the hour", WITHIN_THE_HOUR}};
    Place next = after_any(text, at, heads, COUNT_OF(heads));
    Place the = next == NONE ? NONE : after_spaces(text, after(text, next, "the"));
    if (the != NONE) next = the;
    for (int i = 0; next != NONE && i < COUNT_OF(ends); i++)
        if (after(text, next, ends[i].phrase) != NONE) {
            *days = ends[i].days;
            return 1;
        }
    for (int i = 0; i < COUNT_OF(soon); i++) {
        Place end = after(text, at, soon[i].phrase);
        if (end == NONE || !ends_word(text, end)) continue;
        *days = soon[i].days;
        return 1;
    }
    return 0;
}

/* ---- moments --------------------------------------------------------------------------------- */

static const int FIRST_WEEKDAY = 3; /* 1970-01-01 was a Thursday; Monday is day 0 */
enum { SATURDAY = 5 };

static int64_t after_working_days(int count, int64_t sent_us) {
    int64_t rest, weekday, day = floored(sent_us, MICROSECONDS_PER_DAY, &rest);
    while (count > 0) {
        day++;
        floored(day + FIRST_WEEKDAY, WEEKDAYS, &weekday);
        count -= weekday < SATURDAY;
    }
    return (day + 1) * MICROSECONDS_PER_DAY;
}

static int64_t end_of_span(const Span *span, int64_t sent_us) {
    if (span->working && span->unit_hours == 24.0) return after_working_days(span->amount, sent_us);
    double hours = (double)span->amount * span->unit_hours;
    return sent_us + (int64_t)(hours * (double)MICROSECONDS_PER_HOUR);
}

static int64_t end_of_weekday(int weekday, int64_t sent_us) {
    int64_t rest, ahead, day = floored(sent_us, MICROSECONDS_PER_DAY, &rest);
    floored(weekday - day - FIRST_WEEKDAY, WEEKDAYS, &ahead);
    return (day + ahead + 1) * MICROSECONDS_PER_DAY;
}

/* A letter as a bit. */
#define LETTER(letter) (1u << ((letter) - 'a'))

/* The letters that the patterns of each kind begin with, and those that are their second. */
enum {
    OF_SPANS = LETTER('w') | LETTER('i') | LETTER('t') | LETTER('a') | LETTER('u'),
    THEN_OF_SPANS = LETTER('i') | LETTER('n') | LETTER('a') | LETTER('l') | LETTER('p') | LETTER('f'),
    OF_WEEKDAYS = LETTER('b') | LETTER('o') | LETTER('u') | LETTER('n'),
    THEN_OF_WEEKDAYS = LETTER('y') | LETTER('e') | LETTER('n') | LETTER('o'),
    OF_SOON = LETTER('b') | LETTER('t') | LETTER('w'),
    THEN_OF_SOON = LETTER('y') | LETTER('e') | LETTER('o') | LETTER('h') | LETTER('i')
};

static int64_t end_of_soon(int days, int64_t sent_us) {
    int64_t rest;
    if (days == WITHIN_THE_HOUR) return sent_us + MICROSECONDS_PER_HOUR;
    return (floored(sent_us, MICROSECONDS_PER_DAY, &rest) + days) * MICROSECONDS_PER_DAY;
}

/* When what a plain text promises is due: of several times the latest; whether it names any. A time
 * within another that was named, as "tomorrow" in "by tomorrow", is the same time. */
static int plain_due_us(const Text *text, int64_t sent_us, int64_t *due_us) {
    Span span;
    int found, is_named = 0;
    int64_t named[3];
    for (Place at = 0; at + 1 < text->size; at++) {
        if (!is_letter(text->bytes[at]) || !begins_word(text, at)) continue;
        if (!is_letter(text->bytes[at + 1])) continue;
        unsigned letter = LETTER(text->bytes[at] | 0x20), then = LETTER(text->bytes[at + 1] | 0x20);
        int count = 0;
        if (letter & OF_SPANS && then & THEN_OF_SPANS && is_span(text, at, &span))
            named[count++] = end_of_span(&span, sent_us);
        if (letter & OF_WEEKDAYS && then & THEN_OF_WEEKDAYS && is_weekday(text, at, &found))
            named[count++] = end_of_weekday(found, sent_us);
        if (letter & OF_SOON && then & THEN_OF_SOON && is_soon(text, at, &found))
            named[count++] = end_of_soon(found, sent_us);
        for (int i = 0; i < count; i++)
            if (!is_named || named[i] > *due_us) {
                *due_us = named[i];
                is_named = 1;
            }
    }
    return is_named;
}

#endif
