"""What a page shows, as frozen values: the report is drawn from these and asks nothing further."""

from __future__ import annotations

from dataclasses import dataclass

from relhealth.domain.advice import Recommendation
from relhealth.domain.change import TrendPoint
from relhealth.domain.history import History
from relhealth.domain.rubric import BandThreshold
from relhealth.domain.score import RelationshipScore
from relhealth.signals.commitments import Fate


@dataclass(frozen=True, slots=True)
class Wait:
    """A message that called for an answer: its place, and that of the answer or None."""

    call: int
    answer: int | None


@dataclass(frozen=True, slots=True)
class Span:
    """A failing and what followed, from its first to its last message; open while it goes on."""

    first: int
    last: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class Promise:
    """A commitment: where it was made and what came of it.

    Attributes:
        until_us: When that was seen, or when it is due; None where no time was named and nothing
            was seen.
        fate: What came of it.
    """

    position: int
    until_us: int | None
    fate: Fate


@dataclass(frozen=True, slots=True)
class RelationshipReport:
    """Everything that the page of one relationship shows.

    Attributes:
        history: As far as the score reads it; positions everywhere point into it.
        bands: Highest first.
        weights: Each trait's share of health, in the order of `Trait`.
        trend: Evenly spaced moments, oldest first; empty where there is no trend.
        advice: None where it was not asked for.
        with_text: Whether the page may show what was said.
    """

    history: History
    score: RelationshipScore
    bands: tuple[BandThreshold, ...]
    weights: tuple[float, ...]
    waits: tuple[Wait, ...]
    episodes: tuple[Span, ...]
    promises: tuple[Promise, ...]
    trend: tuple[TrendPoint, ...]
    advice: Recommendation | None
    with_text: bool
