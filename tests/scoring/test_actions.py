"""Next best actions: exact gains, nothing impermissible, and leaving alone."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings

from relhealth.domain.acts import BrandAct
from relhealth.domain.advice import Action, Recommendation
from relhealth.domain.history import (
    MICROSECONDS_PER_DAY,
    Consent,
    History,
    Interaction,
    OptOut,
)
from relhealth.domain.vocabulary import Channel, Party, Purpose, Trait
from relhealth.scoring.actions import ActionOptions, recommend
from relhealth.scoring.candidate import ACTIONS, LEAVE_ALONE
from relhealth.scoring.options import ScoreOptions
from scoring.scripts import Line, at, brand, customer, histories, history, scorer

HORIZON_US = 7 * MICROSECONDS_PER_DAY
OUTREACH = {"check_in", "offer_goodwill", "apologise", "own_mistake", "put_it_right"}


def advise(told: History, hours: float) -> Recommendation:
    return recommend(scorer(), told, ActionOptions(at(hours)))


def action(found: Recommendation, name: str) -> Action:
    (one,) = [a for a in found.actions if a.name == name]
    return one


def names(found: Recommendation) -> list[str]:
    return [a.name for a in found.actions]


def health_at(told: History, moment_us: int) -> float:
    return scorer().score(told, ScoreOptions(moment_us)).health.value


def with_message(told: History, text: str, sent_us: int, **more: object) -> History:
    """The history told once more through the front door, with one message of the brand's."""
    interactions = [
        Interaction(
            told.ids[p],
            told.sent_us[p],
            told.senders[p],
            told.texts[p],
            told.recorded_us[p],
            channel=told.channels[p],
            purpose=told.purposes[p],
            outcome=told.outcomes[p],
        )
        for p in range(len(told))
    ]
    sent = Interaction("new", sent_us, Party.BRAND, text, sent_us)
    interactions.append(replace(sent, **more))  # type: ignore[arg-type]
    return History.of("brand", "customer", "", interactions)


COMPLAINT = history(
    brand(0, "help: parcel tracking"),
    customer(30, "complaint request: the parcel never arrived", channel=Channel.EMAIL),
)


def test_a_gain_is_the_difference_that_a_real_message_with_these_acts_makes() -> None:
    found = advise(COMPLAINT, 54)
    nothing = health_at(COMPLAINT, at(54) + HORIZON_US)
    for name, script in (
        ("answer_open_call", "help=1: "),
        ("own_mistake", "ownership=1 apology=1: "),
        ("apologise", "apology=1: "),
        ("offer_goodwill", "goodwill=1: "),
        ("ask_what_is_missing", "question=1: "),
    ):
        told = with_message(COMPLAINT, script, at(54), in_reply_to_id="i1", channel=Channel.EMAIL)
        gain = health_at(told, at(54) + HORIZON_US) - nothing
        assert action(found, name).health_gain == pytest.approx(gain, abs=1e-9)
        assert gain > 0.0


def test_stopping_is_measured_against_going_on_at_the_observed_rate() -> None:
    sent = [
        brand(24 * day, f"engagement_bait: vote for {word} parcel now", purpose=Purpose.MARKETING)
        for day, word in enumerate(["alpha", "beta", "gamma", "delta", "omega", "sigma"])
    ]
    told = history(customer(0, "request: a window"), brand(1, "help: a window"), *sent)
    found = advise(told, 24 * 7)
    stop = action(found, "stop_nagging")
    goes_on = told
    # Six in seven days, so six more in the next seven, evenly spaced.
    count = 6
    for index in range(count):
        words = " ".join([f"{index}x{word}" for word in range(5)])
        sent_us = at(24 * 7) + HORIZON_US * (2 * index + 1) // (2 * count)
        goes_on = replace(
            with_message(goes_on, f"engagement_bait: {words}", sent_us, purpose=Purpose.MARKETING),
            ids=(*goes_on.ids, f"new{index}"),
        )
    end_us = at(24 * 7) + HORIZON_US
    assert stop.health_gain == pytest.approx(
        health_at(told, end_us) - health_at(goes_on, end_us), abs=1e-9
    )
    assert stop.health_gain > 0.0
    assert names(found)[0] == "stop_nagging"
    assert "stop_promotions" not in names(found)
    assert [told.ids[p] for p in stop.positions] == [f"i{n}" for n in range(2, 8)]


def test_promotions_are_told_from_nagging() -> None:
    told = history(
        customer(0, "request: a coffee"),
        brand(1, "help: a coffee"),
        brand(50, "promotion: a new jacket"),
        brand(90, "promotion: a new window"),
    )
    found = names(advise(told, 100))
    assert "stop_promotions" in found
    assert "stop_nagging" not in found


