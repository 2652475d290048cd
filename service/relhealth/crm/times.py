"""Moments as the systems write them, to microseconds since 1970 UTC.

Whether a number counts seconds or milliseconds is a fact of the system, never guessed from its
size. A written time without an offset is read in the zone that the caller names.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from typing import Final

_UTC_FROM_ANYWHERE: Final = "-0000"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LAST_US: Final = (datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH) // _MICROSECOND


class BadTimeError(ValueError):
    """A moment that cannot be read, or lies outside 1970 to 9999."""


def to_microseconds(moment: datetime) -> int:
    """Microseconds since 1970 UTC of a moment with an offset."""
    return _in_range((moment - _EPOCH) // _MICROSECOND)


def from_seconds(value: float | str) -> int:
    """From seconds since 1970."""
    return _scaled(value, 1_000_000)


def from_milliseconds(value: float | str) -> int:
    """From milliseconds since 1970."""
    return _scaled(value, 1_000)


def from_iso(text: str, zone: tzinfo = UTC) -> int:
    """From ISO 8601; a time without an offset is in `zone`."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise BadTimeError("is no ISO 8601 time") from error
    return to_microseconds(_zoned(moment, zone))


def from_pattern(text: str, pattern: str, zone: tzinfo) -> int:
    """From a time written in a `strptime` pattern; without an offset it is in `zone`."""
    try:
        moment = datetime.strptime(text.strip(), pattern)  # noqa: DTZ007 - zoned in the next line
    except ValueError as error:
        raise BadTimeError("does not fit the time pattern") from error
    return to_microseconds(_zoned(moment, zone))


def from_mail_date(text: str, zone: tzinfo = UTC) -> int:
    """From the date of an e-mail (RFC 5322); one without an offset is in `zone`.

    ``-0000`` is an offset: the time is UTC, and where it was written is not told.
    """
    try:
        moment = parsedate_to_datetime(text)
    except ValueError as error:
        raise BadTimeError("is no e-mail date") from error
    if moment.tzinfo is None and _UTC_FROM_ANYWHERE in text:
        moment = moment.replace(tzinfo=UTC)
    return to_microseconds(_zoned(moment, zone))


def version_of(written: str | None, read: Callable[[str], int] = from_iso) -> int:
    """A record's version, from when it changed; 0, before all others, where that is not told."""
    try:
        return 0 if written is None else read(written)
    except BadTimeError:
        return 0


def _zoned(moment: datetime, zone: tzinfo) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def _scaled(value: float | str, factor: int) -> int:
    try:
        return _in_range(round(float(value) * factor))
    except (ValueError, OverflowError) as error:
        raise BadTimeError("is no moment since 1970") from error


def _in_range(microseconds: int) -> int:
    if not 0 <= microseconds <= _LAST_US:
        raise BadTimeError("lies outside 1970 to 9999")
    return microseconds
