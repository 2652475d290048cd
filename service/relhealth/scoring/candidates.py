"""What a brand could do next: one candidate for each way to answer what the history leaves open.

A candidate is either the messages that it would send, or the messages that it would stop sending.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from relhealth.domain.acts import PRAISING_ACTS, BrandAct, CustomerAct
from relhealth.domain.evidence import LIKELY
from relhealth.domain.history import MICROSECONDS_PER_DAY, MICROSECONDS_PER_HOUR, OptOut
from relhealth.domain.vocabulary import Channel, Purpose
from relhealth.scoring.sentences import duration
from relhealth.scoring.simulation import Draft, certain
from relhealth.signals.commitments import Commitment, Fate
from relhealth.signals.episodes import Episode
from relhealth.signals.pairing import Call, Role
from relhealth.signals.scene import Scene
from relhealth.traits.observing import peace_of

LEAVE_ALONE: Final = "leave_alone"
_CHECK_IN: Final = "check_in"
ACTIONS: Final = {
    LEAVE_ALONE: "Send nothing.",
    "stop_promotions": "Send no more advertisements.",
    "stop_nagging": "Beg for nothing more, and ask nothing more that nobody answers.",
    "keep_commitment": "Do what was promised, and say that it is done.",
    "answer_open_call": "Help with what the customer asked or complained about.",
    "acknowledge_praise": "Thank the customer for a good word.",
    "own_mistake": "Where it was the brand's fault, say so, and apologise.",
    "apologise": "Apologise for what went wrong.",
    "put_it_right": "Help with what went wrong.",
    "offer_goodwill": "Give something to make up for what went wrong.",
    "ask_what_is_missing": "Ask what is needed to help with a message that waits.",
    _CHECK_IN: "Ask, unasked, how the customer is.",
}
# That something fell short is what the customer says; whose fault it was nobody has found.
_OWN: Final = "Where it was the brand's fault, own the failing"
_HOURS_PER_DAY: Final = 24.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that the brand could do, before it is known what it would bring.

    Attributes:
        name: One of `ACTIONS`.
        positions: The interactions it is about, ascending.
        acts: What each of its messages does.
        drafts: Its messages; where it stops something, the messages that it prevents.
        stops: Whether it stops something.
        asked_for: Whether the customer asked for it, or the brand promised it.
        summary: A sentence.
    """

    name: str
    positions: tuple[int, ...]
    acts: tuple[BrandAct, ...]
    drafts: tuple[Draft, ...]
    stops: bool
    asked_for: bool
    summary: str


def candidates(scene: Scene, horizon_us: int) -> list[Candidate]:
    """All candidates but leaving alone, in the order of `ACTIONS`."""
    found = [
        *_stops(scene, horizon_us),
        *_keeping(scene),
        *_answers(scene),
        *_mending(scene),
        *_asking(scene),
    ]
    order = list(ACTIONS)
    return sorted(found, key=lambda c: order.index(c.name))


def _reply(scene: Scene, position: int, acts: tuple[BrandAct, ...]) -> Draft:
    channel = scene.history.channels[position]
    return Draft(scene.as_of_us, channel, certain(acts), reply_to=position)


def _sending(
    scene: Scene,
    name: str,
    about: tuple[int, ...],
    targets: list[int],
    acts: tuple[BrandAct, ...],
    summary: str,
    *,
    asked_for: bool,
) -> Candidate:
    drafts = tuple([_reply(scene, position, acts) for position in targets])
    return Candidate(name, about, acts, drafts, stops=False, asked_for=asked_for, summary=summary)


def _waited(scene: Scene, position: int) -> str:
    days = (scene.as_of_us - scene.history.sent_us[position]) / MICROSECONDS_PER_DAY
    return duration(days * _HOURS_PER_DAY)


def _answers(scene: Scene) -> Iterator[Candidate]:
    calling = _by_conversation(scene, _asking_calls(scene))
    if calling:
        about = _positions(calling)
        targets = [calls[-1].position for calls in calling]
        waited = _waited(scene, about[0])
        said = f"a message that has waited {waited}"
        if len(about) > 1:
            said = f"{len(about)} messages, the first of which has waited {waited}"
        yield _sending(
            scene, "answer_open_call", about, targets, (BrandAct.HELP,), f"Answer {said}.",
            asked_for=True,
        )  # fmt: skip
        yield _sending(
            scene, "ask_what_is_missing", about, targets, (BrandAct.QUESTION,),
            f"Ask what is missing to answer {said}.", asked_for=True,
        )  # fmt: skip
    warm = [c for c in _praise(scene) if not _shares_conversation(scene, c, calling)]
    if warm:
        about = tuple([call.position for call in warm])
        targets = [calls[-1].position for calls in _by_conversation(scene, warm)]
        thanks = (BrandAct.GRATITUDE, BrandAct.ACKNOWLEDGEMENT)
        said = f"Thank the customer for a good word of {_waited(scene, about[-1])} ago."
        yield _sending(
            scene, "acknowledge_praise", about, targets, thanks, said, asked_for=True
        )  # fmt: skip


