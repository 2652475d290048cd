"""Health: the seven traits together, its interval, its band and what caps it."""

from __future__ import annotations

import math

from relhealth.domain.rubric import Rubric
from relhealth.domain.score import Estimate, HealthScore
from relhealth.domain.vocabulary import Band
from relhealth.scoring.interval import beta_estimate, matched_strength, trait_variance
from relhealth.scoring.ledger import POINTS, Ledger
from relhealth.signals.scene import Scene

CONTACT_AFTER_OPT_OUT = "contact_after_opt_out"
INSUFFICIENT_COVERAGE = "insufficient_coverage"

BAND_REASONS = {
    CONTACT_AFTER_OPT_OUT: "The brand went on contacting a customer who had opted out.",
    INSUFFICIENT_COVERAGE: "The record says too little for a judgement.",
}


def health_score(scene: Scene, ledgers: tuple[Ledger, ...], rubric: Rubric) -> HealthScore:
    """Weighs the traits; caps the band while an opt-out is disregarded."""
    prior, contributions = weigh_traits(ledgers, rubric)
    value = prior + sum(contributions)
    estimate = health_estimate(ledgers, rubric)
    if estimate.coverage < rubric.coverage_floor:
        nothing = Band.INSUFFICIENT_EVIDENCE
        why = (INSUFFICIENT_COVERAGE,)
        return HealthScore(None, value, nothing, nothing, why, prior, contributions)
    before = band_of(value, rubric)
    band, reasons = _capped(before, scene, rubric)
    return HealthScore(estimate, value, band, before, reasons, prior, contributions)


def weigh_traits(ledgers: tuple[Ledger, ...], rubric: Rubric) -> tuple[float, tuple[float, ...]]:
    """Health's prior and what each trait adds to it, in points; together they are health."""
    weights = [t.weight for t in rubric.traits]
    prior = POINTS * sum([w * g.prior.mean for w, g in zip(weights, ledgers, strict=True)])
    contributions = tuple(
        [POINTS * w * (g.mean - g.prior.mean) for w, g in zip(weights, ledgers, strict=True)]
    )
    return prior, contributions


def band_of(value: float, rubric: Rubric) -> Band:
    """The band of a value in points."""
    for threshold in rubric.bands:
        if value >= threshold.lowest_value:
            return threshold.band
    return rubric.bands[-1].band


def _capped(band: Band, scene: Scene, rubric: Rubric) -> tuple[Band, tuple[str, ...]]:
    likely = 0.5
    disregarded = any(d.standing and d.probability >= likely for d in scene.permission.disregards)
    if not disregarded:
        return band, ()
    return min(band, rubric.opt_out_cap), (CONTACT_AFTER_OPT_OUT,)


def health_estimate(ledgers: tuple[Ledger, ...], rubric: Rubric) -> Estimate:
    """A Beta matched to health's mean and variance.

    With deviations ``s`` of the weighted traits and their correlation ``r`` the variance is
    ``(1 - r) * sum(s^2) + r * sum(s)^2``; independence would promise too much.
    """
    prior, contributions = weigh_traits(ledgers, rubric)
    mean = (prior + sum(contributions)) / POINTS
    deviations: list[float] = []
    covered = 0.0
    for trait, ledger in zip(rubric.traits, ledgers, strict=True):
        spread = trait_variance(ledger, rubric.evidence_scale)
        deviations.append(trait.weight * math.sqrt(spread))
        weight = ledger.sums.weight
        covered += trait.weight * weight / (ledger.prior.strength + weight)
    together = rubric.trait_correlation
    variance = (1.0 - together) * sum([d**2 for d in deviations])
    variance += together * sum(deviations) ** 2
    return beta_estimate(mean, matched_strength(mean, variance), rubric.credible_level, covered)
