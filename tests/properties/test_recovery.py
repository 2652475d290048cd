"""Parameter recovery: the intervals hold the truth as often as they say.

What is measured: a brand's and a customer's conduct is a chance of doing well, drawn from the
trait's prior. Histories are simulated from it, each occasion good with that chance and bad
otherwise, and scored by the whole service with a rubric in which the two kinds that show it weigh
1, all others 0, every prior is Beta(1.2, 0.8), nothing ages, `evidence_scale` is 1 and the traits'
errors are independent, as they are here. The share of histories whose 90 % interval holds the
chance is the coverage. It says that the intervals are honest where the evidence is what the model
takes it for; that they stay so on real histories is what `evidence_scale` is fitted for.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import pytest

from properties.histories import MINUTE_US, START_US, message
from properties.judging import SHIPPED, Judge
from properties.pool import EXACT, Line, lines_of
from relhealth.domain.history import Interaction, Rating
from relhealth.domain.rubric import Rubric
from relhealth.domain.score import RelationshipScore
from relhealth.domain.vocabulary import Party, Trait

_DAY_US = 24 * 60 * MINUTE_US
_HISTORIES = 400
_OCCASIONS = (4, 12, 40)


def _line(party: Party, act: str) -> Line:
    """A line that does this act and no other."""
    return next(line for line in lines_of(party, only={act}) if line.acts == {act})


@dataclass(frozen=True)
class Conduct:
    """Two kinds of a trait, and what an occasion looks like that shows the one or the other."""

    trait: Trait
    good: str
    bad: str
    asks: Line | None
    well: Line | Rating
    badly: Line | Rating

    def occasion(self, number: int, *, is_good: bool) -> list[Interaction]:
        """An occasion in a thread of its own, a month after the one before."""
        at_us = START_US + number * 30 * _DAY_US
        name = f"{self.trait.key}-{number}"
        shown = self.well if is_good else self.badly
        if isinstance(shown, Rating):
            nothing = Line("", frozenset())
            return [message(Party.CUSTOMER, nothing, at_us, interaction_id=name, outcome=shown)]
        assert self.asks is not None
        asked = message(Party.CUSTOMER, self.asks, at_us, interaction_id=name, thread_id=name)
        answer = message(
            Party.BRAND,
            shown,
            at_us + 60 * MINUTE_US,
            interaction_id=f"{name}-answer",
            in_reply_to_id=name,
        )
        return [asked, answer]


CONDUCTS = (
    Conduct(
        Trait.SUPPORT,
        "rated_well",
        "rated_poorly",
        None,
        Rating(5.0, 1.0, 5.0),
        Rating(1.0, 1.0, 5.0),
    ),
    Conduct(
        Trait.MISTAKES,
        "ownership",
        "deflection",
        _line(Party.CUSTOMER, "complaint"),
        _line(Party.BRAND, "ownership"),
        _line(Party.BRAND, "deflection"),
    ),
    Conduct(
        Trait.COMMUNICATION,
        "empathy",
        "sent_elsewhere",
        _line(Party.CUSTOMER, "request"),
        _line(Party.BRAND, "empathy"),
        _line(Party.BRAND, "redirect"),
    ),
)


def _rubric() -> Rubric:
    weighed = {(c.trait, kind) for c in CONDUCTS for kind in (c.good, c.bad)}
    traits = tuple(
        replace(
            trait,
            prior_mean=0.6,
            prior_strength=2.0,
            kinds={
                name: replace(kind, weight=float((trait.trait, name) in weighed))
                for name, kind in trait.kinds.items()
            },
        )
        for trait in SHIPPED.traits
    )
    return replace(
        SHIPPED, traits=traits, evidence_scale=1.0, trait_correlation=0.0, half_life_days=1e12
    )


JUDGE = Judge(_rubric(), EXACT, "weights of 1")


def _chance(trait: Trait, draw: random.Random) -> float:
    prior = JUDGE.rubric.prior(trait, "")
    return draw.betavariate(prior.mean * prior.strength, (1.0 - prior.mean) * prior.strength)


def _simulated(
    conducts: tuple[Conduct, ...], occasions: int, chances: dict[Trait, float], draw: random.Random
) -> RelationshipScore:
    items: list[Interaction] = []
    for conduct in conducts:
        for number in range(occasions):
            is_good = draw.random() < chances[conduct.trait]
            items += conduct.occasion(number, is_good=is_good)
    return JUDGE.score(items, START_US + (occasions + 1) * 30 * _DAY_US)


@pytest.mark.parametrize("conduct", CONDUCTS, ids=lambda c: c.trait.key)
@pytest.mark.parametrize("occasions", _OCCASIONS)
def test_a_traits_interval_holds_the_conduct(conduct: Conduct, occasions: int) -> None:
    draw = random.Random(1_000 * conduct.trait + occasions)
    held = 0
    for _ in range(_HISTORIES):
        chance = _chance(conduct.trait, draw)
        score = _simulated((conduct,), occasions, {conduct.trait: chance}, draw)
        estimate = score.traits[conduct.trait - 1].estimate
        assert estimate is not None
        held += estimate.lower <= 100.0 * chance <= estimate.upper
    assert 0.85 <= held / _HISTORIES <= 0.95, held / _HISTORIES


@pytest.mark.parametrize("occasions", _OCCASIONS)
def test_healths_interval_holds_the_conduct(occasions: int) -> None:
    """Of all seven traits; four are not seen and stand at their priors."""
    draw = random.Random(occasions)
    held = 0
    for _ in range(_HISTORIES):
        chances = {trait: _chance(trait, draw) for trait in Trait}
        score = _simulated(CONDUCTS, occasions, chances, draw)
        estimate = score.health.estimate
        assert estimate is not None
        truth = sum(100.0 * t.weight * chances[t.trait] for t in JUDGE.rubric.traits)
        held += estimate.lower <= truth <= estimate.upper
    assert 0.85 <= held / _HISTORIES <= 0.95, held / _HISTORIES


def test_more_occasions_come_closer_to_the_conduct() -> None:
    """The mean error of the score falls as the history grows: the conduct is recovered."""
    conduct = CONDUCTS[1]
    errors: list[float] = []
    for occasions in (2, 20, 100):
        draw = random.Random(1)
        total = 0.0
        for _ in range(60):
            chance = _chance(conduct.trait, draw)
            score = _simulated((conduct,), occasions, {conduct.trait: chance}, draw)
            total += abs(score.traits[conduct.trait - 1].value - 100.0 * chance)
        errors.append(total / 60)
    assert errors[0] > 2.0 * errors[1] > 3.0 * errors[2], errors
    assert errors[2] < 5.0
