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
    kept = np.array([text.strip() not in left_out for text in side.origins])
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
        truth: Their labels; shape (messages, acts).
        origins: For each text the one that it is a variant of; itself if it is none.
        given: All texts as examples.
    """

    messages: tuple[LabelledMessage, ...]
    truth: NDArray[np.float64]
    origins: tuple[str, ...]
    given: Examples


def _examples(dataset: Dataset, recipe: Recipe, party: Party) -> _Side:
    messages = of_side(dataset.messages, party)
    truth, readings = labels(messages, party), dataset.readings.get(party, {})
    soft = dataset.soft.get(party, SoftLabels((), (), (), np.zeros((0, truth.shape[1]))))
    blended = [
        (1.0 - recipe.softening) * own + recipe.softening * readings.get(message.text, own)
        for message, own in zip(messages, truth, strict=True)
    ]
    importance = [recipe.importances.get(message.source, 1.0) for message in messages]
    importance += [recipe.soft_importances.get(source, 0.0) for source in soft.sources]
    texts = tuple(message.text for message in messages)
    targets = np.concatenate([np.reshape(blended, truth.shape), soft.probabilities])
    given = Examples(corpus(texts + soft.texts), targets, np.array(importance))
    return _Side(messages, truth, texts + soft.origins, given)


def _train_side(dataset: Dataset, recipe: Recipe, party: Party) -> SideWeights:
    """Fits on everything; calibrates on messages of sources that a fit has not seen."""
    side = _examples(dataset, recipe, party)
    own = [recipe.parts.get(message.source, _ALWAYS) for message in side.messages]
    part_of = dict(zip(side.origins, own, strict=False))
    softly = [part_of.get(origin, _ALWAYS) for origin in side.origins[len(own) :]]
    parts = np.array(own + softly)
    logits = unseen(side.given, parts, recipe)[: len(side.messages)]
    weight = np.array([recipe.calibration.get(message.source, 1.0) for message in side.messages])
    judged = parts[: len(side.messages)] >= 0
    arrays = quantise(fit_examples(side.given, recipe))
    return recalibrate(arrays, logits[judged], side.truth[judged], weight[judged], recipe).packed()
