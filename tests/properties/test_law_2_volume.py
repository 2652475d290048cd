"""Law 2. What nobody called for never raises any trait or health.

How the law is read:

- A message *answers an open call*, or *keeps a commitment*, when the service says so of it.
- It *belongs to an open episode* when it stands in a failure's conversation before the customer
  has closed the failure or fallen silent for good; after a silence still if it makes amends (owns
  it, apologises, helps), which earns nothing, but is no longer missing.
- *The customer answers it later* when a later message of theirs names it, or (the service's own
  rule) answers an outreach, or goes on with the conversation that it stands in.
"""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from properties.histories import CHANNELS, Told, histories, message, moments
from properties.judging import LAW, Judge, judges, knowing_judges, raised
from properties.pool import POOL, SMALL_TALK, lines_of
from relhealth.domain.acts import BrandAct
from relhealth.domain.history import Interaction
from relhealth.domain.vocabulary import Party, Purpose, SenderKind
from relhealth.signals.pairing import Role
from relhealth.signals.scene import Scene

_AMENDS = (BrandAct.APOLOGY, BrandAct.OWNERSHIP, BrandAct.HELP)
_UNCALLED_FOR = (
    lines_of(Party.BRAND, only={"promotion", "engagement_bait"}, none_of=frozenset({"help"}))
    + SMALL_TALK
)


@st.composite
def _added(draw: st.DrawFn, told: Told, lines: object = POOL[Party.BRAND]) -> Interaction:
    return message(
        Party.BRAND,
        draw(st.sampled_from(lines)),  # type: ignore[arg-type]
        draw(st.sampled_from(moments(told))),
        channel=draw(st.sampled_from(CHANNELS)),
        purpose=draw(st.sampled_from([*[Purpose.UNSPECIFIED] * 3, *Purpose])),
        thread_id=draw(st.sampled_from([None, None, "one", "two", "three"])),
    )


def _is_answered_later(scene: Scene, place: int) -> bool:
    if any(place in welcome.outreach for welcome in scene.outreach.welcomes):
        return True
    number = scene.pairing.conversations[place]
    later = range(place + 1, len(scene.history))
    return number is not None and any(
        scene.pairing.conversations[p] == number and scene.pairing.roles[p] == Role.CUSTOMER
        for p in later
    )


def _is_in_open_episode(scene: Scene, place: int) -> bool:
    sent_us = scene.history.sent_us[place]
    number = scene.pairing.conversations[place]
    amends = any(scene.brand(place, act) >= scene.least for act in _AMENDS)
    return number is not None and any(
        scene.pairing.conversations[e.complaints[0]] == number
        and e.complaints[0] < place
        and (e.ended_us is None or sent_us < e.ended_us or (amends and e.closed_by is None))
        for e in scene.episodes
    )


def _is_uncalled_for(scene: Scene, place: int) -> bool:
    return (
        scene.pairing.roles[place] != Role.ANSWER
        and not any(c.settled_by == place for c in scene.commitments)
        and not _is_in_open_episode(scene, place)
        and not _is_answered_later(scene, place)
    )


@LAW
@given(judge=judges(), told=histories(), data=st.data())
def test_a_message_that_nothing_called_for_raises_nothing(
    judge: Judge, told: Told, data: st.DataObject
) -> None:
    new = data.draw(_added(told))
    scene = judge.scene([*told.items, new], told.as_of_us)
    assume(_is_uncalled_for(scene, scene.history.ids.index("new")))
    before = judge.values(told.items, told.as_of_us)
    assert not raised(before, judge.values([*told.items, new], told.as_of_us))


@LAW
@given(judge=knowing_judges(), told=histories(), data=st.data())
def test_promotion_bait_and_small_talk_raise_nothing(
    judge: Judge, told: Told, data: st.DataObject
) -> None:
    new = data.draw(_added(told, _UNCALLED_FOR))
    scene = judge.scene([*told.items, new], told.as_of_us)
    assume(not _is_answered_later(scene, scene.history.ids.index("new")))
    before = judge.values(told.items, told.as_of_us)
    assert not raised(before, judge.values([*told.items, new], told.as_of_us))


@LAW
@given(judge=judges(), told=histories(least=2), data=st.data())
def test_the_same_reply_twice_raises_nothing(judge: Judge, told: Told, data: st.DataObject) -> None:
    """Right after an answer, the same words again, whatever episode they belong to."""
    answers = judge.scene(told.items, told.as_of_us).answers()
    assume(answers)
    history = judge.scene(told.items, told.as_of_us).history
    place = data.draw(st.sampled_from(answers))
    new = message(
        Party.BRAND,
        lines_of(Party.BRAND)[0],
        history.sent_us[place],
        text=history.texts[place],
        channel=history.channels[place],
        in_reply_to_id=history.ids[place],
        sender_kind=SenderKind.HUMAN,
    )
    scene = judge.scene([*told.items, new], told.as_of_us)
    again = scene.history.ids.index("new")
    assume(scene.history.ids[again - 1] == history.ids[place])
    assume(scene.pairing.roles[again] != Role.ANSWER)
    assume(all(c.settled_by != again for c in scene.commitments))
    before = judge.values(told.items, told.as_of_us)
    assert not raised(before, judge.values([*told.items, new], told.as_of_us))
