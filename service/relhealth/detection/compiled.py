"""The compiled kernel, where the build made one: the same answers as the reference, much sooner."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from functools import cached_property
from types import ModuleType
from typing import Any

from relhealth.detection.features import CLAUSE_ENDS, NEGATORS
from relhealth.detection.language import ENGLISH_WORDS, FOREIGN_WORDS
from relhealth.detection.weights import DetectorWeights, SideWeights
from relhealth.domain.acts import BRAND_ACTS
from relhealth.domain.history import Packed
from relhealth.domain.reading import Columns, Detected, NoWords, Reading, Rows, Span, Words
from relhealth.domain.vocabulary import Party
from relhealth.extensions import KERNEL, load_extension

_COLUMNS = len(BRAND_ACTS)


def load_kernel() -> ModuleType | None:
    """The compiled kernel; None where the package was built without a compiler."""
    return load_extension(KERNEL)


class CompiledReader:
    """Reads messages with the weights inside the kernel."""

    def __init__(self, kernel: ModuleType, weights: DetectorWeights) -> None:
        self._read = kernel.read
        self._read_packed = kernel.read_packed
        self._models = tuple([_model(kernel, weights.sides[party]) for party in Party])

    def read(
        self,
        texts: tuple[str, ...],
        senders: tuple[Party, ...],
        languages: tuple[str | None, ...],
    ) -> Reading:
        """See `ActDetector.read`."""
        return _CompiledReading(*self._read(self._models, texts, senders, languages, Span))

    def read_packed(self, packed: Packed, checkpoint: Callable[[], None]) -> Reading:
        """All messages of a packed history; see `ActDetector`."""
        found = self._read_packed(self._models, packed.columns, Span, checkpoint)
        return _CompiledReading(*found)


def _model(kernel: ModuleType, side: SideWeights) -> Any:  # noqa: ANN401 - a capsule
    columns = (side.scales, side.biases, side.slopes, side.offsets, side.thresholds)
    lists = (FOREIGN_WORDS, ENGLISH_WORDS, NEGATORS, CLAUSE_ENDS)
    return kernel.model(
        side.keys.tobytes(),
        side.weights.tobytes(),
        array("d", [number for column in columns for number in column]).tobytes(),
        *["\n".join(sorted(words)) for words in lists],
    )


class _CompiledReading(Reading):
    """What the kernel read, made into Python's objects when they are asked for."""

    def __init__(
        self,
        probabilities: bytes,
        unread: tuple[bool, ...],
        parse: Any,  # noqa: ANN401 - the kernel's own
        words: Words | None = None,
    ) -> None:
        super().__init__((), unread, parse if words is None else words)
        self._parse = parse
        self._bytes = probabilities

    def flat(self) -> bytes:
        """See `Reading.flat`."""
        return self._bytes

    def without_words(self) -> Reading:
        """See `Reading.without_words`."""
        return _CompiledReading(self._bytes, self.unread, self._parse, NoWords())

    @cached_property
    def detected(self) -> Detected:
        """See `Reading.detected`."""
        detected: Detected = self._parse.detected()
        return detected

    def tally(self, _: Sequence[Party]) -> tuple[int, ...]:
        """See `Reading.tally`."""
        tally: tuple[int, ...] = self._parse.tally()
        return tally

    @cached_property
    def probabilities(self) -> Rows:
        """A row a message."""
        rows, widths = zip(*self.columns, strict=True), self._parse.widths()
        return tuple([row[:width] for row, width in zip(rows, widths, strict=True)])

    @cached_property
    def columns(self) -> Columns:
        """See `Reading.columns`."""
        flat = memoryview(self._bytes).cast("d")
        return tuple([tuple(flat[act::_COLUMNS].tolist()) for act in range(_COLUMNS)])
