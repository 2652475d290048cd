"""Scores through a service, over several streams that survive a break."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from relhealth.batch.chunks import Chunk
from relhealth.batch.core import (
    Form,
    Refused,
    Scored,
    Settings,
    Versions,
    ids_of,
)
from relhealth.batch.decode import Row
from relhealth.batch.engine import Earlier, chunk_scorer
from relhealth.batch.table import flat_row, outline_of_response
from relhealth.batch.workers import Done, ScoreChunk, score_in
from relhealth.client import Credentials, RelationshipHealthClient
from relhealth.domain.history import History
from relhealth.errors import InvalidInputError, RemoteError, UnavailableError
from relhealth.scoring.options import ScoreOptions
from relhealth.wire.json_writing import write_line
from relhealth.wire.parsing import parse_request
from relhealth.wire.requests import Request, Response

_FIRST_PAUSE_SECONDS: Final = 0.25
_LONGEST_PAUSE_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class RemoteEngine:
    """Scores through a service.

    Attributes:
        address: ``host:port``.
        credentials: How to speak to it.
        streams: Streams at a time, each over a connection of its own; 1 or more.
        attempts: Tries without a single answer after which the service is given up; 1 or more.
    """

    address: str
    credentials: Credentials
    streams: int
    attempts: int = 8

    def versions(self) -> Versions:
        """What the service scores with."""
        with RelationshipHealthClient(self.address, self.credentials) as client:
            return _versions(client)

    def score(
        self, chunks: Iterable[Chunk], settings: Settings, earlier: Earlier | None
    ) -> Iterator[Done]:
        """The outcomes of every chunk."""
        own = threading.local()
        versions = self.versions()
        with ExitStack() as stack, ThreadPoolExecutor(self.streams) as pool:

            def score(batch: pa.RecordBatch) -> pa.RecordBatch:
                if not hasattr(own, "score"):
                    client = RelationshipHealthClient(self.address, self.credentials)
                    stack.callback(client.close)
                    answer = persistent(client, versions, self.attempts)
                    own.score = chunk_scorer(_Remote(answer, settings), settings, earlier)
                scorer: ScoreChunk = own.score
                return scorer(batch)

            yield from score_in(pool, chunks, score, self.streams)


Answer = Callable[[Sequence[Request]], Iterator[Response | InvalidInputError]]
"""Answers requests, each with a score or the reason for none, in order."""


@dataclass(frozen=True, slots=True)
class _Remote:
    """Has rows scored by a service."""

    ask_service: Answer
    settings: Settings

    def ask(self, row: Row) -> Request | Refused:
        """The request of a row; the service sees what is wrong with it."""
        try:
            request = row.request()
        except InvalidInputError as error:
            return Refused(error, row.ids())
        self.settings.complete(request)
        return request

    def read(self, question: Request) -> tuple[History, ScoreOptions]:
        """See `Answerer`."""
        return parse_request(question, self.settings.as_of_us)

    def answer(self, questions: Iterable[Request]) -> Iterator[Scored | Refused]:
        """See `Answerer`."""
        requests = list(questions)
        for request, found in zip(requests, self.ask_service(requests), strict=True):
            history = request.history
            if isinstance(found, InvalidInputError):
                yield Refused(found, ids_of(history.brand_id, history.customer_id))
            else:
                yield Scored(self._values(found), len(history.interactions))

    def _values(self, response: Response) -> tuple[Any, ...]:
        if self.settings.form is Form.FLAT:
            return flat_row(outline_of_response(response))
        return (write_line(response),)


def persistent(
    client: RelationshipHealthClient,
    versions: Versions,
    attempts: int,
    pause: Callable[[float], None] = time.sleep,
) -> Answer:
    """Answers through a service, and goes on with what is unanswered when the stream breaks.

    Args:
        client: Calls the service.
        versions: What the service must score with, after a break as before it.
        attempts: Tries without a single answer after which it is given up.
        pause: Waits for a number of seconds.
    """

    def answer(requests: Sequence[Request]) -> Iterator[Response | InvalidInputError]:
        unanswered = requests
        failures = 0
        while unanswered:
            answered = 0
            try:
                for outcome in _all_of(client, unanswered):
                    answered += 1
                    yield outcome
            except UnavailableError:
                failures = 0 if answered else failures + 1
                if failures >= attempts:
                    raise
                pause(min(_FIRST_PAUSE_SECONDS * 2**failures, _LONGEST_PAUSE_SECONDS))
                _check_versions(client, versions)
            unanswered = unanswered[answered:]

    return answer


def _all_of(
    client: RelationshipHealthClient, requests: Sequence[Request]
) -> Iterator[Response | InvalidInputError]:
    count = 0
    for outcome in client.score_many(requests):
        count += 1
        yield outcome
    if count < len(requests):
        raise UnavailableError("the service ended the stream early")


def _check_versions(client: RelationshipHealthClient, versions: Versions) -> None:
    """One result table is of one model: a service that came back as another is refused."""
    try:
        found = _versions(client)
    except UnavailableError:
        return
    if found != versions:
        raise RemoteError("the service came back with another model or rubric")


def _versions(client: RelationshipHealthClient) -> Versions:
    model = client.scoring_model()
    return Versions(model.model_version, model.rubric_version)