def test_patience_alone_wins_for_a_quiet_customer_who_was_served() -> None:
    told = history(
        customer(0, "request: is the window in stock"),
        brand(1, "help: the window is in stock"),
        customer(2000, "request: the invoice please"),
        brand(2001, "help: here is the invoice"),
    )
    found = advise(told, 3000)
    assert names(found)[0] == LEAVE_ALONE
    assert found.actions[0].health_gain == 0.0
    assert action(found, "check_in").health_gain < 0.0


def test_where_the_stance_advises_quiet_the_summary_says_so() -> None:
    told = history(customer(0, "opt_out: stop", outcome=OptOut(())))
    assert (
        action(advise(told, 5), LEAVE_ALONE).summary == "Leave the customer alone, as they asked."
    )
    served = history(customer(0, "request: the invoice"), brand(1, "help: the invoice"))
    assert "quiet" in action(advise(served, 5), LEAVE_ALONE).summary


def test_after_an_opt_out_nothing_unasked_is_recommended() -> None:
    told = history(
        customer(0, "complaint: the router broke"),
        brand(1, "deflection: not our router"),
        customer(2, "opt_out: leave me alone", outcome=OptOut(())),
    )
    found = advise(told, 24 * 20)
    assert not OUTREACH & set(names(found))
    assert set(found.impermissible) == OUTREACH
    again = history(
        customer(0, "complaint: the router broke"),
        brand(1, "deflection: not our router"),
        customer(2, "opt_out: leave me alone", outcome=OptOut(())),
        customer(3, "", outcome=Consent(())),
    )
    assert advise(again, 24 * 20).impermissible == ()


def test_what_the_customer_still_waits_for_may_be_answered_after_an_opt_out() -> None:
    told = history(
        customer(0, "request: cancel my ticket"),
        customer(2, "opt_out: and no more mails", outcome=OptOut(())),
    )
    found = advise(told, 24)
    assert "answer_open_call" in names(found)
    assert "check_in" in found.impermissible


def test_an_opt_out_of_another_channel_forbids_nothing() -> None:
    told = history(
        customer(0, "request: a ticket", channel=Channel.EMAIL),
        brand(1, "help: a ticket", channel=Channel.EMAIL),
        customer(2, "", channel=Channel.EMAIL, outcome=OptOut((Channel.SMS,))),
    )
    assert advise(told, 24).impermissible == ()
    there = history(
        customer(0, "request: a ticket", channel=Channel.SMS),
        brand(1, "help: a ticket", channel=Channel.SMS),
        customer(2, "", channel=Channel.SMS, outcome=OptOut((Channel.SMS,))),
    )
    assert advise(there, 24).impermissible == ("check_in",)


def test_praise_is_acknowledged_and_a_promise_kept() -> None:
    told = history(
        customer(0, "request: a refund", thread_id="a"),
        brand(1, "commitment: a refund within 2 days", thread_id="a"),
        customer(3, "praise: lovely coffee", thread_id="b"),
    )
    found = advise(told, 24)
    thanks = action(found, "acknowledge_praise")
    assert thanks.acts == (BrandAct.GRATITUDE, BrandAct.ACKNOWLEDGEMENT)
    assert [told.ids[p] for p in thanks.positions] == ["i2"]
    kept = action(found, "keep_commitment")
    assert [told.ids[p] for p in kept.positions] == ["i1"]
    assert kept.trait_gains[Trait.REALISM - 1] > 0.0
    assert "answer_open_call" not in names(found)


AFTER_ANSWERING = {
    "acknowledge_praise", "own_mistake", "apologise", "put_it_right", "offer_goodwill",
}  # fmt: skip


def test_who_waits_gets_an_answer_before_anything_is_owned_or_made_up_for() -> None:
    told = history(
        customer(0, "complaint request: the heater is dead", thread_id="heater"),
        customer(1, "request: a copy of the invoice", thread_id="invoice"),
        brand(2, "help: the invoice", thread_id="invoice"),
        customer(3, "gratitude praise: how quick", thread_id="invoice"),
        customer(30, "unresolved: the heater is still dead", thread_id="heater"),
    )
    found = advise(told, 100)
    answer, own = action(found, "answer_open_call"), action(found, "own_mistake")
    assert names(found)[0] == "answer_open_call"
    assert own.health_gain > answer.health_gain > 0.0  # the gain itself is exact


