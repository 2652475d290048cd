"""What evidence claims of somebody has to be so; where that is not known, nothing is claimed."""

from __future__ import annotations

import pytest

from relhealth.domain.history import Consent, History, OptOut, Rating
from relhealth.domain.score import EvidenceLine
from relhealth.domain.vocabulary import Band, Purpose, SenderKind
from relhealth.scoring.options import ScoreOptions
from scoring.scripts import Line, at, brand, customer, history, scorer

DAY = 24.0
WAITING = ["request: a window", "complaint: a broken window", "compensation_demand: a window"]
WARM = ["praise: a window", "gratitude: a window", "advocacy: a window", "information: a window"]
BROKEN = "complaint: the lift stands still"
FEELING = "empathy: we understand how you feel and regret any inconvenience"
WORKS = customer(3, "resolution gratitude: it runs")


def evidence(told: History, hours: float) -> list[EvidenceLine]:
    options = ScoreOptions(at(hours), with_evidence=True, max_evidence_count=100)
    found = scorer().score(told, options)
    return [line for trait in found.traits for line in trait.evidence]


def kinds(told: History, hours: float) -> list[str]:
    return [line.evidence.kind for line in evidence(told, hours)]


@pytest.mark.parametrize("called", WAITING)
def test_selling_to_who_waits_counts_as_that(called: str) -> None:
    told = history(customer(0, called), brand(50, "promotion: a jacket"))
    assert "sells_instead" in kinds(told, 3 * DAY)


def test_selling_weighs_by_how_long_somebody_has_waited() -> None:
    def weight(*more: Line, hours: float) -> float:
        asked = customer(0, WAITING[0], thread_id="window")
        told = history(asked, *more, brand(hours, "promotion: a jacket"))
        lines = [line.evidence for line in evidence(told, 9 * DAY)]
        return sum(line.weight for line in lines if line.kind == "sells_instead")

    assert 0.0 < weight(hours=0.5) < 0.2 * weight(hours=72)
    other = customer(71, "complaint=0.99: a broken lift", thread_id="lift")
    answered = brand(72, "help: the lift", thread_id="lift")
    assert 0.0 < weight(other, answered, hours=73) <= weight(other, hours=73)


def test_a_consent_is_no_leave_to_sell_to_who_waits() -> None:
    agreed = customer(-1, "", outcome=Consent(()))
    told = history(agreed, customer(0, WAITING[0]), brand(50, "promotion: a jacket"))
    assert "sells_instead" in kinds(told, 3 * DAY)


@pytest.mark.parametrize("called", WARM)
def test_who_has_a_good_word_or_news_waits_for_nothing(called: str) -> None:
    told = history(customer(0, called), brand(50, "promotion: a jacket"))
    assert "sells_instead" not in kinds(told, 3 * DAY)


def test_a_visit_that_could_not_be_read_is_not_said_to_be_in_peace() -> None:
    complaint = "meine Bestellung ist immer noch nicht angekommen"
    assert "visit_in_peace" in kinds(history(customer(0, "request: a window")), DAY)
    assert "visit_in_peace" not in kinds(history(customer(0, complaint, language="de")), DAY)


@pytest.mark.parametrize(
    ("visit", "returns"),
    [
        (customer(60 * DAY, "request: a window"), True),
        (customer(60 * DAY, "", outcome=OptOut(())), False),
        (customer(60 * DAY, "opt_out: stop writing"), False),
        (customer(60 * DAY, "churn_intent: close it"), False),
        (customer(60 * DAY, "request=1: has anybody seen to the lift"), False),
        (customer(60 * DAY, "praise: a lift that runs"), True),
        (customer(60 * DAY, "wo ist mein Paket", language="de"), False),
    ],
)
def test_only_who_is_seen_to_come_in_peace_returns_in_peace(visit: Line, returns: bool) -> None:  # noqa: FBT001
    told = history(customer(0, BROKEN), brand(1, "help: the lift"), WORKS, visit)
    assert ("returns_in_peace" in kinds(told, 61 * DAY)) == returns


