"""The brand's mirror: exact sketches, honest intervals, and the audit for the unfollowed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import chdtrc
from scipy.stats import CensoredData, binom, binomtest, ecdf, logrank

from relhealth.domain.history import MICROSECONDS_PER_HOUR, History
from relhealth.domain.mirror import FollowerAudit
from relhealth.domain.vocabulary import Band, Stance
from relhealth.scoring.audit import ERROR_RATE, follower_audit
from relhealth.scoring.mirror import MOST_CURVE_POINTS, mirror
from relhealth.scoring.proportions import ClusteredCount
from relhealth.scoring.sketch import MirrorSketch, Tally, combine, sketch
from relhealth.scoring.survival import (
    Speeding,
    Waits,
    hazard_ratio,
    kaplan_meier,
    median_wait_us,
    trend_test,
)
from scoring.scripts import at, brand, customer, histories, history, scorer

NOW = at(61 * 24)


def sketches_of(told: list[History]) -> list[MirrorSketch]:
    one = scorer()
    return [sketch(one, t, NOW) for t in told]


@settings(max_examples=40, deadline=None)
@given(st.lists(histories(6), min_size=1, max_size=5), st.data())
def test_shards_add_up_to_exactly_the_whole_in_any_order(
    told: list[History], data: st.DataObject
) -> None:
    whole = combine(sketches_of(told))
    parts = data.draw(st.permutations(sketches_of(told)))
    while len(parts) > 1:
        first = data.draw(st.integers(0, len(parts) - 2))
        parts = [*parts[:first], combine(parts[first : first + 2]), *parts[first + 2 :]]
    assert parts[0] == whole
    assert mirror(parts[0], scorer().rubric) == mirror(whole, scorer().rubric)


def test_a_tally_of_a_long_stream_is_the_sum() -> None:
    told = [history(customer(n, "request: the parcel"), customer_id=f"c{n}") for n in range(40)]
    few = sketches_of(told)
    many = [few[n % 40] for n in range(5_000)]
    tally = Tally()
    for one in many:
        tally.add(one)
    assert tally.total() == combine(many)
    assert Tally().total() == combine([])


def test_what_the_brand_did_is_counted() -> None:
    told = [
        history(
            customer(0, "complaint: the router"),
            brand(10, "ownership apology: our mistake with that router entirely"),
            customer(11, "praise: lovely"),
            brand(12, "gratitude: thank you"),
            brand(500, "engagement_bait: like and share this week of ours"),
            customer_id="a",
        ),
        history(
            customer(0, "complaint: the router"),
            brand(5, "deflection: no"),
            customer(6, "request: and now"),
            brand(501, "engagement_bait: like and share this week of ours"),
            customer_id="b",
        ),
    ]
    seen = mirror(combine(sketches_of(told)), scorer().rubric)
    assert (seen.relationship_count, seen.interaction_count) == (2, 9)
    assert (seen.response_rate.count, seen.response_rate.total) == (3, 4)
    assert (seen.begging_rate.count, seen.begging_rate.total) == (2, 5)
    assert (seen.complaints_owned.count, seen.complaints_owned.total) == (1, 2)
    assert (seen.praise_acknowledged.count, seen.praise_acknowledged.total) == (1, 1)
    assert (seen.canned_share.count, seen.canned_share.total) == (1, 5)
    assert seen.reference_response_rate == scorer().rubric.reference_response_rate
    assert [b for b, _ in seen.bands] == list(Band)
    assert sum(p.count for _, p in seen.bands) == 2
    assert [s for s, _ in seen.stances] == list(Stance)
    assert seen.median_reply_us == 5 * MICROSECONDS_PER_HOUR
    assert [p.wait_us // MICROSECONDS_PER_HOUR for p in seen.time_to_reply] == [1, 5, 10]


def test_nothing_to_count_is_not_nought() -> None:
    seen = mirror(combine(sketches_of([history(brand(0, "promotion: a jacket"))])), scorer().rubric)
    assert seen.response_rate.share is None
    assert seen.praise_acknowledged.share is None
    assert seen.begging_rate.share is not None
    assert seen.median_reply_us is None
    assert seen.follower_audit.statistic is None
    assert mirror(combine([]), scorer().rubric).talk_share.share is None


@pytest.mark.parametrize(("count", "total"), [(0, 9), (3, 10), (30, 100), (50, 50)])
def test_the_interval_of_independent_units_is_wilsons(count: int, total: int) -> None:
    each = [ClusteredCount.of(int(n < count), 1) for n in range(total)]
    share = sum(each, ClusteredCount()).proportion(0.95).share
    assert share is not None
    plain = binomtest(count, total).proportion_ci(0.95, method="wilson")
    assert (share.lower, share.upper) == pytest.approx((plain.low, plain.high), abs=1e-12)


def test_units_in_clusters_widen_the_interval_to_its_level() -> None:
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(400):
        shares = rng.beta(2.0, 2.0, size=60)
        counts = rng.binomial(10, shares)
        each = [ClusteredCount.of(int(c), 10) for c in counts]
        share = sum(each, ClusteredCount()).proportion(0.95).share
        assert share is not None
        covered += share.lower <= 0.5 <= share.upper
    assert binom.ppf(0.0005, 400, 0.93) <= covered <= binom.ppf(0.9995, 400, 0.97)


def _waits(hours: np.ndarray, answered: np.ndarray) -> Waits:  # type: ignore[type-arg]
    return Waits((hours * MICROSECONDS_PER_HOUR).astype(np.int64), answered)


def test_the_curve_is_kaplan_and_meiers() -> None:
    # Time 1: 1 of 5; time 2 censored; time 3: 2 of 3; time 4 censored.
    waits = _waits(np.array([1.0, 2.0, 3.0, 3.0, 4.0]), np.array([1, 0, 1, 1, 0], dtype=bool))
    curve = kaplan_meier(waits, 0.95)
    assert [p.at_risk for p in curve] == [5, 3]
    assert [p.unanswered.value for p in curve] == pytest.approx([4 / 5, 4 / 5 * 1 / 3])
    assert median_wait_us(curve) == 3 * MICROSECONDS_PER_HOUR
    greenwood = 1 / (5 * 4)
    reach = 1.959964 * math.sqrt(greenwood) / math.log(0.8)
    assert curve[0].unanswered.lower == pytest.approx(0.8 ** math.exp(-reach), abs=1e-6)
    assert curve[0].unanswered.upper == pytest.approx(0.8 ** math.exp(reach), abs=1e-6)
    assert median_wait_us(kaplan_meier(_waits(np.ones(3), np.zeros(3, dtype=bool)), 0.95)) is None


@pytest.mark.parametrize("seed", range(5))
def test_the_curve_and_its_band_are_scipys(seed: int) -> None:
    waits, _ = _survivors(seed, 1.0, size=60)
    curve = kaplan_meier(waits, 0.9)
    hours = waits.wait_us.astype(np.float64)
    data = CensoredData(uncensored=hours[waits.answered], right=hours[~waits.answered])
    theirs = ecdf(data).sf
    band = theirs.confidence_interval(0.9, method="log-log")
    places = np.searchsorted(theirs.quantiles, [p.wait_us for p in curve])
    for ours, expected in (
        ([p.unanswered.value for p in curve], theirs.probabilities),
        ([p.unanswered.lower for p in curve], band.low.probabilities),
        ([p.unanswered.upper for p in curve], band.high.probabilities),
    ):
        assert ours == pytest.approx(expected[places].tolist(), rel=1e-12)
    assert len(curve) == np.sum(waits.answered)


def test_everybody_answered_ends_the_curve_at_nought() -> None:
    curve = kaplan_meier(_waits(np.arange(1.0, 6.0), np.ones(5, dtype=bool)), 0.95)
    last = curve[-1].unanswered
    assert (last.value, last.lower) == (0.0, 0.0)
    assert 0.0 < last.upper <= curve[-2].unanswered.upper


def _survivors(seed: int, ratio: float, size: int = 200) -> tuple[Waits, np.ndarray]:  # type: ignore[type-arg]
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 2, size)
    hours = rng.exponential(1.0 / ratio**group)
    limit = rng.uniform(0.2, 3.0, size)
    return _waits(np.minimum(hours, limit), hours <= limit), group.astype(np.float64)


def _independent(covariate: np.ndarray) -> Speeding:  # type: ignore[type-arg]
    size = len(covariate)
    return Speeding(covariate, np.zeros(size, dtype=np.int64), np.arange(size, dtype=np.int64))


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.5])
def test_the_trend_test_of_two_groups_agrees_with_the_log_rank_test(ratio: float) -> None:
    waits, group = _survivors(11, ratio)
    tested = trend_test(waits, _independent(group))
    assert tested is not None
    data = [
        CensoredData(
            uncensored=waits.wait_us[waits.answered & (group == g)].astype(float),
            right=waits.wait_us[~waits.answered & (group == g)].astype(float),
        )
        for g in (0, 1)
    ]
    assert tested[1] == pytest.approx(float(chdtrc(1.0, tested[0])), rel=1e-12)
    # The variance is clustered here and hypergeometric there: alike where all are independent.
    assert math.sqrt(tested[0]) == pytest.approx(abs(logrank(*data).statistic), rel=0.1, abs=0.1)


def test_the_hazard_ratio_maximises_efrons_partial_likelihood() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=40)
    hours = np.ceil(rng.exponential(np.exp(-0.7 * x)) * 4)  # whole hours: many ties
    answered = rng.random(40) < 0.8
    waits = _waits(hours, answered)

    def negative_log_likelihood(beta: float) -> float:
        total = 0.0
        for time in np.unique(hours[answered]):
            dead = np.flatnonzero((hours == time) & answered)
            risk = np.sum(np.exp(beta * x[hours >= time]))
            own = np.sum(np.exp(beta * x[dead]))
            total += beta * float(np.sum(x[dead]))
            total -= sum(math.log(risk - k / len(dead) * own) for k in range(len(dead)))
        return -total

    best = minimize_scalar(negative_log_likelihood, bounds=(-3, 3), options={"xatol": 1e-10})
    ratio = hazard_ratio(waits, _independent(x), 0.95)
    assert ratio is not None
    assert math.log(ratio.value) == pytest.approx(best.x, abs=1e-6)
    assert ratio.lower < ratio.value < ratio.upper


def test_what_cannot_be_told_apart_has_no_ratio() -> None:
    apart = _waits(np.arange(1.0, 21.0), np.ones(20, dtype=bool))
    assert hazard_ratio(apart, _independent(-np.arange(20.0)), 0.95) is None
    assert trend_test(apart, _independent(np.ones(20))) is None


def _brand_calls(seed: int, *, biased: bool, customers: int = 150) -> np.ndarray:  # type: ignore[type-arg]
    """Calls of a simulated brand; some customers call often, and some are answered rather."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(customers):
        audience = int(10 ** rng.uniform(0.5, 5.0))
        liked = rng.beta(6.0, 3.0)
        if biased and audience < 100:
            liked /= 2.0
        pace = rng.lognormal(0.0, 0.5)
        for _ in range(rng.poisson(1.5) + 1):
            looked = rng.uniform(24.0, 24.0 * 30)
            wait = rng.exponential(5.0 * pace)
            answered = rng.random() < liked and wait < looked
            hours = wait if answered else looked
            channel = int(rng.integers(1, 4))
            rows.append(
                (int(hours * MICROSECONDS_PER_HOUR), int(answered), channel, audience, number)
            )
    return np.array(rows, dtype=np.int64)


