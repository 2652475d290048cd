"""Practice forgiveness.

The brand is generous. The customer lets a failing go, comes back in peace, does not bring up again
what was put right, and does not leave with a grudge.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import partial

from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.domain.evidence import Observation
from relhealth.domain.history import MICROSECONDS_PER_DAY
from relhealth.signals.episodes import Episode
from relhealth.signals.likeness import Likeness
from relhealth.signals.scene import Scene
from relhealth.traits.observing import (
    BAD,
    GOOD,
    bad_as_surely_as,
    content_after_failing,
    customer_acts,
    episode_act,
    grievances,
    peace_of,
    still_unresolved,
)

KINDS = (
    "goodwill",
    "forgives",
    "returns_in_peace",
    "old_failing_again",
    "churn_intent",
    "parts_in_peace",
    "grievance_kept",
    "grievance",
    "ultimatum",
    "abuse",
)


def observe(scene: Scene) -> Iterator[Observation]:
    """Evidence for how both parties forgive."""
    for episode in scene.episodes:
        yield from episode_act("goodwill", BrandAct.GOODWILL, episode, 1.0)
    yield from customer_acts(scene, "forgives", CustomerAct.FORGIVENESS, GOOD)
    yield from _returns_in_peace(scene)
    yield from _old_failing_again(scene)
    yield from _leaves(scene)
    if scene.episodes:
        yield from content_after_failing(scene, "parts_in_peace")
        yield from still_unresolved(scene, "grievance_kept")
        yield from grievances(scene, "grievance")
    yield from customer_acts(scene, "ultimatum", CustomerAct.ULTIMATUM, BAD)
    yield from customer_acts(scene, "abuse", CustomerAct.ABUSE, BAD)


def applies(scene: Scene) -> bool:
    """Where something went wrong that could be forgiven, or the customer forgives or leaves."""
    if scene.episodes or scene.customer_doing[CustomerAct.FORGIVENESS]:
        return True
    return any(
        _grudge(scene, p) >= scene.least for p in scene.customer_doing[CustomerAct.CHURN_INTENT]
    )


def _leaves(scene: Scene) -> Iterator[Observation]:
    """Each farewell, as far as it is no friendly one: who moves away with praise has no grudge."""
    act = CustomerAct.CHURN_INTENT
    positions = scene.customer_doing[act]
    return bad_as_surely_as(scene, "churn_intent", act, positions, partial(_grudge, scene))


def _grudge(scene: Scene, position: int) -> float:
    """How surely the customer means to leave, and says nothing kind without a grievance, 0 to 1.

    Praise and a recommendation are kind; thanks are where nothing went wrong, and else polite.
    Where nothing went wrong the last word of the conversation counts, too: who cancels and is
    helped thanks only then.
    """
    unkind = _unkind(scene, position)
    if not scene.episodes:
        unkind *= _thankless(scene, position)
        number = scene.pairing.conversations[position]
        last = position if number is None else scene.pairing.last_of[number]
        if last != position:
            unkind *= _unkind(scene, last) * _thankless(scene, last)
    kind = (1.0 - unkind) * (1.0 - scene.failing[position])
    return scene.customer(position, CustomerAct.CHURN_INTENT) * (1.0 - kind)


def _unkind(scene: Scene, position: int) -> float:
    praises = scene.customer(position, CustomerAct.PRAISE)
    return (1.0 - praises) * (1.0 - scene.customer(position, CustomerAct.ADVOCACY))


def _thankless(scene: Scene, position: int) -> float:
    return 1.0 - scene.customer(position, CustomerAct.GRATITUDE)


def _returns_in_peace(scene: Scene) -> Iterator[Observation]:
    """The first visit without a complaint after each failing that is over."""
    firsts = scene.pairing.first_of
    for episode in scene.episodes:
        if episode.ended_us is None:
            continue
        nth = bisect_right(firsts, episode.ended_us, key=scene.history.sent_us.__getitem__)
        if nth == len(firsts):
            continue
        first = firsts[nth]
        peace = peace_of(scene, first) * (1.0 - _asks_after(scene, first, episode))
        if peace > 0.0:
            yield Observation(
                kind="returns_in_peace",
                value=GOOD,
                severity=episode.probability * peace,
                at_us=scene.history.sent_us[first],
                positions=(episode.complaints[0], first),
            )


def _asks_after(scene: Scene, position: int, episode: Episode) -> float:
    """How surely a message asks after a failing, 0 to 1: "any news on the leg?" is no new visit."""
    said = scene.words.telling(position)
    if all(said.isdisjoint(scene.words.telling(complaint)) for complaint in episode.complaints):
        return 0.0
    return scene.customer(position, CustomerAct.REQUEST)


def _old_failing_again(scene: Scene) -> Iterator[Observation]:
    """Complaints like one of an earlier episode that the customer had closed by then.

    What comes back soon is the brand's failing again, not the customer's grudge.
    """
    said = scene.words.failing
    closed = sorted(
        [(e.closed_by, e.complaints) for e in scene.episodes if e.closed_by is not None]
    )
    settled = Likeness(scene.rubric.episodes.repeat_similarity)
    closing: dict[int, int] = {}
    nth = 0
    for episode in scene.episodes:
        first = episode.complaints[0]
        while nth < len(closed) and closed[nth][0] < first:
            closed_by, complaints = closed[nth]
            for complaint in complaints:
                settled.add(said(complaint), complaint)
                closing[complaint] = closed_by
            nth += 1
        old = settled.find(said(first))
        came_back = bool(episode.repeats) and episode.repeats[0].position == first
        if old is None or came_back:
            continue
        gap_us = scene.history.sent_us[first] - scene.history.sent_us[closing[old]]
        yield Observation(
            kind="old_failing_again",
            value=BAD,
            severity=episode.probability,
            at_us=scene.history.sent_us[first],
            positions=(old, first),
            facts=(gap_us / MICROSECONDS_PER_DAY,),
        )
