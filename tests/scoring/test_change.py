"""Changes in parts that sum exactly, and trends from one reading."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relhealth.domain.change import Change, ChangePart, ChangeSource
from relhealth.domain.history import History
from relhealth.domain.vocabulary import Trait
from relhealth.scoring.change import ChangeOptions, explain_change, trend
from relhealth.scoring.options import ScoreOptions
from scoring.scripts import at, brand, customer, histories, history, scorer

DAY = 24.0


def explain(told: History, start: float, end: float, points: int | None = None) -> Change:
    return explain_change(
        scorer(), told, ChangeOptions(at(start), at(end), trend_point_count=points)
    )


def sources(change: Change) -> list[ChangeSource]:
    return [part.source for part in change.parts]


def part(change: Change, source: ChangeSource, kind: str | None = None) -> ChangePart:
    (one,) = [p for p in change.parts if (p.source, p.kind) == (source, kind)]
    return one


@settings(max_examples=100, deadline=None)
@given(histories(), st.integers(-24, 61 * 24), st.integers(0, 61 * 24))
def test_the_parts_sum_to_the_change(told: History, start: int, later: int) -> None:
    one = scorer()
    end = start + later
    change = explain_change(one, told, ChangeOptions(at(start), at(end)))
    summed = sum(p.change for p in change.parts)
    assert summed == pytest.approx(change.to_health - change.from_health, abs=1e-9)
    for trait in change.traits:
        summed = sum(p.change for p in trait.parts)
        assert summed == pytest.approx(trait.to_value - trait.from_value, abs=1e-9)
        assert [p.source for p in trait.parts] == sorted(p.source for p in trait.parts)
    assert sources(change) == sorted(sources(change))


@settings(max_examples=40, deadline=None)
@given(histories(), st.integers(0, 61 * 24), st.integers(0, 61 * 24))
def test_both_ends_are_scores(told: History, start: int, later: int) -> None:
    one = scorer()
    change = explain_change(one, told, ChangeOptions(at(start), at(start + later)))
    after = one.score(told, ScoreOptions(at(start + later)))
    assert change.to_health == pytest.approx(after.health.value, abs=1e-9)
    for trait, scored in zip(change.traits, after.traits, strict=True):
        assert trait.to_value == pytest.approx(scored.value, abs=1e-9)
    known = tuple(p for p in range(len(told)) if told.recorded_us[p] <= at(start))
    before = one.score(told.select(known), ScoreOptions(at(start)))
    assert change.from_health == pytest.approx(before.health.value, abs=1e-9)


def test_nothing_changes_between_a_moment_and_itself() -> None:
    told = history(customer(0, "complaint: the router"), brand(5, "apology: the router"))
    change = explain(told, 3, 3)
    assert change.parts == ()
    assert change.from_health == change.to_health


def test_an_open_call_that_waits_on_is_revalued_and_nothing_is_new() -> None:
    told = history(customer(0, "request: where is the parcel"))
    change = explain(told, 2, 2 * DAY)
    assert set(sources(change)) <= {ChangeSource.REVALUED, ChangeSource.AGEING}
    waited = part(change, ChangeSource.REVALUED)
    assert waited.change < 0.0
    assert [told.ids[p] for p in waited.positions] == ["i0"]


def test_an_open_call_that_was_answered_takes_the_value_of_its_answer() -> None:
    told = history(
        customer(0, "request: where is the parcel"), brand(3, "help: the parcel is here")
    )
    change = explain(told, 2, 2 * DAY)
    time = change.traits[Trait.TIME - 1]
    (answered,) = [p for p in time.parts if p.source == ChangeSource.REVALUED]
    assert answered.change > 0.0
    assert [told.ids[p] for p in answered.positions] == ["i0", "i1"]
    helped = part(change, ChangeSource.NEW_EVIDENCE, "help_given")
    assert helped.change > 0.0
    assert [told.ids[p] for p in helped.positions] == ["i1"]


def test_a_failing_that_ended_in_silence_is_revalued() -> None:
    told = history(customer(0, "complaint: the jacket tore"), brand(1, "acknowledgement: noted"))
    change = explain(told, DAY, 9 * DAY)
    mistakes = change.traits[Trait.MISTAKES - 1]
    assert mistakes.parts[0].source == ChangeSource.REVALUED
    assert mistakes.parts[0].change < 0.0


def test_old_evidence_ages_towards_the_prior() -> None:
    told = history(
        customer(0, "request: a coffee"), brand(1, "help: a coffee"), customer(2, "gratitude: nice")
    )
    change = explain(told, 30 * DAY, 900 * DAY)
    assert change.from_health > change.to_health
    ageing = part(change, ChangeSource.AGEING)
    assert ageing.change < 0.0
    # The thanks still wait for a word back, but by now that changes next to nothing.
    assert abs(ageing.change) > 0.9 * abs(change.to_health - change.from_health)


def test_late_data_is_told_from_new_data() -> None:
    told = history(
        customer(0, "complaint: the invoice"),
        brand(5, "apology ownership: our mistake", recorded_us=at(40)),
        customer(30, "gratitude: fine"),
    )
    change = explain(told, 20, 50)
    late = part(change, ChangeSource.LATE_ARRIVAL)
    assert [told.ids[p] for p in late.positions] == ["i1"]
    assert late.change > 0.0
    in_time = history(
        customer(0, "complaint: the invoice"),
        brand(5, "apology ownership: our mistake"),
        customer(30, "gratitude: fine"),
    )
    assert ChangeSource.LATE_ARRIVAL not in sources(explain(in_time, 20, 50))


def test_a_change_from_before_the_first_message_starts_at_the_prior() -> None:
    told = history(customer(10, "praise: lovely coffee"))
    one = scorer()
    change = explain_change(one, told, ChangeOptions(at(0), at(20)))
    assert change.from_health == pytest.approx(
        one.score(told, ScoreOptions(at(20))).health.prior, abs=1e-9
    )


def test_a_trend_reads_once_and_equals_single_scores() -> None:
    told = history(
        customer(0, "complaint: the window"),
        brand(40, "apology: the window"),
        customer(90, "praise: the window"),
        brand(200, "promotion: the jacket"),
    )
    one = scorer()
    change = explain_change(one, told, ChangeOptions(at(0), at(300), trend_point_count=7))
    assert one.detector.texts_read == len(told)  # type: ignore[attr-defined]
    assert [p.as_of_us for p in change.trend] == [at(50 * n) for n in range(7)]
    for point in change.trend:
        scored = one.score(told, ScoreOptions(point.as_of_us))
        assert point.health == scored.health.value
        assert point.traits == tuple(t.value for t in scored.traits)


def test_a_trend_may_begin_before_the_first_message() -> None:
    told = history(customer(10, "praise: the coffee"))
    one = scorer()
    (first,) = trend(one, told, one.read(told), [at(0)])
    prior = one.score(told, ScoreOptions(at(20))).health.prior
    assert first.health == pytest.approx(prior, abs=1e-9)
