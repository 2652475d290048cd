"""What replies to a question is read as its answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from relhealth.domain.acts import CustomerAct
from relhealth.domain.history import Interaction
from relhealth.domain.vocabulary import Party, Purpose, SenderKind
from relhealth.signals.context import given_answer
from relhealth.signals.scene import Scene
from traits.telling import brand, customer, shipped, us

TROUBLE = "The app plays one song and then it stops."
REPORT = "It freezes whenever the screen goes dark."
WHAT = brand(1, "What exactly happens when you play the second song?")
WE_KNOW = brand(1, "A fix for this is on its way, we expect it on Friday.")


def reply(text: str, to: Interaction) -> Interaction:
    return customer(2, text, in_reply_to_id=to.interaction_id)


def last_read(*items: Interaction) -> tuple[float, float]:
    """How surely the last message informs, and how surely it complains."""
    scene = shipped().scene(list(items), us(240))
    place = len(items) - 1
    return (
        scene.customer(place, CustomerAct.INFORMATION),
        scene.customer(place, CustomerAct.COMPLAINT),
    )


def test_an_answer_informs_more_and_complains_less_than_the_same_words_alone() -> None:
    first = customer(0, TROUBLE)
    alone = last_read(first, WHAT, customer(2, REPORT))
    informs, complains = last_read(first, WHAT, reply(REPORT, WHAT))
    assert informs > alone[0] + 0.1
    assert complains < alone[1] - 0.1


def test_who_was_asked_nothing_answers_nothing() -> None:
    first = customer(0, TROUBLE)
    alone = last_read(first, WE_KNOW, customer(2, REPORT))
    assert last_read(first, WE_KNOW, reply(REPORT, WE_KNOW)) == alone


def test_only_what_names_the_question_is_its_answer() -> None:
    """Or a reply that the brand slips in would change how the customer's own words are read."""
    first, said = customer(0, TROUBLE), customer(2, REPORT)
    assert last_read(first, WHAT, said) == last_read(first, said)


@pytest.mark.parametrize(
    "question",
    [
        replace(WHAT, purpose=Purpose.MARKETING),
        replace(WHAT, sender_kind=SenderKind.BOT),
        replace(WHAT, sent_us=us(3)),
    ],
    ids=["marketing", "a machine's", "later"],
)
def test_some_questions_want_no_answer_or_have_none(question: Interaction) -> None:
    first = customer(0, TROUBLE)
    items = [first, question, reply(REPORT, question)]
    place = shipped().scene(items, us(240)).history.texts.index(REPORT)
    alone = shipped().scene([first, customer(2, REPORT)], us(240)).reading.probabilities[1]
    assert shipped().scene(items, us(240)).reading.probabilities[place] == alone


def test_neither_ones_own_question_nor_the_brands_answers_count() -> None:
    asked = customer(0, "Which of the two sizes do you have?")
    own = customer(2, REPORT, in_reply_to_id=asked.interaction_id)
    theirs = replace(brand(2, "It is the second one."), in_reply_to_id=asked.interaction_id)
    assert last_read(asked, own) == last_read(asked, customer(2, REPORT))
    scene: Scene = shipped().scene([asked, theirs], us(240))
    plain: Scene = shipped().scene([asked, replace(theirs, in_reply_to_id=None)], us(240))
    assert scene.history.senders[1] is Party.BRAND
    assert scene.reading.probabilities == plain.reading.probabilities


@pytest.mark.parametrize("probability", [0.0, 0.2, 0.9, 1.0])
@pytest.mark.parametrize("ratio", [0.1, 1.0, 8.0])
def test_the_odds_of_a_sure_answer_are_multiplied(probability: float, ratio: float) -> None:
    found = given_answer(probability, ratio, 1.0)
    assert found * (1.0 - probability) == pytest.approx(probability * ratio * (1.0 - found))
    assert given_answer(probability, ratio, 0.0) == probability
    assert 0.0 <= found <= 1.0
