"""The ledger: sums that add up, the cut with its remainder; intervals that behave."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relhealth.domain.evidence import REMAINDER, Observation, recency
from relhealth.domain.history import MICROSECONDS_PER_DAY
from relhealth.domain.rubric import Kind, Prior, TraitRubric
from relhealth.domain.vocabulary import Party, Trait
from relhealth.scoring.interval import (
    beta_estimate,
    matched_strength,
    posterior_variance,
    trait_estimate,
)
from relhealth.scoring.ledger import POINTS, Ledger, lines, party_points, weigh

RUBRIC = TraitRubric(
    Trait.TIME,
    0.15,
    0.6,
    2.0,
    0.0,
    {
        "good": Kind("good", Party.BRAND, 1.0, 1.0, ""),
        "bad": Kind("bad", Party.CUSTOMER, 0.0, 2.0, ""),
        "off": Kind("off", Party.BRAND, 1.0, 0.0, ""),
    },
)
PRIOR = Prior(0.6, 2.0)
HALF_LIFE_US = 100 * MICROSECONDS_PER_DAY
SEEN = st.lists(
    st.builds(
        Observation,
        kind=st.sampled_from(["good", "bad", "off"]),
        value=st.floats(0.0, 1.0),
        severity=st.floats(1e-6, 100.0),
        at_us=st.integers(0, HALF_LIFE_US * 20),
        positions=st.just((0,)),
    ),
    max_size=30,
)


def ledger(seen: list[Observation], as_of_us: int = HALF_LIFE_US * 20) -> Ledger:
    return weigh(seen, RUBRIC, PRIOR, as_of_us, HALF_LIFE_US)


@given(SEEN, st.integers(0, 12))
def test_prior_and_lines_are_the_score(seen: list[Observation], limit: int) -> None:
    kept = ledger(seen)
    shown = lines(kept, kept.points(), RUBRIC, limit)
    total = POINTS * PRIOR.mean + sum(line.contribution for line in shown)
    assert POINTS * kept.mean == pytest.approx(total, abs=1e-9)
    parties = sum(party_points(kept, kept.points(), RUBRIC).values())
    assert POINTS * kept.mean == pytest.approx(POINTS * PRIOR.mean + parties, abs=1e-9)


@given(SEEN, st.integers(0, 12))
def test_the_cut_leaves_one_remainder_that_sums_the_rest(
    seen: list[Observation], limit: int
) -> None:
    kept = ledger(seen)
    everything, cut = (
        lines(kept, kept.points(), RUBRIC, len(seen)),
        lines(kept, kept.points(), RUBRIC, limit),
    )
    assert cut[:limit] == everything[:limit]
    assert len(cut) == min(limit + 1, len(everything))
    if len(everything) > limit:
        rest, dropped = cut[-1], everything[limit:]
        assert (rest.kind, rest.party) == (REMAINDER, None)
        assert rest.contribution == pytest.approx(sum(d.contribution for d in dropped), abs=1e-9)
        assert rest.weight == pytest.approx(sum(d.weight for d in dropped))
        assert rest.facts == (float(len(dropped)),)
        assert 0.0 <= rest.value <= 1.0


def test_a_kind_of_weight_nought_is_switched_off() -> None:
    off = Observation("off", 1.0, 5.0, 0, (0,))
    assert ledger([off]).observations == ()
    assert ledger([off]).mean == PRIOR.mean


def test_weight_is_importance_times_severity_times_recency() -> None:
    one = Observation("bad", 0.0, 3.0, 0, (0,))
    assert ledger([one], 0).weights == (6.0,)
    assert ledger([one], HALF_LIFE_US).weights == (pytest.approx(3.0),)
    assert ledger([one], 3 * HALF_LIFE_US).weights == (pytest.approx(0.75),)


def test_a_hand_worked_ledger() -> None:
    """(2 * 0.6 + 1 * 1 + 2 * 0) / (2 + 3) = 0.44."""
    seen = [Observation("good", 1.0, 1.0, 0, (0,)), Observation("bad", 0.0, 1.0, 0, (1,))]
    kept = ledger(seen, 0)
    assert kept.mean == pytest.approx(0.44)
    assert [line.contribution for line in lines(kept, kept.points(), RUBRIC, 9)] == [
        pytest.approx(-24.0),
        pytest.approx(8.0),
    ]
    assert party_points(kept, kept.points(), RUBRIC)[Party.BRAND] == pytest.approx(8.0)


def test_recency_halves_each_half_life() -> None:
    assert [recency(n * 10, 10.0) for n in range(4)] == [1.0, 0.5, 0.25, 0.125]


@given(SEEN, st.floats(0.1, 10.0), st.floats(0.5, 0.99))
def test_the_interval_holds_the_score(seen: list[Observation], scale: float, level: float) -> None:
    kept = ledger(seen)
    estimate = trait_estimate(kept, level, scale)
    assert 0.0 <= estimate.lower <= estimate.value <= estimate.upper <= 100.0
    assert estimate.value == pytest.approx(POINTS * kept.mean)
    assert 0.0 <= estimate.coverage < 1.0
    assert not math.isnan(estimate.lower + estimate.upper)


@given(st.floats(0.05, 0.95), st.floats(1.0, 200.0), st.floats(1.1, 5.0))
def test_more_evidence_narrows_and_a_higher_level_widens(
    mean: float, strength: float, more: float
) -> None:
    loose, firm = (
        beta_estimate(mean, strength, 0.9, 0.5),
        beta_estimate(mean, strength * more, 0.9, 0.5),
    )
    assert firm.upper - firm.lower < loose.upper - loose.lower
    wide = beta_estimate(mean, strength, 0.99, 0.5)
    assert wide.upper - wide.lower > loose.upper - loose.lower


def test_the_interval_without_evidence_is_the_priors() -> None:
    """The middle 90 % of a Beta(1, 1) is from 5 to 95 points."""
    flat = replace(ledger([]), prior=Prior(0.5, 2.0))
    estimate = trait_estimate(flat, 0.9, 1.0)
    assert (estimate.lower, estimate.upper) == (pytest.approx(5.0), pytest.approx(95.0))
    assert estimate.coverage == 0.0


@given(SEEN, st.floats(0.1, 10.0))
def test_the_matched_beta_has_the_variance(seen: list[Observation], scale: float) -> None:
    kept = ledger(seen)
    variance = posterior_variance(kept.mean, kept.prior, kept.sums, scale)
    strength = matched_strength(kept.mean, variance)
    again = kept.mean * (1.0 - kept.mean) / (strength + 1.0)
    assert again == pytest.approx(variance, rel=1e-6)
