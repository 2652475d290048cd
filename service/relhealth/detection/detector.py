"""The act detector: messages in, calibrated acts and their words out."""

from __future__ import annotations

from functools import cached_property
from types import ModuleType

from relhealth.detection import spans
from relhealth.detection.compiled import CompiledSide, load_kernel
from relhealth.detection.features import parse
from relhealth.detection.language import is_foreign
from relhealth.detection.reference import Scorer
from relhealth.detection.weights import DetectorWeights, SideWeights
from relhealth.domain.acts import Act, BrandAct, acts_of
from relhealth.domain.reading import Reading, Span
from relhealth.domain.vocabulary import Party


class ActDetector:
    """Reads messages with one version of the weights; keeps no state between calls.

    Args:
        weights: The model.
        kernel: The compiled kernel, or None to read with the plain reference, which gives the
            same answers.
    """

    def __init__(self, weights: DetectorWeights, kernel: ModuleType | None) -> None:
        self._version = weights.version
        self._sides = {party: _Side(side, kernel) for party, side in weights.sides.items()}
        self._thresholds = {
            party: tuple(side.thresholds.tolist()) for party, side in weights.sides.items()
        }
        self._silent = {party: (0.0,) * len(acts_of(party)) for party in weights.sides}

    @classmethod
    def of(cls, weights: DetectorWeights) -> ActDetector:
        """A detector with the compiled kernel where there is one."""
        return cls(weights, load_kernel())

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
            row = None
            if language is None or _is_english(language):
                row = self._sides[sender].read(text, recognise=language is None)
            unread.append(row is None)
            rows.append(self._silent[sender] if row is None else row)
        return Reading(tuple(rows), tuple(unread))

    def spans(self, text: str, act: Act) -> tuple[Span, ...]:
        """The words of `text` that carry `act`, in order; empty where none stands out."""
        party = Party.BRAND if isinstance(act, BrandAct) else Party.CUSTOMER
        return self._sides[party].spans(text, int(act))


class _Side:
    """One side's acts: the kernel for what it can read, the reference for the rest."""

    def __init__(self, side: SideWeights, kernel: ModuleType | None) -> None:
        self._weights = side
        self._compiled = None if kernel is None else CompiledSide(kernel, side)

    @cached_property
    def _reference(self) -> Scorer:
        """Made when it is first needed: its table of keys takes time and room."""
        return Scorer(self._weights)

    def read(self, text: str, *, recognise: bool) -> tuple[float, ...] | None:
        if self._compiled is not None:
            try:
                return self._compiled.read(text, recognise=recognise)
            except UnicodeEncodeError:
                pass  # half a surrogate pair has no UTF-8; the reference reads it all the same
        message = parse(text)
        if recognise and is_foreign(message):
            return None
        return self._reference.probabilities(message)

    def spans(self, text: str, act: int) -> tuple[Span, ...]:
        if self._compiled is not None:
            try:
                return self._compiled.spans(text, act)
            except UnicodeEncodeError:
                pass
        return spans.find(self._reference, parse(text), act)


def _is_english(language: str) -> bool:
    return language.replace("_", "-").split("-", 1)[0].lower() in ("en", "eng")
