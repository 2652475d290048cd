"""Waiting time by channel, all of it or at work."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties.judging import SHIPPED
from relhealth.domain.rubric import BusinessHours, Pace
from relhealth.domain.vocabulary import Channel
from relhealth.signals.pace import speed_credit, waited_hours

OFFICE = BusinessHours(0.0, 9.0, 17.0, (0, 1, 2, 3, 4))
AT_WORK = Pace(8.0, business_hours=True)
ALWAYS = Pace(8.0, business_hours=False)
MOMENTS = st.integers(0, 4_000_000_000).map(lambda seconds: seconds * 1_000_000)


def us(day: int, hour: float) -> int:
    """A moment of March 2024; the 4th was a Monday."""
    midnight = datetime(2024, 3, day, tzinfo=UTC)
    return int(midnight.timestamp() * 1_000_000 + hour * 3_600_000_000)


TABLE = [
    ("within a day", us(4, 10), us(4, 12), 2.0),
    ("before opening", us(4, 6), us(4, 10), 1.0),
    ("after closing", us(4, 16), us(4, 23), 1.0),
    ("over a night", us(4, 16), us(5, 10), 2.0),
    ("over a weekend", us(8, 16), us(11, 10), 2.0),
    ("all weekend", us(9, 0), us(10, 23), 0.0),
    ("a whole week", us(4, 12), us(11, 12), 40.0),
    ("no time at all", us(4, 12), us(4, 12), 0.0),
]


@pytest.mark.parametrize(("name", "sent", "until", "hours"), TABLE, ids=[r[0] for r in TABLE])
def test_only_hours_at_work_count(name: str, sent: int, until: int, hours: float) -> None:
    assert name
    assert waited_hours(sent, until, AT_WORK, OFFICE) == pytest.approx(hours, abs=1e-6)


def test_the_offset_moves_the_office() -> None:
    tokyo = BusinessHours(9.0, 9.0, 17.0, (0, 1, 2, 3, 4))
    assert waited_hours(us(4, 0), us(4, 8), AT_WORK, tokyo) == pytest.approx(8.0)
    assert waited_hours(us(4, 8), us(4, 23.5), AT_WORK, tokyo) == pytest.approx(0.0)


def test_all_hours_count_otherwise() -> None:
    assert waited_hours(us(8, 16), us(11, 10), ALWAYS, OFFICE) == pytest.approx(66.0)


@given(MOMENTS, MOMENTS, MOMENTS)
def test_waits_add_up(one: int, two: int, three: int) -> None:
    begin, between, end = sorted((one, two, three))
    for pace in (AT_WORK, ALWAYS):
        whole = waited_hours(begin, end, pace, OFFICE)
        parts = waited_hours(begin, between, pace, OFFICE)
        parts += waited_hours(between, end, pace, OFFICE)
        assert whole == pytest.approx(parts, abs=1e-6)
        assert 0.0 <= whole <= (end - begin) / 3_600_000_000 + 1e-6


@given(MOMENTS, st.integers(0, 10**12), st.integers(0, 10**12), st.sampled_from(Channel))
def test_credit_falls_from_one(sent: int, wait: int, more: int, channel: Channel) -> None:
    rules = SHIPPED.calls
    assert speed_credit(sent, sent, channel, rules) == 1.0
    soon = speed_credit(sent, sent + wait, channel, rules)
    late = speed_credit(sent, sent + wait + more, channel, rules)
    assert 0.0 <= late <= soon <= 1.0


def test_half_the_credit_is_left_after_what_is_reasonable() -> None:
    for channel, pace in SHIPPED.calls.paces.items():
        if not pace.business_hours:
            until = us(4, pace.half_credit_hours)
            assert speed_credit(us(4, 0), until, channel, SHIPPED.calls) == pytest.approx(0.5)
