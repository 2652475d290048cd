"""Synthetic relationships of known conduct, reproducible one by one from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from relhealth.batch.synthetic.conduct import CONDUCTS, Conduct, Exchange
from relhealth.batch.synthetic.lines import DAYS, LINES, THINGS
from relhealth.domain.history import (
    MICROSECONDS_PER_DAY,
    MICROSECONDS_PER_HOUR,
    MICROSECONDS_PER_SECOND,
    Interaction,
    OptOut,
)
from relhealth.domain.vocabulary import Party

BEGINS_US: Final = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp()) * MICROSECONDS_PER_SECOND
WINDOW_DAYS: Final = 365
SMALL_AUDIENCE: Final = 100


@dataclass(frozen=True, slots=True)
class Plan:
    """What to generate.

    Attributes:
        relationships: How many; 1 or more.
        interactions_per_relationship: Exact mean over every two neighbours; 2 or more.
        brands: Brands that the relationships are dealt to in turn; 1 or more.
        seed: The same plan with the same seed gives the same relationships.
        conducts: Names of the conducts, dealt in turn.
        answer_probability: Chance of an answer under the conduct `ordinary`, 0 to 1.
        small_audience_factor: Factor on that chance for customers with an audience under 100;
            1 plants no bias.
    """

    relationships: int
    interactions_per_relationship: int = 20
    brands: int = 1
    seed: int = 1
    conducts: tuple[str, ...] = tuple(conduct.name for conduct in CONDUCTS)
    answer_probability: float = 0.7
    small_audience_factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Synthetic:
    """One relationship and the truth about it.

    Attributes:
        conduct: Name of the conduct that it follows.
        calls: Customer messages that call for an answer.
        answered: Calls that got a substantive answer.
        audience_size: Followers of the customer.
    """

    brand_id: str
    customer_id: str
    interactions: list[Interaction]
    conduct: str
    calls: int
    answered: int
    audience_size: int


def generate(plan: Plan, index: int) -> Synthetic:
    """The relationship at `index` of a plan, whatever else is generated."""
    # Not for secrets: a seeded generator is the point.
    rng = random.Random(f"{plan.seed}:{index}")  # noqa: S311
    conduct = _conduct(plan.conducts[index % len(plan.conducts)])
    audience = int(10 ** rng.uniform(0.5, 4.5))
    chance = plan.answer_probability
    if audience < SMALL_AUDIENCE:
        chance *= plan.small_audience_factor
    steps = _steps(conduct, _size(plan, index), chance, rng)
    calls = sum(step.calls for exchange in steps for step in exchange)
    answered = sum(step.answers for exchange in steps for step in exchange)
    return Synthetic(
        brand_id=f"brand-{index % plan.brands:04d}",
        customer_id=f"customer-{index:09d}",
        interactions=_written(steps, conduct, audience, rng),
        conduct=conduct.name,
        calls=calls,
        answered=answered,
        audience_size=audience,
    )


def _conduct(name: str) -> Conduct:
    return next(conduct for conduct in CONDUCTS if conduct.name == name)


def _size(plan: Plan, index: int) -> int:
    """Neighbours share a spread, one above the mean and one as far below it."""
    mean = plan.interactions_per_relationship
    spread = random.Random(f"{plan.seed}:size:{index // 2}").randint(0, mean - 1)  # noqa: S311
    if index % 2 == 0 and index == plan.relationships - 1:
        return mean
    return mean + spread if index % 2 else mean - spread


def _steps(conduct: Conduct, size: int, chance: float, rng: random.Random) -> list[Exchange]:
    """Exchanges of `size` steps in all; the last is cut off where it reaches it."""
    exchanges: list[Exchange] = []
    left = size
    upcoming = conduct.opening or rng.choice(conduct.exchanges)
    while left > 0:
        if conduct.answers_by_chance and rng.random() >= chance:
            upcoming = tuple(step for step in upcoming if not step.answers)
        exchanges.append(upcoming[:left])
        left -= len(exchanges[-1])
        upcoming = rng.choice(conduct.exchanges)
    return exchanges


def _written(
    exchanges: list[Exchange], conduct: Conduct, audience: int, rng: random.Random
) -> list[Interaction]:
    slot = WINDOW_DAYS * MICROSECONDS_PER_DAY // len(exchanges)
    interactions: list[Interaction] = []
    for number, exchange in enumerate(exchanges):
        channel = rng.choice(conduct.channels)
        facts = {
            "thing": rng.choice(THINGS),
            "number": str(rng.randint(10_000, 99_999)),
            "day": rng.choice(DAYS),
        }
        now = BEGINS_US + slot * number + int(slot * rng.random() / 2)
        for step in exchange:
            now += MICROSECONDS_PER_SECOND + int(rng.uniform(*step.hours) * MICROSECONDS_PER_HOUR)
            before = interactions[-1].interaction_id if step.replies and interactions else None
            text = rng.choice(LINES[step.line]).format(**facts)
            sent_us = now - now % MICROSECONDS_PER_SECOND
            interactions.append(
                Interaction(
                    interaction_id=f"m{len(interactions)}",
                    sent_us=sent_us,
                    recorded_us=sent_us,
                    sender=step.sender,
                    channel=channel,
                    purpose=step.purpose,
                    text=text,
                    in_reply_to_id=before,
                    thread_id=f"t{number}",
                    audience_size=audience if step.sender == Party.CUSTOMER else None,
                    outcome=OptOut(()) if step.opts_out else None,
                )
            )
    return interactions
