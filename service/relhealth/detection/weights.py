"""The numbers of an act detector, as its files give them."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass

from relhealth.domain.vocabulary import Party


@dataclass(frozen=True, slots=True, eq=False)
class SideWeights:
    """Weights of one side's acts; the arrays are not to be changed.

    Attributes:
        keys: Keys of the known features, ascending; unsigned, 32 bits.
        weights: A row a key, one after the other, a column an act; 16 bits.
        scales: Logits that one unit of a weight stands for, an act.
        biases: Logit of a sentence without known features, an act.
        slopes: Calibration: logit of the message = slope * pooled logit + offset, an act.
        offsets: See `slopes`.
        thresholds: Probability at which an act counts as detected, 0 to 1, an act.
    """

    keys: array[int]
    weights: array[int]
    scales: tuple[float, ...]
    biases: tuple[float, ...]
    slopes: tuple[float, ...]
    offsets: tuple[float, ...]
    thresholds: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class DetectorWeights:
    """A version of the act detector.

    Attributes:
        version: Name of the version, such as ``1``.
        sides: Weights by the sender's side; both parties are present.
    """

    version: str
    sides: Mapping[Party, SideWeights]

    @property
    def thresholds(self) -> dict[Party, tuple[float, ...]]:
        """Probability at which each act of a side counts as detected."""
        return {party: side.thresholds for party, side in self.sides.items()}
