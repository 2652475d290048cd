"""Messages to domain values, with a validation that names every field.

Offences are collected, so that a caller can mend them all at once; descriptions never quote what
was sent. Fields that this version does not know are ignored, as protobuf wants.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, TypeVar

from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp

from relhealth.domain.history import Consent, History, Interaction, OptOut, Outcome, Rating
from relhealth.domain.vocabulary import Channel, Party, Purpose, SenderKind
from relhealth.scoring.options import ScoreOptions
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire import limits as most
from relhealth.wire.limits import DEFAULT_LIMITS, Limits
from relhealth.wire.times import microseconds_of
from relhealth.wire.violations import Reason, Violations, refusal

_PARTIES: Final = {1: Party.BRAND, 2: Party.CUSTOMER}
_SENDER_KINDS: Final = {0: SenderKind.HUMAN, 1: SenderKind.HUMAN, 2: SenderKind.BOT}
_CHANNELS: Final = {int(channel): channel for channel in Channel}
_PURPOSES: Final = {int(purpose): purpose for purpose in Purpose}
_TIME_RANGE: Final = "must lie between 1970-01-01 and 9999-12-31"
_UNKNOWN: Final = "is not a value of its enum"

_MessageT = TypeVar("_MessageT", bound=Message)


def parse_message(kind: type[_MessageT], raw: bytes) -> _MessageT:
    """A message from its bytes.

    Raises:
        InvalidInputError: They are no message of that kind, or hold text that is not UTF-8.
    """
    try:
        return kind.FromString(raw)
    except DecodeError as error:
        raise refusal(
            Reason.MALFORMED_MESSAGE, "", f"not a {kind.DESCRIPTOR.full_name}, or not UTF-8"
        ) from error


def parse_request(
    request: pb.ScoreRelationshipRequest, arrived_us: int, limits: Limits = DEFAULT_LIMITS
) -> tuple[History, ScoreOptions]:
    """The history and the options of a request.

    Args:
        request: The request.
        arrived_us: The moment it arrived, in microseconds since 1970 UTC; stands in for an unset
            `as_of_time`.
        limits: What it may hold.

    Raises:
        InvalidInputError: Something cannot be scored; the violations name each field.
    """
    violations = Violations(limits.violations)
    options = _options(request, arrived_us, violations)
    return require_history(request, violations, limits), options


def require_history(
    request: pb.ScoreRelationshipRequest
    | pb.RecommendActionsRequest
    | pb.ExplainChangeRequest
    | pb.MirrorBrandRequest,
    violations: Violations,
    limits: Limits,
) -> History:
    """The history of a request, in canonical order.

    Raises:
        InvalidInputError: It is missing or wrong, or something was among the `violations` before.
    """
    if not request.HasField("history"):
        violations.add(Reason.MISSING_FIELD, "history", "is required")
        violations.refuse_if_any()
    return parse_history(request.history, violations, limits)


def parse_history(
    message: pb.RelationshipHistory,
    violations: Violations | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> History:
    """A history, in canonical order.

    Raises:
        InvalidInputError: Something is wrong here, or was among the `violations` before.
    """
    found = Violations(limits.violations) if violations is None else violations
    if not message.brand_id:
        found.add(Reason.MISSING_FIELD, "history.brand_id", "must not be empty")
    if not message.customer_id:
        found.add(Reason.MISSING_FIELD, "history.customer_id", "must not be empty")
    count = len(message.interactions)
    if count == 0:
        found.add(Reason.NO_INTERACTIONS, "history.interactions", "must hold at least one")
    if count > limits.interactions:
        found.add(
            Reason.LIMIT_EXCEEDED,
            "history.interactions",
            f"holds {count}, more than {limits.interactions}",
        )
        found.refuse_if_any()
    interactions: list[Interaction] = []
    for index, item in enumerate(message.interactions):
        interactions.append(_interaction(item, index, limits, found))
        if found.full:
            break
    _check_ids(interactions, found)
    found.refuse_if_any()
    return History.of(message.brand_id, message.customer_id, message.segment, interactions)


def _interaction(
    item: pb.Interaction, index: int, limits: Limits, found: Violations
) -> Interaction:
    sent_us = microseconds_of(item.sent_time)
    recorded_us = microseconds_of(item.recorded_time) if item.HasField("recorded_time") else sent_us
    sender = _PARTIES.get(item.sender)
    sender_kind = _SENDER_KINDS.get(item.sender_kind)
    channel = _CHANNELS.get(item.channel)
    purpose = _PURPOSES.get(item.purpose)
    text = item.text
    outcome_field = item.WhichOneof("outcome")
    if (
        sent_us is None
        or recorded_us is None
        or recorded_us < sent_us
        or sender is None
        or sender_kind is None
        or channel is None
        or purpose is None
        or not item.interaction_id
        or not item.HasField("sent_time")
        or len(text) > limits.text_characters
        or (outcome_field is None and not text)
        or item.audience_size < 0
    ):
        _explain(item, f"history.interactions[{index}]", limits, found)
        sent_us = recorded_us = 0
        sender, sender_kind = Party.BRAND, SenderKind.HUMAN
        channel, purpose = Channel.UNSPECIFIED, Purpose.UNSPECIFIED
    return Interaction(
        item.interaction_id,
        sent_us,
        sender,
        text,
        recorded_us,
        sender_kind,
        channel,
        purpose,
        item.language or None,
        item.in_reply_to_id or None,
        item.thread_id or None,
        item.audience_size if item.HasField("audience_size") else None,
        None
        if outcome_field is None
        else _outcome(item, outcome_field, f"history.interactions[{index}]", found),
    )


def _explain(item: pb.Interaction, path: str, limits: Limits, found: Violations) -> None:
    """Names everything that is wrong with an interaction's own fields."""
    if not item.interaction_id:
        found.add(Reason.MISSING_FIELD, f"{path}.interaction_id", "must not be empty")
    _explain_times(item, path, found)
    if item.sender == pb.SENDER_UNSPECIFIED:
        found.add(Reason.MISSING_FIELD, f"{path}.sender", "is required")
    for name, value, known in (
        ("sender", item.sender, (0, 1, 2)),
        ("sender_kind", item.sender_kind, _SENDER_KINDS),
        ("channel", item.channel, _CHANNELS),
        ("purpose", item.purpose, _PURPOSES),
    ):
        if value not in known:
            found.add(Reason.INVALID_ENUM, f"{path}.{name}", _UNKNOWN)
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


