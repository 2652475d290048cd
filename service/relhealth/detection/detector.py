"""The act detector: messages in, calibrated acts and their words out."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from relhealth.detection.compiled import CompiledReader, load_kernel
from relhealth.detection.plain import PlainReader
from relhealth.detection.weights import DetectorWeights
from relhealth.domain.history import Packed
from relhealth.domain.reading import Reading
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
        self._thresholds = {party: side.thresholds for party, side in weights.sides.items()}
        self._reader = PlainReader(weights) if kernel is None else CompiledReader(kernel, weights)

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
        return self._reader.read(texts, senders, languages)

    def read_packed(self, packed: Packed, checkpoint: Callable[[], None]) -> Reading | None:
        """The same for all messages of a packed history; None where no kernel can read it.

        Args:
            packed: The history's columns.
            checkpoint: Called now and then; what it raises ends the work.
        """
        if isinstance(self._reader, PlainReader):
            return None
        return self._reader.read_packed(packed, checkpoint)
