"""Law 1. Prior and contributions are the score, for every trait, each party's part, and health.

And the parts of a change, in their fixed order, sum to the change.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties.histories import Told, histories
from properties.judging import HEALTH, LAW, TOLERANCE, Judge, history_of, judges
from relhealth.domain.change import ChangeSource
from relhealth.domain.score import TraitScore
from relhealth.domain.vocabulary import Party
from relhealth.scoring.change import ChangeOptions, explain_change
from relhealth.scoring.options import ScoreOptions


def _points(trait: TraitScore, party: Party) -> float:
    return sum(e.evidence.contribution for e in trait.evidence if e.evidence.party == party)


@LAW
@given(judge=judges(), told=histories())
def test_every_trait_is_its_prior_and_its_evidence(judge: Judge, told: Told) -> None:
    options = ScoreOptions(told.as_of_us, with_evidence=True, max_evidence_count=10_000)
    score = judge.scorer().score(history_of(told.items), options)
    for trait in score.traits:
        brand, customer = _points(trait, Party.BRAND), _points(trait, Party.CUSTOMER)
        assert trait.brand_contribution == pytest.approx(brand, abs=TOLERANCE)
        assert trait.customer_contribution == pytest.approx(customer, abs=TOLERANCE)
        assert trait.value == pytest.approx(trait.prior + brand + customer, abs=TOLERANCE)
        assert 0.0 <= trait.value <= 100.0


@LAW
@given(judge=judges(), told=histories(), limit=st.integers(0, 4))
def test_what_is_cut_stands_in_one_remainder(judge: Judge, told: Told, limit: int) -> None:
    options = ScoreOptions(told.as_of_us, with_evidence=True, max_evidence_count=limit)
    score = judge.scorer().score(history_of(told.items), options)
    for trait in score.traits:
        shown = [line.evidence for line in trait.evidence]
        total = trait.prior + sum(e.contribution for e in shown)
        assert trait.value == pytest.approx(total, abs=TOLERANCE)
        rest = [e for e in shown if e.party is None]
        assert len(shown) - len(rest) <= limit
        assert len(rest) == (1 if len(shown) > limit else 0)
        sizes = [abs(e.contribution) for e in shown if e.party is not None]
        assert sizes == sorted(sizes, reverse=True)


@LAW
@given(judge=judges(), told=histories())
def test_health_is_its_prior_and_the_weighted_traits(judge: Judge, told: Told) -> None:
    score = judge.score(told.items, told.as_of_us)
    health = score.health
    assert health.value == pytest.approx(health.prior + sum(health.contributions), abs=TOLERANCE)
    weighted = 0.0
    for rubric, trait, points in zip(
        judge.rubric.traits, score.traits, health.contributions, strict=True
    ):
        assert points == pytest.approx(rubric.weight * (trait.value - trait.prior), abs=TOLERANCE)
        weighted += rubric.weight * trait.value
    assert health.value == pytest.approx(weighted, abs=TOLERANCE)


@LAW
@given(judge=judges(), told=histories(), share=st.floats(0.0, 1.0))
def test_the_parts_of_a_change_sum_to_it(judge: Judge, told: Told, share: float) -> None:
    """From any moment of the history to its end; messages recorded late are among them.

    The earlier score is that of what was known then, in the order that is known now: a message that
    was recorded late can show which of two at one moment came first.
    """
    begin = told.items[0].sent_us
    from_us = begin + int(share * (told.as_of_us - begin))
    history = history_of(told.items)
    change = explain_change(judge.scorer(), history, ChangeOptions(from_us, told.as_of_us))
    known = [i for i in told.items if max(i.sent_us, i.recorded_us) <= from_us]
    ids = {i.interaction_id for i in known}
    known = [i if i.in_reply_to_id in ids else replace(i, in_reply_to_id=None) for i in known]
    before, after = judge.values(known, from_us), judge.values(told.items, told.as_of_us)
    same_order = history_of(known).ids == tuple(i for i in history.ids if i in ids)
    if same_order:
        assert change.from_health == pytest.approx(before[HEALTH], abs=TOLERANCE)
    assert change.to_health == pytest.approx(after[HEALTH], abs=TOLERANCE)
    total = change.from_health + sum(part.change for part in change.parts)
    assert change.to_health == pytest.approx(total, abs=TOLERANCE)
    order = list(ChangeSource)
    for trait in change.traits:
        if same_order:
            assert trait.from_value == pytest.approx(before[trait.trait.key], abs=TOLERANCE)
        assert trait.to_value == pytest.approx(after[trait.trait.key], abs=TOLERANCE)
        parts = trait.from_value + sum(part.change for part in trait.parts)
        assert trait.to_value == pytest.approx(parts, abs=TOLERANCE)
        places = [order.index(part.source) for part in trait.parts]
        assert places == sorted(places)
