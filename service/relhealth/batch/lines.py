"""Files of JSON lines: read with their place, written whole or not at all."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Final

from relhealth.atomic_files import atomic_file
from relhealth.batch.inputs import shown
from relhealth.errors import ConfigurationError, InvalidInputError
from relhealth.wire.violations import Reason, refusal

LONGEST_LINE_BYTES: Final = 64 * 2**20


class Fault(StrEnum):
    """Why a line of a file has no content."""

    TOO_LONG = "too long"
    DAMAGED = "damaged"

    def refusal(self) -> InvalidInputError:
        """The error that says so."""
        if self is Fault.TOO_LONG:
            return refusal(Reason.LIMIT_EXCEEDED, "", "the line is too long")
        return refusal(Reason.DAMAGED_FILE, "", "is damaged from here on and cannot be read")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file, counted from 1.

    Attributes:
        held: What it holds, or why nothing can be told of it.
    """

    file: str
    number: int
    held: bytes | Fault

    def content(self) -> bytes:
        """What it holds.

        Raises:
            InvalidInputError: It cannot be read.
        """
        if isinstance(self.held, Fault):
            raise self.held.refusal()
        return self.held


def read_lines(files: Iterable[str]) -> Iterator[Line]:
    """The lines of files that are not blank; ``-`` is standard input, ``.gz`` is unpacked.

    Raises:
        ConfigurationError: A file cannot be read.
    """
    for file in files:
        try:
            with _opened(file) as stream:
                for number, held in numbered_lines(stream):
                    yield Line(shown(Path(file)), number, held)
        except OSError as error:
            raise ConfigurationError(f"{file}: {error.strerror}") from error


def numbered_lines(stream: IO[bytes] | gzip.GzipFile) -> Iterator[tuple[int, bytes | Fault]]:
    """The lines of a stream that are not blank, from 1; where it is damaged, that is the last."""
    number = 0
    try:
        while line := stream.readline(LONGEST_LINE_BYTES):
            number += 1
            whole = len(line) < LONGEST_LINE_BYTES or line.endswith(b"\n")
            rest = line
            while not whole and rest and not rest.endswith(b"\n"):
                rest = stream.readline(LONGEST_LINE_BYTES)
            if not whole:
                yield number, Fault.TOO_LONG
            elif not line.isspace():
                yield number, line
    except (EOFError, gzip.BadGzipFile, zlib.error):
        yield number + 1, Fault.DAMAGED


def _opened(file: str) -> contextlib.AbstractContextManager[IO[bytes] | gzip.GzipFile]:
    if file == "-":
        # A reader of its own: Python breaks off where a thread waits in `sys.stdin` as it ends.
        return open(sys.stdin.fileno(), "rb", closefd=False)
    if file.endswith(".gz"):
        return gzip.open(file, "rb")
    return Path(file).open("rb")


@contextlib.contextmanager
def atomic_output(file: Path | None) -> Iterator[IO[str]]:
    """A stream to standard output, or to a file that appears only once all is written."""
    if file is None:
        sys.stdout.flush()
        stream = io.TextIOWrapper(sys.stdout.buffer, "utf-8", newline="\n", write_through=False)
        try:
            yield stream
            stream.flush()
        finally:
            stream.detach()
        return
    with (
        atomic_file(file, f".{os.getpid()}") as scratch,
        scratch.open("w", encoding="utf-8", newline="\n") as stream,
    ):
        yield stream
