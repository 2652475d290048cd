"""The ledger of one trait: observations weighed, summed and turned into points."""

from __future__ import annotations

from dataclasses import dataclass

from relhealth.domain.evidence import (
    REMAINDER,
    Evidence,
    Observation,
    Sums,
    contribution,
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

    def points(self, index: int) -> float:
        """What the observation at `index` adds to the score, in points."""
        prior = self.prior
        value = self.observations[index].value
        weight = self.weights[index]
        return POINTS * contribution(weight, value, prior.mean, prior.strength, self.sums)


def weigh(
    observations: list[Observation],
    rubric: TraitRubric,
    prior: Prior,
    as_of_us: int,
    half_life_us: float,
) -> Ledger:
    """Weighs observations: importance of the kind, severity, and recency at `as_of_us`."""
    kept: list[Observation] = []
    weights: list[float] = []
    for observation in observations:
        age_us = as_of_us - observation.at_us
        weight = rubric.kinds[observation.kind].weight * observation.severity
        weight *= recency(age_us, half_life_us)
        if weight > 0.0:
            kept.append(observation)
            weights.append(weight)
    return Ledger(prior, tuple(kept), tuple(weights), sums_of(kept, weights))


def sums_of(observations: list[Observation], weights: list[float]) -> Sums:
    """Sums in the order given."""
    total = 0.0
    weighted = 0.0
    for observation, weight in zip(observations, weights, strict=True):
        total += weight
        weighted += weight * observation.value
    return Sums(total, weighted)


def party_points(ledger: Ledger, rubric: TraitRubric, party: Party) -> float:
    """What one party's conduct adds to the score, in points."""
    total = 0.0
    for index, observation in enumerate(ledger.observations):
        if rubric.kinds[observation.kind].party == party:
            total += ledger.points(index)
    return total


def lines(ledger: Ledger, rubric: TraitRubric, limit: int) -> tuple[Evidence, ...]:
    """The evidence, the heaviest contribution first; beyond `limit` lines one remainder."""
    order = sorted(range(len(ledger.observations)), key=lambda i: (-abs(ledger.points(i)), i))
    shown = [_line(ledger, rubric, i) for i in order[:limit]]
    rest = order[limit:]
    if rest:
        shown.append(_remainder(ledger, rest))
    return tuple(shown)


def _line(ledger: Ledger, rubric: TraitRubric, index: int) -> Evidence:
    observation = ledger.observations[index]
    return Evidence(
        kind=observation.kind,
        party=rubric.kinds[observation.kind].party,
        value=observation.value,
        weight=ledger.weights[index],
        contribution=ledger.points(index),
        positions=observation.positions,
        acts=observation.acts,
        facts=observation.facts,
    )


def _remainder(ledger: Ledger, rest: list[int]) -> Evidence:
    weight = sum([ledger.weights[i] for i in rest])
    weighted = sum([ledger.weights[i] * ledger.observations[i].value for i in rest])
    return Evidence(
        kind=REMAINDER,
        party=None,
        value=weighted / weight,
        weight=weight,
        contribution=sum([ledger.points(i) for i in rest]),
        positions=(),
        acts=(),
        facts=(float(len(rest)),),
    )
