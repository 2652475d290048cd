"""A detector whose readings hang on the text alone, so that tests need no trained model."""

from __future__ import annotations

import functools
import zlib
from pathlib import Path
from typing import ClassVar

from relhealth.domain.acts import Act, acts_of
from relhealth.domain.reading import Reading, SoughtWords, Span
from relhealth.domain.vocabulary import Party
from relhealth.models.locate import rubric_path
from relhealth.models.rubric import load_rubric
from relhealth.scoring.scorer import Scorer


class StandIn:
    thresholds: ClassVar = {party: (0.5,) * len(acts_of(party)) for party in Party}

    def __init__(self, version: str = "stand-in") -> None:
        self.version = version

    def read(
        self,
        texts: tuple[str, ...],
        senders: tuple[Party, ...],
        languages: tuple[str | None, ...],
    ) -> Reading:
        rows = [
            _row(text, 18 if sender == Party.BRAND else 17)
            for text, sender in zip(texts, senders, strict=True)
        ]
        return Reading(tuple(rows), (False,) * len(languages), SoughtWords(texts, self._spans))

    def _spans(self, text: str, act: Act) -> tuple[Span, ...]:
        return (Span(0, min(len(text), 4 + act)),)


def _row(text: str, columns: int) -> tuple[float, ...]:
    bits = zlib.crc32(text.encode())
    return tuple(0.9 if (bits >> column) % 7 == 0 else 0.05 for column in range(columns))


@functools.cache
def load(version: str = "stand-in") -> Scorer:
    return Scorer(load_rubric(Path(rubric_path(None))), StandIn(version))
