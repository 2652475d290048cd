"""Health and the seven traits as bare numbers, where no evidence is to be shown."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum

from relhealth.domain.history import History
from relhealth.domain.reading import Reading
from relhealth.scoring.health import health_prior, shares_of
from relhealth.scoring.ledger import POINTS
from relhealth.scoring.scorer import Scorer
from relhealth.signals.scene import observe


@dataclass(frozen=True, slots=True)
class Valuation:
    """Points at one moment, also where a score would not show them.

    Attributes:
        health: The same number as `HealthScore.value`.
        traits: The same numbers as `TraitScore.value`, in the order of `Trait`.
    """

    health: float
    traits: tuple[float, ...]


def value_at(
    scorer: Scorer,
    history: History,
    reading: Reading,
    as_of_us: int,
    half_life_days: float | None = None,
) -> Valuation:
    """The values of a history that was cut at `as_of_us`, from a reading made already."""
    days = scorer.half_life_days(half_life_days)
    if scorer.judge is not None:
        return Valuation(*scorer.judge.value(history, reading, as_of_us, days, scorer.checkpoint))
    scene = observe(history, reading, scorer.rubric, as_of_us)
    ledgers = scorer.ledgers(scene, days)
    shares = shares_of(ledgers, scorer.rubric)
    health = health_prior(ledgers, scorer.rubric) + fsum([share.points for share in shares])
    return Valuation(health, tuple([POINTS * g.mean for g in ledgers]))