def _explain_times(item: pb.Interaction, path: str, found: Violations) -> None:
    sent_us = microseconds_of(item.sent_time)
    if not item.HasField("sent_time"):
        found.add(Reason.MISSING_FIELD, f"{path}.sent_time", "is required")
    elif sent_us is None:
        found.add(Reason.INVALID_TIME, f"{path}.sent_time", _TIME_RANGE)
    if not item.HasField("recorded_time"):
        return
    recorded_us = microseconds_of(item.recorded_time)
    if recorded_us is None:
        found.add(Reason.INVALID_TIME, f"{path}.recorded_time", _TIME_RANGE)
    elif sent_us is not None and recorded_us < sent_us:
        found.add(
            Reason.INVALID_TIME, f"{path}.recorded_time", "must not be before the time of sending"
        )


def _outcome(item: pb.Interaction, field: str, path: str, found: Violations) -> Outcome | None:
    if field == "opt_out":
        return OptOut(_scope(item.opt_out.channels, f"{path}.opt_out.channels", found))
    if field == "consent":
        return Consent(_scope(item.consent.channels, f"{path}.consent.channels", found))
    rating = item.rating
    value, worst, best = rating.value, rating.min, rating.max
    if not (math.isfinite(value) and math.isfinite(worst) and math.isfinite(best)):
        found.add(Reason.INVALID_VALUE, f"{path}.rating", "must hold finite numbers")
    elif worst >= best:
        found.add(Reason.INVALID_VALUE, f"{path}.rating.min", "must be below max")
    elif not worst <= value <= best:
        found.add(Reason.INVALID_VALUE, f"{path}.rating.value", "must lie between min and max")
    return Rating(value, worst, best)