def _audits(*, biased: bool, count: int) -> list[FollowerAudit]:
    return [follower_audit(_brand_calls(n, biased=biased)) for n in range(count)]


def test_the_audit_is_silent_without_a_bias_at_its_stated_rate() -> None:
    audits = _audits(biased=False, count=400)
    found = sum(audit.is_biased for audit in audits)
    # Not more often than it says, and not because it is deaf.
    assert binom.ppf(0.001, 400, ERROR_RATE) <= found
    assert found <= binom.ppf(0.999, 400, ERROR_RATE)
    ratios = [audit.hazard_ratio for audit in audits]
    covered = sum(r is not None and r.lower <= 1.0 <= r.upper for r in ratios)
    assert covered >= binom.ppf(0.0005, 400, 0.93)


def test_the_audit_finds_that_the_unfollowed_are_answered_half_as_often() -> None:
    audits = _audits(biased=True, count=100)
    assert sum(audit.is_biased for audit in audits) >= 95
    one = audits[0]
    assert one.hazard_ratio is not None
    assert one.hazard_ratio.lower > 1.0
    assert one.summary.startswith("Customers with more followers are answered more readily")
    rates = [g.response_rate.share.value for g in one.groups if g.response_rate.share is not None]
    assert rates[0] < 0.6 * rates[-1]