@pytest.mark.parametrize(
    ("answer", "talked_at"),
    [
        ("praise: your letter", False),
        ("gratitude: your letter", False),
        ("request: a window", True),
        ("praise=0.3: your letter", True),
        ("praise=0.6 complaint=0.8: your letter", True),
    ],
)
def test_who_welcomes_a_letter_was_not_talked_at(answer: str, talked_at: bool) -> None:  # noqa: FBT001
    told = history(brand(0, "promotion: a letter on windows"), customer(5, answer))
    assert ("talks_at" in kinds(told, DAY)) == talked_at


def test_who_thanks_for_help_with_leaving_holds_no_grudge() -> None:
    leaves = [customer(0, "churn_intent request: cancel it"), brand(1, "help: it is cancelled")]
    assert "churn_intent" in kinds(history(*leaves), DAY)
    assert "churn_intent" not in kinds(history(*leaves, customer(2, "gratitude: bye")), DAY)
    wronged = [customer(-2, BROKEN), *leaves, customer(2, "gratitude: bye")]
    assert "churn_intent" in kinds(history(*wronged), DAY)
    later = customer(90 * DAY, "gratitude: the new window")
    assert "churn_intent" in kinds(history(*leaves, later), 91 * DAY)


@pytest.mark.parametrize(
    ("hours", "text", "disregards"),
    [
        (1, ": You have been removed from our mailing list.", False),
        (9 * DAY, ": We have erased your data.", False),
        (29 * DAY, ": We have erased your data.", False),
        (100 * DAY, ": We have erased your data.", True),
        (1, ": Good to see you.", True),
        (1, ": Ticket closed.", True),
        (1, "promotion: 'Removed' is our new song.", True),
    ],
)
@pytest.mark.parametrize("sender_kind", SenderKind)
def test_who_is_told_that_they_are_left_alone_was_left_alone(
    hours: float,
    text: str,
    disregards: bool,  # noqa: FBT001
    sender_kind: SenderKind,
) -> None:
    left = customer(0, "opt_out: take me off the list")
    told = history(left, brand(hours, text, sender_kind=sender_kind))
    disregarded = {"contact_after_opt_out", "unanswered_outreach"} & set(kinds(told, 120 * DAY))
    assert bool(disregarded) == disregards


def test_who_asked_to_be_forgotten_is_answered_by_word_that_they_are() -> None:
    asked = customer(0, "opt_out request: erase my data and confirm it")
    assert "left_open" in kinds(history(asked), 30 * DAY)
    done = history(asked, brand(9 * DAY, ": We have erased your data."))
    assert "left_open" not in kinds(done, 30 * DAY)


@pytest.mark.parametrize("more", [{}, {"thread_id": "fault"}])
@pytest.mark.parametrize(
    ("text", "answers"),
    [(": You have been unsubscribed.", False), ("help: You have been unsubscribed.", True)],
)
def test_word_that_a_customer_is_left_alone_answers_nothing_else_that_they_asked(
    more: dict[str, str],
    text: str,
    answers: bool,  # noqa: FBT001
) -> None:
    told = [
        customer(0, BROKEN, **more),
        customer(1, "opt_out request: take me off and confirm it", **more),
    ]
    before = kinds(history(*told), 30 * DAY)
    after = kinds(history(*told, brand(2, text, **more)), 30 * DAY)
    assert before.count("left_open") == 2
    assert after.count("left_open") == (0 if answers else 2)
    assert "contact_after_opt_out" not in after


def test_an_insult_answers_no_question() -> None:
    def weight(reply: str) -> float:
        told = history(customer(0, BROKEN), brand(1, "question: which lift"), customer(2, reply))
        lines = [line.evidence for line in evidence(told, DAY)]
        return sum(line.weight for line in lines if line.kind == "questions_answered")

    assert weight("abuse: fools") < 0.1 * weight("information: blue")


def test_who_was_answered_in_the_same_call_does_not_wait() -> None:
    called, answered = customer(0, "request: a window"), brand(0, "help: the window")
    assert "left_open" in kinds(history(called), 3 * DAY)
    for told in (history(called, answered), history(answered, called)):
        assert "left_open" not in kinds(told, 3 * DAY)
        assert "help_given" in kinds(told, 3 * DAY)


