"""Delimited text (`.csv`, `.tsv`): its records, each with the line that it begins at.

How a file is written is found out once, from its beginning: the character between cells is the one
that finds most of the wanted columns in the header, and cells are quoted as RFC 4180 has it unless
that tears more records of the beginning than another way does. A record that is torn is given with
what can be told of it, and reading goes on with the line after the one that it begins at, so that a
quote that is never closed swallows nothing.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple, TextIO, cast

from relhealth.encodings import Encoding, encoding_of
from relhealth.errors import ConfigurationError

_DELIMITERS: Final = (",", ";", "\t", "|")
_MARK_BYTES: Final = 4
_LONGEST_CELL: Final = 2**20
_LONGEST_LINE: Final = 2**24
_SAMPLE_LINES: Final = 1_000
_SAMPLE_CHARACTERS: Final = 2**22


_TORN: Final = (
    "not a row: a quote is not closed or stands within a cell, or a cell is longer than "
    f"{_LONGEST_CELL:,} characters"
)


class Record(NamedTuple):
    """One record of a file.

    Attributes:
        line: Where it begins, from 1.
        cells: As many as the header has, unless it is torn.
        fault: Why it is no row; None where it is one.
    """

    line: int
    cells: list[str]
    fault: str | None


@dataclass(frozen=True, slots=True)
class Quoting:
    """How cells are quoted, if they are.

    Attributes:
        quoted: Whether a quotation mark begins a cell that ends with the next one; two are one.
        escape: What stands before a mark that is meant as it is.
    """

    quoted: bool
    escape: str | None = None

    def cells(self, lines: Iterable[str], delimiter: str, *, strict: bool) -> Iterator[list[str]]:
        """The cells of each record of lines."""
        return csv.reader(
            lines,
            delimiter=delimiter,
            quoting=csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE,
            escapechar=self.escape,
            strict=strict,
        )


_QUOTINGS: Final = (
    Quoting(quoted=True),
    Quoting(quoted=True, escape="\\"),  # Spark's way
    Quoting(quoted=False),
)


@dataclass(frozen=True, slots=True)
class Delimited:
    """An open file: its header, and the records below it, to be gone through once.

    Attributes:
        names: The header's, without spaces around them; empty where the file is.
        records: What is not a blank line.
    """

    names: tuple[str, ...]
    encoding: Encoding
    records: Iterator[Record]


@contextmanager
def delimited(path: Path, wanted: Collection[str]) -> Iterator[Delimited]:
    """Opens a file.

    Args:
        path: Ends in `.gz` where it is packed.
        wanted: Names of columns, some of which the header has.

    Raises:
        ConfigurationError: It is damaged.
    """
    with path.open("rb") as raw:
        packed = path.suffix.lower() == ".gz"
        stream = cast("io.BufferedReader", gzip.GzipFile(fileobj=raw)) if packed else raw
        with _damage_named(path, 0):
            encoding = encoding_of(stream.peek(_MARK_BYTES))
        with io.TextIOWrapper(stream, encoding.codec, encoding.errors, newline="") as text:
            yield _opened(_Lines(text, path), wanted, encoding)


def _opened(lines: _Lines, wanted: Collection[str], encoding: Encoding) -> Delimited:
    sample = lines.sample()
    if not sample:
        return Delimited((), encoding, iter(()))
    delimiter = max(_DELIMITERS, key=lambda mark: _found(sample[0], mark, wanted))
    quoting = min(_QUOTINGS, key=lambda way: _torn(sample, delimiter, way))
    records = _records(chain(sample, lines), delimiter, quoting)
    return Delimited(tuple(_names(next(records))), encoding, records)


def _names(header: Record) -> Iterator[str]:
    return (cell.strip() for cell in header.cells)


def _found(header: str, delimiter: str, wanted: Collection[str]) -> tuple[int, int]:
    """How many wanted columns a delimiter finds in a header, and how many there are then."""
    names = set(_names(next(_records([header], delimiter, _QUOTINGS[0]))))
    return len(names.intersection(wanted)), len(names)


def _torn(sample: list[str], delimiter: str, quoting: Quoting) -> int:
    records = _records(sample, delimiter, quoting)
    return sum(1 for record in records if record.fault is not None)


@contextmanager
def _damage_named(path: Path, line: int) -> Iterator[None]:
    """Tells of a torn archive, or of text that ends within a character, after which line it is."""
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is damaged after line {line}") from error


class _Lines:
    """The lines of a file, where one is never longer than what fits into memory."""

    def __init__(self, text: TextIO, path: Path) -> None:
        self._text = text
        self._path = path
        self._count = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._read()
        if not line:
            raise StopIteration
        self._count += 1
        rest = line
        while len(rest) == _LONGEST_LINE and not rest.endswith(("\n", "\r")):
            rest = self._read()
        return line

    def sample(self) -> list[str]:
        """The first lines, which then are behind."""
        lines: list[str] = []
        left = _SAMPLE_CHARACTERS
        while left > 0 and len(lines) < _SAMPLE_LINES:
            line = next(self, "")
            if not line:
                break
            lines.append(line)
            left -= len(line)
        return lines

    def _read(self) -> str:
        with _damage_named(self._path, self._count):
            return self._text.readline(_LONGEST_LINE)


class _Rewindable:
    """Lines that remember those of the record that is being read, and can be read again."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self._held: list[str] = []
        self._number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self._held.append(line)
        return line

    def begin(self) -> int:
        """Begins a record; gives the number of its first line."""
        self._number += len(self._held)
        self._held = []
        return self._number + 1

    def back_to_second(self) -> str:
        """Has all lines of the record but the first be read again; gives the first."""
        self._again.extendleft(reversed(self._held[1:]))
        del self._held[1:]
        return self._held[0]


def _records(lines: Iterable[str], delimiter: str, quoting: Quoting) -> Iterator[Record]:
    """The records of lines; the first has the cells that all must have."""
    csv.field_size_limit(_LONGEST_CELL)
    source = _Rewindable(lines)
    reader = quoting.cells(source, delimiter, strict=True)
    width: int | None = None
    while True:
        line = source.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            first = source.back_to_second()
            yield Record(line, _told(first, delimiter, quoting), _TORN)
            continue
        if not cells:
            continue
        if width is None:
            width = len(cells)
        fault = None
        if len(cells) != width:
            fault = f"not a row: has {len(cells)} of {width} cells"
        yield Record(line, cells, fault)


def _told(line: str, delimiter: str, quoting: Quoting) -> list[str]:
    """The cells that can be told of a line whose record is torn."""
    try:
        return next(quoting.cells([line], delimiter, strict=False), [])
    except csv.Error:
        return []
