"""What one request may hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a history may hold; more is refused, never cut.

    Attributes:
        interactions: Interactions of a history.
        text_characters: Unicode code points of one text.
        violations: Violations that one error lists; what is wrong beyond them is left unsaid, so
            that an error stays small whatever was sent.
    """

    interactions: int = 5_000
    text_characters: int = 100_000
    violations: int = 20


DEFAULT_LIMITS: Final = Limits()
MAXIMUM_REQUEST_ID_CHARACTERS: Final = 256
MAXIMUM_HALF_LIFE_DAYS: Final = 36_500
MAXIMUM_EVIDENCE_COUNT: Final = 5_000
MAXIMUM_HORIZON_DAYS: Final = 365
MAXIMUM_TREND_POINTS: Final = 1_000
MAXIMUM_SECONDS: Final = 253_402_300_799  # 9999-12-31T23:59:59Z
