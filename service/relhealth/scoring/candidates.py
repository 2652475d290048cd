"""What a brand could do next: one candidate for each way to answer what the history leaves open.

A candidate is either the messages that it would send, or the messages that it would stop sending.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from relhealth.domain.acts import PRAISING_ACTS, BrandAct, CustomerAct
from relhealth.domain.evidence import LIKELY
from relhealth.domain.history import MICROSECONDS_PER_DAY
from relhealth.domain.vocabulary import Purpose
from relhealth.scoring.candidate import ACTIONS, CHECK_IN, Candidate
from relhealth.scoring.sentences import duration
from relhealth.scoring.simulation import Draft, certain
from relhealth.scoring.stopping import is_opt_out, stops
from relhealth.signals.commitments import Commitment, Fate
from relhealth.signals.episodes import Episode
from relhealth.signals.pairing import Call, Role
from relhealth.signals.scene import Scene
from relhealth.traits.observing import peace_of

_KIND: Final = frozenset({*PRAISING_ACTS, CustomerAct.GRATITUDE})
_REPORTING: Final = (BrandAct.HELP, BrandAct.RESOLUTION, BrandAct.GOODWILL)
# That something fell short is what the customer says; whose fault it was nobody has found.
_OWN: Final = "Where it was the brand's fault, own the failing"
_HOURS_PER_DAY: Final = 24.0


def candidates(scene: Scene, horizon_us: int) -> list[Candidate]:
    """All candidates but leaving alone, in the order of `ACTIONS`."""
    found = [
        *stops(scene, horizon_us),
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
    return is_opt_out(scene, position) and not asks


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
    in peace since, or who only praised: what is passed on inside the brand they need not see.
    """
    days = scene.rubric.episodes.repeat_window_days
    told = _told_apart(scene)
    praised = {call.position for call in scene.pairing.calls if call.act in _KIND}
    due = [
        promise
        for promise in scene.commitments
        if promise.settled_by is None
        and promise.fate != Fate.KEPT
        and not (promise.is_thanked and promise.fate == Fate.UNKNOWN)
        and not (promise.due_us is None and praised.issuperset(_promised_to(scene, promise)))
        and not _is_told_of(scene, promise, told)
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


def _promised_to(scene: Scene, promise: Commitment) -> tuple[int, ...]:
    """What a promise answered; itself where it answered nothing."""
    return scene.pairing.answered.get(promise.position, (promise.position,))


def _told_apart(scene: Scene) -> dict[str, int]:
    """By telling word, the last notice that stands in no conversation and reports with it."""
    latest: dict[str, int] = {}
    for position in scene.with_role(Role.NOTICE):
        if max([scene.brand(position, act) for act in _REPORTING]) >= LIKELY:
            latest.update(dict.fromkeys(scene.words.telling(position), position))
    return latest


def _is_told_of(scene: Scene, promise: Commitment, told: dict[str, int]) -> bool:
    """Whether a notice since takes up a word of a promise, or of what it answered.

    That shows no promise kept, but who reads it is not to be told twice.
    """
    about = {promise.position, *_promised_to(scene, promise)}
    return any(
        told.get(word, -1) > promise.position
        for position in about
        for word in scene.words.telling(position)
    )


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
    closed = {
        _conversation(scene, episode): episode.closed_by
        for episode in scene.episodes
        if episode.closed_by is not None
    }
    recent = [
        episode
        for episode in scene.episodes
        if episode.probability >= LIKELY
        and _is_within(scene, episode.complaints[-1], days)
        and not _is_settled(scene, episode, closed)
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


def _is_settled(scene: Scene, episode: Episode, closed: dict[int | None, int]) -> bool:
    """Whether the customer has closed the matter, or owned up that the mistake was theirs.

    What came back in the same conversation and was closed then is closed as well.
    """
    conversations, latest = scene.pairing.conversations, episode.complaints[-1]
    if episode.closed_by is not None or closed.get(conversations[latest], -1) > latest:
        return True
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
        CHECK_IN,
        (),
        (BrandAct.QUESTION,),
        (Draft(scene.as_of_us, channel, row, purpose=Purpose.MARKETING),),
        stops=False,
        asked_for=False,
        summary=ACTIONS[CHECK_IN],
    )
