"""Reads messages with the plain reference."""

from __future__ import annotations

from relhealth.detection import spans
from relhealth.detection.features import parse
from relhealth.detection.language import is_foreign
from relhealth.detection.reference import Scorer
from relhealth.detection.weights import DetectorWeights
from relhealth.domain.acts import Act, BrandAct
from relhealth.domain.reading import Reading, SoughtWords, Span
from relhealth.domain.vocabulary import Party


class PlainReader:
    """Reads messages with the weights in tables of Python's."""

    def __init__(self, weights: DetectorWeights) -> None:
        self._scorers = {party: Scorer(side) for party, side in weights.sides.items()}
        self._thresholds = weights.thresholds

    def read(
        self,
        texts: tuple[str, ...],
        senders: tuple[Party, ...],
        languages: tuple[str | None, ...],
    ) -> Reading:
        """See `ActDetector.read`."""
        read = [
            self._row(text, sender, language)
            for text, sender, language in zip(texts, senders, languages, strict=True)
        ]
        unread = tuple(row is None for row in read)
        rows = tuple(
            (0.0,) * len(self._thresholds[sender]) if row is None else row
            for row, sender in zip(read, senders, strict=True)
        )
        detected = tuple(
            () if row is None else self._detected(row, sender)
            for row, sender in zip(read, senders, strict=True)
        )
        seen = tuple("" if dark else text for text, dark in zip(texts, unread, strict=True))
        return Reading(rows, unread, SoughtWords(seen, self._spans), detected)

    def _row(self, text: str, sender: Party, language: str | None) -> tuple[float, ...] | None:
        """The acts' probabilities; None for a text that is not English."""
        if language is not None and not _is_english(language):
            return None
        message = parse(text)
        if language is None and is_foreign(message):
            return None
        return self._scorers[sender].probabilities(message)

    def _detected(self, row: tuple[float, ...], sender: Party) -> tuple[int, ...]:
        pairs = zip(row, self._thresholds[sender], strict=True)
        return tuple(act for act, (probability, least) in enumerate(pairs) if probability >= least)

    def _spans(self, text: str, act: Act) -> tuple[Span, ...]:
        party = Party.BRAND if isinstance(act, BrandAct) else Party.CUSTOMER
        return spans.find(self._scorers[party], parse(text), int(act))


def _is_english(language: str) -> bool:
    return language.replace("_", "-").split("-", 1)[0].lower() in ("en", "eng")