def test_who_owned_and_helped_is_not_told_to_have_done_neither() -> None:
    silent = kinds(history(customer(0, BROKEN)), 30 * DAY)
    assert {"no_admission", "left_unresolved"} <= set(silent)
    owned = history(customer(0, BROKEN), brand(1, "ownership apology help=0.9: the lift"))
    assert not {"no_admission", "left_unresolved"} & set(kinds(owned, 30 * DAY))
    thanked = history(customer(0, BROKEN), brand(1, "ownership: the lift"), WORKS)
    assert "settled_without_admission" not in kinds(thanked, 30 * DAY)


def test_what_is_sent_twice_at_once_is_no_failing_raised_again() -> None:
    again = [kinds(history(customer(0, BROKEN), customer(h, BROKEN)), 2) for h in (0.01, 0.5)]
    assert ["failing_repeated" in found for found in again] == [False, True]


def test_what_fails_again_soon_is_not_held_against_the_customer() -> None:
    first = [customer(0, BROKEN), brand(1, "help apology: the lift"), WORKS]
    soon = kinds(history(*first, customer(20 * DAY, BROKEN)), 21 * DAY)
    assert "failing_repeated" in soon
    assert "old_failing_again" not in soon
    late = kinds(history(*first, customer(120 * DAY, BROKEN)), 121 * DAY)
    assert "old_failing_again" in late
    assert "failing_repeated" not in late


LINE = "help: your parcel is out for delivery"


@pytest.mark.parametrize(
    ("one", "other", "canned"),
    [
        (brand(2, LINE), brand(9, LINE), True),
        (brand(2, LINE), brand(2, LINE), False),
        (
            brand(2, LINE, sender_kind=SenderKind.BOT, purpose=Purpose.TRANSACTIONAL),
            brand(9, LINE, sender_kind=SenderKind.BOT, purpose=Purpose.TRANSACTIONAL),
            False,
        ),
    ],
    ids=["said twice", "recorded twice", "notices"],
)
def test_a_notice_or_a_record_kept_twice_is_no_canned_line(
    one: Line,
    other: Line,
    canned: bool,  # noqa: FBT001
) -> None:
    told = history(customer(0, "request: where is my parcel"), one, other)
    assert ("canned_line" in kinds(told, 20)) == canned


@pytest.mark.parametrize(
    ("line", "again", "kind"),
    [
        ("question: what is your order number", "asks_again", "question_asked"),
        (FEELING, "canned_line", "empathy"),
    ],
)
def test_what_is_only_done_again_is_not_done_well_as_well(line: str, again: str, kind: str) -> None:
    told = history(
        customer(0, "request: the lift"),
        brand(1, line),
        customer(2, "request information: it is 66120"),
        brand(3, line),
    )
    found = [x.evidence for x in evidence(told, DAY)]
    assert [e.positions for e in found if e.kind == again] == [(1, 3)]
    assert [e.positions for e in found if e.kind == kind] == [(1,)]


@pytest.mark.parametrize(
    ("later", "said"),
    [
        (customer(5 * DAY, "unresolved: a refund"), "the customer had to ask again."),
        (customer(5 * DAY, "resolution complaint: a refund"), "not seen to be kept in time."),
        (brand(5 * DAY, "resolution: a refund"), "not seen to be kept in time."),
        (customer(5 * DAY, "resolution: a refund"), "seen to be kept after 4 days 23 h."),
    ],
    ids=["asked for again", "late, as they complain", "late, as the brand says", "confirmed"],
)
def test_when_a_promise_was_kept_is_not_told_by_when_that_was_confirmed(
    later: Line, said: str
) -> None:
    told = history(customer(0, "request: a refund"), brand(1, "commitment: within 2 days"), later)
    kept = {"commitment_kept", "commitment_broken"}
    (line,) = [x for x in evidence(told, 6 * DAY) if x.evidence.kind in kept]
    assert line.summary.endswith(said)


