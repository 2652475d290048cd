"""A whole training run: the dataset in, both sides' calibrated weights out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from relhealth.detection.weights import DetectorWeights, SideWeights
from relhealth.domain.vocabulary import Party
from relhealth.training.dataset import Dataset, SoftLabels
from relhealth.training.matrix import corpus
from relhealth.training.messages import labels, of_side
from relhealth.training.recipe import Recipe
from relhealth.training.train import Examples, fit_examples, quantise, recalibrate, unseen

_ALWAYS = -1


def train_detector(dataset: Dataset, recipe: Recipe, version: str) -> DetectorWeights:
    """Weights of both sides; the same for the same dataset and recipe."""
    return DetectorWeights(version, {p: _train_side(dataset, recipe, p) for p in Party})


def _train_side(dataset: Dataset, recipe: Recipe, party: Party) -> SideWeights:
    """Fits on everything; calibrates on messages of sources that a fit has not seen."""
    messages = of_side(dataset.messages, party)
    truth = labels(messages, party)
    importance = [recipe.importances.get(message.source, 1.0) for message in messages]
    texts = [message.text for message in messages]
    soft = dataset.soft.get(party)
    if soft is not None:
        importance += [recipe.soft_importances.get(source, 0.0) for source in soft.sources]
        texts += soft.texts
    given = Examples(corpus(texts), _targets(truth, soft), np.array(importance))
    parts = np.full(len(texts), _ALWAYS)
    parts[: len(messages)] = [recipe.parts.get(m.source, _ALWAYS) for m in messages]
    logits = unseen(given, parts, recipe)
    judged = parts >= 0
    weight = np.array([recipe.calibration.get(message.source, 1.0) for message in messages])
    side = quantise(fit_examples(given, recipe))
    kept = judged[: len(messages)]
    return recalibrate(side, logits[judged], truth[kept], weight[kept], recipe).packed()


def _targets(truth: NDArray[np.float64], soft: SoftLabels | None) -> NDArray[np.float64]:
    return truth if soft is None else np.concatenate([truth, soft.probabilities])
