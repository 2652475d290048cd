"""Credible intervals from Beta posteriors."""

from __future__ import annotations

from relhealth.domain.evidence import Sums
from relhealth.domain.rubric import Prior
from relhealth.domain.score import Estimate
from relhealth.scoring.beta import central_interval
from relhealth.scoring.ledger import POINTS, Ledger

# A Beta with a parameter of 0 has no interval; this is far below any prior strength in use.
_LEAST_PARAMETER = 1e-6


def posterior_variance(mean: float, prior: Prior, sums: Sums, evidence_scale: float) -> float:
    """Variance of a trait's Beta posterior of a mean on 0 to 1."""
    return mean * (1.0 - mean) / (_strength(prior, sums, evidence_scale) + 1.0)


def trait_estimate(ledger: Ledger, level: float, evidence_scale: float) -> Estimate:
    """The trait's posterior mean with its equal-tailed Beta interval, in points.

    The Beta has the posterior's mean and the strength ``W0 + evidence_scale * sum(w)``.
    """
    prior = ledger.prior
    strength = _strength(prior, ledger.sums, evidence_scale)
    return beta_estimate(ledger.mean, strength, level, ledger.coverage)


def beta_estimate(mean: float, strength: float, level: float, covered: float) -> Estimate:
    """A Beta of a mean and a strength (a + b), read out in points."""
    a = max(mean * strength, _LEAST_PARAMETER)
    b = max((1.0 - mean) * strength, _LEAST_PARAMETER)
    lower, upper = central_interval(a, b, level)
    return Estimate(
        value=POINTS * mean,
        lower=POINTS * min(lower, mean),
        upper=POINTS * max(upper, mean),
        credible_level=level,
        coverage=covered,
    )


def _strength(prior: Prior, sums: Sums, evidence_scale: float) -> float:
    return prior.strength + evidence_scale * sums.weight


def matched_strength(mean: float, variance: float) -> float:
    """The strength (a + b) of the Beta that has this mean and variance."""
    if variance <= 0.0:
        return 1.0 / _LEAST_PARAMETER
    return max(mean * (1.0 - mean) / variance - 1.0, _LEAST_PARAMETER)