ACCEPTED = {"repair_accepted", "parts_in_peace"}


@pytest.mark.parametrize(
    ("thanks", "accepted"),
    [
        (customer(3, "gratitude: thank you", thread_id="lift"), True),
        (customer(3, "gratitude: thank you", thread_id="window"), False),
        (customer(-1, "gratitude: thank you", thread_id="lift"), False),
    ],
    ids=["after it", "of something else", "before it"],
)
def test_only_thanks_after_a_failing_are_taken_for_its_end(thanks: Line, accepted: bool) -> None:  # noqa: FBT001
    told = history(
        customer(-3, "request: a window", thread_id="window"),
        customer(-3, "request: the lift", thread_id="lift"),
        brand(-2, "help: a window", thread_id="window"),
        brand(-2, "help: the lift", thread_id="lift"),
        customer(0, BROKEN, thread_id="lift"),
        brand(1, "help: the lift", thread_id="lift"),
        thanks,
    )
    found = set(kinds(told, 5))
    assert ACCEPTED & found == (ACCEPTED if accepted else set())


@pytest.mark.parametrize(
    ("word", "grudge"),
    [
        ("churn_intent: I am moving away", True),
        ("churn_intent praise: I am moving away, you were great", False),
        ("churn_intent praise complaint: great once, but now I leave", True),
        ("churn_intent=0.7 gratitude praise=0.55: goodbye, it was a nice time", False),
        ("churn_intent gratitude: I am moving away, thanks for everything", False),
    ],
)
def test_a_farewell_with_praise_alone_is_no_grudge(word: str, grudge: bool) -> None:  # noqa: FBT001
    told = history(customer(0, word))
    assert ("churn_intent" in kinds(told, DAY)) == grudge


def test_thanks_at_the_end_of_what_went_wrong_are_polite_alone() -> None:
    leaves = customer(50, "churn_intent gratitude: then I am off, thanks for being honest")
    told = history(customer(0, BROKEN), brand(1, "expectation: we have no parts"), leaves)
    assert "churn_intent" in kinds(told, 3 * DAY)


def test_amends_after_a_silence_are_not_denied() -> None:
    silent = [customer(0, BROKEN), brand(1, "acknowledgement: the lift")]
    assert {"no_admission", "left_unresolved"} <= set(kinds(history(*silent), 30 * DAY))
    late = brand(12 * DAY, "apology ownership help=0.9: the lift")
    told = kinds(history(*silent, late), 30 * DAY)
    assert not {"no_admission", "left_unresolved", "apology", "ownership"} & set(told)


def test_a_poor_rating_without_a_word_is_told_as_that_alone() -> None:
    told = history(customer(0, "", outcome=Rating(1.0, 0.0, 10.0)))
    assert set(kinds(told, 30 * DAY)) == {"rated_poorly"}


@pytest.mark.parametrize(
    ("said", "value", "surely"),
    [
        ("complaint=0.2: meh, late", 1.0, True),
        ("complaint=0.2: meh, late", 4.0, False),
        (": ok", 1.0, None),
    ],
    ids=["rated low", "rated well", "an empty word"],
)
def test_a_low_rating_makes_sure_of_what_its_words_hardly_say(
    said: str,
    value: float,
    surely: bool | None,  # noqa: FBT001
) -> None:
    told = history(customer(0, said, outcome=Rating(value, 1.0, 5.0)))
    found = [x for x in evidence(told, DAY) if x.evidence.kind == "grievance"]
    assert {not x.summary.startswith("Perhaps ") for x in found} == (
        set() if surely is None else {surely}
    )


@pytest.mark.parametrize("value", [0.0, 7.0, 10.0])
def test_one_rating_is_no_health(value: float) -> None:
    told = history(customer(0, "", outcome=Rating(value, 0.0, 10.0)))
    assert scorer().score(told, ScoreOptions(at(DAY))).health.band is Band.INSUFFICIENT_EVIDENCE


