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
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice, tee
from pathlib import Path
from typing import Final, NamedTuple, Protocol, TextIO, cast

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


class _Reader(Protocol):
    """The cells of each record; `line_num` tells how many lines have been read."""

    @property
    def line_num(self) -> int: ...

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Quoting:
    """How cells are quoted, if they are.

    Attributes:
        quoted: Whether a quotation mark begins a cell that ends with the next one; two are one.
        escape: What stands before a mark that is meant as it is.
    """

    quoted: bool
    escape: str | None = None

    def cells(self, lines: Iterable[str], delimiter: str, *, strict: bool) -> _Reader:
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
        try:
            encoding = encoding_of(stream.peek(_MARK_BYTES))
        except _DAMAGES as error:
            raise _damage(path, 0) from error
        with io.TextIOWrapper(stream, encoding.codec, encoding.errors, newline="") as text:
            yield _opened(_lines(text, path), wanted, encoding)


def _opened(lines: Iterator[str], wanted: Collection[str], encoding: Encoding) -> Delimited:
    sample = _sample(lines)
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


_DAMAGES: Final = (EOFError, gzip.BadGzipFile, zlib.error, UnicodeDecodeError)


def _damage(path: Path, line: int) -> ConfigurationError:
    """Tells of a torn archive, or of text that ends within a character, after which line it is."""
    return ConfigurationError(f"{path} is damaged after line {line}")


def _lines(text: TextIO, path: Path) -> Iterator[str]:
    """The lines of a file, where one is never longer than what fits into memory."""
    count = 0
    try:
        while line := text.readline(_LONGEST_LINE):
            count += 1
            rest = line
            while len(rest) == _LONGEST_LINE and not rest.endswith(("\n", "\r")):
                rest = text.readline(_LONGEST_LINE)
            yield line
    except _DAMAGES as error:
        raise _damage(path, count) from error


def _sample(lines: Iterator[str]) -> list[str]:
    """The first lines, which then are behind."""
    first: list[str] = []
    left = _SAMPLE_CHARACTERS
    for line in islice(lines, _SAMPLE_LINES):
        first.append(line)
        left -= len(line)
        if left <= 0:
            break
    return first


def _records(lines: Iterable[str], delimiter: str, quoting: Quoting) -> Iterator[Record]:
    """The records of lines; the first has the cells that all must have."""
    csv.field_size_limit(_LONGEST_CELL)
    # What is read ahead stays behind until it is known for a record.
    ahead, behind = tee(lines)
    reader = quoting.cells(ahead, delimiter, strict=True)
    line, taken = 1, 0
    width: int | None = None
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Record(line, _told(next(behind), delimiter, quoting), _TORN)
            line += 1
            ahead, behind = tee(behind)
            reader, taken = quoting.cells(ahead, delimiter, strict=True), 0
            continue
        begin, count = line, reader.line_num - taken
        line, taken = line + count, reader.line_num
        for _ in islice(behind, count):
            pass
        if not cells:
            continue
        if width is None:
            width = len(cells)
        fault = None
        if len(cells) != width:
            fault = f"not a row: has {len(cells)} of {width} cells"
        yield Record(begin, cells, fault)


def _told(line: str, delimiter: str, quoting: Quoting) -> list[str]:
    """The cells that can be told of a line whose record is torn."""
    try:
        return next(quoting.cells([line], delimiter, strict=False), [])
    except csv.Error:
        return []
