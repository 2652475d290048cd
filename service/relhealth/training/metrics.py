"""How well predictions agree with labels, act by act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_BINS: Final = 10
_LOWEST_JUDGED: Final = 0.1


@dataclass(frozen=True, slots=True)
class ActScore:
    """Agreement on one act; a figure is None where nothing decides it.

    Attributes:
        support: Messages that do the act.
        found: Messages in which it was detected.
        precision: Share of the detected that do it.
        recall: Share of those that do it that were detected.
        f1: Harmonic mean of both.
        average_precision: Area under precision by recall.
        calibration_error: Mean distance of probability and share of positives, in ten bins over
            predictions of at least 0.1.
    """

    support: int
    found: int
    precision: float | None
    recall: float | None
    f1: float | None
    average_precision: float | None
    calibration_error: float | None


def score_act(
    truth: NDArray[np.float64], probabilities: NDArray[np.float64], threshold: float
) -> ActScore:
    """Agreement of one act's probabilities with its labels; both of shape (messages,)."""
    found = probabilities >= threshold
    support, right = int(truth.sum()), float(truth[found].sum())
    total = support + int(found.sum())
    return ActScore(
        support=support,
        found=int(found.sum()),
        precision=right / int(found.sum()) if found.any() else None,
        recall=right / support if support else None,
        f1=2.0 * right / total if total else None,
        average_precision=_average_precision(truth, probabilities) if support else None,
        calibration_error=_calibration_error(truth, probabilities),
    )


def micro_f1(truth: NDArray[np.float64], found: NDArray[np.bool_]) -> float:
    """F1 over all decisions together; both of shape (messages, acts)."""
    total = float(truth.sum() + found.sum())
    return 2.0 * float(truth[found].sum()) / total if total else 0.0


def _average_precision(truth: NDArray[np.float64], probabilities: NDArray[np.float64]) -> float:
    order = np.argsort(-probabilities, kind="stable")
    sorted_truth = truth[order]
    precision = np.cumsum(sorted_truth) / np.arange(1, len(truth) + 1)
    return float((precision * sorted_truth).sum() / truth.sum())


def _calibration_error(
    truth: NDArray[np.float64], probabilities: NDArray[np.float64]
) -> float | None:
    judged = probabilities >= _LOWEST_JUDGED
    if not judged.any():
        return None
    bins = np.minimum((probabilities[judged] * _BINS).astype(int), _BINS - 1)
    gaps = np.bincount(bins, truth[judged] - probabilities[judged], minlength=_BINS)
    return float(np.abs(gaps).sum() / judged.sum())
