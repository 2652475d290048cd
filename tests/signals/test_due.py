"""When a promise is due, read from its words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from relhealth.signals.due import due_us

MONDAY = datetime(2024, 3, 4, 8, 30, tzinfo=UTC)
FRIDAY = datetime(2024, 3, 8, 16, 0, tzinfo=UTC)


def us(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2024, 3, day, hour, minute, tzinfo=UTC)


TABLE = [
    ("We'll call you within 24 hours.", MONDAY, at(5, 8, 30)),
    ("Back in 10 minutes.", MONDAY, at(4, 8, 40)),
    ("I'll reply within the hour.", MONDAY, at(4, 9, 30)),
    ("Within an hour you will know.", MONDAY, at(4, 9, 30)),
    ("You get it in 2 days.", MONDAY, at(6, 8, 30)),
    ("It takes 3-5 days.", MONDAY, at(9, 8, 30)),
    ("It takes three to five days.", MONDAY, at(9, 8, 30)),
    ("Please allow up to two weeks.", MONDAY, at(18, 8, 30)),
    ("In a few days you will have it.", MONDAY, at(7, 8, 30)),
    ("Within a couple of hours.", MONDAY, at(4, 10, 30)),
    ("Within the next 48 hrs.", MONDAY, at(6, 8, 30)),
    ("In 3 working days.", MONDAY, at(8)),
    ("In 3 to 5 working days.", MONDAY, at(12)),
    ("Within two business days.", FRIDAY, at(13)),
    ("We'll refund you by Friday.", MONDAY, at(9)),
    ("We'll refund you by Monday.", MONDAY, at(5)),
    ("No later than Wednesday.", FRIDAY, at(14)),
    ("Before the end of Tuesday.", MONDAY, at(6)),
    ("You will hear from us tomorrow.", MONDAY, at(6)),
    ("We'll fix it today.", MONDAY, at(5)),
    ("By end of day.", MONDAY, at(5)),
    ("By the end of the week.", MONDAY, at(11)),
    ("WITHIN 24 HOURS", MONDAY, at(5, 8, 30)),
    ("It flies tonight; a courier brings it by tomorrow.", MONDAY, at(6)),
    ("The depot was closed on Monday. You get it tomorrow.", MONDAY, at(6)),
    ("I'll send it today; the bank takes 3 to 5 days.", MONDAY, at(9, 8, 30)),
    ("Within 2 hours I'll know more, by Friday all of it.", MONDAY, at(9)),
]


@pytest.mark.parametrize(("text", "sent", "due"), TABLE, ids=[row[0] for row in TABLE])
def test_a_time_named_is_read(text: str, sent: datetime, due: datetime) -> None:
    found = due_us(text, us(sent))
    assert found is not None
    assert datetime.fromtimestamp(found / 1_000_000, UTC) == due


@pytest.mark.parametrize(
    "text",
    [
        "",
        "We'll look into it.",
        "We'll get back to you soon.",
        "Order 24 hours of music",
        "We have 5 shops.",
        "I'll pass it on.",
    ],
)
def test_no_time_named_is_no_due_time(text: str) -> None:
    assert due_us(text, us(MONDAY)) is None


def test_a_later_promise_in_the_same_words_is_due_no_earlier() -> None:
    hours = [us(MONDAY) + hour * 3_600_000_000 for hour in range(24 * 21)]
    for text, _, _ in TABLE:
        dues = [due_us(text, hour) for hour in hours]
        assert None not in dues
        assert dues == sorted(dues)  # type: ignore[type-var]
        assert all(due > hour for due, hour in zip(dues, hours, strict=True))  # type: ignore[operator]
