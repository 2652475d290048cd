"""What the customer is said to want, from few messages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from properties.judging import Judge
from relhealth.domain.acts import CustomerAct
from relhealth.domain.history import Consent, Interaction, OptOut, Rating
from relhealth.domain.vocabulary import Channel, Purpose, Stance
from relhealth.scoring.stance import StanceJudgement, judge_stance
from traits.telling import brand, customer, shipped, us

MIXED = (
    "The food was superb and Marco at the bar is a gem. Sadly we waited an hour for our table,"
    " which spoilt it a little."
)
FAREWELL = (
    "I'd like to cancel my subscription from June. Nothing wrong with the service, thank you,"
    " I'm moving abroad."
)
DONE = "All done: your subscription ends on 31 May. Thank you for three good years."


def stance(judge: Judge, *items: Interaction) -> StanceJudgement:
    scene = judge.scene(list(items), us(240))
    return judge_stance(scene, scene.rubric.stance)


def feature(judged: StanceJudgement, name: str) -> float:
    names = shipped().rubric.stance.feature_names
    return judged.features[names.index(name)].value


def chance(judged: StanceJudgement, stance: Stance) -> float:
    return judged.probabilities[stance - 1]


def test_who_praises_and_regrets_in_one_breath_is_no_adversary() -> None:
    judged = stance(shipped(), customer(0, MIXED))
    assert chance(judged, Stance.ADVERSARIAL) < 0.2


def test_who_speaks_once_has_not_spoken_again() -> None:
    once, twice = customer(0, "Best coffee in town."), customer(1, "And the cake is a dream.")
    assert feature(stance(shipped(), once), "speaks_again") == 0.0
    assert feature(stance(shipped(), once, twice), "speaks_again") > 0.0
    assert feature(stance(shipped(), brand(0, DONE)), "speaks_again") == 0.0


def test_long_messages_are_told_from_a_word_or_two() -> None:
    few, many = stance(shipped(), customer(0, "Thanks!")), stance(shipped(), customer(0, MIXED))
    assert feature(few, "writes_at_length") < 0.15
    assert feature(many, "writes_at_length") > 1.0
    assert feature(stance(shipped(), brand(0, DONE)), "writes_at_length") == 0.0


def test_who_asks_is_told_from_who_tells() -> None:
    asks = stance(shipped(), customer(0, "Can I change the delivery date of my order?"))
    tells = stance(shipped(), customer(0, "My order is 4471."))
    assert feature(asks, "asks") > 0.8
    assert feature(tells, "asks") < 0.3


def test_thanks_alone_take_nothing_from_a_grievance() -> None:
    said = customer(0, "The parcel arrived broken and nobody answers my calls. Thanks.")
    scene = shipped().scene([said], us(240))
    complaint, thanks = (
        scene.columns[act][0] for act in (CustomerAct.COMPLAINT, CustomerAct.GRATITUDE)
    )
    judged = judge_stance(scene, scene.rubric.stance)
    assert feature(judged, "is_cold") >= 0.9 * complaint
    assert min(complaint, thanks) > 0.5


def test_a_friendly_farewell_wants_no_conversation() -> None:
    judged = stance(shipped(), customer(0, FAREWELL), brand(1, DONE))
    assert judged.label is Stance.DISENGAGED


def test_warm_words_are_no_less_warm_for_a_farewell_long_ago() -> None:
    left = customer(0, FAREWELL)
    back = customer(200, "I'm back, and so glad: the best club in town! Thank you, all of you.")
    judged = stance(shipped(), left, brand(1, DONE), replace(back, thread_id="back"))
    assert judged.label is Stance.ENGAGED


@pytest.mark.parametrize(
    "word",
    [
        customer(0, "", outcome=Consent(())),
        customer(0, "", outcome=Rating(1.0, 0.0, 10.0)),
        customer(0, "Wo ist mein Paket?", language="de"),
    ],
    ids=["a consent", "a rating", "a text that cannot be read"],
)
def test_of_whom_no_word_can_be_read_nothing_is_known_but_silence(word: Interaction) -> None:
    judged = stance(shipped(), word)
    assert judged.label is Stance.UNKNOWN
    known = (Stance.UNKNOWN, Stance.DISENGAGED)
    assert all(
        p == 0.0 for s, p in zip(Stance, judged.probabilities, strict=True) if s not in known
    )
    sale = "Our autumn sale starts now, up to half price on boots."
    sold = [brand(h, sale, purpose=Purpose.MARKETING, language="en") for h in range(1, 9)]
    if not isinstance(word.outcome, Consent):
        assert stance(shipped(), word, *sold).label is Stance.DISENGAGED


def test_who_closed_one_channel_of_several_is_not_said_to_want_none() -> None:
    thanks = [
        customer(0, "Where do I find the invoice?"),
        brand(1, "The invoice is under Account, then Documents."),
        customer(2, "Found it, thank you!"),
    ]
    quiet = customer(3, "", channel=Channel.SMS, outcome=OptOut((Channel.SMS,)))
    assert stance(shipped(), *thanks, quiet).label is Stance.TRANSACTIONAL
    left = replace(quiet, outcome=OptOut(()))
    assert stance(shipped(), *thanks, left).label is Stance.OPTED_OUT


def test_who_unsubscribes_does_not_answer_what_the_brand_sends() -> None:
    sale = brand(0, "Our autumn sale starts now, up to half price on boots.")
    left = customer(2, "", channel=Channel.EMAIL, outcome=OptOut((Channel.EMAIL,)))
    asked = customer(2, "Is the red pair in it, too?", channel=Channel.EMAIL)
    sale = replace(sale, channel=Channel.EMAIL)
    assert feature(stance(shipped(), sale, left), "outreach_answered") == 0.0
    assert feature(stance(shipped(), sale, asked), "outreach_answered") > 0.0


def test_ratings_over_months_without_a_word_tell_no_stance() -> None:
    rated = [customer(h, "", outcome=Rating(5.0, 1.0, 5.0)) for h in (0, 80, 160)]
    assert stance(shipped(), *rated).label is Stance.UNKNOWN
