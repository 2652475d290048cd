"""ExplainChange: its request to domain values, its response from them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from relhealth.domain.change import Change, ChangePart, TraitChange, TrendPoint
from relhealth.domain.history import History
from relhealth.scoring.change import ChangeOptions
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.limits import DEFAULT_LIMITS, MAXIMUM_TREND_POINTS, Limits
from relhealth.wire.parsing import (
    check_request_id,
    parse_half_life,
    parse_time,
    require_history,
)
from relhealth.wire.times import timestamp_of
from relhealth.wire.violations import Reason, Violations

_FEWEST_TREND_POINTS = 2


def parse_change_request(
    request: pb.ExplainChangeRequest, arrived_us: int, limits: Limits = DEFAULT_LIMITS
) -> tuple[History, ChangeOptions]:
    """The history and the options of a request that arrived at `arrived_us`.

    Raises:
        InvalidInputError: Something cannot be used; the violations name each field.
    """
    found = Violations(limits.violations)
    from_us, to_us = _moments(request, arrived_us, found)
    count = request.trend_point_count if request.HasField("trend_point_count") else None
    if count is not None and not _FEWEST_TREND_POINTS <= count <= MAXIMUM_TREND_POINTS:
        what = f"must lie between {_FEWEST_TREND_POINTS} and {MAXIMUM_TREND_POINTS}"
        found.add(Reason.INVALID_VALUE, "trend_point_count", what)
    days = request.half_life_days if request.HasField("half_life_days") else None
    half_life = parse_half_life(days, found)
    check_request_id(request.request_id, found)
    history = require_history(request, found, limits)
    return history, ChangeOptions(from_us, to_us, half_life, count)


def _moments(
    request: pb.ExplainChangeRequest, arrived_us: int, found: Violations
) -> tuple[int, int]:
    to_us = arrived_us
    if request.HasField("to_time"):
        to_us = parse_time(request.to_time, "to_time", found)
    if not request.HasField("from_time"):
        found.add(Reason.MISSING_FIELD, "from_time", "is required")
        return to_us, to_us
    from_us = parse_time(request.from_time, "from_time", found)
    if from_us > to_us:
        found.add(Reason.INVALID_TIME, "from_time", "must not be after to_time")
    return from_us, to_us


def encode_change(change: Change, request_id: str = "") -> pb.ExplainChangeResponse:
    """The response for a change."""
    return pb.ExplainChangeResponse(
        brand_id=change.brand_id,
        customer_id=change.customer_id,
        request_id=request_id,
        from_time=timestamp_of(change.from_us),
        to_time=timestamp_of(change.to_us),
        from_health=change.from_health,
        to_health=change.to_health,
        parts=_parts(change.parts, change.ids),
        traits=[_trait(trait, change.ids) for trait in change.traits],
        trend=[_point(point) for point in change.trend],
        model_version=change.model_version,
        rubric_version=change.rubric_version,
    )


def _trait(change: TraitChange, ids: tuple[str, ...]) -> pb.TraitChange:
    return pb.TraitChange(
        trait=cast("pb.Trait.ValueType", change.trait),
        from_value=change.from_value,
        to_value=change.to_value,
        parts=_parts(change.parts, ids),
    )


def _parts(parts: Iterable[ChangePart], ids: tuple[str, ...]) -> list[pb.ChangePart]:
    return [
        pb.ChangePart(
            source=cast("pb.ChangeSource.ValueType", part.source),
            kind=part.kind or "",
            change=part.change,
            interaction_ids=[ids[position] for position in part.positions],
        )
        for part in parts
    ]


def _point(point: TrendPoint) -> pb.TrendPoint:
    return pb.TrendPoint(
        as_of_time=timestamp_of(point.as_of_us), health=point.health, traits=point.traits
    )