def _asking_calls(scene: Scene) -> list[Call]:
    """The open calls that somebody still waits by: not too old, and no wish to be left alone."""
    days = scene.rubric.episodes.repeat_window_days
    return [
        call
        for call in scene.open_calls()
        if call.keeps_waiting
        and _is_within(scene, call.position, days)
        and not _only_opts_out(scene, call.position)
    ]


def _only_opts_out(scene: Scene, position: int) -> bool:
    """Whether a message asks to be left alone, and for nothing else."""
    asks = scene.customer(position, CustomerAct.REQUEST) >= LIKELY
    return _is_opt_out(scene, position) and not asks


def _praise(scene: Scene) -> list[Call]:
    """The open calls that praise and got no word back, while a word of thanks is in place."""
    days = scene.rubric.calls.pairing_window_days
    return [
        call
        for call in scene.open_calls()
        if call.act in PRAISING_ACTS
        and max([scene.customer(call.position, act) for act in PRAISING_ACTS]) >= LIKELY
        and _is_within(scene, call.position, days)
        and not _is_spoken_to_since(scene, call.position)
    ]


def _is_spoken_to_since(scene: Scene, position: int) -> bool:
    """Whether a human at the brand has said anything in the conversation since a message."""
    conversations = scene.pairing.conversations
    spoken = scene.with_role(Role.ANSWER) + scene.with_role(Role.CONTINUATION)
    return any(p > position and conversations[p] == conversations[position] for p in spoken)


def _is_within(scene: Scene, position: int, days: float) -> bool:
    age_us = scene.as_of_us - scene.history.sent_us[position]
    return age_us <= days * MICROSECONDS_PER_DAY


def _is_opt_out(scene: Scene, position: int) -> bool:
    if isinstance(scene.history.outcomes[position], OptOut):
        return True
    return scene.customer(position, CustomerAct.OPT_OUT) >= scene.least


def _positions(conversations: list[list[Call]]) -> tuple[int, ...]:
    return tuple(sorted([call.position for calls in conversations for call in calls]))


def _by_conversation(scene: Scene, calls: list[Call]) -> list[list[Call]]:
    found: dict[int | None, list[Call]] = {}
    for call in calls:
        found.setdefault(scene.pairing.conversations[call.position], []).append(call)
    return list(found.values())


def _shares_conversation(scene: Scene, call: Call, others: list[list[Call]]) -> bool:
    conversations = scene.pairing.conversations
    number = conversations[call.position]
    return any(conversations[other[0].position] == number for other in others)


def _keeping(scene: Scene) -> Iterator[Candidate]:
    """Promises that nothing shows to be kept, and nobody has reminded of.

    Who was thanked and hears no more of it is not told to come back to it, nor is who has come by
    in peace since.
    """
    days = scene.rubric.episodes.repeat_window_days
    due = [
        promise
        for promise in scene.commitments
        if promise.settled_by is None
        and promise.fate != Fate.KEPT
        and not (promise.is_thanked and promise.fate == Fate.UNKNOWN)
        and not _has_moved_on(scene, promise)
        and _is_within(scene, promise.position, days)
    ]
    if not due:
        return
    by_conversation = {scene.pairing.conversations[p.position]: p.position for p in due}
    about = tuple([p.position for p in due])
    what = "the promise" if len(due) == 1 else f"the {len(due)} promises"
    late = _overdue(len([p for p in due if p.fate == Fate.BROKEN]), len(due))
    if all(promise.fate == Fate.UNKNOWN for promise in due):
        late = ", which nothing shows to be kept"
    yield _sending(
        scene, "keep_commitment", about, list(by_conversation.values()), (BrandAct.HELP,),
        f"Keep {what} of {_waited(scene, about[0])} ago{late}.", asked_for=True,
    )  # fmt: skip


