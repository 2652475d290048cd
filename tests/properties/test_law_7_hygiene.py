"""Law 7. What the brand can tick by itself never raises the score.

How the law is read: a machine's message, whatever it says, raises nothing unless the customer
welcomes it in their own words; it closes no call, and keeps no promise. A brand's person who says
"resolved" can show that a promise was kept (that is fulfilment seen), until the customer says
otherwise; without a promise it earns nothing by itself, not even within an episode. Toggling states
in a CRM's export is tested where exports are read.
"""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from properties.histories import CHANNELS, Told, histories, message, moments
from properties.judging import LAW, Judge, judges, raised
from properties.pool import POOL, Line, lines_of
from relhealth.domain.acts import BrandAct
from relhealth.domain.vocabulary import Party, Purpose, SenderKind

_TICKS = st.sampled_from(
    (*lines_of(Party.BRAND, only={"resolution", "acknowledgement"}), *POOL[Party.BRAND])
)


@LAW
@given(judge=judges(), told=histories(), line=_TICKS, data=st.data())
def test_a_machine_raises_nothing(
    judge: Judge, told: Told, line: Line, data: st.DataObject
) -> None:
    new = message(
        Party.BRAND,
        line,
        data.draw(st.sampled_from(moments(told))),
        sender_kind=SenderKind.BOT,
        channel=data.draw(st.sampled_from(CHANNELS)),
        thread_id=data.draw(st.sampled_from([None, "one", "two"])),
        purpose=data.draw(st.sampled_from(Purpose)),
    )
    scene = judge.scene([*told.items, new], told.as_of_us)
    place = scene.history.ids.index("new")
    assert place not in scene.pairing.answered
    assume(not any(place in welcome.outreach for welcome in scene.outreach.welcomes))
    before = judge.values(told.items, told.as_of_us)
    assert not raised(before, judge.values([*told.items, new], told.as_of_us))


_RESOLVED = lines_of(Party.BRAND, only={"resolution"}, none_of=frozenset({"help", "goodwill"}))
_REPAIRS = (BrandAct.HELP, BrandAct.GOODWILL)


@LAW
@given(judge=judges(), told=histories(), line=st.sampled_from(_RESOLVED), data=st.data())
def test_the_brands_own_resolved_raises_nothing_beyond_its_promises(
    judge: Judge, told: Told, line: Line, data: st.DataObject
) -> None:
    """A person's "resolved" that answers no call, settles no promise and is read as no repair."""
    new = message(
        Party.BRAND,
        line,
        data.draw(st.sampled_from(moments(told))),
        channel=data.draw(st.sampled_from(CHANNELS)),
        thread_id=data.draw(st.sampled_from([None, "one", "two"])),
    )
    scene = judge.scene([*told.items, new], told.as_of_us)
    place = scene.history.ids.index("new")
    number = scene.pairing.conversations[place]
    later = scene.pairing.conversations[place + 1 :]
    assume(place not in scene.pairing.answered)
    assume(all(c.settled_by != place for c in scene.commitments))
    assume(number is None or number not in later)
    assume(not any(place in welcome.outreach for welcome in scene.outreach.welcomes))
    least = judge.rubric.minimum_act_probability
    assume(all(scene.brand(place, act) < least for act in _REPAIRS))
    before = judge.values(told.items, told.as_of_us)
    assert not raised(before, judge.values([*told.items, new], told.as_of_us))
