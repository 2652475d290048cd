"""What the customer is said to want, from few messages."""

from __future__ import annotations

from dataclasses import replace

from properties.judging import Judge
from relhealth.domain.history import Interaction
from relhealth.domain.vocabulary import Stance
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


def test_thanks_alone_take_nothing_from_a_grievance() -> None:
    complaint = "The parcel arrived broken and nobody answers my calls."
    plain, polite = (
        stance(shipped(), customer(0, said)) for said in (complaint, complaint + " Thanks.")
    )
    assert feature(polite, "is_cold") >= 0.9 * feature(plain, "is_cold") > 0.5


def test_a_friendly_farewell_wants_no_conversation() -> None:
    judged = stance(shipped(), customer(0, FAREWELL), brand(1, DONE))
    assert judged.label is Stance.DISENGAGED


def test_warm_words_are_no_less_warm_for_a_farewell_long_ago() -> None:
    left = customer(0, FAREWELL)
    back = customer(200, "I'm back, and so glad: the best club in town! Thank you, all of you.")
    judged = stance(shipped(), left, brand(1, DONE), replace(back, thread_id="back"))
    assert judged.label is Stance.ENGAGED