def _scope(numbers: Iterable[int], path: str, found: Violations) -> tuple[Channel, ...]:
    """The channels of an opt-out or consent, each once, in the order of the enum."""
    scope: set[Channel] = set()
    for index, number in enumerate(numbers):
        channel = _CHANNELS.get(number, Channel.UNSPECIFIED)
        if channel is Channel.UNSPECIFIED:
            found.add(Reason.INVALID_ENUM, f"{path}[{index}]", "must be a known channel")
        scope.add(channel)
    return tuple(sorted(scope))


def _check_ids(interactions: list[Interaction], found: Violations) -> None:
    """Ids are unique, and every reply names another interaction of the history."""
    ids = {item.interaction_id for item in interactions}
    if len(ids) != len(interactions):
        seen: set[str] = set()
        for index, item in enumerate(interactions):
            if item.interaction_id and item.interaction_id in seen:
                found.add(
                    Reason.DUPLICATE_ID,
                    f"history.interactions[{index}].interaction_id",
                    "is another interaction's, too",
                )
            seen.add(item.interaction_id)
    for index, item in enumerate(interactions):
        target = item.in_reply_to_id
        if target is not None and (target not in ids or target == item.interaction_id):
            found.add(
                Reason.UNKNOWN_REPLY,
                f"history.interactions[{index}].in_reply_to_id",
                "must name another interaction of the history",
            )


def _options(
    request: pb.ScoreRelationshipRequest, arrived_us: int, found: Violations
) -> ScoreOptions:
    as_of_us = arrived_us
    if request.HasField("as_of_time"):
        as_of_us = parse_time(request.as_of_time, "as_of_time", found)
    if request.view not in (pb.VIEW_UNSPECIFIED, pb.VIEW_SUMMARY, pb.VIEW_EVIDENCE):
        found.add(Reason.INVALID_ENUM, "view", _UNKNOWN)
    count: int | None = None
    if request.HasField("max_evidence_count"):
        count = request.max_evidence_count
        if not 1 <= count <= most.MAXIMUM_EVIDENCE_COUNT:
            found.add(
                Reason.INVALID_VALUE,
                "max_evidence_count",
                f"must lie between 1 and {most.MAXIMUM_EVIDENCE_COUNT}",
            )
    check_request_id(request.request_id, found)
    return ScoreOptions(
        as_of_us=as_of_us,
        half_life_days=parse_half_life(
            request.half_life_days if request.HasField("half_life_days") else None, found
        ),
        with_evidence=request.view == pb.VIEW_EVIDENCE,
        max_evidence_count=count,
    )


def parse_time(stamp: Timestamp, path: str, found: Violations) -> int:
    """Microseconds since 1970 UTC; what is out of range is noted, and 0 stands in."""
    moment = microseconds_of(stamp)
    if moment is None:
        found.add(Reason.INVALID_TIME, path, _TIME_RANGE)
        return 0
    return moment


def parse_half_life(days: float | None, found: Violations) -> float | None:
    """The half-life asked for, in days; what is out of range is noted."""
    if days is not None and not 1 <= days <= most.MAXIMUM_HALF_LIFE_DAYS:
        found.add(
            Reason.INVALID_VALUE,
            "half_life_days",
            f"must lie between 1 and {most.MAXIMUM_HALF_LIFE_DAYS}",
        )
    return days


def check_request_id(request_id: str, found: Violations) -> None:
    """A request id is short, since it is echoed."""
    if len(request_id) > most.MAXIMUM_REQUEST_ID_CHARACTERS:
        found.add(
            Reason.LIMIT_EXCEEDED,
            "request_id",
            f"is longer than {most.MAXIMUM_REQUEST_ID_CHARACTERS} characters",
        )
