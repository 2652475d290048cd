"""The act detector: messages in, calibrated acts and their words out."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Final

from relhealth.detection.compiled import CompiledReader, load_kernel
from relhealth.detection.plain import PlainReader
from relhealth.detection.weights import DetectorWeights
from relhealth.domain.history import Packed
from relhealth.domain.reading import Reading
from relhealth.domain.vocabulary import Party

ReadPacked = Callable[[Packed, Callable[[], None]], Reading]


class ActDetector:
    """Reads messages with one version of the weights; keeps no state between calls.

    Args:
        weights: The model.
        kernel: The compiled kernel, or None to read with the plain reference, which gives the
            same answers.

    Attributes:
        version: Version of the model.
        thresholds: Probability at which each act of a side counts as detected.
        read_packed: `read` for all messages of a packed history, from its columns; the checkpoint
            is called now and then, and what it raises ends the work. None where no kernel reads
            them. It is the method of who reads, since every request calls it.
    """

    def __init__(self, weights: DetectorWeights, kernel: ModuleType | None) -> None:
        self.version: Final = weights.version
        self.thresholds: Final = weights.thresholds
        reader = PlainReader(weights) if kernel is None else CompiledReader(kernel, weights)
        self._reader = reader
        self.read_packed: Final[ReadPacked | None] = (
            reader.read_packed if isinstance(reader, CompiledReader) else None
        )

    @classmethod
    def of(cls, weights: DetectorWeights) -> ActDetector:
        """A detector with the compiled kernel where there is one."""
        return cls(weights, load_kernel())

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
