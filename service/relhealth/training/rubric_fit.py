"""Fits the rubric's weights and priors to rated histories, under the laws' constraints.

The score of a trait is ``(W0*m0 + B.w) / (W0 + A.w)``, where a history's row of ``A`` holds the
sums of severity times recency of each kind, and ``B`` the same times the value. Weights, strengths
and shares of health are fitted on a logarithmic scale, so that no sign can turn: a ``-`` kind can
never raise a score nor a ``+`` kind lower it, whatever the data say.

The loss is the mean squared error of traits and health, plus a penalty on the distance from the
starting rubric, which is the judgement of its authors; gradients are exact.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from relhealth.domain.evidence import recency
from relhealth.domain.history import MICROSECONDS_PER_DAY
from relhealth.domain.reading import Reading
from relhealth.domain.rubric import Rubric
from relhealth.signals.scene import observe
from relhealth.training.arrays import Array
from relhealth.training.rated import RatedHistory, Reader
from relhealth.traits.registry import TRAITS

_HEALTH_IMPORTANCE = 5.0
_SHARE_STIFFNESS = 400.0  # health's shares keep nearer to the authors' than the kinds' weights
_LOSS_SCALE = 100.0
# How far each parameter may go from its start, down and up, on its own scale: a kind's weight, a
# prior's logit, its log strength, a log share. A prior says what is known before any evidence; left
# free it would soak up what the rated histories happen to have in common. A kind that few of them
# show would come to outweigh all others; wider bounds predict other writers' histories no better.
_DOWN = (2.0, 0.4, 0.7, 1.0)
_UP = (1.5, 0.4, 0.7, 1.0)
_LEAST_WEIGHT = 1e-3
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Design:
    """Rated histories as numbers.

    Attributes:
        severities: For each trait, (histories, kinds): sums of severity times recency.
        values: The same times the value of each item.
        traits: (histories, 7) mean ratings on 0 to 1; NaN where not rated.
        health: (histories,) mean ratings on 0 to 1.
        groups: (histories,) rows of one number belong to one history, however often it was read.
    """

    severities: tuple[Array, ...]
    values: tuple[Array, ...]
    traits: Array
    health: Array
    groups: NDArray[np.int64]

    def take(self, rows: NDArray[np.int64]) -> Design:
        """The rows named."""
        return Design(
            tuple([a[rows] for a in self.severities]),
            tuple([b[rows] for b in self.values]),
            self.traits[rows],
            self.health[rows],
            self.groups[rows],
        )


@dataclass(frozen=True, slots=True)
class Prediction:
    """Scores on 0 to 1: `traits` (histories, 7) and `health` (histories,)."""

    traits: Array
    health: Array


def design(
    rated: Sequence[RatedHistory],
    readers: Sequence[Reader],
    rubric: Rubric,
) -> Design:
    """The rows of each rated history under each reader that can read it."""
    half_life_us = rubric.half_life_days * MICROSECONDS_PER_DAY
    rows: list[tuple[list[Array], list[Array], RatedHistory, int]] = []
    for number, item in enumerate(rated):
        for reader in readers:
            reading = reader(item)
            if reading is not None:
                severities, values = _sums(item, reading, rubric, half_life_us)
                rows.append((severities, values, item, number))
    traits = [[np.nan if v is None else v for v in item.traits] for _, _, item, _ in rows]
    return Design(
        severities=tuple([np.array([row[0][t] for row in rows]) for t in range(len(TRAITS))]),
        values=tuple([np.array([row[1][t] for row in rows]) for t in range(len(TRAITS))]),
        traits=np.array(traits, dtype=np.float64),
        health=np.array([item.health for _, _, item, _ in rows]),
        groups=np.array([number for _, _, _, number in rows]),
    )


def _sums(
    item: RatedHistory, reading: Reading, rubric: Rubric, half_life_us: float
) -> tuple[list[Array], list[Array]]:
    scene = observe(item.history, reading, rubric, item.as_of_us)
    severities: list[Array] = []
    values: list[Array] = []
    for judge, trait in zip(TRAITS, rubric.traits, strict=True):
        place = {kind: index for index, kind in enumerate(trait.kinds)}
        a = np.zeros(len(place))
        b = np.zeros(len(place))
        for found in judge.observe(scene) if judge.applies(scene) else ():
            weight = found.severity * recency(item.as_of_us - found.at_us, half_life_us)
            a[place[found.kind]] += weight
            b[place[found.kind]] += weight * found.value
        severities.append(a)
        values.append(b)
    return severities, values


def parameters(rubric: Rubric) -> Array:
    """A rubric's numbers: by trait log weights, logit mean and log strength; then log shares."""
    found: list[float] = []
    for trait in rubric.traits:
        found.extend([np.log(max(k.weight, _LEAST_WEIGHT)) for k in trait.kinds.values()])
        found.append(float(np.log(trait.prior_mean / (1.0 - trait.prior_mean))))
        found.append(float(np.log(trait.prior_strength)))
    found.extend([float(np.log(t.weight)) for t in rubric.traits])
    return np.array(found)


