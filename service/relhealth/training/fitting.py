"""One command's work: fits the shipped rubric to rated histories and says what it found."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv
from scipy.stats import spearmanr

from relhealth.domain.rubric import Rubric
from relhealth.domain.vocabulary import Trait
from relhealth.training.arrays import Array
from relhealth.training.rated import RatedHistory, Reader
from relhealth.training.rubric_fit import (
    Design,
    Prediction,
    cross_validate,
    design,
    fit,
    parameters,
    predict,
    with_parameters,
)
from relhealth.training.stance_fit import fit_stance

PENALTY = 0.002
FOLDS = 7
STANCE_INVERSE_PENALTY = 1.0
_POINTS = 100.0
_OPEN_UNIT = (1e-6, 1.0 - 1e-6)
_SCALES = tuple(np.round(np.geomspace(0.05, 4.0, 60), 3))


@dataclass(frozen=True, slots=True)
class FitReport:
    """What a fit found.

    Attributes:
        held_out: By trait name and `health`: Spearman and mean absolute error in points, held out.
        kinds: By trait and kind: by how much the mean squared error (in squared points) of that
            trait grows when the kind is switched off, the rest left as it is.
    """

    held_out: dict[str, tuple[float, float]]
    kinds: dict[str, dict[str, float]]


def fit_rubric(
    rated: Sequence[RatedHistory], readers: Sequence[Reader], start: Rubric, fitted_from: str
) -> tuple[Rubric, FitReport]:
    """Fits weights, priors, shares, the stance and the intervals' evidence scale.

    Each history enters once for each reader that can read it. A reader should read as the service
    will: a detector that has not seen the histories before.
    """
    data = design(rated, readers, start)
    origin = parameters(start)
    held_out = cross_validate(data, origin, PENALTY, FOLDS)
    theta = fit(data, origin, PENALTY)
    fitted = dataclasses.replace(
        with_parameters(start, theta), trait_correlation=_correlation(data, held_out)
    )
    rubric = dataclasses.replace(
        fitted,
        fitted_from=fitted_from,
        evidence_scale=_evidence_scale(fitted, data, held_out),
        stance=fit_stance(rated, readers, start, STANCE_INVERSE_PENALTY),
    )
    return rubric, FitReport(_held_out(data, held_out), _kinds(rubric, data))


def _evidence_scale(rubric: Rubric, data: Design, held_out: Prediction) -> float:
    """The scale at which held-out intervals come nearest to holding their level."""
    return float(
        min(_SCALES, key=lambda s: abs(_held(rubric, data, held_out, s) - rubric.credible_level))
    )


def _held(rubric: Rubric, data: Design, held_out: Prediction, scale: float) -> float:
    """The mean of two shares: of the traits' and of health's ratings within their intervals."""
    inside: list[Array] = []
    deviations: list[Array] = []
    for index, trait in enumerate(rubric.traits):
        weights = np.array([k.weight for k in trait.kinds.values()])
        mean = np.clip(held_out.traits[:, index], *_OPEN_UNIT)
        strength = trait.prior_strength + scale * (data.severities[index] @ weights)
        deviations.append(trait.weight * np.sqrt(mean * (1.0 - mean) / (strength + 1.0)))
        truth = data.traits[:, index]
        inside.append(_within(truth, mean, strength, rubric.credible_level)[~np.isnan(truth)])
    mean = np.clip(held_out.health, *_OPEN_UNIT)
    together = rubric.trait_correlation
    variance = (1.0 - together) * np.sum(np.square(deviations), axis=0)
    variance += together * np.square(np.sum(deviations, axis=0))
    strength = mean * (1.0 - mean) / variance - 1.0
    of_health = _within(data.health, mean, strength, rubric.credible_level)
    return float((np.mean(np.concatenate(inside)) + np.mean(of_health)) / 2.0)


def _correlation(data: Design, held_out: Prediction) -> float:
    """The mean correlation of the traits' held-out errors, over the histories rated on both."""
    errors = held_out.traits - data.traits
    found: list[float] = []
    for one in range(errors.shape[1]):
        for other in range(one):
            both = ~np.isnan(errors[:, one]) & ~np.isnan(errors[:, other])
            found.append(float(np.corrcoef(errors[both, one], errors[both, other])[0, 1]))
    return round(float(np.clip(np.mean(found), 0.0, 1.0)), 3)


def _within(truth: Array, mean: Array, strength: Array, level: float) -> Array:
    tail = (1.0 - level) / 2.0
    lower = betaincinv(mean * strength, (1.0 - mean) * strength, tail)
    upper = betaincinv(mean * strength, (1.0 - mean) * strength, 1.0 - tail)
    return np.asarray((lower <= truth) & (truth <= upper))


def _held_out(data: Design, found: Prediction) -> dict[str, tuple[float, float]]:
    columns = {
        trait.key: (found.traits[:, trait - 1], data.traits[:, trait - 1]) for trait in Trait
    }
    columns["health"] = (found.health, data.health)
    report: dict[str, tuple[float, float]] = {}
    for name, (guess, truth) in columns.items():
        rated = ~np.isnan(truth)
        error = _POINTS * float(np.mean(np.abs(guess[rated] - truth[rated])))
        report[name] = (float(spearmanr(guess[rated], truth[rated]).statistic), error)
    return report


def _kinds(rubric: Rubric, data: Design) -> dict[str, dict[str, float]]:
    theta = parameters(rubric)
    base = predict(theta, data)
    report: dict[str, dict[str, float]] = {}
    at = 0
    for index, trait in enumerate(rubric.traits):
        truth = data.traits[:, index]
        rated = ~np.isnan(truth)
        report[trait.trait.key] = {}
        for offset, kind in enumerate(trait.kinds):
            without = theta.copy()
            without[at + offset] = -np.inf
            worse = predict(without, data).traits[:, index]
            grown = (worse - truth)[rated] ** 2 - (base.traits[:, index] - truth)[rated] ** 2
            report[trait.trait.key][kind] = _POINTS**2 * float(np.mean(grown))
        at += len(trait.kinds) + 2
    return report
