"""What is wrong with interactions, named field by field."""

from __future__ import annotations

import math
from collections.abc import Sequence

from relhealth.domain.vocabulary import Channel
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.interactions import CHANNELS, PURPOSES, SENDER_KINDS
from relhealth.wire.limits import Limits
from relhealth.wire.times import microseconds_of
from relhealth.wire.violations import TIME_RANGE, UNKNOWN, Reason, Violations


def explain(items: Sequence[pb.Interaction], limits: Limits, found: Violations) -> None:
    """Names everything that is wrong with the interactions."""
    for index, item in enumerate(items):
        _explain_item(item, f"history.interactions[{index}]", limits, found)
        if found.full:
            return
    _explain_ids(items, found)


def _explain_item(item: pb.Interaction, path: str, limits: Limits, found: Violations) -> None:
    """Names everything that is wrong with an interaction's own fields."""
    if not item.interaction_id:
        found.add(Reason.MISSING_FIELD, f"{path}.interaction_id", "must not be empty")
    _explain_times(item, path, found)
    if item.sender == pb.SENDER_UNSPECIFIED:
        found.add(Reason.MISSING_FIELD, f"{path}.sender", "is required")
    for name, value, known in (
        ("sender", item.sender, (0, 1, 2)),
        ("sender_kind", item.sender_kind, SENDER_KINDS),
        ("channel", item.channel, CHANNELS),
        ("purpose", item.purpose, PURPOSES),
    ):
        if value not in known:
            found.add(Reason.INVALID_ENUM, f"{path}.{name}", UNKNOWN)
    length = len(item.text)
    if length > limits.text_characters:
        found.add(
            Reason.LIMIT_EXCEEDED,
            f"{path}.text",
            f"holds {length} characters, more than {limits.text_characters}",
        )
    if not item.text and item.WhichOneof("outcome") is None:
        found.add(Reason.EMPTY_TEXT, f"{path}.text", "must not be empty without an outcome")
    if item.audience_size < 0:
        found.add(Reason.INVALID_VALUE, f"{path}.audience_size", "must not be negative")
    _explain_outcome(item, path, found)


def _explain_times(item: pb.Interaction, path: str, found: Violations) -> None:
    sent_us = microseconds_of(item.sent_time)
    if not item.HasField("sent_time"):
        found.add(Reason.MISSING_FIELD, f"{path}.sent_time", "is required")
    elif sent_us is None:
        found.add(Reason.INVALID_TIME, f"{path}.sent_time", TIME_RANGE)
    if not item.HasField("recorded_time"):
        return
    recorded_us = microseconds_of(item.recorded_time)
    if recorded_us is None:
        found.add(Reason.INVALID_TIME, f"{path}.recorded_time", TIME_RANGE)
    elif sent_us is not None and recorded_us < sent_us:
        found.add(
            Reason.INVALID_TIME, f"{path}.recorded_time", "must not be before the time of sending"
        )


def _explain_outcome(item: pb.Interaction, path: str, found: Violations) -> None:
    field = item.WhichOneof("outcome")
    if field == "rating":
        _explain_rating(item.rating, f"{path}.rating", found)
    elif field is not None:
        numbers = item.opt_out.channels if field == "opt_out" else item.consent.channels
        for index, number in enumerate(numbers):
            if CHANNELS.get(number, Channel.UNSPECIFIED) is Channel.UNSPECIFIED:
                where = f"{path}.{field}.channels[{index}]"
                found.add(Reason.INVALID_ENUM, where, "must be a known channel")


def _explain_rating(rating: pb.Rating, path: str, found: Violations) -> None:
    value, worst, best = rating.value, rating.min, rating.max
    if not (math.isfinite(value) and math.isfinite(worst) and math.isfinite(best)):
        found.add(Reason.INVALID_VALUE, path, "must hold finite numbers")
    elif worst >= best:
        found.add(Reason.INVALID_VALUE, f"{path}.min", "must be below max")
    elif not worst <= value <= best:
        found.add(Reason.INVALID_VALUE, f"{path}.value", "must lie between min and max")


def _explain_ids(items: Sequence[pb.Interaction], found: Violations) -> None:
    ids = {item.interaction_id for item in items}
    seen: set[str] = set()
    for index, item in enumerate(items):
        if item.interaction_id and item.interaction_id in seen:
            found.add(
                Reason.DUPLICATE_ID,
                f"history.interactions[{index}].interaction_id",
                "is another interaction's, too",
            )
        seen.add(item.interaction_id)
    for index, item in enumerate(items):
        target = item.in_reply_to_id
        if target and (target not in ids or target == item.interaction_id):
            found.add(
                Reason.UNKNOWN_REPLY,
                f"history.interactions[{index}].in_reply_to_id",
                "must name another interaction of the history",
            )