def with_parameters(rubric: Rubric, theta: Array) -> Rubric:
    """The rubric with the numbers of a vector, rounded to what a reader can take in."""
    traits = []
    at = 0
    shares = _shares(theta).round(_DIGITS)
    shares[np.argmax(shares)] += 1.0 - shares.sum()
    for trait, share in zip(rubric.traits, shares, strict=True):
        count = len(trait.kinds)
        weights = np.exp(theta[at : at + count])
        kinds = {
            name: dataclasses.replace(kind, weight=round(float(w), _DIGITS))
            for (name, kind), w in zip(trait.kinds.items(), weights, strict=True)
        }
        traits.append(
            dataclasses.replace(
                trait,
                kinds=kinds,
                weight=round(float(share), _DIGITS),
                prior_mean=round(float(_sigmoid(theta[at + count])), _DIGITS),
                prior_strength=round(float(np.exp(theta[at + count + 1])), _DIGITS),
            )
        )
        at += count + 2
    return dataclasses.replace(rubric, traits=tuple(traits))


def predict(theta: Array, data: Design) -> Prediction:
    """Scores of the design's histories under a vector of parameters."""
    columns = []
    at = 0
    for a, b in zip(data.severities, data.values, strict=True):
        count = a.shape[1]
        weights = np.exp(theta[at : at + count])
        mean = _sigmoid(theta[at + count])
        strength = np.exp(theta[at + count + 1])
        columns.append((strength * mean + b @ weights) / (strength + a @ weights))
        at += count + 2
    traits = np.array(columns).T
    return Prediction(traits, traits @ _shares(theta))


def fit(data: Design, start: Array, penalty: float) -> Array:
    """The vector that fits best; `penalty` is on the squared distance from `start`."""
    bounds = list(zip(start - _room(data, _DOWN), start + _room(data, _UP), strict=True))
    result = minimize(
        _loss_and_gradient,
        start,
        args=(data, start, penalty),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": 500},
    )
    return np.asarray(result.x)


def cross_validate(data: Design, start: Array, penalty: float, folds: int) -> Prediction:
    """Held-out scores: each history's from a fit to the other folds, in a fixed order."""
    traits = np.zeros_like(data.traits)
    health = np.zeros_like(data.health)
    for fold in range(folds):
        held_out = np.flatnonzero(data.groups % folds == fold)
        others = np.flatnonzero(data.groups % folds != fold)
        theta = fit(data.take(others), start, penalty)
        found = predict(theta, data.take(held_out))
        traits[held_out] = found.traits
        health[held_out] = found.health
    return Prediction(traits, health)


def _sigmoid(x: float) -> float:
    return float(1.0 / (1.0 + np.exp(-x)))


def _shares(theta: Array) -> Array:
    raw = np.exp(theta[-len(TRAITS) :])
    return np.asarray(raw / raw.sum())


def _room(data: Design, room: tuple[float, float, float, float]) -> Array:
    weight, mean, strength, share = room
    found: list[float] = []
    for a in data.severities:
        found.extend([weight] * int(a.shape[1]))
        found.extend([mean, strength])
    return np.array(found + [share] * len(data.severities))


def _stiffness(count: int) -> Array:
    stiffness = np.ones(count)
    stiffness[-len(TRAITS) :] = _SHARE_STIFFNESS
    return stiffness


def _loss_and_gradient(
    theta: Array, data: Design, start: Array, penalty: float
) -> tuple[float, Array]:
    found = predict(theta, data)
    shares = _shares(theta)
    error = found.health - data.health
    by_health = _HEALTH_IMPORTANCE * 2.0 * error / len(error)
    loss = _HEALTH_IMPORTANCE * float(np.mean(error**2))
    gradient = np.zeros_like(theta)
    at = 0
    for index, (a, b) in enumerate(zip(data.severities, data.values, strict=True)):
        score = found.traits[:, index]
        rated = ~np.isnan(data.traits[:, index])
        residual = np.where(rated, score - np.nan_to_num(data.traits[:, index]), 0.0)
        loss += float(np.sum(residual**2)) / max(1, int(rated.sum()))
        by_score = 2.0 * residual / max(1, int(rated.sum())) + by_health * shares[index]
        at = _trait_gradient(theta, gradient, at, a, b, score, by_score)
    by_share = found.traits.T @ by_health
    gradient[at:] = shares * (by_share - by_share @ shares)
    distance = theta - start
    stiffness = _stiffness(len(theta))
    loss = _LOSS_SCALE * loss + penalty * float(np.sum(stiffness * distance**2))
    return loss, _LOSS_SCALE * gradient + 2.0 * penalty * stiffness * distance


def _trait_gradient(
    theta: Array, gradient: Array, at: int, a: Array, b: Array, score: Array, by_score: Array
) -> int:
    """Writes one trait's part of the gradient; returns where the next trait's begins."""
    count = int(a.shape[1])
    weights = np.exp(theta[at : at + count])
    mean = _sigmoid(theta[at + count])
    strength = float(np.exp(theta[at + count + 1]))
    scaled = by_score / (strength + a @ weights)
    gradient[at : at + count] = weights * (scaled @ (b - score[:, None] * a))
    gradient[at + count] = float(scaled.sum()) * strength * mean * (1.0 - mean)
    gradient[at + count + 1] = float(scaled @ (mean - score)) * strength
    return at + count + 2
