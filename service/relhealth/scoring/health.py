"""Health: the seven traits together, its interval, its band and what caps it."""

from __future__ import annotations

import math
from math import fsum
from typing import NamedTuple

from relhealth.domain.evidence import LIKELY, Sums, posterior_mean
from relhealth.domain.rubric import Prior, Rubric
from relhealth.domain.score import Estimate, HealthScore
from relhealth.domain.vocabulary import Band
from relhealth.scoring.interval import beta_estimate, matched_strength, posterior_variance
from relhealth.scoring.ledger import POINTS, Ledger
from relhealth.signals.scene import Scene

CONTACT_AFTER_OPT_OUT = "contact_after_opt_out"
INSUFFICIENT_COVERAGE = "insufficient_coverage"

BAND_REASONS = {
    CONTACT_AFTER_OPT_OUT: "The brand went on contacting a customer who had opted out.",
    INSUFFICIENT_COVERAGE: "The record says too little for a judgement.",
}


class Share(NamedTuple):
    """What one trait adds to health, each number times the trait's weight in it.

    Attributes:
        points: What it adds to health's prior, signed.
        deviation: Standard deviation of its posterior on 0 to 1.
        coverage: Its coverage.
    """

    points: float
    deviation: float
    coverage: float


def health_score(scene: Scene, ledgers: tuple[Ledger, ...], rubric: Rubric) -> HealthScore:
    """Weighs the traits; caps the band while an opt-out is disregarded."""
    prior = health_prior(ledgers, rubric)
    shares = shares_of(ledgers, rubric)
    contributions = tuple([share.points for share in shares])
    value = prior + fsum(contributions)
    estimate = health_estimate(prior, shares, rubric)
    if estimate.coverage < rubric.coverage_floor:
        nothing = Band.INSUFFICIENT_EVIDENCE
        why = (INSUFFICIENT_COVERAGE,)
        return HealthScore(None, value, nothing, nothing, why, prior, contributions)
    before = band_of(value, rubric)
    band, reasons = _capped(before, scene, rubric)
    return HealthScore(estimate, value, band, before, reasons, prior, contributions)


def health_prior(ledgers: tuple[Ledger, ...], rubric: Rubric) -> float:
    """Health without any evidence, in points."""
    weighed = zip(rubric.traits, ledgers, strict=True)
    return POINTS * fsum([trait.weight * ledger.prior.mean for trait, ledger in weighed])


def shares_of(ledgers: tuple[Ledger, ...], rubric: Rubric) -> list[Share]:
    """What each trait adds to health, in the order of `Trait`."""
    weighed = zip(rubric.traits, ledgers, strict=True)
    scale = rubric.evidence_scale
    return [share_of(ledger.prior, ledger.sums, trait.weight, scale) for trait, ledger in weighed]


def share_of(prior: Prior, sums: Sums, weight: float, evidence_scale: float) -> Share:
    """What one trait of a weight adds to health."""
    mean = posterior_mean(prior.mean, prior.strength, sums)
    deviation = math.sqrt(posterior_variance(mean, prior, sums, evidence_scale))
    return Share(
        POINTS * weight * (mean - prior.mean),
        weight * deviation,
        weight * sums.weight / (prior.strength + sums.weight),
    )


def band_of(value: float, rubric: Rubric) -> Band:
    """The band of a value in points."""
    for threshold in rubric.bands:
        if value >= threshold.lowest_value:
            return threshold.band
    return rubric.bands[-1].band


def _capped(band: Band, scene: Scene, rubric: Rubric) -> tuple[Band, tuple[str, ...]]:
    disregarded = any(d.standing and d.probability >= LIKELY for d in scene.permission.disregards)
    if not disregarded:
        return band, ()
    return min(band, rubric.opt_out_cap), (CONTACT_AFTER_OPT_OUT,)


def health_estimate(prior: float, shares: list[Share], rubric: Rubric) -> Estimate:
    """A Beta matched to health's mean and variance.

    With deviations ``s`` of the weighted traits and their correlation ``r`` the variance is
    ``(1 - r) * sum(s^2) + r * sum(s)^2``; independence would promise too much.
    """
    mean = (prior + fsum([share.points for share in shares])) / POINTS
    deviations = [share.deviation for share in shares]
    together = rubric.trait_correlation
    total = fsum(deviations)
    variance = (1.0 - together) * fsum([d * d for d in deviations]) + together * (total * total)
    covered = fsum([share.coverage for share in shares])
    return beta_estimate(mean, matched_strength(mean, variance), rubric.credible_level, covered)
