"""Priors by segment, estimated from many scored relationships (empirical Bayes).

A trait's value in points is a prior shrunk together with evidence; what the evidence alone says is
``y = m0 + (score - m0) / coverage``, and it weighs ``w = W0 * coverage / (1 - coverage)``. In a
segment each relationship has a true value around the segment's mean `m`, and `y` scatters around
that by ``(m*(1 - m) - t) / (w + 1)``, where `t` is the variance of the true values. The mean and
variance of `y` then give `m` and `t` (the method of moments); the prior is the Beta with both.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from relhealth.domain.rubric import Rubric, SegmentPrior
from relhealth.domain.score import RelationshipScore, TraitScore
from relhealth.domain.vocabulary import Trait
from relhealth.scoring.ledger import POINTS

_DECIMALS: Final = 3
FEWEST_RELATIONSHIPS: Final = 30
"""Judged relationships of a segment from which a trait has a prior of its own."""
_LEAST_STRENGTH: Final = 0.1
_MOST_STRENGTH: Final = 50.0
_MARGIN: Final = 0.01
"""How far the mean stays away from 0 and 1."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the evidence of one relationship says of a trait.

    Attributes:
        trait: The trait.
        value: 0 to 1.
        weight: How much it weighs, in units of evidence weight.
    """

    trait: Trait
    value: float
    weight: float

    @property
    def reliability(self) -> float:
        """How much of what is said is no chance, 0 to 1."""
        return self.weight / (self.weight + 1.0)


class SegmentTally:
    """Takes in what the evidence says, in any order: the priors do not depend on it."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, Trait], list[Said]] = {}

    def add(self, segment: str, said: Iterable[Said]) -> None:
        """Takes in a relationship; one without a segment is passed over."""
        for one in said if segment else ():
            self._said.setdefault((segment, one.trait), []).append(one)

    def priors(self, fewest: int = FEWEST_RELATIONSHIPS) -> tuple[SegmentPrior, ...]:
        """By segment and trait, of segments with at least `fewest` judged relationships."""
        return tuple(
            [
                _prior(segment, trait, found)
                for (segment, trait), found in sorted(self._said.items())
                if len(found) >= fewest
            ]
        )


def evidence_of(segment: str, score: RelationshipScore, rubric: Rubric) -> tuple[Said, ...]:
    """What the evidence of a relationship says of each trait that is judged.

    Args:
        segment: The relationship's segment.
        score: Its score.
        rubric: The rubric that it was scored with.
    """
    said = [_said(trait, rubric.prior(trait.trait, segment).strength) for trait in score.traits]
    return tuple([one for one in said if one is not None])


def _said(trait: TraitScore, strength: float) -> Said | None:
    if trait.estimate is None:
        return None
    covered = trait.estimate.coverage
    value = (trait.prior + (trait.value - trait.prior) / covered) / POINTS
    return Said(trait.trait, value, strength * covered / (1.0 - covered))


def _prior(segment: str, trait: Trait, said: list[Said]) -> SegmentPrior:
    """Sums are rounded once, so that the order of the relationships does not matter."""
    total = math.fsum([s.reliability for s in said])
    mean = math.fsum([s.reliability * s.value for s in said]) / total
    mean = min(max(mean, _MARGIN), 1.0 - _MARGIN)
    spread = mean * (1.0 - mean)
    scatter = math.fsum([s.reliability * (s.value - mean) ** 2 for s in said])
    by_chance = math.fsum([s.reliability * (1.0 - s.reliability) for s in said])
    kept = math.fsum([s.reliability**2 for s in said])
    between = (scatter - spread * by_chance) / kept
    strength = _MOST_STRENGTH
    if between > spread / (_MOST_STRENGTH + 1.0):
        strength = max(spread / between - 1.0, _LEAST_STRENGTH)
    return SegmentPrior(segment, trait, round(mean, _DECIMALS), round(strength, _DECIMALS))
