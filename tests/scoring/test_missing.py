"""The one fact that would narrow the judgement, and its worth in points."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from relhealth.domain.history import Consent, History, OptOut, Rating
from relhealth.domain.score import MissingFact
from relhealth.domain.vocabulary import Channel, Trait
from relhealth.scoring.health import health_estimate, health_prior, shares_of
from relhealth.scoring.missing import MISSING_FACTS
from relhealth.scoring.options import ScoreOptions
from relhealth.signals.scene import observe
from scoring.scripts import RUBRIC, Line, at, brand, customer, histories, history, scorer

ALWAYS = replace(RUBRIC, missing_fact_width=0.0, missing_fact_narrowing=0.0)
NOW = 10.0


def missing(told: History) -> MissingFact | None:
    return scorer(ALWAYS).score(told, ScoreOptions(at(NOW))).missing_fact


def fact(told: History) -> str | None:
    found = missing(told)
    return None if found is None else found.fact


def width(*lines: Line) -> float:
    told = history(*lines)
    one = scorer(ALWAYS)
    scene = observe(told, one.read(told), ALWAYS, at(NOW))
    ledgers = one.ledgers(scene)
    prior, shares = health_prior(ledgers, ALWAYS), shares_of(ledgers, ALWAYS)
    estimate = health_estimate(prior, shares, ALWAYS)
    return estimate.upper - estimate.lower


def test_the_narrowing_is_what_the_customers_word_would_bring() -> None:
    asked = customer(0, "request=1: is the window in stock")
    helped = brand(1, "help=1: the window is in stock")
    found = missing(history(asked, helped))
    assert found is not None
    assert (found.fact, found.trait) == ("customer_confirms_resolution", Trait.SUPPORT)
    settled = width(asked, helped, customer(NOW, "resolution=1: "))
    unsettled = width(asked, helped, customer(NOW, "unresolved=1: "))
    # A real complaint is an open call, too; all else being equal it is not.
    expected = width(asked, helped) - (settled + unsettled) / 2.0
    assert found.narrowing == pytest.approx(expected, abs=1.0)


def test_texts_that_could_not_be_read_are_what_is_missing() -> None:
    told = history(
        customer(0, "wo ist mein Paket, es ist seit Wochen weg", language="de"),
        brand(1, "es ist unterwegs zu Ihnen", language="de"),
    )
    assert fact(told) == "language_of_unread_texts"


def test_who_was_never_answered_is_asked_for_an_answer_elsewhere() -> None:
    assert fact(history(customer(0, "request: where is the parcel"))) == "answer_to_open_call"


@pytest.mark.parametrize("word", ["gratitude", "praise", "advocacy", "information"])
def test_nobody_is_asked_where_a_word_was_answered_that_kept_nobody_waiting(word: str) -> None:
    assert fact(history(customer(0, f"{word}: the window came"))) is None


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [(OptOut((Channel.SMS,)), "customer_confirms_resolution"), (OptOut(()), None)],
)
def test_who_wants_no_contact_is_not_asked_whether_it_is_settled(
    outcome: OptOut, expected: str | None
) -> None:
    asked = customer(0, "request: delete my data", outcome=outcome)
    assert fact(history(asked, brand(1, "help: your data is deleted"))) == expected


def test_a_rating_is_not_asked_for_twice() -> None:
    lines = [
        customer(0, "information: the invoice came"),
        brand(1, "gratitude: fine"),
        customer(4, "information: bye"),
    ]
    assert fact(history(*lines)) == "customer_rating"
    rated = customer(5, "", outcome=Rating(5.0, 1.0, 5.0))
    assert fact(history(*lines, rated)) != "customer_rating"


@pytest.mark.parametrize(
    ("outcome", "asked"),
    [(Consent(()), "customer_rating"), (OptOut(()), None), (Rating(5.0, 1.0, 5.0), None)],
)
def test_a_rating_is_asked_of_who_gave_none_and_may_be_asked(
    outcome: Consent | OptOut | Rating, asked: str | None
) -> None:
    lines = [customer(0, "information: the invoice came"), brand(1, "gratitude: fine")]
    assert fact(history(*lines, customer(5, "", outcome=outcome))) == asked


def test_what_would_hardly_narrow_it_is_not_asked_for() -> None:
    told = history(customer(0, "information: the invoice came"), brand(1, "gratitude: fine"))
    found = missing(told)
    assert found is not None
    for least, fact_named in ((found.narrowing, found.fact), (found.narrowing + 1e-6, None)):
        picky = replace(ALWAYS, missing_fact_narrowing=least)
        named = scorer(picky).score(told, ScoreOptions(at(NOW))).missing_fact
        assert (None if named is None else named.fact) == fact_named


def test_a_narrow_interval_asks_for_nothing() -> None:
    told = history(customer(0, "request: the invoice"), brand(1, "help: the invoice"))
    wide = replace(RUBRIC, missing_fact_width=100.0)
    assert scorer(wide).score(told, ScoreOptions(at(NOW))).missing_fact is None


@settings(max_examples=100, deadline=None)
@given(histories())
def test_a_missing_fact_is_listed_and_narrows(told: History) -> None:
    found = scorer(ALWAYS).score(told, ScoreOptions(at(61 * 24))).missing_fact
    if found is not None:
        assert found.fact in MISSING_FACTS
        assert found.summary == MISSING_FACTS[found.fact]
        assert 0.0 < found.narrowing < 100.0