@settings(max_examples=60, deadline=None)
@given(histories())
def test_the_list_is_ranked_permissible_and_always_holds_leaving_alone(told: History) -> None:
    moment_us = at(61 * 24)
    one = scorer()
    found = recommend(one, told, ActionOptions(moment_us, horizon_days=3.0))
    assert one.detector.texts_read == len(told)  # type: ignore[attr-defined]
    answering = [a.health_gain for a in found.actions if a.name == "answer_open_call"]
    ranks = [
        min([a.health_gain, *(answering if a.name in AFTER_ANSWERING else [])])
        for a in found.actions
    ]
    assert all(a >= b - 1e-9 for a, b in pairwise(ranks))
    assert action(found, LEAVE_ALONE).health_gain == 0.0
    tied = [a.name for a in found.actions if abs(a.health_gain) < 1e-9]
    assert tied[0] == LEAVE_ALONE
    assert not set(names(found)) & set(found.impermissible)
    assert set(names(found)) | set(found.impermissible) <= set(ACTIONS)
    weights = [t.weight for t in one.rubric.traits]
    for each in found.actions:
        summed = sum(w * g for w, g in zip(weights, each.trait_gains, strict=True))
        assert each.health_gain == pytest.approx(summed, abs=1e-9)


def test_what_is_long_past_is_left_in_peace() -> None:
    told = history(
        customer(0, "request: the invoice", thread_id="a"),
        customer(1, "praise: fine coffee", thread_id="b"),
        customer(2, "complaint: a torn jacket", thread_id="c"),
    )
    soon = set(names(advise(told, 24)))
    assert {"answer_open_call", "acknowledge_praise", "own_mistake"} <= soon
    later = set(names(advise(told, 24 * 30)))
    assert "answer_open_call" in later
    assert "acknowledge_praise" not in later
    assert set(names(advise(told, 24 * 100))) == {LEAVE_ALONE, "check_in"}


def test_thanks_and_a_wish_to_be_left_alone_ask_for_no_reply() -> None:
    thanks = history(
        customer(0, "request: the window"),
        brand(1, "help: the window"),
        customer(2, "gratitude: ok"),
    )
    assert names(advise(thanks, 24))[0] == LEAVE_ALONE
    again = history(
        customer(0, "opt_out: stop writing"),
        brand(30, "promotion: a jacket"),
        customer(40, "complaint unresolved opt_out: stop, I said"),
    )
    found = advise(again, 60)
    assert set(names(found)) == {LEAVE_ALONE, "stop_promotions"}
    assert "own_mistake" in found.impermissible


MENDING = {"own_mistake", "apologise", "put_it_right", "offer_goodwill"}


@pytest.mark.parametrize(
    "word", ["gratitude: makes sense, ty", "resolution: works", "own_mistake: my bad, I misread"]
)
def test_what_the_customer_has_settled_is_not_taken_up_again(word: str) -> None:
    asked = customer(0, "complaint: the discount is missing")
    answered = brand(1, "help: it needs 50 euros")
    assert MENDING & set(names(advise(history(asked, answered), 24)))
    settled = history(asked, answered, customer(2, word))
    assert not MENDING & set(names(advise(settled, 24)))


@pytest.mark.parametrize(
    ("reply", "visit", "taken_up"),
    [
        ([brand(5, "apology: we are sorry")], "request: a table for two", False),
        ([brand(5, "apology: we are sorry")], "complaint: now the wine was warm", True),
        ([], "request: a table for two", True),
    ],
    ids=["in peace", "with a complaint", "never answered"],
)
def test_who_has_come_back_in_peace_is_not_reminded_of_a_failing(
    reply: list[Line],
    visit: str,
    taken_up: bool,  # noqa: FBT001
) -> None:
    again = [customer(24 * 40, visit, thread_id="b"), brand(24 * 40 + 2, "help: here you are")]
    told = history(customer(0, "complaint: the soup was cold", thread_id="a"), *reply, *again)
    soup = [a.name for a in advise(told, 24 * 42).actions if 0 in a.positions]
    assert bool({"own_mistake", "put_it_right", "offer_goodwill"} & set(soup)) == taken_up


def test_who_got_a_word_back_for_praise_is_not_thanked_again() -> None:
    praise = customer(0, "praise: lovely coffee")
    assert "acknowledge_praise" in names(advise(history(praise), 24))
    small_talk = brand(1, "That means a lot")
    assert "acknowledge_praise" not in names(advise(history(praise, small_talk), 24))


