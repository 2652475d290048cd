"""The act detector in plain words: sums of weights, pooled over sentences, calibrated.

Kernels are held equal to this. A sentence's logit for an act is

    bias + scale * (sum of its features' weights / (tokens + 2) ** (1/4) + sum of context weights)

in which the sums are whole numbers. A message does an act unless none of its sentences does: its
odds are product(1 + exp(logit)) - 1; their logit is calibrated by a slope and an offset.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

from relhealth.detection.exponentials import exp, log, sigmoid
from relhealth.detection.features import Message, context_keys, features
from relhealth.detection.tokens import Token
from relhealth.detection.weights import SideWeights

SHARES: Final = 12
"""Parts of a weight's unit: the one to four tokens that a feature looks at share it equally."""
_LOGIT_LIMIT: Final = 30.0
_LEAST_ODDS, _MOST_ODDS = 1e-15, 1e15
"""Beyond these a logit is not within its limit."""


class Scorer:
    """Scores messages of one side; keeps its table of keys."""

    def __init__(self, side: SideWeights) -> None:
        self._side = side
        self._acts = len(side.biases)
        self._rows = {key: row for row, key in enumerate(side.keys)}

    def probabilities(self, message: Message) -> tuple[float, ...]:
        """Calibrated probability of each act; zeros for a message without sentences."""
        side, logits = self._side, self.sentence_logits(message)
        if not logits:
            return (0.0,) * self._acts
        return tuple(
            sigmoid(slope * _pool(column) + offset)
            for slope, offset, column in zip(
                side.slopes, side.offsets, zip(*logits, strict=True), strict=True
            )
        )

    def sentence_logits(self, message: Message) -> list[list[float]]:
        """Logit of each act, uncalibrated; a list a sentence."""
        return [
            self._logits(sentence, self.context_sums(message, position))
            for position, sentence in enumerate(message.sentences)
        ]

    def _logits(self, sentence: tuple[Token, ...], context: list[int]) -> list[float]:
        side, damped = self._side, damping(sentence)
        own = self._sums(feature.key for feature in features(sentence))
        return [
            bias + scale * (mine * damped + around)
            for bias, scale, mine, around in zip(
                side.biases, side.scales, own, context, strict=True
            )
        ]

    def token_shares(self, sentence: tuple[Token, ...], act: int) -> list[int]:
        """What each token adds to its sentence's logit for an act, in `share_logit` each.

        A feature's weight is shared equally by the tokens that it looks at. The sum is the
        sentence's logit without bias and context.
        """
        shares = [0] * len(sentence)
        for feature in features(sentence):
            row = self._rows.get(feature.key)
            if row is not None:
                share = self._side.weights[row * self._acts + act] * SHARES
                for place in range(feature.begin, feature.end):
                    shares[place] += share // (feature.end - feature.begin)
        return shares

    def share_logit(self, sentence: Sequence[Token], act: int) -> float:
        """The logit that one of a sentence's shares stands for."""
        return self._side.scales[act] * damping(sentence) / SHARES

    def context_sums(self, message: Message, position: int) -> list[int]:
        """Sum of the weights of what the sentence at `position` stands in, an act."""
        return self._sums(context_keys(message, position))

    def _sums(self, keys: Iterable[int]) -> list[int]:
        weights, acts = self._side.weights, self._acts
        known = [self._rows[key] * acts for key in keys if key in self._rows]
        return [sum([weights[row + act] for row in known]) for act in range(acts)]


def damping(sentence: Sequence[Token]) -> float:
    """What a sentence's weights are multiplied by: long sentences have more of them."""
    return 1.0 / math.sqrt(math.sqrt(len(sentence) + 2))


def _pool(logits: Sequence[float]) -> float:
    """Logit of "at least one of them", held within limits; of one, that one."""
    if len(logits) == 1:
        return _within_limits(logits[0])
    odds = 0.0
    for logit in logits:
        own = exp(_within_limits(logit))
        odds = odds + own + odds * own
    return _within_limits(log(max(_LEAST_ODDS, min(_MOST_ODDS, odds))))


def _within_limits(logit: float) -> float:
    return max(-_LOGIT_LIMIT, min(_LOGIT_LIMIT, logit))
