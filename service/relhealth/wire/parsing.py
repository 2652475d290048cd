"""Messages to domain values, with a validation that names every field.

Offences are collected, so that a caller can mend them all at once; descriptions never quote what
was sent. Fields that this version does not know are ignored, as protobuf wants.
"""

from __future__ import annotations

from typing import Final, TypeVar

from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp

from relhealth.domain.history import History
from relhealth.scoring.options import ScoreOptions
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire import limits as most
from relhealth.wire.interactions import columns_of
from relhealth.wire.limits import DEFAULT_LIMITS, Limits
from relhealth.wire.offences import explain
from relhealth.wire.plain import Asked, read_plain
from relhealth.wire.times import microseconds_of
from relhealth.wire.violations import TIME_RANGE, UNKNOWN, Reason, Violations, refusal

_VIEWS: Final = frozenset((pb.VIEW_UNSPECIFIED, pb.VIEW_SUMMARY, pb.VIEW_EVIDENCE))
_EVIDENCE: Final = pb.VIEW_EVIDENCE
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


def read_request(
    raw: bytes, arrived_us: int, limits: Limits = DEFAULT_LIMITS, *, is_streamed: bool = False
) -> tuple[History, ScoreOptions, str]:
    """The history, the options and the id of the request in some bytes.

    What is written plainly goes straight into columns; everything else takes the way of
    `parse_request`, to the same end.

    Args:
        raw: A `ScoreRelationshipRequest`, or a `StreamScoreRelationshipsRequest` if `is_streamed`.
        arrived_us: See `parse_request`.
        limits: See `parse_request`.
        is_streamed: Which of the two it is.

    Raises:
        InvalidInputError: It is no such message, or cannot be scored.
    """
    plain = read_plain(raw, limits, is_streamed=is_streamed)
    if plain is not None:
        history, asked = plain
        return history, options_of(asked, arrived_us, limits), asked[-1]
    request = (
        parse_message(pb.StreamScoreRelationshipsRequest, raw).request
        if is_streamed
        else parse_message(pb.ScoreRelationshipRequest, raw)
    )
    return *parse_request(request, arrived_us, limits), request.request_id


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
    options = _options(_asked(request, violations), arrived_us, violations)
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
    items = list(message.interactions)
    columns = columns_of(items, limits)
    if columns is None:
        explain(items, limits, found)
        raise found.refusal()
    found.refuse_if_any()
    return History.of_columns(message.brand_id, message.customer_id, message.segment, columns)


def _asked(request: pb.ScoreRelationshipRequest, found: Violations) -> Asked:
    """What a message asks for."""
    has, days, count = request.HasField, request.half_life_days, request.max_evidence_count
    return (
        parse_time(request.as_of_time, "as_of_time", found) if has("as_of_time") else None,
        days if has("half_life_days") else None,
        request.view,
        count if has("max_evidence_count") else None,
        request.request_id,
    )


def options_of(asked: Asked, arrived_us: int, limits: Limits = DEFAULT_LIMITS) -> ScoreOptions:
    """What is asked for beside a history that is right; most ask for nothing that could be wrong.

    Args:
        asked: What is asked for.
        arrived_us: See `parse_request`.
        limits: See `parse_request`.

    Raises:
        InvalidInputError: Something cannot be had.
    """
    as_of_us, half_life_days, view, count, request_id = asked
    if (
        half_life_days is None
        and count is None
        and view in _VIEWS
        and len(request_id) <= most.MAXIMUM_REQUEST_ID_CHARACTERS
    ):
        return ScoreOptions(
            arrived_us if as_of_us is None else as_of_us, None, view == _EVIDENCE, None
        )
    violations = Violations(limits.violations)
    options = _options(asked, arrived_us, violations)
    violations.refuse_if_any()
    return options


def _options(asked: Asked, arrived_us: int, found: Violations) -> ScoreOptions:
    as_of_us, half_life_days, view, count, request_id = asked
    if view not in _VIEWS:
        found.add(Reason.INVALID_ENUM, "view", UNKNOWN)
    if count is not None and not 1 <= count <= most.MAXIMUM_EVIDENCE_COUNT:
        found.add(
            Reason.INVALID_VALUE,
            "max_evidence_count",
            f"must lie between 1 and {most.MAXIMUM_EVIDENCE_COUNT}",
        )
    check_request_id(request_id, found)
    return ScoreOptions(
        as_of_us=arrived_us if as_of_us is None else as_of_us,
        half_life_days=parse_half_life(half_life_days, found),
        with_evidence=view == _EVIDENCE,
        max_evidence_count=count,
    )


def parse_time(stamp: Timestamp, path: str, found: Violations) -> int:
    """Microseconds since 1970 UTC; what is out of range is noted, and 0 stands in."""
    moment = microseconds_of(stamp)
    if moment is None:
        found.add(Reason.INVALID_TIME, path, TIME_RANGE)
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
