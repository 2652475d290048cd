"""What changed between two moments, in parts that add up. Points are on 0 to 100."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from relhealth.domain.vocabulary import Trait


class ChangeSource(IntEnum):
    """Where a part of a change comes from, in the order of attribution."""

    REVALUED = 1
    AGEING = 2
    NEW_EVIDENCE = 3
    LATE_ARRIVAL = 4


@dataclass(frozen=True, slots=True)
class ChangePart:
    """One part of a change.

    Attributes:
        kind: Kind of the evidence; None where the source is not broken down by kind.
        change: Points, signed.
        positions: The interactions it rests on, ascending.
    """

    source: ChangeSource
    kind: str | None
    change: float
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TraitChange:
    """The change of one trait; the parts sum to `to_value - from_value`."""

    trait: Trait
    from_value: float
    to_value: float
    parts: tuple[ChangePart, ...]


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """Health and the traits at one moment; the prior where there is no evidence yet.

    Attributes:
        as_of_us: The moment, in microseconds since 1970 UTC.
        traits: In the order of `Trait`.
    """

    as_of_us: int
    health: float
    traits: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """The change between two moments of one history.

    Attributes:
        ids: Ids of the interactions that positions point to.
        from_us: The earlier moment, in microseconds since 1970 UTC.
        to_us: The later moment.
        parts: Of health; they sum to `to_health - from_health`.
        traits: In the order of `Trait`.
        trend: Ascending in time; empty where none was asked for.
    """

    brand_id: str
    customer_id: str
    ids: tuple[str, ...]
    from_us: int
    to_us: int
    from_health: float
    to_health: float
    parts: tuple[ChangePart, ...]
    traits: tuple[TraitChange, ...]
    trend: tuple[TrendPoint, ...]
    model_version: str
    rubric_version: str
