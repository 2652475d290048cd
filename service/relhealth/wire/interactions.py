"""The interactions of a message as columns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter, eq
from typing import Final, TypeVar

from relhealth.domain.history import Consent, InteractionColumns, OptOut, Outcome, Rating
from relhealth.domain.vocabulary import Channel, Party, Purpose, SenderKind
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.limits import MAXIMUM_SECONDS, Limits
from relhealth.wire.times import NANOS_PER_SECOND, microseconds_of

PARTIES: Final = {1: Party.BRAND, 2: Party.CUSTOMER}
SENDER_KINDS: Final = {0: SenderKind.HUMAN, 1: SenderKind.HUMAN, 2: SenderKind.BOT}
CHANNELS: Final = {int(channel): channel for channel in Channel}
PURPOSES: Final = {int(purpose): purpose for purpose in Purpose}

_ID: Final = attrgetter("interaction_id")
_SENT: Final = attrgetter("sent_time")
_SECONDS: Final = attrgetter("seconds")
_NANOS: Final = attrgetter("nanos")
_SENDER: Final = attrgetter("sender")
_SENDER_KIND: Final = attrgetter("sender_kind")
_CHANNEL: Final = attrgetter("channel")
_PURPOSE: Final = attrgetter("purpose")
_TEXT: Final = attrgetter("text")
_LANGUAGE: Final = attrgetter("language")
_REPLY: Final = attrgetter("in_reply_to_id")
_THREAD: Final = attrgetter("thread_id")
_AUDIENCE: Final = attrgetter("audience_size")


_ValueT = TypeVar("_ValueT")


def columns_of(items: Sequence[pb.Interaction], limits: Limits) -> InteractionColumns | None:
    """The interactions' columns; None where anything is wrong with any of them.

    A field at a time: what costs is each look at a message, and a loop of the interpreter's own.
    """
    ids, texts = list(map(_ID, items)), list(map(_TEXT, items))
    replies = [reply or None for reply in map(_REPLY, items)]
    sizes = list(map(_AUDIENCE, items))
    times = _times(items)
    senders = _values(PARTIES, map(_SENDER, items))
    sender_kinds = _values(SENDER_KINDS, map(_SENDER_KIND, items))
    channels = _values(CHANNELS, map(_CHANNEL, items))
    purposes = _values(PURPOSES, map(_PURPOSE, items))
    outcomes = _outcomes(items)
    if (
        times is None
        or senders is None
        or sender_kinds is None
        or channels is None
        or purposes is None
        or outcomes is None
        or not all(ids)
        or not are_ids_sound(ids, replies)
        or max(map(len, texts), default=0) > limits.text_characters
        or (not all(texts) and any(map(_says_nothing, texts, outcomes)))
        or min(sizes, default=0) < 0
    ):
        return None
    sent_us, recorded_us = times
    return InteractionColumns(
        ids=ids,
        sent_us=sent_us,
        recorded_us=recorded_us,
        senders=senders,
        sender_kinds=sender_kinds,
        channels=channels,
        purposes=purposes,
        texts=texts,
        languages=[language or None for language in map(_LANGUAGE, items)],
        reply_to_ids=replies,
        thread_ids=[thread or None for thread in map(_THREAD, items)],
        audience_sizes=[
            size if size or item.HasField("audience_size") else None
            for size, item in zip(sizes, items, strict=True)
        ],
        outcomes=outcomes,
    )


def _values(known: Mapping[int, _ValueT], numbers: Iterable[int]) -> list[_ValueT] | None:
    """What the numbers of an enum stand for; None where one stands for nothing."""
    try:
        return list(map(known.__getitem__, numbers))
    except KeyError:
        return None


def _times(items: Sequence[pb.Interaction]) -> tuple[list[int], list[int]] | None:
    """When the interactions were sent and recorded; None where a time is missing or wrong."""
    stamps = list(map(_SENT, items))
    seconds, nanos = list(map(_SECONDS, stamps)), list(map(_NANOS, stamps))
    if not _are_times(seconds, nanos):
        return None
    sent_us = [s * 1_000_000 + n // 1_000 for s, n in zip(seconds, nanos, strict=True)]
    if 0 in sent_us and not all(map(_has_sent_time, items)):
        return None
    told = [item.HasField("recorded_time") for item in items]
    if True not in told:
        return sent_us, sent_us
    recorded_us: list[int] = []
    for item, sent, is_told in zip(items, sent_us, told, strict=True):
        recorded = microseconds_of(item.recorded_time) if is_told else sent
        if recorded is None or recorded < sent:
            return None
        recorded_us.append(recorded)
    return sent_us, recorded_us


def _has_sent_time(item: pb.Interaction) -> bool:
    return item.HasField("sent_time")


def _are_times(seconds: Sequence[int], nanos: Sequence[int]) -> bool:
    if not seconds:
        return True
    return (
        min(seconds) >= 0
        and max(seconds) <= MAXIMUM_SECONDS
        and min(nanos) >= 0
        and max(nanos) < NANOS_PER_SECOND
    )


def _outcomes(items: Sequence[pb.Interaction]) -> list[Outcome | None] | None:
    """The interactions' outcomes; None where one is wrong."""
    outcomes: list[Outcome | None] = []
    for item, field in zip(items, [item.WhichOneof("outcome") for item in items], strict=True):
        outcome = None if field is None else outcome_of(item)
        if outcome is None and field is not None:
            return None
        outcomes.append(outcome)
    return outcomes


def _says_nothing(text: str, outcome: Outcome | None) -> bool:
    return not text and outcome is None


def are_ids_sound(ids: Sequence[str], replies: Sequence[str | None]) -> bool:
    """Ids are unique, and every reply names another interaction of the history."""
    known = set(ids)
    answered = set(replies)
    answered.discard(None)
    return len(known) == len(ids) and answered <= known and not any(map(eq, ids, replies))


def outcome_of(item: pb.Interaction) -> Outcome | None:
    """The outcome of an interaction that has one; None where it is wrong."""
    field = item.WhichOneof("outcome")
    if field == "rating":
        rating = item.rating
        value, worst, best = rating.value, rating.min, rating.max
        is_sound = math.isfinite(worst) and math.isfinite(best) and worst < best
        return Rating.on_scale(value, worst, best) if is_sound else None
    numbers = item.opt_out.channels if field == "opt_out" else item.consent.channels
    channels = _values(CHANNELS, numbers)
    if channels is None or Channel.UNSPECIFIED in channels:
        return None
    # Each once, in the order of the enum.
    scope = tuple(sorted(set(channels)))
    return OptOut(scope) if field == "opt_out" else Consent(scope)