def _has_moved_on(scene: Scene, promise: Commitment) -> bool:
    """Whether the customer has begun another conversation in peace since a promise was due."""
    sent_us = scene.history.sent_us[promise.position]
    since_us = sent_us if promise.due_us is None else promise.due_us
    return _comes_by_in_peace(scene, since_us, scene.pairing.conversations[promise.position])


def _comes_by_in_peace(scene: Scene, since_us: int, besides: int | None) -> bool:
    """Whether a conversation besides one begins in peace after a moment."""
    return any(
        scene.history.sent_us[first] > since_us
        and scene.pairing.conversations[first] != besides
        and peace_of(scene, first) > 0.0
        for first in scene.pairing.first_of
    )


def _overdue(overdue: int, due: int) -> str:
    if overdue == 0:
        return ""
    return ", which is overdue" if due == 1 else f", {overdue} of them overdue"


def _mending(scene: Scene) -> Iterator[Candidate]:
    """What the latest failing that wants it has not had: ownership, apology, help, goodwill."""
    waiting = {scene.pairing.conversations[c.position] for c in _asking_calls(scene)}
    days = scene.rubric.episodes.repeat_window_days
    recent = [
        episode
        for episode in scene.episodes
        if episode.probability >= LIKELY
        and _is_within(scene, episode.complaints[-1], days)
        and not _is_settled(scene, episode)
        and not (_is_past(scene, episode) and _conversation(scene, episode) not in waiting)
    ]
    for name, acts, what in (
        ("own_mistake", (BrandAct.OWNERSHIP, BrandAct.APOLOGY), _OWN),
        ("apologise", (BrandAct.APOLOGY,), "Apologise for the failing"),
        ("put_it_right", (BrandAct.HELP,), "Put right the failing"),
        ("offer_goodwill", (BrandAct.GOODWILL,), "Make up for the failing"),
    ):
        lacking = [e for e in recent if e.said(acts[0]) < LIKELY]
        if not lacking:
            continue
        latest = lacking[-1].complaints[-1]
        is_open = scene.pairing.conversations[latest] in waiting
        if name == "put_it_right" and is_open:
            continue  # that is to answer the call
        if name == "offer_goodwill" and _is_pressed(scene):
            continue  # nothing is given under a threat or for abuse
        said = f"{what} of {_waited(scene, latest)} ago."
        yield _sending(scene, name, lacking[-1].complaints, [latest], acts, said, asked_for=is_open)


def _conversation(scene: Scene, episode: Episode) -> int | None:
    return scene.pairing.conversations[episode.complaints[0]]


def _is_past(scene: Scene, episode: Episode) -> bool:
    """Whether the customer has come back in peace since the failing was over."""
    return episode.ended_us is not None and _comes_by_in_peace(
        scene, episode.ended_us, _conversation(scene, episode)
    )


def _is_pressed(scene: Scene) -> bool:
    """Whether the customer has of late made compensation a condition, or abused somebody."""

    def does(act: CustomerAct) -> bool:
        return any(
            scene.customer(p, act) >= LIKELY
            and _is_within(scene, p, scene.rubric.episodes.repeat_window_days)
            for p in scene.customer_doing[act]
        )

    threatens = does(CustomerAct.ULTIMATUM) or does(CustomerAct.CHURN_INTENT)
    return does(CustomerAct.ABUSE) or (threatens and does(CustomerAct.COMPENSATION_DEMAND))


def _is_settled(scene: Scene, episode: Episode) -> bool:
    """Whether the customer has closed the matter, or owned up that the mistake was theirs."""
    if episode.closed_by is not None:
        return True
    conversations, latest = scene.pairing.conversations, episode.complaints[-1]
    return any(
        p >= latest
        and conversations[p] == conversations[latest]
        and scene.customer(p, CustomerAct.OWN_MISTAKE) >= LIKELY
        for p in scene.customer_doing[CustomerAct.OWN_MISTAKE]
    )


def _asking(scene: Scene) -> Iterator[Candidate]:
    """A check-in: outreach whatever it asks, so that it answers nothing by chance."""
    spoke = scene.customer_positions
    channel = scene.history.channels[spoke[-1] if spoke else -1]
    row = certain((BrandAct.QUESTION,))
    yield Candidate(
        _CHECK_IN,
        (),
        (BrandAct.QUESTION,),
        (Draft(scene.as_of_us, channel, row, purpose=Purpose.MARKETING),),
        stops=False,
        asked_for=False,
        summary=ACTIONS[_CHECK_IN],
    )