def test_a_few_promotions_in_a_month_are_reason_enough_to_stop() -> None:
    told = history(
        *[
            brand(24 * day, f"promotion: {word} jacket", purpose=Purpose.MARKETING)
            for day, word in ((0, "alpha"), (30, "beta"), (44, "gamma"))
        ],
        brand(24 * 47, "Easter is near", purpose=Purpose.MARKETING),
    )
    found = advise(told, 24 * 61)
    stop = action(found, "stop_promotions")
    assert stop.health_gain > 0.0
    assert names(found)[0] == "stop_promotions"
    assert "stop_nagging" not in names(found)  # an advertisement that reads as nothing begs not
    assert stop.summary == (
        "Stop the promotions: 2 in 30 days; the gain is what one more would cost."
    )


def test_one_advertisement_shows_no_rate() -> None:
    told = history(
        customer(0, "request: a coffee"),
        brand(1, "help: a coffee"),
        brand(20, "promotion: a new jacket"),
    )
    assert "stop_promotions" not in names(advise(told, 24))
    refused = history(customer(0, "opt_out: stop writing"), brand(20, "promotion: a new jacket"))
    assert action(advise(refused, 24), "stop_promotions").summary == (
        "Stop the promotions: 1 in 1 day; the gain is what one more would cost."
    )


def test_a_rate_names_the_days_that_it_was_seen_in() -> None:
    begging = [brand(hours, "engagement_bait: rate us") for hours in (24, 36)]
    told = history(customer(0, "information: a ticket"), *begging)
    said = action(advise(told, 48), "stop_nagging").summary
    assert said == "Stop the nagging: 2 in 2 days, 7 more in 7 days at this rate."


def test_what_the_customer_welcomes_is_not_to_be_stopped() -> None:
    letters = [brand(24 * day, f"promotion: recipe {day}") for day in (0, 8, 16, 24)]
    assert "stop_promotions" in names(advise(history(*letters), 24 * 26))
    welcome = customer(24 * 24 + 2, "praise gratitude: love these letters")
    assert "stop_promotions" not in names(advise(history(*letters, welcome), 24 * 26))


def test_who_was_never_helped_is_not_said_to_want_quiet() -> None:
    told = history(
        customer(0, "complaint: the aid broke"),
        brand(1, "empathy: how frustrating"),
        customer(24, "information: right"),
        brand(26, "empathy gratitude: we feel for you"),
    )
    found = advise(told, 24 * 12)
    assert "put_it_right" in names(found)
    assert action(found, LEAVE_ALONE).summary == "Send nothing for 7 days."


@pytest.mark.parametrize(
    ("demand", "offered"),
    [
        ("complaint compensation_demand: a refund please", True),
        ("complaint compensation_demand ultimatum: a voucher or one star", False),
        ("complaint compensation_demand churn_intent: pay or I am gone", False),
    ],
)
def test_nothing_is_offered_under_a_threat(demand: str, offered: bool) -> None:  # noqa: FBT001
    told = history(customer(0, demand))
    assert ("offer_goodwill" in names(advise(told, 24))) == offered
    later = history(customer(0, demand), customer(24 * 120, "complaint: a torn jacket"))
    assert "offer_goodwill" in names(advise(later, 24 * 121))


def test_a_summary_needs_no_glossary() -> None:
    said = action(advise(COMPLAINT, 54), "answer_open_call").summary
    assert said == "Answer a message that has waited 1 day."


def test_no_brand_is_told_that_a_failing_was_its_fault() -> None:
    own = action(advise(COMPLAINT, 54), "own_mistake")
    assert own.summary == "Where it was the brand's fault, own the failing of 1 day ago."


def test_nobody_is_told_to_wait_for_a_call_that_has_come() -> None:
    asked = customer(0, "request: the invoice")
    told = history(asked, brand(1, "help: the invoice"), customer(30, "request: the window"))
    assert action(advise(told, 40), LEAVE_ALONE).summary == "Send nothing for 7 days."


def test_a_promise_that_the_customer_left_at_thanks_is_not_brought_up_again() -> None:
    told = history(
        customer(0, "request: washers"),
        brand(1, "commitment: at the counter from nine"),
        customer(3, "gratitude: all there, cheers"),
    )
    assert "keep_commitment" not in names(advise(told, 24 * 7))


def test_one_bait_in_a_month_foretells_none_within_a_week() -> None:
    told = history(customer(0, "request: a window"), brand(24 * 20, "engagement_bait: rate us"))
    assert "stop_nagging" not in names(advise(told, 24 * 30))


