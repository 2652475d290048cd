"""Develop better communication.

The brand asks, takes up what was said, answers to the point and feels with the customer; it does
not talk at people, repeat canned lines, ask again or send them around. The customer informs and
suggests, and stays civil.
"""

from __future__ import annotations

from collections.abc import Iterator

from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.domain.evidence import Observation
from relhealth.signals.pace import speed_credit
from relhealth.signals.pairing import Role
from relhealth.signals.scene import Scene
from relhealth.signals.talk import Repetition, asked_again, hops
from relhealth.signals.wording import share_taken_up
from relhealth.traits.observing import (
    BAD,
    GOOD,
    acts_at,
    answering_acts,
    content_after_answer,
    customer_acts,
    grievances,
    still_unresolved,
)

_CONVERSING = (Role.ANSWER, Role.CONTINUATION)
KINDS = (
    "question_asked",
    "reply_to_the_point",
    "empathy",
    "talks_at",
    "monologue",
    "canned_line",
    "asks_again",
    "sent_elsewhere",
    "sent_around",
    "information_given",
    "suggestion",
    "abuse",
    "content",
    "grievance",
    "still_unresolved",
    "deflection",
    "left_open",
)


def observe(scene: Scene) -> Iterator[Observation]:
    """Evidence for how both parties communicate."""
    canned, again = _canned(scene), _asks_again(scene)
    asked = answering_acts(scene, "question_asked", BrandAct.QUESTION)
    yield from _unless_repeated(asked, again)
    yield from _to_the_point(scene)
    yield from _unless_repeated(answering_acts(scene, "empathy", BrandAct.EMPATHY), canned)
    yield from _talks_at(scene)
    yield from _monologue(scene)
    yield from canned
    yield from again
    yield from _sent_around(scene)
    yield from customer_acts(scene, "information_given", CustomerAct.INFORMATION, GOOD)
    yield from customer_acts(scene, "suggestion", CustomerAct.SUGGESTION, GOOD)
    yield from customer_acts(scene, "abuse", CustomerAct.ABUSE, BAD)
    yield from content_after_answer(scene, "content")
    yield from grievances(scene, "grievance")
    yield from still_unresolved(scene, "still_unresolved")
    yield from _deflections(scene)
    yield from _left_open(scene)


def applies(scene: Scene) -> bool:
    """Wherever anything was said."""
    return len(scene.history) > 0


def _unless_repeated(
    good: Iterator[Observation], repetitions: list[Observation]
) -> Iterator[Observation]:
    """What messages do well, but those that only do it again."""
    repeated = {again.positions[-1] for again in repetitions}
    return (seen for seen in good if seen.positions[-1] not in repeated)


def _to_the_point(scene: Scene) -> Iterator[Observation]:
    least = scene.rubric.wording.uptake_minimum_share
    helping = scene.columns[BrandAct.HELP]
    telling = scene.words.telling
    for position, calls in scene.pairing.answered.items():
        helps = helping[position]
        answer = telling(position)
        uptake = max([share_taken_up(telling(call), answer) for call in calls])
        severity = max(helps if helps >= scene.least else 0.0, uptake if uptake >= least else 0.0)
        if severity > 0.0:
            yield Observation(
                kind="reply_to_the_point",
                value=GOOD,
                severity=severity,
                at_us=scene.called_us(position),
                positions=(*calls, position),
                acts=((position, BrandAct.HELP),) if helps >= scene.least else (),
            )


def _talks_at(scene: Scene) -> Iterator[Observation]:
    """The talking that nobody asked for; only the customer's own words weigh against it."""
    said = scene.talk
    if not said.positions or said.unasked_words == 0:
        return
    half = scene.rubric.wording.talk_half_words + said.customer_words
    yield Observation(
        kind="talks_at",
        value=BAD,
        severity=said.unasked_words / (said.unasked_words + half),
        at_us=scene.history.sent_us[said.positions[-1]],
        positions=said.positions,
        facts=(float(said.unasked_words), float(said.customer_words)),
    )


def _monologue(scene: Scene) -> Iterator[Observation]:
    """As severe as the longest and as fresh as the last, so that one more never lightens it."""
    said = scene.talk
    if said.longest is None or not said.monologues:
        return
    position, length = said.longest
    yield Observation(
        kind="monologue",
        value=BAD,
        severity=1.0 - scene.rubric.wording.monologue_words / (2.0 * length),
        at_us=scene.history.sent_us[said.monologues[-1]],
        positions=(position,),
        facts=(float(length),),
    )


def _canned(scene: Scene) -> list[Observation]:
    """Lines said before; a notice, or a letter that was subscribed to, is expected to read so."""
    roles, wanted = scene.pairing.roles, scene.outreach.wanted
    return [
        _repetition(scene, "canned_line", line)
        for line in scene.canned_lines()
        if roles[line.position] != Role.NOTICE and line.position not in wanted
    ]


def _asks_again(scene: Scene) -> list[Observation]:
    again = asked_again(scene.history, scene.columns, scene.pairing, scene.least)
    return [_repetition(scene, "asks_again", line) for line in again]


def _repetition(scene: Scene, kind: str, line: Repetition) -> Observation:
    return Observation(
        kind=kind,
        value=BAD,
        severity=line.probability,
        at_us=scene.history.sent_us[line.position],
        positions=(line.earlier, line.position),
    )


def _sent_around(scene: Scene) -> Iterator[Observation]:
    """Each time counts; from the second time on it counts as being sent around on top."""
    for hop in hops(scene.pairing, scene.brand_doing[BrandAct.REDIRECT], scene.columns):
        for kind in ("sent_elsewhere", "sent_around")[: hop.count]:
            yield Observation(
                kind=kind,
                value=BAD,
                severity=hop.probability,
                at_us=scene.history.sent_us[hop.position],
                positions=(hop.position,),
                acts=((hop.position, BrandAct.REDIRECT),),
                facts=(float(hop.count),),
            )


def _deflections(scene: Scene) -> Iterator[Observation]:
    """Within conversations."""
    act, roles = BrandAct.DEFLECTION, scene.pairing.roles
    conversing = tuple([p for p in scene.brand_doing[act] if roles[p] in _CONVERSING])
    return acts_at(scene, "deflection", act, conversing, BAD)


def _left_open(scene: Scene) -> Iterator[Observation]:
    """Calls that kept somebody waiting and got no word back, the more the longer they did.

    Nobody is kept waiting by praise; whether it was acknowledged is told by the trait TIME.
    """
    for call in scene.pairing.calls:
        if call.answered_by is not None or not call.keeps_waiting:
            continue
        sent_us = scene.history.sent_us[call.position]
        channel = scene.history.channels[call.position]
        settled = call.settled_by
        until_us = scene.as_of_us if settled is None else scene.history.sent_us[settled]
        credit = speed_credit(sent_us, until_us, channel, scene.rubric.calls)
        severity = call.importance * (1.0 - credit)
        if severity > 0.0:
            yield Observation(
                kind="left_open",
                value=BAD,
                severity=severity,
                at_us=sent_us,
                positions=(call.position,),
                acts=((call.position, call.act),),
                facts=(float(settled is not None),),
                pending=settled is None,
            )
