"""What the rest of the house asks of an act detector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from relhealth.domain.reading import Reading
from relhealth.domain.vocabulary import Party


class Detector(Protocol):
    """Reads messages: which acts each does, and which words carry them."""

    @property
    def version(self) -> str:
        """Version of the model."""
        ...

    @property
    def thresholds(self) -> Mapping[Party, tuple[float, ...]]:
        """Probability at which each act of a side counts as detected."""
        ...

    def read(
        self,
        texts: tuple[str, ...],
        senders: tuple[Party, ...],
        languages: tuple[str | None, ...],
    ) -> Reading:
        """Calibrated probabilities of every act, and the words; linear in the texts' length.

        A language given is believed; None is recognised. A text that is not English, or empty,
        gets zeros.
        """
        ...
