"""Small steps that several traits share when they turn a scene into observations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.domain.evidence import Observation
from relhealth.signals.episodes import Episode
from relhealth.signals.pairing import Role
from relhealth.signals.scene import Scene

_WARM_ACTS = (
    CustomerAct.GRATITUDE,
    CustomerAct.RESOLUTION,
    CustomerAct.FORGIVENESS,
    CustomerAct.PRAISE,
    CustomerAct.ADVOCACY,
)
GOOD = 1.0
BAD = 0.0


def brand_acts(
    scene: Scene, kind: str, act: BrandAct, positions: Iterable[int], value: float
) -> Iterator[Observation]:
    """One observation for each of the brand's messages at `positions` that does `act`."""
    for position in positions:
        probability = scene.brand(position, act)
        if probability >= scene.least:
            yield _of_act(scene, kind, act, position, value, probability)


def customer_acts(scene: Scene, kind: str, act: CustomerAct, value: float) -> Iterator[Observation]:
    """One observation for each of the customer's messages that does `act`."""
    for position in scene.customer_positions():
        probability = scene.customer(position, act)
        if probability >= scene.least:
            yield _of_act(scene, kind, act, position, value, probability)


def episode_act(
    scene: Scene, kind: str, act: BrandAct, episode: Episode, scale: float
) -> Iterator[Observation]:
    """The brand's surest doing of `act` within an episode, if any; at most one."""
    best = episode.best.get(act)
    if best is None or best.probability < scene.least or scale <= 0.0:
        return
    yield Observation(
        kind=kind,
        value=GOOD,
        severity=best.probability * scale,
        at_us=scene.history.sent_us[best.position],
        positions=(best.position,),
        acts=((best.position, act),),
    )


def _of_act(
    scene: Scene,
    kind: str,
    act: BrandAct | CustomerAct,
    position: int,
    value: float,
    probability: float,
) -> Observation:
    return Observation(
        kind=kind,
        value=value,
        severity=probability,
        at_us=scene.history.sent_us[position],
        positions=(position,),
        acts=((position, act),),
    )


def content_after_answer(scene: Scene, kind: str) -> Iterator[Observation]:
    """What the customer says warmly once they have been answered: thanks, it works, no worries.

    The customer's own words are the one outcome that a brand cannot tick by itself.
    """
    answered: set[int] = set()
    for position, number in enumerate(scene.pairing.conversations):
        role = scene.pairing.roles[position]
        if number is None or role == Role.RECEIPT:
            continue
        if role != Role.CUSTOMER:
            answered.add(number)
            continue
        if number not in answered:
            continue
        act = max(_WARM_ACTS, key=lambda a, p=position: scene.customer(p, a))  # type: ignore[misc]
        severity = scene.customer(position, act) * (1.0 - scene.failing(position))
        if severity >= scene.least:
            yield _of_act(scene, kind, act, position, GOOD, severity)


def grievances(scene: Scene, kind: str) -> Iterator[Observation]:
    """Each of the customer's interactions that says that something fell short."""
    for position in scene.customer_positions():
        severity = scene.failing(position)
        if severity >= scene.least:
            yield Observation(
                kind=kind,
                value=BAD,
                severity=severity,
                at_us=scene.history.sent_us[position],
                positions=(position,),
                acts=((position, CustomerAct.COMPLAINT),),
            )
