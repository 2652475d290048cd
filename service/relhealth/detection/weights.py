"""The numbers of an act detector: what a file of weights says, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relhealth.domain.vocabulary import Party


@dataclass(frozen=True, slots=True, eq=False)
class SideWeights:
    """Weights of one side's acts.

    Attributes:
        keys: Keys of the known features, ascending; uint32, shape (features,).
        weights: A row a key, a column an act; int16, shape (features, acts).
        scales: Logits that one unit of a weight stands for, an act; float64, shape (acts,).
        biases: Logit of a sentence without known features, an act; float64, shape (acts,).
        slopes: Calibration: logit of the message = slope * pooled logit + offset; shape (acts,).
        offsets: See `slopes`; float64, shape (acts,).
        thresholds: Probability at which an act counts as detected, 0 to 1; shape (acts,).
    """

    keys: NDArray[np.uint32]
    weights: NDArray[np.int16]
    scales: NDArray[np.float64]
    biases: NDArray[np.float64]
    slopes: NDArray[np.float64]
    offsets: NDArray[np.float64]
    thresholds: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class DetectorWeights:
    """A version of the act detector.

    Attributes:
        version: Name of the version, such as ``1``.
        sides: Weights by the sender's side; both parties are present.
    """

    version: str
    sides: Mapping[Party, SideWeights]
