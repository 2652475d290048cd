"""Law 1. Prior and contributions are the score, for every trait, each party's part, and health."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties.histories import Told, histories
from properties.judging import LAW, TOLERANCE, Judge, history_of, judges
from relhealth.domain.score import TraitScore
from relhealth.domain.vocabulary import Party
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
