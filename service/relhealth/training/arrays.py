"""One side's weights as NumPy arrays, which training computes with."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relhealth.detection.weights import SideWeights

Array = NDArray[np.float64]

_COLUMNS = ("scales", "biases", "slopes", "offsets", "thresholds")


@dataclass(frozen=True, slots=True, eq=False)
class SideArrays:
    """See `SideWeights`: `keys` (features,), `weights` (features, acts), the rest (acts,)."""

    keys: NDArray[np.uint32]
    weights: NDArray[np.int16]
    scales: NDArray[np.float64]
    biases: NDArray[np.float64]
    slopes: NDArray[np.float64]
    offsets: NDArray[np.float64]
    thresholds: NDArray[np.float64]

    @classmethod
    def of(cls, side: SideWeights) -> SideArrays:
        """The same numbers."""
        return cls(
            keys=np.frombuffer(side.keys, np.uint32),
            weights=np.frombuffer(side.weights, np.int16).reshape(-1, len(side.biases)),
            **{name: np.array(getattr(side, name)) for name in _COLUMNS},
        )

    def packed(self) -> SideWeights:
        """The same numbers."""
        return SideWeights(
            keys=array("I", self.keys.astype(np.uint32).tobytes()),
            weights=array("h", self.weights.astype(np.int16).tobytes()),
            **{name: tuple(getattr(self, name).tolist()) for name in _COLUMNS},
        )
