"""Times to an answer, some of them censored: who still waits, and what speeds answers up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from math import fsum
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from relhealth.domain.mirror import Interval, SurvivalPoint

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
_MOST_STEPS: Final = 100
_CONVERGED: Final = 1e-10
_LONGEST_STEP: Final = 1.0
_FARTHEST: Final = 20.0


@dataclass(frozen=True, slots=True)
class Waits:
    """How long each call waited.

    Attributes:
        wait_us: Until its answer, or until the moment of looking.
        answered: Whether there was one; without one the wait is censored.
    """

    wait_us: Integers
    answered: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Speeding:
    """What might speed answers up, beside the waits.

    Attributes:
        covariate: A number a call.
        stratum: Calls are compared within a stratum only.
        cluster: Calls of a cluster are not independent of each other.
    """

    covariate: Floats
    stratum: Integers
    cluster: Integers


def kaplan_meier(waits: Waits, level: float) -> tuple[SurvivalPoint, ...]:
    """The share still unanswered after each answer, with Greenwood's log-log band."""
    z = NormalDist().inv_cdf(0.5 + level / 2.0)
    times, counts = np.unique(waits.wait_us[waits.answered], return_counts=True)
    at_risk = len(waits.wait_us) - np.searchsorted(np.sort(waits.wait_us), times)
    points: list[SurvivalPoint] = []
    share, greenwood, upper = 1.0, 0.0, 1.0
    columns = (times, counts, at_risk)
    for time, count, waiting in zip(*[c.tolist() for c in columns], strict=True):
        left = waiting - count
        share *= left / waiting
        lower = 0.0
        if left:  # once nobody waits the band has no width of its own
            greenwood += count / (waiting * left)
            reach = z * math.sqrt(greenwood) / math.log(share)
            lower, upper = share ** math.exp(-reach), share ** math.exp(reach)
        points.append(SurvivalPoint(time, Interval(share, lower, upper), waiting))
    return tuple(points)


def median_wait_us(curve: tuple[SurvivalPoint, ...]) -> int | None:
    """The first time by which half were answered; None if fewer ever were."""
    half = 0.5
    return next((p.wait_us for p in curve if p.unanswered.value <= half), None)


def trend_test(waits: Waits, speeding: Speeding) -> tuple[float, float] | None:
    """The stratified log-rank test for a trend in the covariate.

    The score test of a proportional hazard, with a variance that allows for clusters (Lin and Wei
    1989), so that it keeps its error rate where a customer has several calls. Returns the
    statistic (chi-squared, one degree of freedom) and its p-value; None where nothing varies.
    """
    model = _Model(waits, speeding)
    variance = model.clustered_variance(0.0)
    if variance <= 0.0:
        return None
    score, _ = model.score_and_information(0.0)
    statistic = score * score / variance
    return statistic, math.erfc(math.sqrt(0.5 * statistic))


def hazard_ratio(waits: Waits, speeding: Speeding, level: float) -> Interval | None:
    """How many times as fast answers come for one more of the covariate, by Cox's model.

    Partial likelihood with Efron's ties, by Newton's method; the interval is Wald's with the
    clustered variance. None where the likelihood has no maximum.
    """
    model = _Model(waits, speeding)
    beta = 0.0
    for _ in range(_MOST_STEPS):
        score, information = model.score_and_information(beta)
        if information <= 0.0 or abs(beta) > _FARTHEST:
            return None
        step = min(max(score / information, -_LONGEST_STEP), _LONGEST_STEP)
        beta += step
        if abs(step) < _CONVERGED:
            break
    else:
        return None
    _, information = model.score_and_information(beta)
    error = math.sqrt(model.clustered_variance(beta)) / information
    reach = NormalDist().inv_cdf(0.5 + level / 2.0) * error
    return Interval(math.exp(beta), math.exp(beta - reach), math.exp(beta + reach))


