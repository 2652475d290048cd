"""A score as a row of the flat result table.

Points are rounded to one decimal and shares to three, so that tools which sync the table onward see
a change only where something changed that a person could act on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from relhealth.batch.schema import SCHEMA_VERSION
from relhealth.domain.evidence import REMAINDER
from relhealth.domain.history import History
from relhealth.domain.score import (
    Estimate,
    PackedScore,
    RelationshipScore,
    Strongest,
    strongest,
)
from relhealth.domain.vocabulary import Band, Stance, TraitStatus
from relhealth.wire.requests import Response
from relhealth.wire.times import microseconds_of

_POINTS_DECIMALS: Final = 1
_SHARE_DECIMALS: Final = 3
_BANDS: Final = {int(band): f"BAND_{band.name}" for band in Band}
_STANCES: Final = {int(stance): f"STANCE_{stance.name}" for stance in Stance}
_STATUSES: Final = {int(status): f"TRAIT_STATUS_{status.name}" for status in TraitStatus}
_NO_POINTS: Final = (None, None, None)


class Outline(NamedTuple):
    """What the flat table shows of a score.

    Attributes:
        band: Number of the band, and likewise below.
        traits: Number of the status, and the estimate where the status is SCORED; in the order of
            `Trait`.
    """

    brand_id: str
    customer_id: str
    as_of_us: int
    health: Estimate | None
    band: int
    stance: int
    traits: Sequence[tuple[int, Estimate | None]]
    strongest: Strongest
    input_digest: str
    model_version: str
    rubric_version: str


def outline_of(score: RelationshipScore | PackedScore) -> Outline:
    """The outline of a score with evidence."""
    if isinstance(score, RelationshipScore):
        whose: RelationshipScore | History = score
        health, traits, stance = score.health, score.traits, score.stance
    else:
        whose = score.history
        health, traits, stance, _ = score.judged.told()
    return Outline(
        whose.brand_id,
        whose.customer_id,
        score.as_of_us,
        health.estimate,
        health.band,
        stance.label,
        [(trait.status, trait.estimate) for trait in traits],
        score.strongest(),
        score.input_digest,
        score.model_version,
        score.rubric_version,
    )


def outline_of_response(response: Response) -> Outline:
    """The outline of a response with evidence."""
    lines = [
        (line.contribution, line.summary)
        for trait in response.traits
        for line in trait.evidence
        if line.kind != REMAINDER
    ]
    as_of_us = microseconds_of(response.as_of_time)
    assert as_of_us is not None  # noqa: S101 - the moment of a score is one
    return Outline(
        response.brand_id,
        response.customer_id,
        as_of_us,
        _estimate(response.health),
        response.health.band,
        response.stance.label,
        [(trait.status, _estimate(trait)) for trait in response.traits],
        strongest(lines),
        response.input_digest,
        response.model_version,
        response.rubric_version,
    )


def flat_row(outline: Outline) -> tuple[Any, ...]:
    """The row of a score, as the schema `RESULT` has it; times in microseconds since 1970 UTC."""
    health = outline.health
    traits: list[Any] = []
    for status, estimate in outline.traits:
        traits += (*_points(estimate), _STATUSES[status])
    return (
        outline.brand_id,
        outline.customer_id,
        outline.as_of_us,
        *_points(health),
        None if health is None else round(health.coverage, _SHARE_DECIMALS),
        _BANDS[outline.band],
        _STANCES[outline.stance],
        *traits,
        *outline.strongest,
        outline.input_digest,
        outline.model_version,
        outline.rubric_version,
        SCHEMA_VERSION,
    )


def _estimate(shown: Any) -> Estimate | None:  # noqa: ANN401 - a message with an estimate
    if not shown.HasField("estimate"):
        return None
    estimate = shown.estimate
    return Estimate(
        estimate.value,
        estimate.lower_bound,
        estimate.upper_bound,
        estimate.credible_level,
        estimate.coverage,
    )


def _points(estimate: Estimate | None) -> tuple[float | None, float | None, float | None]:
    if estimate is None:
        return _NO_POINTS
    return (
        round(estimate.value, _POINTS_DECIMALS),
        round(estimate.lower, _POINTS_DECIMALS),
        round(estimate.upper, _POINTS_DECIMALS),
    )
