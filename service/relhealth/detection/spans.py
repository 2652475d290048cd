"""From what each token adds to what a person would underline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from relhealth.detection.features import Message
from relhealth.detection.reference import Scorer
from relhealth.detection.tokens import Kind, Token
from relhealth.domain.reading import Span

_NEAR: Final = 1.5
"""Logits by which a sentence may trail the best one and still carry the act."""
_COST: Final = 3
_COST_DIVISOR: Final = 25
"""`_COST` of so many parts of what the strongest token adds is what a token must add to be worth
underlining."""


def find(scorer: Scorer, message: Message, act: int) -> tuple[Span, ...]:
    """The words that carry an act, one run a sentence, in order; empty where none stands out."""
    if not message.sentences:
        return ()
    logits = [row[act] for row in scorer.sentence_logits(message)]
    best = max(logits)
    found = [
        _underline(sentence, scorer.token_shares(sentence, act))
        for sentence, logit in zip(message.sentences, logits, strict=True)
        if logit >= best - _NEAR
    ]
    return tuple(span for span in found if span is not None)


def _underline(sentence: tuple[Token, ...], shares: Sequence[int]) -> Span | None:
    """The run of tokens with the greatest sum after each has paid its cost."""
    cost = _COST * max(shares)
    if cost <= 0:
        return None
    best, begin, end = 0, 0, 0
    total, start = 0, 0
    for place, share in enumerate(shares):
        if total <= 0:
            total, start = 0, place
        total += _COST_DIVISOR * share - cost
        if total > best:
            best, begin, end = total, start, place + 1
    return _trim(sentence, begin, end)


def _trim(sentence: tuple[Token, ...], begin: int, end: int) -> Span | None:
    """The run without marks at its edges, unless it has nothing else."""
    first, last = begin, end
    while first < last and sentence[first].kind in _EDGES:
        first += 1
    while first < last and sentence[last - 1].kind in _EDGES:
        last -= 1
    if first == last:
        first, last = begin, end
    return Span(sentence[first].begin, sentence[last - 1].end) if first < last else None


_EDGES: Final = frozenset((Kind.MARK, Kind.SIGNATURE))
