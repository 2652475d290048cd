"""Promises: kept, broken, open; and what shows neither."""

from __future__ import annotations

import pytest

from relhealth.domain.history import Interaction
from relhealth.domain.vocabulary import SenderKind
from relhealth.signals.commitments import Commitment, Fate
from traits.telling import AS_OF_HOURS, DAY, brand, customer, exact, us

CHARGED = customer(0, "I was charged twice for one ticket.")
BY_FRIDAY = brand(1, "We'll refund you by Friday.")
SOME_TIME = brand(1, "We will let the store know.")
REFUNDED = "Your refund went through today."


def promises(
    *later: Interaction, given: Interaction = BY_FRIDAY, hours: float = AS_OF_HOURS
) -> tuple[Commitment, ...]:
    return exact().scene([CHARGED, given, *later], us(hours)).commitments


TABLE = [
    ("not yet due", BY_FRIDAY, [], 2 * DAY, Fate.OPEN),
    ("due and nothing seen", BY_FRIDAY, [], AS_OF_HOURS, Fate.BROKEN),
    ("no time named", SOME_TIME, [], AS_OF_HOURS, Fate.UNKNOWN),
    ("seen to be done", BY_FRIDAY, [brand(2 * DAY, REFUNDED)], AS_OF_HOURS, Fate.KEPT),
    ("seen without a time", SOME_TIME, [brand(9 * DAY, REFUNDED)], AS_OF_HOURS, Fate.KEPT),
    ("done, and late", BY_FRIDAY, [brand(9 * DAY, REFUNDED)], AS_OF_HOURS, Fate.BROKEN),
    (
        "the customer confirms",
        BY_FRIDAY,
        [customer(3 * DAY, "The refund is here, thanks.")],
        AS_OF_HOURS,
        Fate.KEPT,
    ),
    (
        "the customer asks again",
        BY_FRIDAY,
        [customer(3 * DAY, "Three weeks and nothing has happened.")],
        AS_OF_HOURS,
        Fate.BROKEN,
    ),
    (
        "said to be done, contradicted",
        BY_FRIDAY,
        [brand(2 * DAY, REFUNDED), customer(3 * DAY, "Three weeks and nothing has happened.")],
        AS_OF_HOURS,
        Fate.BROKEN,
    ),
    (
        "the customer thanks for the promise",
        BY_FRIDAY,
        [customer(1.2, "Thanks a lot, Ann.")],
        AS_OF_HOURS,
        Fate.UNKNOWN,
    ),
    (
        "thanked for anything once it was due",
        BY_FRIDAY,
        [customer(7 * DAY, "Thanks a lot, Ann.")],
        AS_OF_HOURS,
        Fate.BROKEN,
    ),
    (
        "thanked before and after it was due",
        BY_FRIDAY,
        [customer(1.2, "Thanks a lot, Ann."), customer(7 * DAY, "Thanks a lot, Ann.")],
        AS_OF_HOURS,
        Fate.UNKNOWN,
    ),
    (
        "thanked for, no time named",
        SOME_TIME,
        [customer(7 * DAY, "Thanks a lot, Ann.")],
        AS_OF_HOURS,
        Fate.UNKNOWN,
    ),
    (
        "thanked for, and not yet due",
        BY_FRIDAY,
        [customer(1.2, "Thanks a lot, Ann.")],
        2 * DAY,
        Fate.OPEN,
    ),
    (
        "thanked for, and done",
        BY_FRIDAY,
        [customer(1.2, "Thanks a lot, Ann."), brand(2 * DAY, REFUNDED)],
        AS_OF_HOURS,
        Fate.KEPT,
    ),
    (
        "thanked for, and done too late",
        BY_FRIDAY,
        [customer(1.2, "Thanks a lot, Ann."), brand(9 * DAY, REFUNDED)],
        AS_OF_HOURS,
        Fate.UNKNOWN,
    ),
    (
        "a machine says so",
        BY_FRIDAY,
        [brand(2 * DAY, REFUNDED, sender_kind=SenderKind.BOT)],
        AS_OF_HOURS,
        Fate.BROKEN,
    ),
    (
        "promised once more",
        BY_FRIDAY,
        [brand(2 * DAY, "We'll credit ten pounds to your account within 48 hours.")],
        AS_OF_HOURS,
        Fate.BROKEN,
    ),
]


@pytest.mark.parametrize(
    ("name", "given", "later", "hours", "fate"), TABLE, ids=[row[0] for row in TABLE]
)
def test_what_became_of_a_promise(
    name: str, given: Interaction, later: list[Interaction], hours: float, fate: Fate
) -> None:
    assert name
    assert promises(*later, given=given, hours=hours)[0].fate == fate


