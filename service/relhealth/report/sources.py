"""The histories of a file, one at a time, each with the moment it is scored at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from relhealth.batch.lines import Line, read_lines
from relhealth.batch.rejects import Rejects
from relhealth.domain.history import History
from relhealth.errors import ConfigurationError, InvalidInputError
from relhealth.scoring.options import ScoreOptions
from relhealth.wire.json_reading import read_request_line
from relhealth.wire.parsing import parse_request


@dataclass(frozen=True, slots=True)
class Source:
    """A history with its options and the line that held it."""

    line: Line
    history: History
    options: ScoreOptions


def read_sources(file: str, default_us: int, rejects: Rejects) -> Iterator[Source]:
    """The histories of a file; what cannot be read is told to `rejects` and left out.

    Args:
        file: JSON lines, also packed; ``-`` is standard input.
        default_us: The moment of a line that names none, in microseconds since 1970 UTC.
        rejects: Gets what was refused.

    Raises:
        ConfigurationError: The file cannot be read.
    """
    for line in read_lines([file]):
        try:
            history, options = parse_request(read_request_line(line.content()), default_us)
        except InvalidInputError as error:
            rejects.add(line, error)
        else:
            yield Source(line, history, options)


def only_source(sources: Iterator[Source], file: str, customer_id: str | None) -> Source | None:
    """The history that a page is asked for; None where nothing could be read.

    Raises:
        ConfigurationError: There are several and none was chosen, or the chosen one is missing.
    """
    found: Source | None = None
    several = False
    for source in sources:
        if source.history.customer_id == customer_id:
            return source
        several = several or found is not None
        found = source
    if found is None:
        return None
    if customer_id is not None:
        raise ConfigurationError(f"--customer: {file} holds no history of that customer")
    if several:
        raise ConfigurationError(f"{file} holds several histories: choose one with --customer")
    return found