def test_what_is_still_not_solved_after_a_week_is_one_failing_and_has_not_ended() -> None:
    again = customer(9 * DAY, "unresolved: the lift stands still")
    told = kinds(history(customer(0, BROKEN), brand(1, "offer: the lift"), again), 10 * DAY)
    assert "left_unresolved" not in told
    assert told.count("no_admission") == 1


ASKED = customer(0, "request: where is my parcel")


def answers(told: History, hours: float) -> list[str]:
    return [x.summary for x in evidence(told, hours) if x.evidence.kind == "answer"]


@pytest.mark.parametrize("word", ["gratitude: cheers", "information: the meter stands at 48211"])
def test_thanks_and_news_that_nobody_waits_by_need_no_answer(word: str) -> None:
    told = history(customer(0, word))
    (line,) = [x for x in evidence(told, 30 * DAY) if x.evidence.kind == "answer"]
    assert line.evidence.contribution == 0.0
    assert line.summary.startswith("There was no need to answer ")
    assert "left_open" not in kinds(told, 30 * DAY)


def test_nobody_is_left_open_with_praise() -> None:
    told = history(customer(0, "praise: the new lift"))
    assert answers(told, 30 * DAY) == ["No real answer to praise for 30 days so far."]
    assert "left_open" not in kinds(told, 30 * DAY)


def test_who_asked_and_gave_what_was_missing_waits() -> None:
    told = history(ASKED, brand(1, "question: your number?"), customer(2, "information: 66120"))
    assert "No real answer to information from the customer for 8 days so far." in answers(
        told, 2 + 8 * DAY
    )
    assert "left_open" in kinds(told, 10 * DAY)


@pytest.mark.parametrize("word", ["resolution: it has come", "own_mistake: it lay at the door"])
def test_who_needs_no_answer_any_more_is_not_said_to_wait(word: str) -> None:
    told = history(ASKED, customer(5, word), brand(50, "promotion: a jacket"))
    assert answers(told, 30 * DAY) == [
        "No real answer to a request for 5 h; then the customer needed none."
    ]
    assert "sells_instead" not in kinds(told, 30 * DAY)
    early, late = [[x for x in evidence(told, h) if x.evidence.kind == "answer"] for h in (6, 900)]
    assert [x.evidence.value for x in early] == [x.evidence.value for x in late]


def test_who_complains_again_has_not_settled_it() -> None:
    told = history(ASKED, customer(5, "resolution unresolved: it came, but not the lid"))
    assert len([x for x in answers(told, 30 * DAY) if x.endswith("so far.")]) == 2


@pytest.mark.parametrize(("acts", "answered"), [("apology help", True), ("help", False)])
def test_an_apology_that_names_nothing_answers_what_has_waited_for_weeks(
    acts: str,
    answered: bool,  # noqa: FBT001
) -> None:
    told = history(customer(0, BROKEN), brand(40 * DAY, f"{acts}: the lift"))
    (told_of_it,) = answers(told, 41 * DAY)
    assert told_of_it.startswith("Answered") == answered
    assert ("apology" in kinds(told, 41 * DAY)) == answered


HUMS = customer(0, "complaint: the fridge hums all night", thread_id="fridge")
RUDE = customer(40 * DAY, "complaint: your driver was rude", thread_id="driver")


@pytest.mark.parametrize(
    ("between", "words", "answered"),
    [
        ([RUDE], "the driver", ["driver"]),
        ([RUDE], "the driver, and the fridge", ["fridge", "driver"]),
        ([RUDE, brand(40 * DAY + 1, "help: he knows", thread_id="driver")], "the driver", []),
        ([RUDE, brand(40 * DAY + 1, "help: he knows", thread_id="driver")], "fridge", ["fridge"]),
        ([], "the long silence", ["fridge"]),
    ],
    ids=["of another matter", "of both", "of what was answered", "by its words", "of nothing else"],
)
def test_an_apology_that_names_nothing_looks_back_only_to_what_it_can_be_about(
    between: list[Line], words: str, answered: list[str]
) -> None:
    told = history(HUMS, *between, brand(40 * DAY + 5, f"apology: sorry for {words}"))
    last = len(told) - 1
    found = [x.evidence.positions for x in evidence(told, 41 * DAY) if x.evidence.kind == "answer"]
    threads = {0: "fridge", 1: "driver"}
    assert sorted(threads[p[0]] for p in found if p[-1] == last) == sorted(answered)


