"""Law 5. Owning a mistake never costs in MISTAKES; failing in the same way again does.

How the law is read:

- Ownership replaces a deflection in the same message: the deflecting words go, owning words come,
  the rest of the message stays, and so does the part that it plays: what it asks it asks as
  surely. (Beside a bait the surer of the two decides whether a message serves at all.)
- An apology replaces *silence* where a complaint is open in the whole history: it names the
  complaint and comes before the next message, and by the reading in use it deflects nothing.
- *The same failing again* is the same complaint once more, later, from the customer, in words that
  do nothing in the brand's favour (no praise, no mistake of the customer's own admitted with it).
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from properties.histories import MINUTE_US, Told, histories, message, replaced
from properties.judging import LAW, Judge, judges, knowing_judges, lowered
from properties.pool import SEPARATOR, Line, acts_in, lines_of
from relhealth.domain.acts import BrandAct
from relhealth.domain.history import Interaction
from relhealth.domain.vocabulary import Party
from relhealth.signals.pairing import Role
from relhealth.signals.scene import Scene

_MISTAKES = "mistakes"
_DEFLECTING = lines_of(Party.BRAND, only={"deflection"})
_OWNING = lines_of(Party.BRAND, only={"ownership"})
_APOLOGIES = lines_of(Party.BRAND, only={"apology"})
_COMPLAINTS = lines_of(
    Party.CUSTOMER, only={"complaint"}, none_of=frozenset({"praise", "own_mistake"})
)
_TEXTS = {line.text: line for line in _DEFLECTING}


def _heard(scene: Scene) -> list[tuple[float, ...]]:
    """How the customer's messages read, which are taken milder the surer they answer a question."""
    return [scene.reading.probabilities[place] for place in scene.customer_positions]


def _role(scene: Scene, item: Interaction) -> Role:
    return scene.pairing.roles[scene.history.ids.index(item.interaction_id)]


@LAW
@given(
    judge=knowing_judges(),
    told=histories(),
    owning=st.sampled_from(_OWNING),
    deflecting=st.sampled_from(_DEFLECTING),
    data=st.data(),
)
def test_ownership_for_deflection_never_lowers_mistakes(
    judge: Judge, told: Told, owning: Line, deflecting: Line, data: st.DataObject
) -> None:
    """A message of the brand's gets a deflection in one history, and ownership in the other."""
    brand = [i for i in told.items if i.sender == Party.BRAND]
    assume(brand)
    here = data.draw(st.sampled_from(brand))
    kept = [t for t in here.text.split(SEPARATOR) if not acts_in(Party.BRAND, t) & {"deflection"}]
    worse, better = [
        replaced(told.items, replace(here, text=SEPARATOR.join([*kept[:1], line.text])))
        for line in (deflecting, owning)
    ]
    scenes = [judge.scene(items, told.as_of_us) for items in (worse, better)]
    assume(_role(scenes[0], here) == _role(scenes[1], here))
    assume(_heard(scenes[0]) == _heard(scenes[1]))
    before, after = judge.values(worse, told.as_of_us), judge.values(better, told.as_of_us)
    assert _MISTAKES not in lowered(before, after)


@LAW
@given(judge=judges(), told=histories(), line=st.sampled_from(_APOLOGIES), data=st.data())
def test_an_apology_for_silence_never_lowers_mistakes(
    judge: Judge, told: Told, line: Line, data: st.DataObject
) -> None:
    scene = judge.scene(told.items, told.as_of_us)
    complaints = {p for e in scene.episodes for p in e.complaints}
    silent = [c.position for c in scene.open_calls() if c.position in complaints]
    assume(silent)
    place = data.draw(st.sampled_from(silent))
    sent_us = scene.history.sent_us
    later = sent_us[place + 1] if place + 1 < len(sent_us) else told.as_of_us
    new = message(
        Party.BRAND,
        line,
        (sent_us[place] + later) // 2,
        in_reply_to_id=scene.history.ids[place],
        channel=scene.history.channels[place],
    )
    assume(sent_us[place] < new.sent_us < later or place + 1 == len(sent_us))
    after = judge.scene([*told.items, new], told.as_of_us)
    assume(after.brand(after.history.ids.index("new"), BrandAct.DEFLECTION) < after.least)
    before = judge.values(told.items, told.as_of_us)
    assert _MISTAKES not in lowered(before, judge.values([*told.items, new], told.as_of_us))


@LAW
@given(
    judge=knowing_judges(),
    told=histories(),
    failing=st.sampled_from(_COMPLAINTS),
    apology=st.sampled_from(_APOLOGIES),
    hours=st.integers(1, 80 * 24),
    wait=st.integers(0, 200 * 24),
)
def test_the_same_failing_again_strictly_lowers_mistakes(
    judge: Judge, told: Told, failing: Line, apology: Line, hours: int, wait: int
) -> None:
    """A failing, an apology as the last word of the brand's, and the same failing again."""
    first = message(
        Party.CUSTOMER, failing, told.as_of_us + MINUTE_US, interaction_id="f", thread_id="f"
    )
    sorry = message(
        Party.BRAND,
        apology,
        first.sent_us + 60 * MINUTE_US,
        interaction_id="s",
        in_reply_to_id="f",
    )
    again_us = sorry.sent_us + hours * 60 * MINUTE_US
    again = message(Party.CUSTOMER, failing, again_us, thread_id="f")
    as_of_us = again_us + wait * 60 * MINUTE_US
    items = [*told.items, first, sorry]
    scene = judge.scene([*items, again], as_of_us)
    place = scene.history.ids.index("new")
    likely = judge.rubric.episodes.minimum_probability
    assume(scene.failing[place] >= likely)
    assume(scene.brand(scene.history.ids.index("s"), BrandAct.APOLOGY) >= likely)
    before = judge.values(items, as_of_us)
    assert judge.values([*items, again], as_of_us)[_MISTAKES] < before[_MISTAKES]
