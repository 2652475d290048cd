"""The compiled kernel, where the build made one: the same answers as the reference, much sooner."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from types import ModuleType

import numpy as np

from relhealth.detection.features import NEGATORS
from relhealth.detection.language import ENGLISH_WORDS, FOREIGN_WORDS
from relhealth.detection.weights import SideWeights
from relhealth.domain.reading import Span


def load_kernel() -> ModuleType | None:
    """The compiled kernel; None where the package was built without a compiler."""
    try:
        return importlib.import_module("relhealth.detection._kernel")
    except ModuleNotFoundError:
        return None


class CompiledSide:
    """One side's weights inside the kernel."""

    def __init__(self, kernel: ModuleType, side: SideWeights) -> None:
        self._kernel = kernel
        numbers = [side.scales, side.biases, side.slopes, side.offsets]
        self._model = kernel.model(
            side.keys.astype("<u4").tobytes(),
            side.weights.astype("<i2").tobytes(),
            np.concatenate(numbers).astype("<f8").tobytes(),
            _hashes(FOREIGN_WORDS),
            _hashes(ENGLISH_WORDS),
            _hashes(NEGATORS),
        )

    def read(self, text: str, *, recognise: bool) -> tuple[float, ...] | None:
        """Calibrated probability of each act; None for a text that is recognised as foreign.

        Raises:
            UnicodeEncodeError: The text holds half a surrogate pair.
        """
        row: tuple[float, ...] | None = self._kernel.read(self._model, text, recognise)
        return row

    def spans(self, text: str, act: int) -> tuple[Span, ...]:
        """The words that carry an act, in order.

        Raises:
            UnicodeEncodeError: The text holds half a surrogate pair.
        """
        return tuple(
            [Span(begin, end) for begin, end in self._kernel.spans(self._model, text, act)]
        )


def _hashes(words: Iterable[str]) -> bytes:
    """64-bit FNV-1a hashes of words, as the kernel looks them up."""
    return np.array([_fnv_1a(word) for word in sorted(words)], dtype="<u8").tobytes()


def _fnv_1a(word: str) -> int:
    value = 0xCBF29CE484222325
    for byte in word.encode():
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value
