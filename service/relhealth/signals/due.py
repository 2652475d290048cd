"""When a promise is due, read from its words: "within 24 hours", "by Friday", "in 3-5 days"."""

from __future__ import annotations

import re
from typing import Final

from relhealth.domain.history import (
    DAYS_PER_WEEK,
    FIRST_WEEKDAY,
    MICROSECONDS_PER_DAY,
    MICROSECONDS_PER_HOUR,
)
from relhealth.signals.phrases import Phrases

_SATURDAY: Final = 5
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBER_WORDS: Final = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "couple of": 2, "few": 3,
}  # fmt: skip
_AMOUNT: Final = r"(\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|couple of|few)"
_SPAN: Final = Phrases(
    r"\b(?:within|in|takes?|allow|up to|after|under)\s+"
    r"(?:the next\s+|about\s+|around\s+|up to\s+|a\s+(?=few|couple))?"
    rf"{_AMOUNT}(?:\s?(?:-|\u2013|to|or)\s?{_AMOUNT})?\s?"
    r"((?:business|working)\s+)?(minutes?|mins?|hours?|hrs?|h|days?|weeks?)\b",
    "in", "take", "allow", "up to", "after", "under",
)  # fmt: skip
_WEEKDAY: Final = Phrases(
    r"\b(?:by|before|on|until|no later than)\s+(?:the end of\s+|close of\s+|this\s+|next\s+)?"
    r"(monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b",
    "day",
)
_SOON: Final = Phrases(
    r"\b(?:by|before)\s+(?:the\s+)?(tomorrow|tonight|end of (?:the )?day|eod|end of (?:the )?week)"
    r"|\b(tomorrow|today|tonight|this afternoon|this evening|within the hour)\b",
    "to", "end of", "eod", "this", "within",
)  # fmt: skip
_UNIT_HOURS: Final = {"m": 1 / 60, "h": 1.0, "d": 24.0, "w": 168.0}
_SOON_DAYS: Final = {
    "tomorrow": 2,
    "end of week": DAYS_PER_WEEK,
    "end of the week": DAYS_PER_WEEK,
}


def due_us(text: str, sent_us: int) -> int | None:
    """When what a text promises is due, in microseconds since 1970 UTC; None if it names no time.

    A day named means its end, in UTC; of a range the later end counts; working days skip
    Saturdays and Sundays. Which of several times is the promise's cannot be told, and nobody is
    to be found late who was not: the latest counts.
    """
    lower = text.lower()
    named = [_end_of_span(span, sent_us) for span in _SPAN.all(text, lower)]
    named.extend([_end_of_weekday(day.group(1), sent_us) for day in _WEEKDAY.all(text, lower)])
    named.extend([_end_of_soon(soon, sent_us) for soon in _SOON.all(text, lower)])
    return max(named, default=None)


def _end_of_span(span: re.Match[str], sent_us: int) -> int:
    amount = _number(span.group(2) or span.group(1))
    unit = span.group(4)[0].lower()
    if span.group(3) and unit == "d":
        return _after_working_days(amount, sent_us)
    return sent_us + int(amount * _UNIT_HOURS[unit] * MICROSECONDS_PER_HOUR)


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBER_WORDS[word.lower()]


def _after_working_days(count: int, sent_us: int) -> int:
    day = sent_us // MICROSECONDS_PER_DAY
    while count > 0:
        day += 1
        if (day + FIRST_WEEKDAY) % DAYS_PER_WEEK < _SATURDAY:
            count -= 1
    return (day + 1) * MICROSECONDS_PER_DAY


def _end_of_weekday(name: str, sent_us: int) -> int:
    day = sent_us // MICROSECONDS_PER_DAY
    ahead = (_WEEKDAYS.index(name.lower()) - day - FIRST_WEEKDAY) % DAYS_PER_WEEK
    return (day + ahead + 1) * MICROSECONDS_PER_DAY


def _end_of_soon(soon: re.Match[str], sent_us: int) -> int:
    named = (soon.group(1) or soon.group(2)).lower()
    if named == "within the hour":
        return sent_us + MICROSECONDS_PER_HOUR
    return (sent_us // MICROSECONDS_PER_DAY + _SOON_DAYS.get(named, 1)) * MICROSECONDS_PER_DAY
