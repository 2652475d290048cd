"""The evidence ledger: observations become weights, weights become points that add up.

The one rule for every trait (a Beta posterior mean with prior mean `m0` and strength `W0`)::

    score = (W0*m0 + sum(w*x)) / (W0 + sum(w))
    contribution of an item = w*(x - m0) / (W0 + sum(w))

so that prior + contributions = score, exactly.
"""

from __future__ import annotations

from math import exp2
from typing import Final, NamedTuple

from relhealth.domain.acts import Act
from relhealth.domain.vocabulary import Party

REMAINDER: Final = "remainder"
LIKELY: Final = 0.5
"""Probability below which something is less likely than not, and said to be so perhaps."""


class Observation(NamedTuple):
    """A graded fact about conduct, before its kind's weight and its age are applied.

    Attributes:
        kind: Name of the kind, as the rubric lists it under its trait.
        value: How good, 0 to 1; the rubric's value of the kind unless it is graded.
        severity: How much of it there is, times the probability that it is so; above 0. Never
            falls as the conduct gets more extreme.
        at_us: The moment it counts from, in microseconds since 1970 UTC.
        positions: The interactions it rests on, ascending.
        acts: The acts it rests on, as (position, act); their words are its mentions.
        facts: The numbers that its sentence names, in the order of the kind's template.
        pending: Whether time alone can still change it (an open call, a commitment not yet due).
    """

    kind: str
    value: float
    severity: float
    at_us: int
    positions: tuple[int, ...]
    acts: tuple[tuple[int, Act], ...] = ()
    facts: tuple[float, ...] = ()
    pending: bool = False


class Evidence(NamedTuple):
    """One line of a trait's ledger.

    Attributes:
        kind: Name of the kind, or `remainder`.
        party: Whose conduct it shows; None for a remainder.
        value: 0 to 1.
        weight: Importance times severity times recency; above 0.
        contribution: Points on 0 to 100, signed.
    """

    kind: str
    party: Party | None
    value: float
    weight: float
    contribution: float
    positions: tuple[int, ...]
    acts: tuple[tuple[int, Act], ...]
    facts: tuple[float, ...]


class Sums(NamedTuple):
    """Sums over a ledger, in the fixed order of its items.

    Attributes:
        weight: Sum of the weights.
        weighted_value: Sum of weight times value.
    """

    weight: float
    weighted_value: float


def recency(age_us: int, half_life_us: float) -> float:
    """The share of its weight that evidence of an age still has; halves every half-life."""
    return exp2(-age_us / half_life_us)


def posterior_mean(prior_mean: float, prior_strength: float, sums: Sums) -> float:
    """The score on 0 to 1: the prior and the evidence, each with its weight."""
    total = prior_strength + sums.weight
    return (prior_strength * prior_mean + sums.weighted_value) / total


def coverage(prior_strength: float, sums: Sums) -> float:
    """The share of a score that rests on evidence, 0 to 1."""
    return sums.weight / (prior_strength + sums.weight)
