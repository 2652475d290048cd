"""The act detector in plain words: sums of weights, pooled over sentences, calibrated.

Kernels are held equal to this. A sentence's logit for an act is

    bias + scale * (sum of its features' weights / (tokens + 2) ** (1/4) + sum of context weights)

in which the sums are whole numbers. A message does an act unless none of its sentences does:
p = 1 - product(1 - sigmoid(logit)); its logit is calibrated by a slope and an offset.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from relhealth.detection.features import Feature, Message, context_keys, features
from relhealth.detection.tokens import Token
from relhealth.detection.weights import SideWeights

_LOGIT_LIMIT: Final = 30.0
_TINY: Final = 1e-9


class Scorer:
    """Scores messages of one side; keeps its table of keys."""

    def __init__(self, side: SideWeights) -> None:
        self._side = side
        self._rows = {int(key): row for row, key in enumerate(side.keys)}

    def probabilities(self, message: Message) -> tuple[float, ...]:
        """Calibrated probability of each act; zeros for a message without sentences."""
        logits = self.sentence_logits(message)
        if not len(logits):
            return (0.0,) * len(self._side.biases)
        return tuple(
            _sigmoid(slope * _pool(column) + offset)
            for slope, offset, column in zip(
                self._side.slopes.tolist(),
                self._side.offsets.tolist(),
                logits.T.tolist(),
                strict=True,
            )
        )

    def sentence_logits(self, message: Message) -> NDArray[np.float64]:
        """Logit of each act in each sentence, uncalibrated; shape (sentences, acts)."""
        side = self._side
        logits = np.empty((len(message.sentences), len(side.biases)))
        for position, sentence in enumerate(message.sentences):
            own = self._sum(feature.key for feature in features(sentence))
            context = self._sum(context_keys(message, position))
            logits[position] = side.biases + side.scales * (own * damping(sentence) + context)
        return logits

    def token_logits(self, message: Message, position: int, act: int) -> list[float]:
        """What each token of the sentence at `position` adds to its logit for an act.

        A feature's weight is shared equally by the tokens that it looks at. The sum is the
        sentence's logit without bias and context.
        """
        sentence = message.sentences[position]
        shares = [0.0] * len(sentence)
        unit = float(self._side.scales[act]) * damping(sentence)
        for feature in features(sentence):
            row = self._rows.get(feature.key)
            if row is not None:
                _share(shares, feature, unit * int(self._side.weights[row, act]))
        return shares

    def context_logit(self, message: Message, position: int, act: int) -> float:
        """What bias and context add to the logit of the sentence at `position` for an act."""
        context = self._sum(context_keys(message, position))
        return float(self._side.biases[act] + self._side.scales[act] * context[act])

    def _sum(self, keys: Iterable[int]) -> NDArray[np.int64]:
        rows = [row for key in keys if (row := self._rows.get(key)) is not None]
        total: NDArray[np.int64] = self._side.weights[rows].sum(axis=0, dtype=np.int64)
        return total


def damping(sentence: Sequence[Token]) -> float:
    """What a sentence's weights are multiplied by: long sentences have more of them."""
    return 1.0 / math.sqrt(math.sqrt(len(sentence) + 2))


def _share(shares: list[float], feature: Feature, logit: float) -> None:
    for place in range(feature.begin, feature.end):
        shares[place] += logit / (feature.end - feature.begin)


def _pool(logits: Sequence[float]) -> float:
    """Logit of "at least one of them", held within limits."""
    silence = sum(math.log1p(math.exp(min(_LOGIT_LIMIT, logit))) for logit in logits)
    silence = max(silence, _TINY)
    return silence + math.log(-math.expm1(-silence))


def _sigmoid(logit: float) -> float:
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-logit))
    return math.exp(logit) / (1.0 + math.exp(logit))
