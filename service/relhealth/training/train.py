"""Training: messages in, weights of the act detector out; the same for the same messages."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from relhealth.training.arrays import SideArrays
from relhealth.training.calibration import calibrate, sigmoid, threshold
from relhealth.training.matrix import Corpus, matrix, vocabulary
from relhealth.training.optimise import Floats, Problem, fit, pool
from relhealth.training.recipe import Recipe

_LARGEST = 32767
_SMALLEST_SCALE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Uncalibrated weights: `keys` (features,), `weights` (features, acts), `biases` (acts,)."""

    keys: NDArray[np.uint32]
    weights: Floats
    biases: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """What a fit learns from.

    Attributes:
        sentences: The messages' sentences.
        targets: Probability that a message does an act; shape (messages, acts).
        importance: How much each message counts; shape (messages,).
    """

    sentences: Corpus
    targets: NDArray[np.float64]
    importance: NDArray[np.float64]

    def select(self, chosen: NDArray[np.bool_]) -> Examples:
        """The messages where `chosen` is true, in order; shape (messages,)."""
        return Examples(
            self.sentences.select(chosen), self.targets[chosen], self.importance[chosen]
        )


def fit_examples(given: Examples, recipe: Recipe) -> Fit:
    """Weights from examples; rare features may weigh more, context features less.

    Features that weigh next to nothing are left out: they cost time and memory when serving.
    """
    keys, scales = _scaled_vocabulary(given, recipe)
    scaled, biases = fit(_problem(given, keys, scales, recipe.penalty, None), recipe.iterations)
    weights = scaled * scales[:, None]
    kept = np.abs(weights).max(axis=1) >= recipe.smallest
    return Fit(keys[kept], weights[kept], biases)


def fit_correction(shipped: Fit, given: Examples, recipe: Recipe) -> Fit:
    """Shipped weights, corrected by examples of a deployment's own."""
    keys, scales = _scaled_vocabulary(given, recipe)
    start = (matrix(given.sentences, shipped.keys) @ shipped.weights + shipped.biases).astype("f4")
    problem = _problem(given, keys, scales, recipe.correction_penalty, start)
    correction, biases = fit(problem, recipe.iterations)
    union = np.union1d(shipped.keys, keys)
    weights = np.zeros((len(union), len(biases)), np.float32)
    weights[np.searchsorted(union, shipped.keys)] = shipped.weights
    weights[np.searchsorted(union, keys)] += correction * scales[:, None]
    return Fit(union, weights, shipped.biases + biases)


def _scaled_vocabulary(given: Examples, recipe: Recipe) -> tuple[NDArray[np.uint32], Floats]:
    columns, shares = vocabulary(given.sentences, recipe.least)
    context = np.where(given.sentences.context[columns], recipe.context, 1.0)
    scales = context * (1.0 - np.log(shares))
    return given.sentences.keys[columns], scales.astype(np.float32)


def _problem(
    given: Examples,
    keys: NDArray[np.uint32],
    scales: Floats,
    penalty: float,
    start: Floats | None,
) -> Problem:
    """The fit's problem; messages without sentences teach nothing and are left out."""
    spoken, owners = np.unique(given.sentences.owners, return_inverse=True)
    return Problem(
        values=sparse.csr_matrix(matrix(given.sentences, keys) @ sparse.diags_array(scales)),
        owners=owners,
        targets=given.targets[spoken].astype(np.float32),
        importance=given.importance[spoken].astype(np.float32),
        penalty=penalty,
        start=start,
    )


def message_logits(fitted: Fit, sentences: Corpus) -> NDArray[np.float64]:
    """Pooled logit of each act in each message; very low without sentences."""
    logits = np.full((sentences.count, len(fitted.biases)), -12.0)
    if len(sentences.owners):
        spoken = np.unique(sentences.owners)
        places = np.searchsorted(spoken, sentences.owners)
        own = matrix(sentences, fitted.keys) @ fitted.weights + fitted.biases
        logits[spoken] = pool(own.astype(np.float64), places)
    return logits


def unseen(given: Examples, parts: NDArray[np.intp], recipe: Recipe) -> NDArray[np.float64]:
    """Logits of each message by a fit that has not seen its part; shape (messages, acts).

    Messages of a negative part are in every fit, and their logits are zeros.
    """
    logits = np.zeros_like(given.targets)
    for part in np.unique(parts[parts >= 0]):
        out = parts == part
        fitted = fit_examples(given.select(~out), recipe)
        logits[out] = message_logits(fitted, given.sentences.select(out))
    return logits


def quantise(fitted: Fit) -> SideArrays:
    """The fit as whole numbers, uncalibrated; features that round to nothing are dropped."""
    scales = np.abs(fitted.weights).max(axis=0).astype(np.float64) / _LARGEST
    scales = np.maximum(scales, _SMALLEST_SCALE)
    whole = np.rint(fitted.weights / scales).astype(np.int16)
    kept = np.any(whole != 0, axis=1)
    acts = len(scales)
    return SideArrays(
        keys=fitted.keys[kept],
        weights=whole[kept],
        scales=scales,
        biases=fitted.biases.astype(np.float64),
        slopes=np.ones(acts),
        offsets=np.zeros(acts),
        thresholds=np.full(acts, 0.5),
    )


def recalibrate(
    side: SideArrays,
    logits: NDArray[np.float64],
    truth: NDArray[np.float64],
    importance: NDArray[np.float64],
    recipe: Recipe,
) -> SideArrays:
    """The weights, calibrated on `logits` that were made without the message itself."""
    slopes, offsets, thresholds = [], [], []
    for act in range(truth.shape[1]):
        slope, offset = calibrate(logits[:, act], truth[:, act], importance)
        probabilities = sigmoid(slope * logits[:, act] + offset)
        line = threshold(probabilities, truth[:, act], importance, recipe.shrinkage)
        slopes.append(slope)
        offsets.append(offset)
        thresholds.append(line)
    return replace(
        side,
        slopes=np.array(slopes),
        offsets=np.array(offsets),
        thresholds=np.array(thresholds),
    )
