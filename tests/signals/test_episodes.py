"""Failings and what came of them."""

from __future__ import annotations

import pytest

from relhealth.domain.acts import BrandAct
from relhealth.domain.history import Interaction, Rating
from relhealth.domain.vocabulary import SenderKind
from relhealth.signals.episodes import Episode
from traits.telling import AS_OF_HOURS, DAY, brand, customer, exact, us

SMELL = customer(0, "The room smelled of smoke.")
OWNS = "That was our mistake and we are sorry."
SORRY = brand(2, "We apologise for the noise in the hotel last night.")


def episodes(*items: Interaction, hours: float = AS_OF_HOURS) -> tuple[Episode, ...]:
    return exact().scene(list(items), us(hours)).episodes


def test_no_failing_no_episode() -> None:
    assert episodes(customer(0, "Best coffee in town.")) == ()


@pytest.mark.parametrize("text", ["", "Best coffee in town."])
def test_a_low_rating_names_no_failing_that_its_words_do_not_say(text: str) -> None:
    assert episodes(customer(0, text, outcome=Rating(1.0, 1.0, 5.0))) == ()


def test_it_goes_on_until_the_customer_falls_silent() -> None:
    (early,) = episodes(SMELL, SORRY, hours=6 * DAY)
    (late,) = episodes(SMELL, SORRY, hours=8 * DAY)
    assert early.ended_us is None
    assert late.ended_us == us(7 * DAY)
    assert late.closed_by is None


@pytest.mark.parametrize("word", ["Apology accepted.", "It works again.", "Cheers for that."])
def test_the_customer_closes_it(word: str) -> None:
    (one,) = episodes(SMELL, SORRY, customer(3, word))
    assert one.closed_by == 2
    assert one.ended_us == us(3)


def test_the_brand_does_not_close_it() -> None:
    (one,) = episodes(SMELL, brand(2, "The technician has fixed the line."), hours=5 * DAY)
    assert one.closed_by is None
    assert one.ended_us is None


def test_a_complaint_after_the_end_begins_another() -> None:
    assert len(episodes(SMELL, customer(3, "The soup was cold and the waiter was rude."))) == 1
    apart = episodes(SMELL, customer(9 * DAY, "The soup was cold and the waiter was rude."))
    assert [e.repeats for e in apart] == [(), ()]


def test_what_answers_for_two_failings_at_once_counts_for_both() -> None:
    """Each in a thread of its own, and the latest thing asked is a third."""
    smell = customer(0, "The room smelled of smoke.", thread_id="room")
    soup = customer(1, "The soup was cold and the waiter was rude.", thread_id="supper")
    ships = customer(2, "Do you ship to Norway?", thread_id="shop")
    room, supper = episodes(smell, soup, ships, brand(3, OWNS))
    for one in (room, supper):
        assert one.best[BrandAct.OWNERSHIP].position == 3
        assert one.answers == (3,)


def test_what_answers_another_matter_earns_nothing_for_a_failing_that_was_over() -> None:
    smell = customer(0, "The room smelled of smoke.", thread_id="room")
    sorry = brand(2, "We apologise for the noise in the hotel last night.", thread_id="room")
    fine = customer(3, "It works again.", thread_id="room")
    praise = customer(4, "Best coffee in town.", thread_id="room")
    soup = customer(5, "The soup was cold and the waiter was rude.", thread_id="supper")
    room, supper = episodes(smell, sorry, fine, praise, soup, brand(6, OWNS))
    assert BrandAct.OWNERSHIP not in room.best
    assert supper.best[BrandAct.OWNERSHIP].position == 5


def test_an_apology_after_the_end_earns_only_where_it_was_called_for() -> None:
    closed = customer(3, "Apology accepted.")
    late = brand(30, "That was our mistake and we are sorry.")
    (unasked,) = episodes(SMELL, SORRY, closed, late)
    assert unasked.chance(BrandAct.OWNERSHIP) == 0.0
    (asked,) = episodes(SMELL, SORRY, closed, customer(29, "Do you ship to Norway?"), late)
    assert asked.chance(BrandAct.OWNERSHIP) == 1.0


def test_a_deflection_counts_whenever_it_comes() -> None:
    closed = customer(3, "Apology accepted.")
    (one,) = episodes(
        SMELL, SORRY, closed, brand(30, "Nobody else has reported anything like this.")
    )
    assert [d.probability for d in one.deflections] == [0.0, 1.0]


def test_a_complaint_some_minutes_later_says_that_it_is_not_solved() -> None:
    late = "My train was forty minutes late again."
    rest = exact().scene([customer(0, late), customer(0.1, late)], us(AS_OF_HOURS))
    again = exact().scene([customer(0, late), customer(0.2, late)], us(AS_OF_HOURS))
    assert rest.unresolved == (0.0, 0.0)
    assert again.unresolved[0] == 0.0
    assert again.unresolved[1] == pytest.approx(again.failing[0] * again.failing[1])


def test_an_answer_in_between_does_not_make_a_complaint_worse() -> None:
    late = "My train was forty minutes late again."
    sorry = brand(1, "We apologise for the noise in the hotel last night.")
    alone = exact().scene([customer(0, late), customer(2, late)], us(AS_OF_HOURS))
    answered = exact().scene([customer(0, late), sorry, customer(2, late)], us(AS_OF_HOURS))
    assert answered.unresolved == (alone.unresolved[0], 0.0, alone.unresolved[1])


def test_a_machine_apologises_for_nobody() -> None:
    (one,) = episodes(SMELL, brand(2, SORRY.text, sender_kind=SenderKind.BOT))
    assert one.best == {}


REPEATS = [
    ("the same words", customer(20 * DAY, SMELL.text), 1),
    ("the same in other words", customer(20 * DAY, "The room smelled of smoke all night."), 1),
    ("another failing", customer(20 * DAY, "I was charged twice for one ticket."), 0),
    ("still not solved", customer(3, "Still the same error."), 1),
    ("long after", customer(120 * DAY, SMELL.text), 0),
]


@pytest.mark.parametrize("apologised", [True, False])
@pytest.mark.parametrize(("name", "again", "count"), REPEATS, ids=[row[0] for row in REPEATS])
def test_the_same_failing_again(
    name: str,
    again: Interaction,
    count: int,
    apologised: bool,  # noqa: FBT001
) -> None:
    """Whether the brand apologised or not: else an apology would make a repeat cost more."""
    assert name
    found = episodes(SMELL, *([SORRY] if apologised else []), again, hours=300 * DAY)
    assert sum(len(e.repeats) for e in found) == count


COMPLETENESS = [
    ("Sorry about the delay with your parcel.", {"regret"}),
    ("That was our mistake and we are sorry.", {"regret", "responsibility"}),
    ("Sorry for the wait, a burst pipe closed the kitchen.", {"regret", "explanation"}),
    (
        (
            "We booked you twice because our till froze. That was our error, sorry; both charges "
            "are refunded."
        ),
        {"regret", "responsibility", "explanation", "repair"},
    ),
    (
        "Please forgive us, this was our failure and it won't happen again from now on.",
        {"regret", "responsibility", "repentance", "request"},
    ),
    ("That one is on us.", set()),
]


@pytest.mark.parametrize(("text", "parts"), COMPLETENESS, ids=[row[0][:30] for row in COMPLETENESS])
def test_an_apology_is_as_complete_as_its_parts(text: str, parts: set[str]) -> None:
    weights = exact().rubric.episodes.component_weights
    (one,) = episodes(SMELL, brand(2, text))
    assert one.completeness == pytest.approx(sum(weights[part] for part in parts))
