"""Adapts a detector to a deployment's own labelled messages, and measures what that gains.

The shipped weights stay; what is learnt is a correction to each, held small unless the messages
insist. So a hundred messages help and cannot undo what twenty thousand taught.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relhealth.detection.weights import DetectorWeights, SideWeights
from relhealth.domain.vocabulary import Party
from relhealth.training.arrays import SideArrays
from relhealth.training.calibration import sigmoid
from relhealth.training.matrix import corpus
from relhealth.training.messages import LabelledMessage, labels, of_side
from relhealth.training.metrics import micro_f1
from relhealth.training.recipe import Recipe
from relhealth.training.train import (
    Examples,
    Fit,
    fit_correction,
    message_logits,
    quantise,
    recalibrate,
)

LEAST_MESSAGES = 20
"""Messages of a side below which it is left as it is."""


@dataclass(frozen=True, slots=True)
class Gain:
    """What adaptation gains on one side's messages, each predicted without itself."""

    party: Party
    messages: int
    micro_f1_before: float
    micro_f1_after: float


def adapt(
    weights: DetectorWeights, messages: Sequence[LabelledMessage], recipe: Recipe, version: str
) -> tuple[DetectorWeights, tuple[Gain, ...]]:
    """Weights adapted to `messages`, and the gain on held-out ones by cross-validation."""
    sides, gains = dict(weights.sides), []
    for party in Party:
        own = of_side(messages, party)
        if len(own) >= LEAST_MESSAGES:
            sides[party], gain = _adapt_side(weights.sides[party], own, party, recipe)
            gains.append(gain)
    return DetectorWeights(version, sides), tuple(gains)


def _adapt_side(
    weights: SideWeights, messages: Sequence[LabelledMessage], party: Party, recipe: Recipe
) -> tuple[SideWeights, Gain]:
    side = SideArrays.of(weights)
    truth = labels(messages, party)
    given = Examples(corpus([m.text for m in messages]), truth, np.ones(len(messages)))
    shipped = Fit(side.keys, (side.weights * side.scales).astype("f4"), side.biases.astype("f4"))
    folds = np.array([m.fold(recipe.folds) for m in messages])
    logits = np.zeros_like(truth)
    for fold in np.unique(folds):
        out = folds == fold
        corrected = fit_correction(shipped, given.select(~out), recipe)
        logits[out] = message_logits(corrected, given.sentences.select(out))
    before = _found(side, message_logits(shipped, given.sentences))
    after = np.zeros_like(before)
    for fold in np.unique(folds):
        out = folds == fold
        judged = recalibrate(side, logits[~out], truth[~out], given.importance[~out], recipe)
        after[out] = _found(judged, logits[out])
    adapted = recalibrate(
        quantise(fit_correction(shipped, given, recipe)), logits, truth, given.importance, recipe
    )
    gain = Gain(party, len(messages), micro_f1(truth, before), micro_f1(truth, after))
    return adapted.packed(), gain


def _found(side: SideArrays, logits: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(sigmoid(side.slopes * logits + side.offsets) >= side.thresholds)
