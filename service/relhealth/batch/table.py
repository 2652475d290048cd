"""A score as a row of the flat result table.

Points are rounded to one decimal and shares to three, so that tools which sync the table onward see
a change only where something changed that a person could act on.
"""

from __future__ import annotations

from operator import itemgetter
from typing import Any, Final

from relhealth.batch.schema import SCHEMA_VERSION
from relhealth.domain.evidence import REMAINDER
from relhealth.domain.vocabulary import Band, Stance, Trait, TraitStatus
from relhealth.wire.requests import Response
from relhealth.wire.times import microseconds_of

_POINTS_DECIMALS: Final = 1
_SHARE_DECIMALS: Final = 3
_CONTRIBUTION: Final = itemgetter(0)


def flat_row(response: Response) -> dict[str, Any]:
    """The row of a response with evidence, as the schema `RESULT` types it.

    Times are in microseconds since 1970 UTC.
    """
    health = response.health
    shown = health.estimate if health.HasField("estimate") else None
    row: dict[str, Any] = {
        "brand_id": response.brand_id,
        "customer_id": response.customer_id,
        "as_of_time": microseconds_of(response.as_of_time),
        **_points("health", shown),
        "coverage": None if shown is None else round(shown.coverage, _SHARE_DECIMALS),
        "band": f"BAND_{Band(health.band).name}",
        "stance": f"STANCE_{Stance(response.stance.label).name}",
    }
    for trait in response.traits:
        key = Trait(trait.trait).key
        row |= _points(key, trait.estimate if trait.HasField("estimate") else None)
        row[f"{key}_status"] = f"TRAIT_STATUS_{TraitStatus(trait.status).name}"
    lines = [
        (line.contribution, line)
        for trait in response.traits
        for line in trait.evidence
        if line.kind != REMAINDER
    ]
    row["top_evidence_for"] = _summary(max(lines, key=_CONTRIBUTION, default=None), 1)
    row["top_evidence_against"] = _summary(min(lines, key=_CONTRIBUTION, default=None), -1)
    row["input_digest"] = response.input_digest
    row["model_version"] = response.model_version
    row["rubric_version"] = response.rubric_version
    row["schema_version"] = SCHEMA_VERSION
    return row


def _points(name: str, estimate: Any) -> dict[str, float | None]:  # noqa: ANN401 - wire's message
    if estimate is None:
        return {name: None, f"{name}_lower": None, f"{name}_upper": None}
    return {
        name: round(estimate.value, _POINTS_DECIMALS),
        f"{name}_lower": round(estimate.lower_bound, _POINTS_DECIMALS),
        f"{name}_upper": round(estimate.upper_bound, _POINTS_DECIMALS),
    }


def _summary(strongest: tuple[float, Any] | None, sign: int) -> str | None:
    """What a line says that moves its trait furthest, if that is in the direction asked for."""
    return None if strongest is None or sign * strongest[0] <= 0 else str(strongest[1].summary)
