"""The act detector: messages in, calibrated acts and their words out."""

from __future__ import annotations

from relhealth.detection import spans
from relhealth.detection.features import parse
from relhealth.detection.language import is_foreign
from relhealth.detection.reference import Scorer
from relhealth.detection.weights import DetectorWeights
from relhealth.domain.acts import Act, BrandAct, acts_of
from relhealth.domain.reading import Reading, Span
from relhealth.domain.vocabulary import Party


class ActDetector:
    """Reads messages with one version of the weights; keeps no state between calls."""

    def __init__(self, weights: DetectorWeights) -> None:
        self._version = weights.version
        self._scorers = {party: Scorer(side) for party, side in weights.sides.items()}
        self._thresholds = {
            party: tuple(side.thresholds.tolist()) for party, side in weights.sides.items()
        }

    @property
    def version(self) -> str:
        """Version of the model."""
        return self._version

    @property
    def brand_thresholds(self) -> tuple[float, ...]:
        """Probability at which each act of the brand's side counts as detected."""
        return self._thresholds[Party.BRAND]

    @property
    def customer_thresholds(self) -> tuple[float, ...]:
        """Probability at which each act of the customer's side counts as detected."""
        return self._thresholds[Party.CUSTOMER]

    def read(
        self,
        texts: tuple[str, ...],
        senders: tuple[Party, ...],
        languages: tuple[str | None, ...],
    ) -> Reading:
        """Calibrated probabilities of every act, a row a message; linear in the texts' length.

        A language given (BCP 47) is believed; None is recognised. A text that is not English, or
        empty, gets zeros.
        """
        rows, unread = [], []
        for text, sender, language in zip(texts, senders, languages, strict=True):
            message = parse(text)
            foreign = is_foreign(message) if language is None else not _is_english(language)
            unread.append(foreign)
            rows.append(
                (0.0,) * len(acts_of(sender))
                if foreign
                else self._scorers[sender].probabilities(message)
            )
        return Reading(tuple(rows), tuple(unread))

    def spans(self, text: str, act: Act) -> tuple[Span, ...]:
        """The words of `text` that carry `act`, in order; empty where none stands out."""
        party = Party.BRAND if isinstance(act, BrandAct) else Party.CUSTOMER
        return spans.find(self._scorers[party], parse(text), int(act))


def _is_english(language: str) -> bool:
    return language.replace("_", "-").split("-", 1)[0].lower() in ("en", "eng")