@pytest.mark.parametrize(
    ("word", "waits"),
    [
        ("complaint opt_out: this is rubbish, leave me alone", False),
        ("complaint opt_out request: leave me alone, and delete my number", True),
        ("unresolved opt_out: I said so already", True),
    ],
)
def test_who_only_wants_to_be_left_alone_waits_for_no_answer(word: str, waits: bool) -> None:  # noqa: FBT001
    told = history(customer(0, word), brand(50, "promotion: a jacket"))
    found = kinds(told, 9 * DAY)
    assert ("left_open" in found) == waits
    assert ("sells_instead" in found) == waits
    assert "contact_after_opt_out" in found
    assert bool({"no_admission", "left_unresolved"} & set(found)) == waits
    if not waits:
        assert answers(told, 9 * DAY) == ["There was no need to answer a wish to be left alone."]


def test_who_wants_to_be_left_alone_has_taken_up_no_advertisement() -> None:
    sold = brand(0, "promotion: a jacket")
    assert "unanswered_outreach" in kinds(history(sold, customer(3, "opt_out: stop writing")), DAY)
    assert "unanswered_outreach" not in kinds(history(sold, customer(3, "request: a size")), DAY)


@pytest.mark.parametrize("surely", [0.4, 0.9])
def test_what_is_less_likely_than_not_is_said_to_be_so_perhaps(surely: float) -> None:
    told = history(customer(0, f"complaint={surely}: the lift"), brand(1, "offer: the lift"))
    claims = {x.evidence.kind: x.summary for x in evidence(told, 30 * DAY)}
    for kind in ("grievance", "no_admission", "left_unresolved"):
        assert claims[kind].startswith("Perhaps ") == (surely < 0.5)
    assert claims["answer"].startswith("Answered what may be a complaint") == (surely < 0.5)


def test_what_is_complained_of_once_more_is_said_outright_whatever_its_words() -> None:
    told = history(customer(0, BROKEN), customer(5, BROKEN))
    again = [x.summary for x in evidence(told, DAY) if x.evidence.kind == "still_unresolved"]
    assert len(again) == 6
    assert not any(summary.startswith("Perhaps ") for summary in again)


@pytest.mark.parametrize("surely", [0.4, 0.9])
def test_what_hardly_speaks_for_a_stance_is_said_with_a_perhaps(surely: float) -> None:
    told = history(customer(0, f"churn_intent={surely}: I may go"))
    found = scorer().score(told, ScoreOptions(at(DAY), with_evidence=True)).stance.evidence
    (leaves,) = [x.summary for x in found if x.evidence.kind == "means_to_leave"]
    assert leaves.startswith("Perhaps ") == (surely < 0.5)


@pytest.mark.parametrize("surely", [0.4, 0.9])
def test_of_what_may_be_an_opt_out_or_a_welcome_no_more_is_said(surely: float) -> None:
    sale = brand(0, "promotion: a jacket")
    left = history(customer(-1, f"opt_out={surely}: no more"), sale)
    welcomed = history(sale, customer(1, f"gratitude={surely}: nice"))
    for told, kind in ((left, "contact_after_opt_out"), (welcomed, "outreach_welcomed")):
        (line,) = [line for line in evidence(told, DAY) if line.evidence.kind == kind]
        assert line.summary.startswith("Perhaps ") == (surely < 0.5)
        assert line.mentions


def test_a_recorded_opt_out_is_no_matter_of_words() -> None:
    left = customer(-1, ": no more", outcome=OptOut(()))
    told = history(left, brand(0, "promotion: a jacket"))
    (line,) = [x for x in evidence(told, DAY) if x.evidence.kind == "contact_after_opt_out"]
    assert line.summary == "The brand contacted the customer after they had opted out."
