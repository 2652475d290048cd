"""The fit: weights under which a message does an act unless none of its sentences does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse
from threadpoolctl import threadpool_limits

Floats = NDArray[np.float32]
_FLOOR = 1e-5
_CEILING = 30.0
_TINY = 1e-9
_LESS = 0.7
"""Logits by which a sentence starts below its message, which has one or two."""


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """What is fitted.

    Attributes:
        values: Scaled features; shape (sentences, features).
        owners: The message of each sentence, ascending, every message owning one at least.
        targets: Probability that a message does an act; shape (messages, acts).
        importance: How much each message counts; shape (messages,).
        penalty: Of half the squared weights.
        start: Logits that the sentences have already; the fit is a correction to them. Shape
            (sentences, acts); None where they have none.
    """

    values: sparse.csr_matrix[np.float32]
    owners: NDArray[np.intp]
    targets: Floats
    importance: Floats
    penalty: float
    start: Floats | None = None


def pool(logits: NDArray[np.floating], owners: NDArray[np.intp]) -> NDArray[np.floating]:
    """Logit of a message from its sentences' ("at least one of them"); shape (messages, acts)."""
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    silence = np.add.reduceat(np.logaddexp(0.0, np.minimum(logits, _CEILING)), starts, axis=0)
    silence = np.maximum(silence, _TINY)
    pooled: NDArray[np.floating] = silence + np.log(-np.expm1(-silence))
    return pooled


def fit(problem: Problem, iterations: int) -> tuple[Floats, Floats]:
    """Weights (features, acts) and biases (acts,) by L-BFGS, the same for the same problem.

    However many cores there are: with several threads the optimiser's long sums add up in parts,
    and its weights differ in their last digits.
    """
    features, acts = problem.values.shape[1], problem.targets.shape[1]
    transposed = sparse.csr_matrix(problem.values.T)
    penalty, given = np.float32(problem.penalty), problem.start

    def loss(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = point[:-acts].reshape(features, acts).astype(np.float32)
        logits = problem.values @ weights + point[-acts:].astype(np.float32)
        error, by_logit = _error(problem, logits if given is None else logits + given)
        by_weight = transposed @ by_logit + penalty * weights
        error += 0.5 * problem.penalty * float(np.square(weights, dtype=np.float64).sum())
        slope = np.concatenate([by_weight.ravel(), by_logit.sum(axis=0)])
        return error, slope.astype(np.float64)

    start = np.concatenate([np.zeros(features * acts), _biases(problem)])
    options = {"maxiter": iterations, "maxcor": 8}
    minimize: Any = optimize.minimize  # its stubs cannot express a slope given with the value
    with threadpool_limits(limits=1, user_api="blas"):
        point = minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x
    found = np.asarray(point, dtype=np.float32)
    return found[:-acts].reshape(features, acts), found[-acts:]


def _biases(problem: Problem) -> NDArray[np.float64]:
    """Where the biases start: at the acts' shares, or at no correction."""
    if problem.start is not None:
        return np.zeros(problem.targets.shape[1])
    share = np.average(problem.targets, axis=0, weights=problem.importance).clip(1e-4, 0.99)
    return np.asarray(np.log(share / (1.0 - share)) - _LESS, dtype=np.float64)


def _error(problem: Problem, logits: Floats) -> tuple[float, Floats]:
    """Weighted cross-entropy of the messages, and its slope by each sentence's logit."""
    starts = np.flatnonzero(np.diff(problem.owners, prepend=-1))
    silence = np.maximum(np.add.reduceat(np.logaddexp(0, logits), starts, axis=0), _FLOOR)
    speech = -np.expm1(-silence)
    importance = problem.importance[:, None]
    entropy = -problem.targets * np.log(speech) + (1.0 - problem.targets) * silence
    by_silence = importance * (1.0 - problem.targets / speech)
    sigmoid = 1.0 / (1.0 + np.exp(-np.clip(logits, -_CEILING, _CEILING)))
    by_logit = (by_silence[problem.owners] * sigmoid).astype(np.float32)
    return float((importance * entropy).sum(dtype=np.float64)), by_logit
