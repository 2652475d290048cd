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


def bad_brand_acts(
    scene: Scene, kind: str, act: BrandAct, positions: Iterable[int]
) -> Iterator[Observation]:
    """One observation for each of the brand's messages at `positions` that does `act`."""
    for position in positions:
        probability = scene.brand(position, act)
        if probability >= scene.least:
            sent_us = scene.history.sent_us[position]
            yield _of_act(kind, act, position, BAD, probability, sent_us)


def answering_acts(scene: Scene, kind: str, act: BrandAct) -> Iterator[Observation]:
    """One good observation for each of the brand's answers that does `act`.

    Like the answer's speed it is dated at the call: a later answer is no fresher evidence.
    """
    for position in scene.answers():
        probability = scene.brand(position, act)
        if probability >= scene.least:
            called_us = scene.called_us(position)
            yield _of_act(kind, act, position, GOOD, probability, called_us)


def customer_acts(scene: Scene, kind: str, act: CustomerAct, value: float) -> Iterator[Observation]:
    """One observation for each of the customer's messages that does `act`."""
    for position in scene.customer_positions:
        probability = scene.customer(position, act)
        if probability >= scene.least:
            sent_us = scene.history.sent_us[position]
            yield _of_act(kind, act, position, value, probability, sent_us)


def episode_act(kind: str, act: BrandAct, episode: Episode, scale: float) -> Iterator[Observation]:
    """The brand's surest doing of `act` within an episode, if any; at most one."""
    best = episode.best.get(act)
    if best is None or scale <= 0.0:
        return
    yield Observation(
        kind=kind,
        value=GOOD,
        severity=best.probability * scale,
        at_us=best.at_us,
        positions=(best.position,),
        acts=((best.position, act),),
    )


def _of_act(
    kind: str,
    act: BrandAct | CustomerAct,
    position: int,
    value: float,
    probability: float,
    at_us: int,
) -> Observation:
    return Observation(
        kind=kind,
        value=value,
        severity=probability,
        at_us=at_us,
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
            sent_us = scene.history.sent_us[position]
            yield _of_act(kind, act, position, GOOD, severity, sent_us)


def grievances(scene: Scene, kind: str) -> Iterator[Observation]:
    """Each of the customer's interactions that says that something fell short."""
    for position in scene.customer_positions:
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


def still_unresolved(scene: Scene, kind: str) -> Iterator[Observation]:
    """Each time the customer says that it is still not solved, or complains of it once more."""
    for position in scene.customer_positions:
        severity = scene.unresolved[position]
        if severity >= scene.least:
            sent_us = scene.history.sent_us[position]
            yield _of_act(kind, CustomerAct.UNRESOLVED, position, BAD, severity, sent_us)


def unanswered_outreach(scene: Scene) -> Iterator[Observation]:
    """Each run of messages that nobody asked for and nobody answered, worse with its length."""
    rules = scene.rubric.outreach
    for run in scene.outreach.runs:
        length = len(run.positions)
        yield Observation(
            kind="unanswered_outreach",
            value=BAD,
            severity=min(length**rules.run_exponent, rules.run_severity_cap),
            at_us=scene.history.sent_us[run.positions[-1]],
            positions=run.positions,
            facts=(float(length),),
        )
