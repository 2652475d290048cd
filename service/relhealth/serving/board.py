"""The board: numbers that every worker process adds to and one process reads.

All series are known at start, so each has its fixed place in a stretch of shared memory, one
stretch a worker. Counting is an addition to a double; a worker that dies leaves its counts where
they are, and its successor goes on from them. Nothing has to be cleaned up, and no count is lost.
"""

from __future__ import annotations

import mmap
from array import array
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from math import isnan
from typing import Final, Literal, NamedTuple

from relhealth.extensions import COUNTING, load_extension

_BYTES: Final = 8
_NOTE_BYTES: Final = 1_024


@dataclass(frozen=True, slots=True)
class Family:
    """A metric and all its series.

    Attributes:
        name: As it is exposed; a counter's ends in `_total`.
        labels: Names of its labels.
        series: Values of the labels, one tuple a series; all of them are exposed from the start.
        buckets: Upper bounds of a histogram, ascending, without infinity.
        by_worker: Whether each worker's number is shown by itself, with a label `worker`.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    meaning: str
    labels: tuple[str, ...] = ()
    series: tuple[tuple[str, ...], ...] = ((),)
    buckets: tuple[float, ...] = ()
    by_worker: bool = False

    @property
    def width(self) -> int:
        """Numbers a series takes: a histogram's are its buckets, infinity's, and its sum."""
        return len(self.buckets) + 2 if self.kind == "histogram" else 1


class Layout:
    """Where each series of some families has its place."""

    def __init__(self, families: tuple[Family, ...]) -> None:
        self.families: Final = families
        self._starts: dict[str, int] = {}
        self._places: dict[tuple[str, tuple[str, ...]], int] = {}
        place = 0
        for family in families:
            self._starts[family.name] = place
            for values in family.series:
                self._places[family.name, values] = place
                place += family.width
        self.width: Final = place

    def place(self, name: str, *values: str) -> int:
        """Place of a series' first number.

        Raises:
            KeyError: There is no such series.
        """
        return self._places[name, values]

    def start(self, name: str) -> int:
        """Place of a family's first number."""
        return self._starts[name]


class Board:
    """Shared memory for `slots` workers; made before they are forked."""

    def __init__(self, layout: Layout, slots: int) -> None:
        self.layout: Final = layout
        self.slots: Final = slots
        self._numbers = memoryview(mmap.mmap(-1, slots * layout.width * _BYTES)).cast("d")
        self._notes = memoryview(mmap.mmap(-1, slots * _NOTE_BYTES))

    def slot(self, index: int) -> memoryview[float]:
        """A worker's own stretch of doubles; what is written there is seen by all processes."""
        width = self.layout.width
        return self._numbers[index * width : (index + 1) * width]

    def note(self, index: int, text: str) -> None:
        """Leaves a short text, such as the versions that a worker scores with."""
        raw = text.encode()[:_NOTE_BYTES]
        start = index * _NOTE_BYTES
        self._notes[start : start + _NOTE_BYTES] = raw.ljust(_NOTE_BYTES, b"\0")

    def read_note(self, index: int) -> str:
        """The text that a worker left; empty if none."""
        start = index * _NOTE_BYTES
        return bytes(self._notes[start : start + _NOTE_BYTES]).rstrip(b"\0").decode()

    def totals(self) -> list[float]:
        """The sum over all workers, a number a place."""
        columns = zip(*(self.slot(index) for index in range(self.slots)), strict=True)
        return [sum(column) for column in columns]


class HistogramPlace(NamedTuple):
    """Where one series of a histogram counts.

    Attributes:
        start: Place of its first bucket.
        bounds: Upper ones of its buckets, ascending, float64.
    """

    start: int
    bounds: bytes

    @classmethod
    def of(cls, start: int, buckets: tuple[float, ...]) -> HistogramPlace:
        """The place of a histogram that begins there and has such upper bounds."""
        return cls(start, array("d", buckets).tobytes())


def plain_add(numbers: memoryview[float], first: int, amounts: tuple[float, ...]) -> None:
    """Adds amounts to numbers from a place on; the caller holds their lock."""
    for place, amount in enumerate(amounts, first):
        numbers[place] += amount


def plain_observe(
    numbers: memoryview[float],
    histograms: tuple[HistogramPlace, ...],
    values: tuple[float | None, ...],
) -> None:
    """Counts each value that is not None in its histogram; the caller holds the numbers' lock."""
    for (start, bounds), value in zip(histograms, values, strict=True):
        if value is not None:
            buckets = memoryview(bounds).cast("d")
            numbers[start + bisect_left(buckets, value)] += 1.0
            numbers[start + len(buckets) + 1] += value


def plain_observe_row(
    numbers: memoryview[float], histograms: tuple[HistogramPlace, ...], row: bytes
) -> None:
    """The same for float64 values in bytes, of which those that are no number are not counted."""
    values = [None if isnan(value) else value for value in memoryview(row).cast("d")]
    plain_observe(numbers, histograms, tuple(values))


_compiled: Final = load_extension(COUNTING)
add: Final[Callable[[memoryview[float], int, tuple[float, ...]], None]] = (
    plain_add if _compiled is None else _compiled.add
)
"""See `plain_add`."""
observe: Final[
    Callable[
        [memoryview[float], tuple[HistogramPlace, ...], tuple[float | None, ...]],
        None,
    ]
] = plain_observe if _compiled is None else _compiled.observe
"""See `plain_observe`."""
observe_row: Final[Callable[[memoryview[float], tuple[HistogramPlace, ...], bytes], None]] = (
    plain_observe_row if _compiled is None else _compiled.observe_row
)
"""See `plain_observe_row`."""