class _Model:
    """Cox's partial likelihood with one covariate, stratified."""

    def __init__(self, waits: Waits, speeding: Speeding) -> None:
        centred = speeding.covariate - speeding.covariate.mean()
        members = [np.flatnonzero(speeding.stratum == s) for s in np.unique(speeding.stratum)]
        self._strata = [
            _Stratum(centred[m], waits.wait_us[m], waits.answered[m], speeding.cluster[m])
            for m in members
        ]

    def score_and_information(self, beta: float) -> tuple[float, float]:
        """First and negative second derivative of the log likelihood."""
        found = [stratum.derivatives(beta) for stratum in self._strata]
        return fsum([score for score, _ in found]), fsum([info for _, info in found])

    def clustered_variance(self, beta: float) -> float:
        """Variance of the score: the squares of its residuals, summed over clusters."""
        residuals = np.concatenate([s.residuals(beta) for s in self._strata])
        clusters = np.concatenate([s.cluster for s in self._strata])
        _, place = np.unique(clusters, return_inverse=True)
        sums = np.bincount(place, weights=residuals)
        if len(sums) < 2:  # noqa: PLR2004 - one cluster has no variance
            return 0.0
        return float(np.sum(sums * sums)) * len(sums) / (len(sums) - 1)


class _Stratum:
    """Calls that are compared with each other, by ascending wait.

    Of `d` answers at one moment, Efron lets the l-th see the others with `1 - l/d` of their weight:
    each answer has an entry of its own in `_at_risk_from`, `_passed` (l/d) and `_moment`.
    """

    def __init__(
        self, covariate: Floats, wait_us: Integers, answered: NDArray[np.bool_], cluster: Integers
    ) -> None:
        order = np.lexsort((cluster, covariate, answered, wait_us))
        self._x = covariate[order]
        self._answered = answered[order]
        self.cluster = cluster[order]
        waits = wait_us[order]
        times, counts = np.unique(waits[self._answered], return_counts=True)
        self._moment = np.repeat(np.arange(len(times)), counts)
        firsts = np.cumsum(counts) - counts
        place = np.arange(len(self._moment)) - np.repeat(firsts, counts)
        self._passed = place / np.repeat(counts, counts)
        self._at_risk_from = np.searchsorted(waits, times)[self._moment]
        self._counts = counts
        # The moment of each answer, and how many answers had come by each call's end.
        self._own = np.searchsorted(times, waits[self._answered])
        ends = np.concatenate([[0], np.cumsum(counts)])
        self._seen = ends[np.searchsorted(times, waits, side="right")]

    def derivatives(self, beta: float) -> tuple[float, float]:
        weight, risk, mean = self._risk(beta)
        squares = self._sums(weight * self._x * self._x) / risk
        score = float(np.sum(self._x[self._answered]) - np.sum(mean))
        return score, float(np.sum(squares - mean * mean))

    def residuals(self, beta: float) -> Floats:
        """What each call adds to the score; they sum to it."""
        weight, risk, mean = self._risk(beta)
        hazard = np.concatenate([[0.0], np.cumsum(1.0 / risk)])[self._seen]
        drift = np.concatenate([[0.0], np.cumsum(mean / risk)])[self._seen]
        residuals: Floats = -weight * (self._x * hazard - drift)
        x, w = self._x[self._answered], weight[self._answered]
        expected = self._by_moment(mean) / self._counts
        unseen = self._by_moment(self._passed / risk)[self._own]
        unseen_drift = self._by_moment(self._passed * mean / risk)[self._own]
        residuals[self._answered] += x - expected[self._own] + w * (x * unseen - unseen_drift)
        return residuals

    def _risk(self, beta: float) -> tuple[Floats, Floats, Floats]:
        """Weights of the calls, and at each answer the weight at risk and its mean covariate."""
        weight = np.exp(beta * self._x)
        risk = self._sums(weight)
        return weight, risk, self._sums(weight * self._x) / risk

    def _sums(self, values: Floats) -> Floats:
        """At each answer: the sum over those at risk, less what Efron takes off."""
        at_risk = np.cumsum(values[::-1])[::-1]
        own = np.bincount(self._own, weights=values[self._answered], minlength=len(self._counts))
        sums: Floats = at_risk[self._at_risk_from] - self._passed * own[self._moment]
        return sums

    def _by_moment(self, values: Floats) -> Floats:
        sums: Floats = np.bincount(
            self._moment, weights=values, minlength=len(self._counts)
        ).astype(np.float64)
        return sums
