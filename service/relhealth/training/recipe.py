"""The settings of a training run, chosen by cross-validation on training messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the act detector is trained."""

    least: int = 2
    """Messages that a feature must occur in."""
    iterations: int = 60
    """Steps of the optimiser."""
    penalty: float = 4.0
    """Of half the squared weights, after scaling."""
    context: float = 0.3
    """Scale of context features beside a sentence's own."""
    folds: int = 4
    """Parts of the messages, each predicted by a fit on the others, for calibration."""
    importances: Mapping[str, float] = field(default_factory=dict)
    """How much messages of a source count in the fit; 1 where absent."""
    shrinkage: float = 30.0
    """Positives at which an act's own best threshold counts as much as the theoretical one."""
