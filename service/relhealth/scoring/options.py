"""What a caller can ask of a score."""

from __future__ import annotations

from typing import NamedTuple


class ScoreOptions(NamedTuple):
    """How a history is to be scored.

    Attributes:
        as_of_us: The moment the score holds for, in microseconds since 1970 UTC.
        half_life_days: Age at which evidence has half its weight; None takes the rubric's.
        with_evidence: Whether evidence and mentions are made, or only the numbers.
        max_evidence_count: Lines of evidence a trait shows; the rest is one `remainder`. None
            takes the rubric's.
    """

    as_of_us: int
    half_life_days: float | None = None
    with_evidence: bool = False
    max_evidence_count: int | None = None
