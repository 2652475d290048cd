"""The ledger of one trait: observations weighed, summed and turned into points."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from operator import mul

from relhealth.domain.evidence import (
    REMAINDER,
    Evidence,
    Observation,
    Sums,
    coverage,
    posterior_mean,
    recency,
)
from relhealth.domain.rubric import Prior, TraitRubric
from relhealth.domain.vocabulary import Party

POINTS = 100.0


@dataclass(frozen=True, slots=True)
class Ledger:
    """The weighed observations of one trait at one moment.

    Attributes:
        observations: In the trait's fixed order; those of weight 0 left out.
        weights: One each, above 0.
        sums: Over all of them, in order.
    """

    prior: Prior
    observations: tuple[Observation, ...]
    weights: tuple[float, ...]
    sums: Sums

    @property
    def mean(self) -> float:
        """The trait's score on 0 to 1."""
        return posterior_mean(self.prior.mean, self.prior.strength, self.sums)

    @property
    def coverage(self) -> float:
        """The share of the score that rests on evidence, 0 to 1."""
        return coverage(self.prior.strength, self.sums)

    def points(self) -> list[float]:
        """What each observation adds to the score, in points."""
        prior_mean = self.prior.mean
        total = self.prior.strength + self.sums.weight
        return [
            POINTS * (weight * (observation.value - prior_mean) / total)
            for observation, weight in zip(self.observations, self.weights, strict=True)
        ]


def weigh(
    observations: list[Observation],
    rubric: TraitRubric,
    prior: Prior,
    as_of_us: int,
    half_life_us: float,
) -> Ledger:
    """Weighs observations: importance of the kind, severity, and recency at `as_of_us`."""
    kinds = rubric.kinds
    weights = [
        kinds[seen.kind].weight * seen.severity * recency(as_of_us - seen.at_us, half_life_us)
        for seen in observations
    ]
    if min(weights, default=1.0) <= 0.0:
        kept = [index for index, weight in enumerate(weights) if weight > 0.0]
        observations = [observations[index] for index in kept]
        weights = [weights[index] for index in kept]
    # Rounded once: the same on every version of Python, whatever the order of the observations.
    weighted = map(mul, weights, [seen.value for seen in observations])
    sums = Sums(fsum(weights), fsum(weighted))
    return Ledger(prior, tuple(observations), tuple(weights), sums)


def party_points(ledger: Ledger, points: list[float], rubric: TraitRubric) -> dict[Party, float]:
    """What each party's conduct adds to the score, in points; `points` are the ledger's."""
    found = dict.fromkeys(Party, 0.0)
    kinds = rubric.kinds
    for observation, added in zip(ledger.observations, points, strict=True):
        found[kinds[observation.kind].party] += added
    return found


def lines(
    ledger: Ledger, points: list[float], rubric: TraitRubric, limit: int
) -> tuple[Evidence, ...]:
    """The evidence, the heaviest contribution first; beyond `limit` lines one remainder."""
    heaviest_first = [-abs(p) for p in points]
    order = sorted(range(len(points)), key=heaviest_first.__getitem__)
    shown = [_line(ledger, rubric, points, i) for i in order[:limit]]
    rest = order[limit:]
    if rest:
        shown.append(_remainder(ledger, points, rest))
    return tuple(shown)


def _line(ledger: Ledger, rubric: TraitRubric, points: list[float], index: int) -> Evidence:
    observation = ledger.observations[index]
    return Evidence(
        kind=observation.kind,
        party=rubric.kinds[observation.kind].party,
        value=observation.value,
        weight=ledger.weights[index],
        contribution=points[index],
        positions=observation.positions,
        acts=observation.acts,
        facts=observation.facts,
    )


def _remainder(ledger: Ledger, points: list[float], rest: list[int]) -> Evidence:
    weight = fsum([ledger.weights[i] for i in rest])
    weighted = fsum([ledger.weights[i] * ledger.observations[i].value for i in rest])
    return Evidence(
        kind=REMAINDER,
        party=None,
        value=weighted / weight,
        weight=weight,
        contribution=fsum([points[i] for i in rest]),
        positions=(),
        acts=(),
        facts=(float(len(rest)),),
    )
