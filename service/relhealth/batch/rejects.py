"""What was refused, told to a file or else on standard error, never with what it holds."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

from relhealth.batch.lines import Line, atomic_output
from relhealth.errors import FieldViolation, InvalidInputError

Reject = Mapping[str, Any]
"""One thing wrong: `file`, `line`, `field`, `reason` and `description`, or None for each."""

Tell = Callable[[Iterable[Reject]], int]
"""Tells of rejects, in order; gives how many they were."""


def reject_of(violation: FieldViolation, file: str | None, line: int | None) -> dict[str, Any]:
    """What is wrong with a field that was read at a place, as far as the place is known."""
    return {
        "file": file,
        "line": line,
        "field": violation.field,
        "reason": str(violation.reason),
        "description": violation.description,
    }


def print_rejects(rejects: Iterable[Reject]) -> int:
    """Names rejects on standard error, one a line; gives how many."""
    count = 0
    for count, reject in enumerate(rejects, start=1):  # noqa: B007 - the count is given
        place = ":".join(str(reject[key]) for key in ("file", "line") if reject[key] is not None)
        field = reject["field"] or "line"
        sys.stderr.write(f"{place}: {field}: {reject['description']} ({reject['reason']})\n")
    return count


@contextmanager
def teller(path: Path | None) -> Iterator[Tell]:
    """Tells as JSON lines of a file that appears once all is told, or on standard error."""
    if path is None:
        yield print_rejects
        return
    with atomic_output(path) as sink:
        yield partial(_write, sink)


class Rejects:
    """Tells of lines that were refused, and counts them."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self.count = 0

    def add(self, line: Line, error: InvalidInputError) -> None:
        """Tells everything that is wrong with a line."""
        self.count += 1
        self._tell([reject_of(wrong, line.file, line.number) for wrong in error.violations])


def _write(sink: IO[str], rejects: Iterable[Reject]) -> int:
    count = 0
    for count, reject in enumerate(rejects, start=1):  # noqa: B007 - the count is given
        known = {name: value for name, value in reject.items() if value is not None}
        sink.write(json.dumps(known, ensure_ascii=False) + "\n")
    return count
