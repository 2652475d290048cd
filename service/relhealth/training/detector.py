"""A whole training run: the dataset in, both sides' calibrated weights out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from relhealth.detection.weights import DetectorWeights, SideWeights
from relhealth.domain.vocabulary import Party
from relhealth.training.arrays import SideArrays
from relhealth.training.dataset import Dataset, SoftLabels
from relhealth.training.matrix import corpus
from relhealth.training.messages import LabelledMessage, labels, of_side
from relhealth.training.recipe import Recipe
from relhealth.training.train import Examples, fit_examples, quantise, recalibrate, unseen

_ALWAYS = -1


def train_detector(dataset: Dataset, recipe: Recipe, version: str) -> DetectorWeights:
    """Weights of both sides; the same for the same dataset and recipe."""
    return DetectorWeights(version, {p: _train_side(dataset, recipe, p) for p in Party})


def refit_without(
    dataset: Dataset, recipe: Recipe, shipped: DetectorWeights, texts: Sequence[frozenset[str]]
) -> Iterator[DetectorWeights]:
    """For each set of texts the weights without them; calibration and thresholds are shipped ones.

    Args:
        dataset: What to learn from.
        recipe: How.
        shipped: Gives the calibration, the thresholds and the version's name.
        texts: Sets of texts to leave out, without white space at their ends.
    """
    sides = {party: _examples(dataset, recipe, party) for party in Party}
    for left_out in texts:
        yield DetectorWeights(
            shipped.version,
            {
                party: _refit(side, recipe, shipped.sides[party], left_out)
                for party, side in sides.items()
            },
        )


def _refit(
    side: _Side, recipe: Recipe, shipped: SideWeights, left_out: frozenset[str]
) -> SideWeights:
    kept = np.array([text.strip() not in left_out for text in side.texts])
    arrays = quantise(fit_examples(side.given.select(kept), recipe))
    known = SideArrays.of(shipped)
    return replace(
        arrays, slopes=known.slopes, offsets=known.offsets, thresholds=known.thresholds
    ).packed()


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """One side's labelled messages first, then its softly labelled texts.

    Attributes:
        messages: The labelled messages.
        texts: All texts.
        given: All texts as examples.
    """

    messages: tuple[LabelledMessage, ...]
    texts: list[str]
    given: Examples


def _examples(dataset: Dataset, recipe: Recipe, party: Party) -> _Side:
    messages = of_side(dataset.messages, party)
    truth = labels(messages, party)
    importance = [recipe.importances.get(message.source, 1.0) for message in messages]
    texts = [message.text for message in messages]
    soft = dataset.soft.get(party)
    if soft is not None:
        importance += [recipe.soft_importances.get(source, 0.0) for source in soft.sources]
        texts += soft.texts
    given = Examples(corpus(texts), _targets(truth, soft), np.array(importance))
    return _Side(messages, texts, given)


def _train_side(dataset: Dataset, recipe: Recipe, party: Party) -> SideWeights:
    """Fits on everything; calibrates on messages of sources that a fit has not seen."""
    side = _examples(dataset, recipe, party)
    messages, given = side.messages, side.given
    parts = np.full(len(side.texts), _ALWAYS)
    parts[: len(messages)] = [recipe.parts.get(m.source, _ALWAYS) for m in messages]
    logits = unseen(given, parts, recipe)
    judged = parts >= 0
    weight = np.array([recipe.calibration.get(message.source, 1.0) for message in messages])
    arrays = quantise(fit_examples(given, recipe))
    truth = given.targets[judged]
    kept = judged[: len(messages)]
    return recalibrate(arrays, logits[judged], truth, weight[kept], recipe).packed()


def _targets(truth: NDArray[np.float64], soft: SoftLabels | None) -> NDArray[np.float64]:
    return truth if soft is None else np.concatenate([truth, soft.probabilities])
