"""Small steps that several traits share when they turn a scene into observations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.domain.evidence import Observation
from relhealth.domain.history import OptOut
from relhealth.signals.episodes import Episode
from relhealth.signals.scene import Scene

GOOD = 1.0
BAD = 0.0
LEAVING_ACTS: Final = (CustomerAct.CHURN_INTENT, CustomerAct.OPT_OUT)
"""Acts of who goes."""


def bad_brand_acts(scene: Scene, kind: str, act: BrandAct) -> Iterator[Observation]:
    """One observation for each of the brand's messages that does `act`."""
    return acts_at(scene, kind, act, scene.brand_doing[act], BAD)


def customer_acts(scene: Scene, kind: str, act: CustomerAct, value: float) -> Iterator[Observation]:
    """One observation for each of the customer's messages that does `act`."""
    return acts_at(scene, kind, act, scene.customer_doing[act], value)


def acts_at(
    scene: Scene,
    kind: str,
    act: BrandAct | CustomerAct,
    positions: tuple[int, ...],
    value: float,
) -> Iterator[Observation]:
    """One observation for each of the messages at `positions`, which do `act`."""
    sent_us = scene.history.sent_us
    surely = scene.columns[act]
    for position in positions:
        yield _of_act(kind, act, position, value, surely[position], sent_us[position])


def answering_acts(scene: Scene, kind: str, act: BrandAct) -> Iterator[Observation]:
    """One good observation for each of the brand's answers that does `act`.

    Like the answer's speed it is dated at the call: a later answer is no fresher evidence.
    """
    surely = scene.columns[act]
    for position in scene.brand_doing[act]:
        if position in scene.pairing.answered:
            called_us = scene.called_us(position)
            yield _of_act(kind, act, position, GOOD, surely[position], called_us)


def episode_act(kind: str, act: BrandAct, episode: Episode, scale: float) -> Iterator[Observation]:
    """The brand's surest doing of `act` within an episode, if any; at most one."""
    best = episode.best.get(act)
    if best is not None and scale > 0.0:
        surely = best.probability * scale
        yield _of_act(kind, act, best.position, GOOD, surely, best.at_us)


def surest_complaint(scene: Scene, episode: Episode) -> tuple[tuple[int, CustomerAct], ...]:
    """The act that an episode as a whole rests on: the surest of its complaints."""
    surest = max(episode.complaints, key=scene.failing.__getitem__)
    return ((surest, CustomerAct.COMPLAINT),)


def _of_act(
    kind: str,
    act: BrandAct | CustomerAct,
    position: int,
    value: float,
    severity: float,
    at_us: int,
) -> Observation:
    return Observation(kind, value, severity, at_us, (position,), ((position, act),))


def content_after_answer(scene: Scene, kind: str) -> Iterator[Observation]:
    """What the customer says warmly once they have been answered."""
    sent_us = scene.history.sent_us
    for position, act, probability in scene.contentments:
        yield _of_act(kind, act, position, GOOD, probability, sent_us[position])


def content_after_failing(scene: Scene, kind: str) -> Iterator[Observation]:
    """Of it what the customer says in a conversation in which they had complained by then."""
    conversations = scene.pairing.conversations
    failed: dict[int | None, int] = {}
    for episode in scene.episodes:
        failed.setdefault(conversations[episode.complaints[0]], episode.complaints[0])
    for seen in content_after_answer(scene, kind):
        position = seen.positions[0]
        if failed.get(conversations[position], position) < position:
            yield seen


def grievances(scene: Scene, kind: str) -> Iterator[Observation]:
    """Each of the customer's interactions that says that something fell short."""
    surely = scene.failing.__getitem__
    return bad_as_surely_as(scene, kind, CustomerAct.COMPLAINT, scene.customer_positions, surely)


def still_unresolved(scene: Scene, kind: str) -> Iterator[Observation]:
    """Each time the customer says that it is still not solved, or complains of it once more."""
    surely = scene.unresolved.__getitem__
    return bad_as_surely_as(scene, kind, CustomerAct.UNRESOLVED, scene.customer_positions, surely)


def bad_as_surely_as(
    scene: Scene,
    kind: str,
    act: CustomerAct,
    positions: Iterable[int],
    surely: Callable[[int], float],
) -> Iterator[Observation]:
    """A bad observation for each of the interactions at `positions` that is sure enough, 0 to 1."""
    sent_us, least = scene.history.sent_us, scene.least
    for position in positions:
        severity = surely(position)
        if severity >= least:
            yield _of_act(kind, act, position, BAD, severity, sent_us[position])


def peace_of(scene: Scene, first: int) -> float:
    """How surely a visit that begins at `first` is in peace, 0 to 1; 0 where that is not known."""
    if scene.reading.unread[first] or isinstance(scene.history.outcomes[first], OptOut):
        return 0.0
    leaves = max([scene.customer(first, act) for act in LEAVING_ACTS])
    cold = max(scene.failing[first], leaves)
    return 1.0 - cold if cold < scene.least else 0.0


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
