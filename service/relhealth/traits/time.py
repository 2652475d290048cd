"""Devote time to each other.

The brand answers, and soon, praise as well as complaints; an open call counts for as long as it has
waited so far. The customer answers the brand's questions, and comes by without a complaint.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum

from relhealth.domain.acts import PRAISING_ACTS, BrandAct, CustomerAct
from relhealth.domain.evidence import Observation
from relhealth.domain.history import MICROSECONDS_PER_HOUR
from relhealth.domain.vocabulary import Trait
from relhealth.signals.pace import speed_credit
from relhealth.signals.pairing import Call, Role
from relhealth.signals.scene import Scene
from relhealth.traits.observing import (
    GOOD,
    content_after_answer,
    peace_of,
    still_unresolved,
)

KINDS = (
    "answer",
    "praise_acknowledged",
    "questions_answered",
    "visit_in_peace",
    "content",
    "still_unresolved",
)


def observe(scene: Scene) -> Iterator[Observation]:
    """Evidence for the time both parties give."""
    for call in scene.pairing.calls:
        yield _answer(scene, call)
    yield from _praise_acknowledged(scene)
    yield from _questions_answered(scene)
    yield from _visits_in_peace(scene)
    yield from content_after_answer(scene, "content")
    yield from still_unresolved(scene, "still_unresolved")


def applies(scene: Scene) -> bool:
    """Where somebody called for an answer, or the customer came by."""
    return len(scene.customer_positions) > 0


class Waited(IntEnum):
    """How the wait for an answer ended."""

    ANSWERED = 0
    OPEN = 1
    SETTLED = 2
    NOT_OWED = 3


def _answer(scene: Scene, call: Call) -> Observation:
    history = scene.history
    sent_us = history.sent_us[call.position]
    ended, by, until_us = _end(scene, call)
    return Observation(
        kind="answer",
        value=_credit(scene, call, ended, until_us),
        severity=call.importance,
        at_us=sent_us,
        positions=(call.position,) if by is None else (call.position, by),
        acts=((call.position, call.act),),
        facts=((until_us - sent_us) / MICROSECONDS_PER_HOUR, float(ended)),
        pending=ended is Waited.OPEN,
    )


def _end(scene: Scene, call: Call) -> tuple[Waited, int | None, int]:
    """How the wait ended or stands at the moment, by which message, and when."""
    sent_us = scene.history.sent_us
    if call.answered_by is not None:
        return Waited.ANSWERED, call.answered_by, sent_us[call.answered_by]
    if call.settled_by is not None:
        return Waited.SETTLED, call.settled_by, sent_us[call.settled_by]
    return Waited.OPEN if call.is_owed else Waited.NOT_OWED, None, scene.as_of_us


def _credit(scene: Scene, call: Call, ended: Waited, until_us: int) -> float:
    """Credit for the speed of an answer; without one at most what is assumed before any evidence.

    Whatever comes after the customer needs no answer any more, or did not need one, costs nothing.
    """
    history = scene.history
    assumed = scene.rubric.prior(Trait.TIME, history.segment).mean
    sent_us, channel = history.sent_us[call.position], history.channels[call.position]
    credit = speed_credit(sent_us, until_us, channel, scene.rubric.calls)
    if not call.is_owed:
        return assumed if ended is Waited.NOT_OWED else max(assumed, credit)
    if ended is not Waited.ANSWERED:
        return min(assumed, credit)
    if call.settled_by is None:
        return credit
    settled_us = history.sent_us[call.settled_by]
    settled = speed_credit(sent_us, settled_us, channel, scene.rubric.calls)
    return max(credit, min(assumed, settled))


def _praise_acknowledged(scene: Scene) -> Iterator[Observation]:
    for position, calls in scene.pairing.answered.items():
        warmth = max([_warmth(scene, call) for call in calls])
        if warmth > 0.0:
            yield Observation(
                kind="praise_acknowledged",
                value=GOOD,
                severity=warmth,
                at_us=scene.called_us(position),
                positions=(*calls, position),
            )


def _warmth(scene: Scene, call: int) -> float:
    """How surely a call is praise rather than a failing; 0 where it is not."""
    warm = max([scene.customer(call, act) for act in PRAISING_ACTS])
    cold = scene.failing[call]
    return warm * (1.0 - cold) if warm >= scene.least and warm > cold else 0.0


def _questions_answered(scene: Scene) -> Iterator[Observation]:
    """At most one a question of a human's: the customer's next message in the conversation.

    An insult is no answer.
    """
    asked: dict[int, int] = {}
    roles = scene.pairing.roles
    questions, abuse = scene.columns[BrandAct.QUESTION], scene.columns[CustomerAct.ABUSE]
    customer, receipt = Role.CUSTOMER, Role.RECEIPT
    for position, number in enumerate(scene.pairing.conversations):
        if number is None or roles[position] is receipt:
            continue
        if roles[position] is not customer:
            if questions[position] >= scene.least and number not in asked:
                asked[number] = position
        elif number in asked:
            question_at = asked.pop(number)
            yield Observation(
                kind="questions_answered",
                value=GOOD,
                severity=questions[question_at] * (1.0 - abuse[position]),
                at_us=scene.history.sent_us[position],
                positions=(question_at, position),
                acts=((question_at, BrandAct.QUESTION),),
            )


def _visits_in_peace(scene: Scene) -> Iterator[Observation]:
    for first in scene.pairing.first_of:
        peace = peace_of(scene, first)
        if peace > 0.0 and scene.history.texts[first]:
            yield Observation(
                kind="visit_in_peace",
                value=GOOD,
                severity=peace,
                at_us=scene.history.sent_us[first],
                positions=(first,),
            )
