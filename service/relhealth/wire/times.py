"""Timestamps: protobuf messages, RFC 3339 and microseconds since 1970 UTC."""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime, timedelta
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from relhealth.domain.history import MICROSECONDS_PER_SECOND
from relhealth.wire.limits import MAXIMUM_SECONDS

_RFC_3339: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt]([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,9}))?"
    r"(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))",
    re.ASCII,
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
NANOS_PER_SECOND: Final = 1_000_000_000
_NANOS_PER_MICROSECOND: Final = 1_000


def now_us() -> int:
    """This moment, in microseconds since 1970 UTC."""
    return time.time_ns() // _NANOS_PER_MICROSECOND


def microseconds_of(stamp: Timestamp) -> int | None:
    """Microseconds since 1970 UTC; None outside 1970-01-01 to 9999-12-31."""
    seconds, nanos = stamp.seconds, stamp.nanos
    if 0 <= seconds <= MAXIMUM_SECONDS and 0 <= nanos < NANOS_PER_SECOND:
        return seconds * MICROSECONDS_PER_SECOND + nanos // _NANOS_PER_MICROSECOND
    return None


def is_moment(microseconds: int) -> bool:
    """Whether a moment, in microseconds since 1970 UTC, lies within 1970-01-01 to 9999-12-31."""
    return 0 <= microseconds // MICROSECONDS_PER_SECOND <= MAXIMUM_SECONDS


def datetime_of(microseconds: int) -> datetime:
    """The moment in UTC of microseconds since 1970 UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)


def timestamp_of(microseconds: int) -> Timestamp:
    """The protobuf message for a moment in microseconds since 1970 UTC."""
    seconds, rest = divmod(microseconds, MICROSECONDS_PER_SECOND)
    return Timestamp(seconds=seconds, nanos=rest * _NANOS_PER_MICROSECOND)


def read_rfc_3339(text: str) -> tuple[int, int] | None:
    """Seconds since 1970 UTC and nanoseconds; None where `text` is no RFC 3339 time."""
    match = _RFC_3339.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, sign, *offset = match.groups()
    try:
        days = date(int(year), int(month), int(day)).toordinal() - _EPOCH_DAY
    except ValueError:
        return None
    seconds = days * 86_400 + int(hour) * 3_600 + int(minute) * 60 + int(second)
    if sign is not None:
        hours, minutes = map(int, offset)
        ahead = hours * 3_600 + minutes * 60
        seconds -= ahead if sign == "+" else -ahead
    return seconds, int(fraction.ljust(9, "0")) if fraction else 0


def write_rfc_3339(stamp: Timestamp) -> str:
    """RFC 3339 in UTC with 0, 3, 6 or 9 digits of a second's fraction, as proto3 JSON wants."""
    moment = _EPOCH + timedelta(seconds=stamp.seconds)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    nanos = stamp.nanos
    if nanos == 0:
        return f"{text}Z"
    for digits in (3, 6):
        if nanos % 10 ** (9 - digits) == 0:
            return f"{text}.{nanos // 10 ** (9 - digits):0{digits}d}Z"
    return f"{text}.{nanos:09d}Z"


def parse_moment(text: str) -> int | None:
    """Microseconds since 1970 UTC of an RFC 3339 time from 1970 to 9999; None for anything else."""
    moment = read_rfc_3339(text)
    if moment is None or not 0 <= moment[0] <= MAXIMUM_SECONDS:
        return None
    return moment[0] * MICROSECONDS_PER_SECOND + moment[1] // _NANOS_PER_MICROSECOND


def format_moment(microseconds: int) -> str:
    """RFC 3339 in UTC of a moment in microseconds since 1970 UTC."""
    return write_rfc_3339(timestamp_of(microseconds))