def test_a_promise_kept_late_weighs_less_than_one_never_kept() -> None:
    (never,), (late,) = promises(), promises(brand(9 * DAY, REFUNDED))
    assert late.probability < never.probability
    assert late.settled_us == never.settled_us == never.due_us


def test_late_thanks_do_not_undo_a_silence_but_late_success_shows_that_it_was_kept() -> None:
    (never,), (thanked,) = promises(), promises(customer(7 * DAY, "Thanks a lot, Ann."))
    (resolved,) = promises(customer(7 * DAY, "The refund is here, thanks."))
    assert (never.fate, thanked.fate, resolved.fate) == (Fate.BROKEN, Fate.BROKEN, Fate.KEPT)
    assert thanked.probability == never.probability


def test_thanks_in_time_and_a_late_confirmation_are_no_worse_than_thanks_alone() -> None:
    thanks = customer(3, "Thanks a lot, Ann.")
    (alone,) = promises(thanks)
    (confirmed,) = promises(thanks, customer(9 * DAY, "The refund is here, thanks."))
    assert (alone.fate, confirmed.fate) == (Fate.UNKNOWN, Fate.KEPT)


def test_a_confirmation_that_comes_late_asks_for_nothing_again() -> None:
    (late,) = promises(customer(9 * DAY, "The refund is here, thanks."))
    (asked,) = promises(customer(9 * DAY, "Three weeks and nothing has happened."))
    assert (late.fate, late.is_contradicted) == (Fate.KEPT, False)
    assert (asked.fate, asked.is_contradicted) == (Fate.BROKEN, True)


def test_the_grace_is_a_share_of_the_promised_time() -> None:
    within = brand(1, "A colleague will call you within 24 hours.")
    grace_hours = 24 * exact().rubric.commitments.grace_share
    (open_still,) = promises(given=within, hours=1 + 24 + grace_hours - 0.01)
    (broken,) = promises(given=within, hours=1 + 24 + grace_hours + 0.01)
    assert (open_still.fate, broken.fate) == (Fate.OPEN, Fate.BROKEN)


def test_what_nobody_called_for_is_no_promise() -> None:
    offered = brand(30 * DAY, "We'll send a technician tomorrow.")
    assert exact().scene([offered], us(AS_OF_HOURS)).commitments == ()


def test_one_fulfilment_keeps_one_promise() -> None:
    again = brand(2, BY_FRIDAY.text)
    kept = [c for c in promises(again, brand(2 * DAY, REFUNDED)) if c.fate == Fate.KEPT]
    assert len(kept) == 1


ROOM = customer(0.5, "The room smelled of smoke.", thread_id="room")
TICKET = customer(0, CHARGED.text, thread_id="ticket")
STILL = "Three weeks and nothing has happened."
IN_TICKET = brand(2 * DAY, REFUNDED, thread_id="ticket")


@pytest.mark.parametrize(
    ("given", "later", "fate", "settled_by"),
    [
        # One that names nothing answers in both threads, and stands in the latest.
        (BY_FRIDAY, [IN_TICKET], Fate.KEPT, 3),
        (SOME_TIME, [IN_TICKET], Fate.KEPT, 3),
        (BY_FRIDAY, [brand(2 * DAY, REFUNDED, thread_id="room")], Fate.KEPT, 3),
        (
            BY_FRIDAY,
            [customer(3 * DAY, "The refund is here, thanks.", thread_id="ticket")],
            Fate.KEPT,
            3,
        ),
        (BY_FRIDAY, [brand(9 * DAY, REFUNDED, thread_id="ticket")], Fate.BROKEN, None),
        (BY_FRIDAY, [IN_TICKET, customer(3 * DAY, STILL, thread_id="ticket")], Fate.BROKEN, None),
        (BY_FRIDAY, [IN_TICKET, customer(3 * DAY, STILL, thread_id="room")], Fate.BROKEN, 4),
        # One that names a thread answers there alone.
        (brand(1, BY_FRIDAY.text, thread_id="room"), [IN_TICKET], Fate.BROKEN, None),
    ],
)
def test_a_promise_that_answers_in_several_threads_is_kept_in_any(
    given: Interaction, later: list[Interaction], fate: Fate, settled_by: int | None
) -> None:
    (promise,) = exact().scene([TICKET, ROOM, given, *later], us(AS_OF_HOURS)).commitments
    assert (promise.fate, promise.settled_by) == (fate, settled_by)


def test_what_keeps_a_promise_of_its_own_thread_keeps_no_other() -> None:
    in_ticket = brand(2, BY_FRIDAY.text, thread_id="ticket")
    told = [TICKET, ROOM, BY_FRIDAY, in_ticket, IN_TICKET]
    (promise,) = exact().scene(told, us(AS_OF_HOURS)).commitments
    assert (promise.position, promise.fate) == (3, Fate.KEPT)
