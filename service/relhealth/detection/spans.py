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
_COST: Final = 0.12
"""Share of the sentence's strongest token that a token must add to be worth underlining."""


def find(scorer: Scorer, message: Message, act: int) -> tuple[Span, ...]:
    """The words that carry an act, one run a sentence, in order; empty where none stands out."""
    if not message.sentences:
        return ()
    logits = scorer.sentence_logits(message)[:, act].tolist()
    best = max(logits)
    found = [
        _underline(message.sentences[position], scorer.token_logits(message, position, act))
        for position, logit in enumerate(logits)
        if logit >= best - _NEAR
    ]
    return tuple(span for span in found if span is not None)


def _underline(sentence: Sequence[Token], added: Sequence[float]) -> Span | None:
    """The run of tokens with the greatest sum after each has paid its cost."""
    cost = _COST * max(added)
    if cost <= 0:
        return None
    best, begin, end = 0.0, 0, 0
    total, start = 0.0, 0
    for place, logit in enumerate(added):
        if total <= 0:
            total, start = 0.0, place
        total += logit - cost
        if total > best:
            best, begin, end = total, start, place + 1
    return _trim(sentence, begin, end)


def _trim(sentence: Sequence[Token], begin: int, end: int) -> Span | None:
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
