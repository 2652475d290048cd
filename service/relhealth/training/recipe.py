"""The settings of a training run, chosen by cross-validation on training messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the act detector is trained."""

    least: int = 3
    """Messages that a feature must occur in."""
    iterations: int = 40
    """Steps of the optimiser."""
    penalty: float = 10.0
    """Of half the squared weights, after scaling."""
    correction_penalty: float = 20.0
    """The same for a correction to shipped weights."""
    context: float = 0.3
    """Scale of context features beside a sentence's own."""
    folds: int = 4
    """Parts of a deployment's own messages, each predicted by a fit on the others."""
    parts: Mapping[str, int] = field(default_factory=dict)
    """Part of each source; for calibration a part is predicted by a fit on everything else. A
    source without a part is in every fit and not calibrated on."""
    importances: Mapping[str, float] = field(default_factory=dict)
    """How much messages of a source count in the fit; 1 where absent."""
    soft_importances: Mapping[str, float] = field(default_factory=dict)
    """How much softly labelled texts of a source count in the fit; 0 where absent."""
    softening: float = 0.0
    """How far the fit believes a teacher's reading of a labelled message instead of its labels."""
    calibration: Mapping[str, float] = field(default_factory=dict)
    """How much messages of a source count in calibration; 1 where absent."""
    smallest: float = 0.0
    """Features whose greatest weight for any act, in logits, is below this are left out."""
    shrinkage: float = 1000.0
    """Positives at which an act's own best threshold counts as much as the theoretical one."""


_IBM: Final = "IBM twitter-customer-care-document-prediction"
_XCI: Final = "X-CI complaints"
_SAP: Final = "SAP travel complaints"
_EVERYDAY: Final = "written for this project: everyday"
_NEAR_MISSES: Final = "written for this project: near misses"
_HISTORIES: Final = "written for this project: histories"

SHIPPED: Final = Recipe(
    smallest=0.15,
    parts={_IBM: 0, _XCI: 0, _EVERYDAY: 1, _HISTORIES: 2, _SAP: 2},
    importances={_IBM: 2.0, _XCI: 2.0, _SAP: 2.0, _EVERYDAY: 2.5, _NEAR_MISSES: 1.5},
    soft_importances={
        "ibm": 1.0,
        "xci": 1.0,
        "sap": 1.0,
        "mdg": 0.3,
        "goe": 0.3,
        "variant": 0.4,
    },
    softening=0.5,
    calibration={_IBM: 0.8, _XCI: 0.8, _SAP: 0.8, _EVERYDAY: 0.7, _HISTORIES: 3.0},
)
"""Real messages count double: they are what the detector is for. In calibration first posts,
everyday messages and those of conversations count about the same, each taken together. Near misses,
letters and notes are in every fit, but calibration does without them: they are rarer in traffic
than in their files.
"""
