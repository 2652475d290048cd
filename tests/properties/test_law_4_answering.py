"""Law 4. An answer never costs, sooner is never worse than later, and late never worse than never.

How the law is read:

- The *open call* is open in the whole history, and the reply names it. For health every other
  message keeps its part: after an answer a form letter that was a notice by itself can turn out to
  go on with the conversation, and then it is canned.
- A reply *carries no minus kind* when, by the reading in use, its words do nothing that the rubric
  counts against the brand (deflect, send elsewhere, promise too much, beg, sell), promise nothing
  that could be broken, ask for nothing that was given, and repeat no line of the history.
- A reply moves *past no other message* when it stays between its neighbours; the law then holds
  as long as every other message keeps its place, its part, its conversation and the calls that it
  answers (what was sent at one moment can change places when a message leaves that moment; a second
  half that was sent within hours of a reply turns into an unasked message when the reply moves away
  from it by days), and for a reply without a promise: "within 24 hours" said earlier falls due
  earlier; and not for one of two records of one message, which become a line said twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import assume, given
from hypothesis import strategies as st

from properties.histories import MINUTE_US, Told, histories, message
from properties.judging import HEALTH, LAW, Judge, judges, lowered
from properties.pool import SEPARATOR, Line, lines_of
from relhealth.domain.acts import BrandAct
from relhealth.domain.history import History, Interaction
from relhealth.domain.vocabulary import Party
from relhealth.signals.pairing import Role
from relhealth.signals.scene import Scene
from relhealth.signals.substance import SERVING_ACTS

_MINUS = frozenset(
    {"deflection", "redirect", "overpromise", "commitment", "engagement_bait", "promotion"}
)
_REPLIES = lines_of(Party.BRAND, only={act.name.lower() for act in SERVING_ACTS}, none_of=_MINUS)
_MINUS_ACTS = tuple(BrandAct[name.upper()] for name in sorted(_MINUS))
_CLEAN = tuple(line for line in _REPLIES if "question" not in line.acts)
_BLAMELESS = st.sampled_from(_CLEAN)


def _open_call(scene: Scene, data: st.DataObject) -> Interaction:
    calls = scene.open_calls()
    assume(calls)
    place = data.draw(st.sampled_from(calls)).position
    history = scene.history
    return Interaction(
        history.ids[place],
        history.sent_us[place],
        Party.CUSTOMER,
        history.texts[place],
        history.recorded_us[place],
        channel=history.channels[place],
    )


def _reply(call: Interaction, line: Line, sent_us: int) -> Interaction:
    return message(
        Party.BRAND, line, sent_us, in_reply_to_id=call.interaction_id, channel=call.channel
    )


def _is_blameless(scene: Scene) -> bool:
    place = scene.history.ids.index("new")
    if any(place in (line.position, line.earlier) for line in scene.canned_lines()):
        return False
    return all(scene.brand(place, act) < scene.least for act in _MINUS_ACTS)


@dataclass(frozen=True)
class Part:
    """What a message is in its history: its role, its conversation, the calls that it answers."""

    interaction_id: str
    role: Role
    begun_by: str | None
    answers: tuple[str, ...]


def _parts(scene: Scene, moved: str) -> list[Part]:
    """The parts of all other messages, in order."""
    ids, pairing = scene.history.ids, scene.pairing
    return [
        Part(
            ids[place],
            pairing.roles[place],
            None if number is None else ids[pairing.first_of[number]],
            tuple([ids[call] for call in pairing.answered.get(place, ())]),
        )
        for place, number in enumerate(pairing.conversations)
        if ids[place] != moved
    ]


def _is_recorded_twice(history: History, place: int) -> bool:
    """Whether another message of the same moment says any of the same words."""
    said = set(history.texts[place].split(SEPARATOR))
    return any(
        not said.isdisjoint(text.split(SEPARATOR))
        for other, (sent_us, text) in enumerate(zip(history.sent_us, history.texts, strict=True))
        if other != place and sent_us == history.sent_us[place]
    )


def _next_us(told: Told, call: Interaction) -> int:
    later = [i.sent_us for i in told.items if i.sent_us > call.sent_us]
    return min(later, default=told.as_of_us)


@LAW
@given(judge=judges(), told=histories(), line=st.sampled_from(_REPLIES), data=st.data())
def test_a_reply_to_an_open_call_never_lowers_time(
    judge: Judge, told: Told, line: Line, data: st.DataObject
) -> None:
    """At any moment from the call to the end."""
    scene = judge.scene(told.items, told.as_of_us)
    call = _open_call(scene, data)
    at_us = data.draw(st.integers(call.sent_us, told.as_of_us))
    new = _reply(call, line, at_us)
    after = judge.scene([*told.items, new], told.as_of_us)
    assume(after.history.ids.index("new") in after.pairing.answered)
    before = judge.values(told.items, told.as_of_us)
    assert "time" not in lowered(before, judge.values([*told.items, new], told.as_of_us))


@LAW
@given(judge=judges(), told=histories(), line=_BLAMELESS, last=st.booleans(), data=st.data())
def test_a_blameless_reply_to_an_open_call_never_lowers_health(
    judge: Judge,
    told: Told,
    line: Line,
    last: bool,  # noqa: FBT001
    data: st.DataObject,
) -> None:
    """Right after the call, or as the last word."""
    scene = judge.scene(told.items, told.as_of_us)
    call = _open_call(scene, data)
    between = (call.sent_us + _next_us(told, call)) // 2
    new = _reply(call, line, told.as_of_us if last else between)
    after = judge.scene([*told.items, new], told.as_of_us)
    assume(after.history.ids.index("new") in after.pairing.answered)
    assume(_is_blameless(after))
    assume(_parts(after, "new") == _parts(scene, "new"))
    before = judge.values(told.items, told.as_of_us)
    assert HEALTH not in lowered(before, judge.values([*told.items, new], told.as_of_us))


@LAW
@given(judge=judges(), told=histories(least=2), data=st.data())
def test_sooner_is_never_worse_than_later(judge: Judge, told: Told, data: st.DataObject) -> None:
    scene = judge.scene(told.items, told.as_of_us)
    assume(scene.answers())
    place = data.draw(st.sampled_from(scene.answers()))
    promises = [c.position for c in scene.commitments]
    assume(place not in promises)
    history = scene.history
    assume(not _is_recorded_twice(history, place))
    earliest = history.sent_us[place - 1] + 1
    assume(earliest < history.sent_us[place])
    answer = next(i for i in told.items if i.interaction_id == history.ids[place])
    moved = replace(answer, sent_us=data.draw(st.integers(earliest, answer.sent_us - 1)))
    items = [moved if i is answer else i for i in told.items]
    after = judge.scene(items, told.as_of_us)
    assume(_parts(after, moved.interaction_id) == _parts(scene, moved.interaction_id))
    assume(after.history.ids.index(moved.interaction_id) in after.pairing.answered)
    later, sooner = judge.values(told.items, told.as_of_us), judge.values(items, told.as_of_us)
    assert not lowered(later, sooner)


@LAW
@given(judge=judges(), told=histories(), line=_BLAMELESS, data=st.data())
def test_late_is_never_worse_than_never(
    judge: Judge, told: Told, line: Line, data: st.DataObject
) -> None:
    """However late, up to ten years; both are judged at that late moment."""
    call = _open_call(judge.scene(told.items, told.as_of_us), data)
    at_us = told.as_of_us + data.draw(st.integers(1, 10 * 365 * 24 * 60)) * MINUTE_US
    new = _reply(call, line, at_us)
    assume(_is_blameless(judge.scene([*told.items, new], at_us)))
    before, after = judge.values(told.items, at_us), judge.values([*told.items, new], at_us)
    assert not lowered(
        {n: before[n] for n in ("time", HEALTH)}, {n: after[n] for n in ("time", HEALTH)}
    )