def _stops(scene: Scene, horizon_us: int) -> Iterator[Candidate]:
    """Stopping, as the messages that going on at the observed rate would send."""
    since_us = scene.as_of_us - _load_window_us(scene)
    too_many = {load.position for load in scene.outreach.loads}
    sent = sorted(too_many.union(scene.outreach.unasked))
    recent = [p for p in sent if scene.history.sent_us[p] > since_us]
    sells = {p: _sells(scene, p) for p in recent}
    selling = [p for p in recent if sells[p]]
    nagging = [p for p in recent if not sells[p]]
    if _is_welcome(scene, since_us):
        selling = []
    unwanted = {disregard.position for disregard in scene.permission.disregards}
    for name, positions, what in (
        ("stop_promotions", selling, "Stop the promotions"),
        ("stop_nagging", nagging, "Stop the nagging"),
    ):
        expected = _expected(scene, positions, horizon_us)
        if len(positions) > 1 or not unwanted.isdisjoint(positions):  # one alone is no habit
            drafts = _going_on(scene, positions, horizon_us)
            days = math.ceil(_observed_us(scene) / MICROSECONDS_PER_DAY)
            span = "1 day" if days == 1 else f"{days} days"
            ahead = duration(horizon_us / MICROSECONDS_PER_HOUR)
            said = (
                f"{what}: {len(positions)} in {span}, {len(drafts)} more in {ahead} at this rate."
            )
            if expected == 0:
                said = f"{what}: {len(positions)} in {span}; the gain is what one more would cost."
            about = tuple(positions)
            yield Candidate(name, about, (), drafts, stops=True, asked_for=True, summary=said)


def _load_window_us(scene: Scene) -> int:
    return int(scene.rubric.outreach.load_window_days * MICROSECONDS_PER_DAY)


def _sells(scene: Scene, position: int) -> bool:
    """Whether an unasked message advertises; else it begs, or asks what nobody answers."""
    sells = scene.brand(position, BrandAct.PROMOTION)
    begs = scene.brand(position, BrandAct.ENGAGEMENT_BAIT)
    if max(sells, begs, scene.brand(position, BrandAct.QUESTION)) < scene.least:
        return scene.history.purposes[position] is Purpose.MARKETING
    return sells >= max(scene.least, begs)


def _is_welcome(scene: Scene, since_us: int) -> bool:
    """Whether the customer has welcomed since a moment what the brand sends unasked."""
    warm = (CustomerAct.PRAISE, CustomerAct.GRATITUDE, CustomerAct.ADVOCACY)
    return any(
        scene.history.sent_us[welcome.answer] > since_us
        and max([scene.customer(welcome.answer, act) for act in warm]) >= LIKELY
        and scene.failing[welcome.answer] < LIKELY
        and not _is_opt_out(scene, welcome.answer)
        for welcome in scene.outreach.welcomes
    )


def _observed_us(scene: Scene) -> int:
    """The time in which the unasked messages were counted: at most what the history covers."""
    age_us = max(scene.as_of_us - scene.history.sent_us[0], MICROSECONDS_PER_DAY)
    return min(_load_window_us(scene), age_us)


def _expected(scene: Scene, positions: list[int], horizon_us: int) -> int:
    """How many more such messages come until the horizon at the observed rate, rounded.

    One alone shows no rate.
    """
    if len(positions) == 1:
        return 0
    span_us = _observed_us(scene)
    return (2 * len(positions) * horizon_us + span_us) // (2 * span_us)


def _going_on(scene: Scene, positions: list[int], horizon_us: int) -> tuple[Draft, ...]:
    """The messages until the horizon, at least one, evenly spaced, each like one of the latest.

    Their words are as many as those of the message they are like, and none is said twice: how
    canned the next ones will be is not known.
    """
    history = scene.history
    count = max(1, _expected(scene, positions, horizon_us))
    drafts: list[Draft] = []
    for index in range(count):
        like = positions[-1 - index % len(positions)]
        length = len(scene.words.said(like))
        sent_us = scene.as_of_us + horizon_us * (2 * index + 1) // (2 * count)
        row = scene.reading.probabilities[like]
        text = " ".join([f"{index}x{word}" for word in range(length)])
        channel = history.channels[like]
        drafts.append(Draft(sent_us, channel, row, purpose=Purpose.MARKETING, text=text))
    return tuple(drafts)


def reaches(candidate: Candidate, withdrawn: dict[Channel, int]) -> bool:
    """Whether its messages go where the customer does not want to be contacted unasked."""
    return any(draft.channel in withdrawn for draft in candidate.drafts)
