"""Scores lines of histories, in process or through a service; both give the same outcomes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relhealth.batch.lines import Line
from relhealth.batch.persisting import persistent
from relhealth.errors import InvalidInputError
from relhealth.scoring.scorer import Scorer
from relhealth.wire.json_reading import read_request_line
from relhealth.wire.requests import Request, Response, complete, score_request

if TYPE_CHECKING:  # gRPC takes long to import, and only a service needs it
    from relhealth.client import RelationshipHealthClient


@dataclass(frozen=True, slots=True)
class Run:
    """What a run adds to requests that do not say.

    Attributes:
        as_of_us: The moment, in microseconds since 1970 UTC.
        view: ``summary`` or ``evidence``; None leaves each request as it is.
    """

    as_of_us: int
    half_life_days: float | None = None
    view: str | None = None

    def request(self, line: Line) -> Request:
        """The request of a line.

        Raises:
            InvalidInputError: The line holds none.
        """
        return complete(
            read_request_line(line.content()), self.as_of_us, self.half_life_days, self.view
        )


Outcome = tuple[Line, Response | InvalidInputError]


def score_here(lines: Iterable[Line], run: Run, scorer: Scorer) -> Iterator[Outcome]:
    """The outcome of every line, in order."""
    for line in lines:
        try:
            yield line, score_request(scorer, run.request(line), run.as_of_us)
        except InvalidInputError as error:
            yield line, error


def score_there(
    lines: Iterable[Line], run: Run, client: RelationshipHealthClient
) -> Iterator[Outcome]:
    """The outcome of every line, in order, from a service, over streams that may break.

    Raises:
        RemoteError: The service cannot be had, or not again.
    """
    sent: deque[tuple[Line, InvalidInputError | None]] = deque()

    def requests() -> Iterator[Request]:
        for line in lines:
            try:
                request = run.request(line)
            except InvalidInputError as error:
                sent.append((line, error))
                continue
            sent.append((line, None))
            yield request

    for outcome in persistent(client, first_attempts=1)(requests()):
        yield from _refused_here(sent)
        yield sent.popleft()[0], outcome
    yield from _refused_here(sent)


def _refused_here(sent: deque[tuple[Line, InvalidInputError | None]]) -> Iterator[Outcome]:
    """The lines at the front that were never sent."""
    while sent and sent[0][1] is not None:
        line, error = sent.popleft()
        if error is not None:
            yield line, error