def test_too_few_customers_are_no_finding() -> None:
    audit = follower_audit(_brand_calls(1, biased=True, customers=20))
    assert audit.statistic is None
    assert not audit.is_biased
    assert "Too few" in audit.summary
    assert len(audit.groups) == 4


def test_calls_of_unknown_audience_are_shown_and_not_tested() -> None:
    told = history(customer(0, "request: a"), brand(1, "help: a"), customer_id="n")
    told_of = history(
        customer(0, "request: a", audience_size=50), customer(1, "request: b"), customer_id="m"
    )
    audit = mirror(combine(sketches_of([told, told_of])), scorer().rubric).follower_audit
    assert [(g.smallest, g.response_rate.total) for g in audit.groups] == [
        (0, 2), (100, 0), (1_000, 0), (10_000, 0), (None, 1),
    ]  # fmt: skip


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    told = [
        history(customer(n, "request: x"), brand(n + 1 + n / 400, "help: x"), customer_id=f"c{n}")
        for n in range(300)
    ]
    seen = mirror(combine(sketches_of(told)), scorer().rubric)
    assert len(seen.time_to_reply) == MOST_CURVE_POINTS
    assert seen.time_to_reply[0].at_risk == 300
    assert seen.time_to_reply[-1].unanswered.value == 0.0
