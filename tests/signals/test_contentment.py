"""Warm words count once the customer has been answered."""

from __future__ import annotations

from relhealth.domain.history import Interaction
from traits.telling import AS_OF_HOURS, brand, customer, exact, us

SMELL = customer(0, "The room smelled of smoke.", thread_id="room")
SOUP = customer(1, "The soup was cold and the waiter was rude.", thread_id="supper")
THANKS = customer(4, "Apology accepted.", thread_id="room")


def content_at(*items: Interaction) -> list[int]:
    return [c.position for c in exact().scene(list(items), us(AS_OF_HOURS)).contentments]


def test_before_any_answer_they_are_mere_words() -> None:
    assert content_at(SMELL, THANKS) == []
    assert content_at(SMELL, brand(2, "That was our mistake and we are sorry."), THANKS) == [2]


def test_one_answer_to_two_matters_answers_both() -> None:
    owns = brand(2, "That was our mistake and we are sorry.")
    assert content_at(SMELL, SOUP, owns, THANKS) == [3]
