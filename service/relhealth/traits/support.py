"""Support each other.

The brand really helps, and the customer says so; nothing is left unresolved. The customer thanks,
praises and recommends, and turns nobody away.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush

from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.domain.evidence import Observation
from relhealth.domain.history import Rating
from relhealth.domain.vocabulary import PUBLIC_CHANNELS, Channel
from relhealth.signals.episodes import Episode
from relhealth.signals.pace import speed_credit
from relhealth.signals.pairing import Call, Role
from relhealth.signals.scene import Scene
from relhealth.traits.observing import (
    BAD,
    GOOD,
    answering_acts,
    bad_as_surely_as,
    content_after_answer,
    customer_acts,
    episode_act,
    grievances,
    still_unresolved,
    surest_complaint,
    unanswered_outreach,
)

_AMENDS = (BrandAct.APOLOGY, BrandAct.OWNERSHIP, BrandAct.GOODWILL)
KINDS = (
    "help_given",
    "left_unresolved",
    "resolution_confirmed",
    "still_unresolved",
    "advocacy",
    "praise",
    "gratitude",
    "rated_well",
    "rated_poorly",
    "turns_others_away",
    "information_given",
    "content",
    "grievance",
    "sells_instead",
    "unanswered_outreach",
    "stands_by",
    "explanation",
)


def observe(scene: Scene) -> Iterator[Observation]:
    """Evidence for how both parties support each other."""
    yield from answering_acts(scene, "help_given", BrandAct.HELP)
    for episode in scene.episodes:
        yield from _left_unresolved(scene, episode)
    yield from customer_acts(scene, "resolution_confirmed", CustomerAct.RESOLUTION, GOOD)
    yield from still_unresolved(scene, "still_unresolved")
    yield from customer_acts(scene, "advocacy", CustomerAct.ADVOCACY, GOOD)
    yield from customer_acts(scene, "praise", CustomerAct.PRAISE, GOOD)
    yield from customer_acts(scene, "gratitude", CustomerAct.GRATITUDE, GOOD)
    yield from _ratings(scene)
    yield from _turns_others_away(scene)
    yield from customer_acts(scene, "information_given", CustomerAct.INFORMATION, GOOD)
    yield from content_after_answer(scene, "content")
    yield from grievances(scene, "grievance")
    yield from _sells_instead(scene)
    yield from unanswered_outreach(scene)
    for episode in scene.episodes:
        amends = max(_AMENDS, key=episode.chance)
        yield from episode_act("stands_by", amends, episode, episode.probability)
    yield from answering_acts(scene, "explanation", BrandAct.EXPLANATION)


def applies(scene: Scene) -> bool:
    """Wherever anything was said."""
    return len(scene.history) > 0


def _left_unresolved(scene: Scene, episode: Episode) -> Iterator[Observation]:
    """An episode that ended in unwanted silence, without help; what makes up for it is no help."""
    if episode.ended_us is None or episode.closed_by is not None or episode.wants_silence:
        return
    severity = episode.probability * (1.0 - episode.said(BrandAct.HELP))
    if severity >= scene.least:
        yield Observation(
            kind="left_unresolved",
            value=BAD,
            severity=severity,
            at_us=scene.history.sent_us[episode.complaints[-1]],
            positions=episode.complaints,
            acts=surest_complaint(scene, episode),
        )


def _ratings(scene: Scene) -> Iterator[Observation]:
    for position in scene.customer_positions:
        outcome = scene.history.outcomes[position]
        if isinstance(outcome, Rating):
            place = 2.0 * (outcome.value - outcome.worst) / (outcome.best - outcome.worst) - 1.0
            if place == 0.0:
                continue  # the middle of the scale says neither
            yield Observation(
                kind="rated_well" if place > 0.0 else "rated_poorly",
                value=GOOD if place > 0.0 else BAD,
                severity=abs(place),
                at_us=scene.history.sent_us[position],
                positions=(position,),
                facts=(outcome.value, outcome.worst, outcome.best),
            )


def _turns_others_away(scene: Scene) -> Iterator[Observation]:
    """A public farewell with a complaint tells others to stay away."""
    channels, rows = scene.history.channels, scene.reading.probabilities
    public = (p for p in scene.customer_positions if channels[p] in PUBLIC_CHANNELS)
    leaving, complaint = CustomerAct.CHURN_INTENT, CustomerAct.COMPLAINT
    return bad_as_surely_as(
        scene, "turns_others_away", leaving, public, lambda p: rows[p][complaint] * rows[p][leaving]
    )


def _sells_instead(scene: Scene) -> Iterator[Observation]:
    """Outreach while the customer waits for an answer, by how much it matters and how long they do.

    Also what they consented to: a letter is no answer, and comes at the wrong time. What matters
    most and who has waited longest may be two calls: so answering either never makes it worse.
    """
    calls, sent_us = scene.pairing.calls, scene.history.sent_us
    waiting: list[tuple[float, int, int]] = []  # a heap: what matters most, and is latest, first
    begun = oldest = 0
    for position in scene.with_role(Role.OUTREACH):
        while begun < len(calls) and calls[begun].position < position:
            call = calls[begun]
            if call.keeps_waiting:
                heappush(waiting, (-call.importance, -call.position, _waits_until(scene, call)))
            begun += 1
        while waiting and waiting[0][2] < position:
            heappop(waiting)
        while oldest < begun and not _waits_at(scene, calls[oldest], position):
            oldest += 1
        if waiting:
            importance, call_position, _ = waiting[0]
            since_us = sent_us[calls[oldest].position]
            patience = speed_credit(
                since_us, sent_us[position], Channel.UNSPECIFIED, scene.rubric.calls
            )
            yield Observation(
                kind="sells_instead",
                value=BAD,
                severity=-importance * (1.0 - patience),
                at_us=sent_us[position],
                positions=(-call_position, position),
            )


def _waits_until(scene: Scene, call: Call) -> int:
    """The place of what ends a call: an answer or the customer's word, or beyond the last."""
    ends = [p for p in (call.answered_by, call.settled_by) if p is not None]
    return min(ends, default=len(scene.history))


def _waits_at(scene: Scene, call: Call, position: int) -> bool:
    return call.keeps_waiting and _waits_until(scene, call) >= position
