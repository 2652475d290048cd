"""What to do next, and what it would bring. Points are on 0 to 100."""

from __future__ import annotations

from dataclasses import dataclass

from relhealth.domain.acts import BrandAct


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that the brand can do.

    Attributes:
        name: As the table of actions lists it.
        health_gain: Points of health at the horizon over doing nothing until then, signed; for
            stopping something, over going on with it. 0 for leaving alone.
        trait_gains: The same for every trait, in the order of `Trait`.
        positions: The interactions it is about, ascending.
        acts: What its message would do; empty where there is none.
        summary: A sentence; never quotes a text.
    """

    name: str
    health_gain: float
    trait_gains: tuple[float, ...]
    positions: tuple[int, ...]
    acts: tuple[BrandAct, ...]
    summary: str


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The permissible actions, best first; on ties what does less comes first.

    Attributes:
        ids: Ids of the interactions that positions point to.
        as_of_us: The moment of decision, in microseconds since 1970 UTC.
        horizon_days: How far ahead the gains are measured.
        impermissible: Names of the actions that the customer does not permit, in table order.
    """

    brand_id: str
    customer_id: str
    ids: tuple[str, ...]
    actions: tuple[Action, ...]
    as_of_us: int
    horizon_days: float
    impermissible: tuple[str, ...]
    model_version: str
    rubric_version: str
