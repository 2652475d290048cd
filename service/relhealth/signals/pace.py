"""How good an answer's speed is for its channel, and how time is counted."""

from __future__ import annotations

import math

from relhealth.domain.history import (
    DAYS_PER_WEEK,
    FIRST_WEEKDAY,
    MICROSECONDS_PER_DAY,
    MICROSECONDS_PER_HOUR,
)
from relhealth.domain.rubric import BusinessHours, CallRules, Pace
from relhealth.domain.vocabulary import Channel


def speed_credit(sent_us: int, until_us: int, channel: Channel, rules: CallRules) -> float:
    """Credit for an answer at `until_us` to a message at `sent_us`, falling from 1 to 0.

    ``1 / (1 + (t / half)^shape)``: half credit after what the channel makes reasonable.
    """
    pace = rules.paces.get(channel) or rules.paces[Channel.UNSPECIFIED]
    waited = waited_hours(sent_us, until_us, pace, rules.business_hours)
    return 1.0 / (1.0 + math.pow(waited / pace.half_credit_hours, rules.decay_shape))


def waited_hours(sent_us: int, until_us: int, pace: Pace, hours: BusinessHours) -> float:
    """Hours between two moments, all of them or the business hours among them; 0 or more."""
    if not pace.business_hours:
        return max(0, until_us - sent_us) / MICROSECONDS_PER_HOUR
    return _hours_at_work(until_us, hours) - _hours_at_work(sent_us, hours)


def _hours_at_work(moment_us: int, hours: BusinessHours) -> float:
    """Business hours from 1970 to a moment; the difference of two is what lies between."""
    local_us = moment_us + int(hours.utc_offset_hours * MICROSECONDS_PER_HOUR)
    day, within_us = divmod(local_us, MICROSECONDS_PER_DAY)
    week, weekday = divmod(day + FIRST_WEEKDAY, DAYS_PER_WEEK)
    length = hours.closes_hour - hours.opens_hour
    full_days = week * len(hours.weekdays) + sum(1 for d in hours.weekdays if d < weekday)
    today = 0.0
    if weekday in hours.weekdays:
        today = min(max(within_us / MICROSECONDS_PER_HOUR - hours.opens_hour, 0.0), length)
    return full_days * length + today
