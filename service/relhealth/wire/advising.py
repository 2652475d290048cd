"""RecommendActions: its request to domain values, its response from them."""

from __future__ import annotations

from typing import cast

from relhealth.domain.advice import Action, Recommendation
from relhealth.domain.history import History
from relhealth.domain.vocabulary import Trait
from relhealth.scoring.actions import ActionOptions
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.limits import DEFAULT_LIMITS, MAXIMUM_HORIZON_DAYS, Limits
from relhealth.wire.parsing import (
    check_request_id,
    parse_half_life,
    parse_time,
    require_history,
)
from relhealth.wire.times import timestamp_of
from relhealth.wire.violations import Reason, Violations


def parse_actions_request(
    request: pb.RecommendActionsRequest, arrived_us: int, limits: Limits = DEFAULT_LIMITS
) -> tuple[History, ActionOptions]:
    """The history and the options of a request that arrived at `arrived_us`.

    Raises:
        InvalidInputError: Something cannot be used; the violations name each field.
    """
    found = Violations(limits.violations)
    as_of_us = arrived_us
    if request.HasField("as_of_time"):
        as_of_us = parse_time(request.as_of_time, "as_of_time", found)
    horizon = request.horizon_days if request.HasField("horizon_days") else None
    if horizon is not None and not 0.0 < horizon <= MAXIMUM_HORIZON_DAYS:
        what = f"must lie above 0 and not above {MAXIMUM_HORIZON_DAYS}"
        found.add(Reason.INVALID_VALUE, "horizon_days", what)
    days = request.half_life_days if request.HasField("half_life_days") else None
    half_life = parse_half_life(days, found)
    check_request_id(request.request_id, found)
    history = require_history(request, found, limits)
    return history, ActionOptions(as_of_us, horizon, half_life)


def encode_recommendation(
    found: Recommendation, request_id: str = ""
) -> pb.RecommendActionsResponse:
    """The response for a recommendation."""
    return pb.RecommendActionsResponse(
        brand_id=found.brand_id,
        customer_id=found.customer_id,
        request_id=request_id,
        actions=[_action(action, found.ids) for action in found.actions],
        as_of_time=timestamp_of(found.as_of_us),
        horizon_days=found.horizon_days,
        impermissible_actions=found.impermissible,
        model_version=found.model_version,
        rubric_version=found.rubric_version,
    )


def _action(action: Action, ids: tuple[str, ...]) -> pb.Action:
    return pb.Action(
        action=action.name,
        health_gain=action.health_gain,
        trait_gains=[
            pb.TraitGain(trait=cast("pb.Trait.ValueType", trait), gain=gain)
            for trait, gain in zip(Trait, action.trait_gains, strict=True)
        ],
        interaction_ids=[ids[position] for position in action.positions],
        acts=[act.name.lower() for act in action.acts],
        summary=action.summary,
    )
