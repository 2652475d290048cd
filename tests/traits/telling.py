"""Short histories told in a line a message; the sentences are those of the laws' pool."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from properties.judging import SHIPPED, Judge
from properties.pool import EXACT
from relhealth.domain.history import MICROSECONDS_PER_HOUR, Interaction
from relhealth.domain.vocabulary import Channel, Party
from relhealth.models.load import load_scorer

MONDAY_US = 1_709_539_200_000_000  # 2024-03-04, 08:00 UTC
DAY = 24.0
AS_OF_HOURS = 60 * DAY


def us(hours: float) -> int:
    """The moment so many hours after the first Monday's morning."""
    return MONDAY_US + round(hours * MICROSECONDS_PER_HOUR)


def _said(sender: Party, hours: float, text: str, given: dict[str, object]) -> Interaction:
    plain = Interaction(
        interaction_id=f"{sender.name.lower()}-{hours:g}-{text[:12]}",
        sent_us=us(hours),
        sender=sender,
        text=text,
        recorded_us=us(hours),
        channel=Channel.EMAIL,
        language="en",
    )
    return replace(plain, **given)  # type: ignore[arg-type]


def customer(hours: float, text: str, **given: object) -> Interaction:
    return _said(Party.CUSTOMER, hours, text, given)


def brand(hours: float, text: str, **given: object) -> Interaction:
    return _said(Party.BRAND, hours, text, given)


def exact() -> Judge:
    """The shipped rubric over the pool's own acts."""
    return Judge(SHIPPED, EXACT, "exact")


@cache
def shipped() -> Judge:
    """The shipped rubric over the shipped detector."""
    scorer = load_scorer(None, None)
    return Judge(scorer.rubric, scorer.detector, "shipped")
