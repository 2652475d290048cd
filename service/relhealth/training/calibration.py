"""Calibration and thresholds from predictions that were made without the message itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

_PRIOR_STRENGTH = 4.0
"""How strongly the slope is held to 1 and the offset to 0, in messages' worth of evidence."""
_LOWEST, _HIGHEST = 0.15, 0.6


def calibrate(
    logits: NDArray[np.float64], truth: NDArray[np.float64], importance: NDArray[np.float64]
) -> tuple[float, float]:
    """Slope and offset of an act under which its probabilities mean what they say."""

    def loss(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        slope, offset = point
        scaled = slope * logits + offset
        error = importance * (np.logaddexp(0.0, scaled) - truth * scaled)
        by_scaled = importance * (sigmoid(scaled) - truth)
        held = _PRIOR_STRENGTH * np.array([slope - 1.0, 0.1 * offset])
        total = error.sum() + 0.5 * _PRIOR_STRENGTH * ((slope - 1.0) ** 2 + 0.1 * offset**2)
        return float(total), np.array([by_scaled @ logits, by_scaled.sum()]) + held

    found = optimize.minimize(
        loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(0.2, 5.0), (-6.0, 6.0)]
    )
    return float(found.x[0]), float(found.x[1])


def threshold(
    probabilities: NDArray[np.float64],
    truth: NDArray[np.float64],
    importance: NDArray[np.float64],
    shrinkage: float,
) -> float:
    """Probability at which detecting an act gives the best F1, shrunk for rare acts.

    The best threshold for F1 is half the F1 that it reaches; rare acts lean on that.
    """
    grid = np.arange(_LOWEST, _HIGHEST, 0.01)
    scores = np.array([_f1(probabilities >= point, truth, importance) for point in grid])
    smooth = np.convolve(np.pad(scores, 2, mode="edge"), np.full(5, 0.2), mode="valid")
    own = float(grid[int(smooth.argmax())])
    theory = float(np.clip(scores.max() / 2.0, _LOWEST, _HIGHEST))
    positives = float(truth.sum())
    if positives == 0.0:
        return theory  # nothing to learn it from
    return (positives * own + shrinkage * theory) / (positives + shrinkage)


def _f1(
    found: NDArray[np.bool_], truth: NDArray[np.float64], importance: NDArray[np.float64]
) -> float:
    right = float((importance * truth)[found].sum())
    total = float(importance[found].sum() + (importance * truth).sum())
    return 2.0 * right / total if total > 0.0 else 0.0


def sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities of logits."""
    clipped = np.clip(logits, -500.0, 500.0)
    return np.asarray(1.0 / (1.0 + np.exp(-clipped)), dtype=np.float64)
