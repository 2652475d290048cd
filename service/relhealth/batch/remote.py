"""Scores through a service, over several streams that survive a break."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

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
from relhealth.batch.persisting import ATTEMPTS, Answer, persistent
from relhealth.batch.table import flat_row, outline_of_response
from relhealth.batch.workers import Done, ScoreChunk, score_in
from relhealth.client import RelationshipHealthClient
from relhealth.credentials import Credentials
from relhealth.domain.history import History
from relhealth.errors import InvalidInputError, RemoteError, UnavailableError
from relhealth.scoring.options import ScoreOptions
from relhealth.wire.json_writing import write_line
from relhealth.wire.parsing import parse_request
from relhealth.wire.requests import Request, Response


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
    attempts: int = ATTEMPTS

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
                    check = partial(check_versions, client, versions)
                    answer = persistent(client, self.attempts, self.attempts, check=check)
                    own.score = chunk_scorer(_Remote(answer, settings), settings, earlier)
                scorer: ScoreChunk = own.score
                return scorer(batch)

            yield from score_in(pool, chunks, score, self.streams)


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


def check_versions(client: RelationshipHealthClient, versions: Versions) -> None:
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
