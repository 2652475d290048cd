"""Sentences of evidence are English and say no more than their numbers show."""

from __future__ import annotations

import pytest

from relhealth.domain.acts import CustomerAct
from relhealth.domain.evidence import Evidence
from relhealth.scoring.sentences import duration, hedged, sentence


def said(kind: str, *facts: float, act: CustomerAct | None = None) -> str:
    acts = () if act is None else ((0, act),)
    return sentence(Evidence(kind, None, 0.0, 1.0, -1.0, (0,), acts, facts), "")


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (0.005, "18 s"),
        (0.01, "1 min"),
        (2.0, "2 h"),
        (2.1, "2 h 6 min"),
        (24.0, "1 day"),
        (76.0, "3 days 4 h"),
        (6 * 24 + 23.0, "6 days 23 h"),
        (7 * 24.0, "7 days"),
        (450 * 24 + 2.0, "450 days"),
    ],
)
def test_a_duration_is_no_finer_than_it_matters(hours: float, words: str) -> None:
    assert duration(hours) == words


def test_a_reply_without_substance_is_not_denied() -> None:
    said_of_praise = said("answer", 25.0, 1.0, act=CustomerAct.PRAISE)
    assert said_of_praise == "No real answer to praise for 1 day 1 h so far."


def test_thanks_are_not_said_to_have_waited() -> None:
    told = said("answer", 25.0, 3.0, act=CustomerAct.GRATITUDE)
    assert told == "There was no need to answer thanks."


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        (0.0, "Answered what may be a complaint after 2 h."),
        (1.0, "No real answer to what may be a complaint for 2 h so far."),
        (2.0, "No real answer to what may be a complaint for 2 h; then the customer needed none."),
        (3.0, "There was no need to answer what may be a complaint."),
    ],
)
def test_of_an_answer_it_is_doubtful_what_it_answers(ended: float, words: str) -> None:
    assert hedged(said("answer", 2.0, ended, act=CustomerAct.COMPLAINT)) == words


@pytest.mark.parametrize(
    ("act", "settled", "words"),
    [
        (CustomerAct.COMPLAINT, 0.0, "No real answer to a complaint so far."),
        (CustomerAct.REQUEST, 0.0, "No real answer to a request so far."),
        (CustomerAct.REQUEST, 1.0, "No real answer to a request; then the customer needed none."),
    ],
)
def test_what_was_left_open_is_named(act: CustomerAct, settled: float, words: str) -> None:
    assert said("left_open", settled, act=act) == words


def test_information_is_not_said_to_have_been_asked_for() -> None:
    told = said("answer", 0.75, 0.0, act=CustomerAct.INFORMATION)
    assert told == "Answered information from the customer after 45 min."


def test_times_are_counted_in_english() -> None:
    assert said("sent_around", 3.0) == (
        "The brand sent the customer elsewhere 3 times in one conversation."
    )
    assert said("message_load", 1.5, 30.0) == (
        "2 more messages within 30 days than the customer's attention warrants."
    )


def test_what_an_opt_out_answered_is_not_said_to_be_unanswered() -> None:
    assert (
        said("unanswered_outreach", 1.0) == "One message that nobody asked for and nobody took up."
    )


@pytest.mark.parametrize(
    ("plain", "doubtful"),
    [
        ("The customer was patient.", "Perhaps the customer was patient."),
        ("A promise was kept.", "Perhaps a promise was kept."),
        ("NPS fell.", "Perhaps NPS fell."),
        ("2 messages too many.", "Perhaps 2 messages too many."),
        ("Ökostrom war teuer.", "Perhaps Ökostrom war teuer."),
        ("", ""),
    ],
)
def test_what_is_doubtful_is_said_with_a_perhaps(plain: str, doubtful: str) -> None:
    assert hedged(plain) == doubtful