def test_a_single_promise_is_called_one() -> None:
    told = history(customer(0, "request: a refund"), brand(1, "commitment: within 2 days"))
    said = action(advise(told, 24 * 5), "keep_commitment").summary
    assert said == "Keep the promise of 4 days 23 h ago, which is overdue."


def test_who_gave_what_was_asked_for_is_to_be_answered() -> None:
    asked = history(
        customer(0, "request: my robot"),
        brand(1, "question: your number?"),
        customer(2, "information: 66120"),
    )
    assert action(advise(asked, 240), "answer_open_call").positions == (2,)


def test_what_the_customer_needs_no_more_is_not_to_be_answered() -> None:
    asked = history(customer(0, "request: my parcel"), customer(9, "resolution: it has come"))
    assert "answer_open_call" not in names(advise(asked, 240))


@pytest.mark.parametrize(("thread", "again"), [("bill", False), ("parcel", True)])
def test_what_came_back_and_was_closed_then_is_left_in_peace(thread: str, again: bool) -> None:  # noqa: FBT001
    first = customer(0, "complaint: the bill", thread_id="bill")
    back = customer(300, "complaint: that meter", thread_id=thread)
    helped = brand(301, "help: the meter", thread_id=thread)
    thanks = customer(302, "gratitude: it is right", thread_id=thread)
    assert ("own_mistake" in names(advise(history(first, back, helped, thanks), 320))) == again


def test_what_may_be_no_failing_is_not_to_be_owned() -> None:
    for surely, owned in ((0.4, False), (0.9, True)):
        told = history(customer(0, f"complaint={surely} request: the report"), brand(1, "help: it"))
        assert ("own_mistake" in names(advise(told, 48))) == owned


def test_what_may_be_no_praise_is_not_to_be_thanked_for() -> None:
    for surely, thanked in ((0.4, False), (0.9, True)):
        told = history(customer(0, f"praise={surely}: fair"))
        assert ("acknowledge_praise" in names(advise(told, 48))) == thanked


def test_who_has_come_by_in_peace_is_not_told_of_an_old_promise() -> None:
    promised = [customer(0, "request: your porter"), brand(1, "commitment: I will tell him")]
    there = action(advise(history(*promised), 600), "keep_commitment")
    assert there.summary == "Keep the promise of 24 days ago, which nothing shows to be kept."
    back = [customer(500, "request: a room"), brand(501, "help: a room")]
    assert "keep_commitment" not in names(advise(history(*promised, *back), 600))


@pytest.mark.parametrize(
    ("call", "promise", "to_keep"),
    [
        ("request: the porter", "commitment: I will ask the porter", True),
        ("praise: the porter", "commitment: I will tell the porter", False),
        ("gratitude: the porter", "commitment: I will tell the porter", False),
        ("praise: the porter", "commitment: his letter is with you within 3 days", True),
        ("praise request: the porter", "commitment: I will ask the porter", True),
    ],
)
def test_what_is_passed_on_inside_is_not_to_be_shown(
    call: str,
    promise: str,
    to_keep: bool,  # noqa: FBT001
) -> None:
    told = history(customer(0, call), brand(1, promise))
    assert ("keep_commitment" in names(advise(told, 48))) == to_keep


@pytest.mark.parametrize(
    ("notice", "told"),
    [
        ("help: the grey trousers are in stock", True),
        ("help: our branch moves to the harbour", False),
        ("promotion: grey trousers at half price", False),
    ],
)
def test_who_was_told_apart_that_it_is_done_is_not_told_twice(notice: str, told: bool) -> None:  # noqa: FBT001
    asked = customer(0, "request: when are the grey trousers back")
    promised = brand(1, "commitment: I will write to you")
    advice = advise(history(asked, promised, brand(600, notice)), 700)
    assert ("keep_commitment" in names(advice)) != told


def test_who_wants_no_letters_and_a_bill_put_right_is_answered() -> None:
    left = "opt_out complaint: stop calling me"
    assert "answer_open_call" not in names(advise(history(customer(0, left)), 48))
    asks = f"request {left} and correct the bill"
    assert advise(history(customer(0, asks)), 48).actions[0].name == "answer_open_call"


@pytest.mark.parametrize(
    "pressing",
    [
        ["abuse complaint: you fools"],
        ["complaint compensation_demand: pay me", "ultimatum: or else"],
    ],
)
def test_no_goodwill_for_abuse_nor_for_a_demand_with_a_threat(pressing: list[str]) -> None:
    told = history(*[customer(float(h), text) for h, text in enumerate(pressing)])
    assert "own_mistake" in names(advise(told, 48))
    assert "offer_goodwill" not in names(advise(told, 48))
