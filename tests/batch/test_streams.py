"""Scoring through a service: the same table, whatever breaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Thread, Timer
from typing import cast

import pytest

from batch.conftest import Run
from relhealth.batch.core import Versions
from relhealth.batch.engine import LocalEngine
from relhealth.batch.persisting import persistent
from relhealth.batch.remote import RemoteEngine, check_versions
from relhealth.client import Credentials, RelationshipHealthClient
from relhealth.errors import FieldViolation, InvalidInputError, RemoteError, UnavailableError
from relhealth.models.load import load_scorer
from relhealth.scoring.scorer import Scorer
from relhealth.wire.requests import Request, Response
from serving.running import running

VERSIONS = Versions("1", "r")


class Model:
    model_version = VERSIONS.model_version
    rubric_version = VERSIONS.rubric_version


class Faulty:
    """A service that ends each stream after so many answers, in its own way."""

    def __init__(self, answers: Sequence[int], model: type[Model] = Model) -> None:
        self.answers = list(answers)
        self.model = model
        self.answered: list[str] = []

    def scoring_model(self) -> type[Model]:
        return self.model

    def score_many(self, requests: Iterable[Request]) -> Iterator[Response | InvalidInputError]:
        left = self.answers.pop(0)
        for request in requests:
            if left == 0:
                raise UnavailableError("gone")
            left -= 1
            self.answered.append(request.request_id)
            if request.request_id == "3":
                yield InvalidInputError(FieldViolation("EMPTY_TEXT", "history", "is bad"))
            else:
                yield Response(request_id=request.request_id)


def answers(service: Faulty, attempts: int = 3) -> tuple[list[str], list[float]]:
    pauses: list[float] = []
    client = cast("RelationshipHealthClient", service)
    check = partial(check_versions, client, VERSIONS)
    answer = persistent(client, attempts, attempts, pauses.append, check)
    requests = [Request(request_id=str(number)) for number in range(6)]
    found = [
        "bad" if isinstance(item, InvalidInputError) else item.request_id
        for item in answer(requests)
    ]
    return found, pauses


@pytest.mark.parametrize("breaks", [[6], [2, 4], [1, 1, 1, 1, 1, 1], [0, 0, 6], [3, 0, 0, 3]])
def test_nothing_is_lost_or_doubled(breaks: list[int]) -> None:
    service = Faulty(breaks)
    found, pauses = answers(service)
    assert found == ["0", "1", "2", "bad", "4", "5"]
    assert service.answered == ["0", "1", "2", "3", "4", "5"]
    assert len(pauses) == len(breaks) - 1


def test_pauses_grow_until_the_service_is_given_up() -> None:
    service = Faulty([2, 0, 0, 0, 0])
    with pytest.raises(UnavailableError):
        answers(service, attempts=4)
    assert service.answers == []


def test_a_service_that_never_answered_may_be_given_up_sooner() -> None:
    service = Faulty([0, 6])
    client = cast("RelationshipHealthClient", service)
    with pytest.raises(UnavailableError):
        list(persistent(client, 3, 1)([Request()]))
    assert service.answers == [6]


class Broken(Faulty):
    """A service whose first stream breaks while a thread of its own waits for the next request."""

    def score_many(self, requests: Iterable[Request]) -> Iterator[Response | InvalidInputError]:
        yield from super().score_many([next(iter(requests))])
        if self.answers:
            self.late = Thread(target=list, args=[requests])
            self.late.start()
            raise UnavailableError("gone")


def test_what_a_broken_stream_still_draws_goes_to_the_next() -> None:
    given: SimpleQueue[Request | None] = SimpleQueue()
    service = Broken([1, 1])
    answer = persistent(cast("RelationshipHealthClient", service), pause=lambda _: None)
    given.put(Request(request_id="0"))
    found = answer(iter(given.get, None))
    assert cast("Response", next(found)).request_id == "0"
    Timer(0.2, given.put, [Request(request_id="1")]).start()
    assert cast("Response", next(found)).request_id == "1"
    service.late.join()
    given.put(None)
    assert list(found) == []


class Torn(Faulty):
    """A service whose first stream takes a request, waits for the next, and breaks."""

    def score_many(self, requests: Iterable[Request]) -> Iterator[Response | InvalidInputError]:
        if self.answers.pop():
            yield Response(request_id=next(iter(requests)).request_id)
            return
        next(iter(requests))
        self.late = Thread(target=list, args=[requests], daemon=True)
        self.late.start()
        self.late.join(0.1)  # by then it waits
        raise UnavailableError("gone")


def test_what_a_broken_stream_took_is_answered_before_more_is_given() -> None:
    given: SimpleQueue[Request | None] = SimpleQueue()
    service = Torn([1, 0])
    answer = persistent(cast("RelationshipHealthClient", service), pause=lambda _: None)
    given.put(Request(request_id="0"))
    found: SimpleQueue[Response | InvalidInputError] = SimpleQueue()
    taking = Thread(target=lambda: [found.put(one) for one in answer(iter(given.get, None))])
    taking.start()
    try:
        assert cast("Response", found.get(timeout=10)).request_id == "0"
    finally:
        given.put(None)
        given.put(None)
        taking.join()


def test_a_service_that_came_back_as_another_is_refused() -> None:
    class Newer(Model):
        model_version = "2"

    with pytest.raises(RemoteError, match="another model"):
        answers(Faulty([2, 4], Newer))


def real() -> Scorer:
    return load_scorer(None, None)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".parquet", ".jsonl"])
def test_a_service_and_this_process_give_the_same_bytes(
    suffix: str, tables: Path, tmp_path: Path, run: Run
) -> None:
    here, there = tmp_path / f"here{suffix}", tmp_path / f"there{suffix}"
    sources = [tables / "histories.jsonl", tmp_path / "bad.jsonl"]
    sources[1].write_text('{"brand_id": "b", "customer_id": "c", "interactions": [{}]}\n{\n')
    rejects = [tmp_path / "rejects-here", tmp_path / "rejects-there"]
    expected = run(here, *sources, engine=LocalEngine(real, 1), rejects=rejects[0])
    with running(tmp_path) as service:
        engine = RemoteEngine(service.address, Credentials(), streams=2)
        found = run(there, *sources, engine=engine, rejects=rejects[1])
    assert found == expected
    assert (found.scored, found.rejected) == (40, 2)
    assert there.read_bytes() == here.read_bytes()
    assert rejects[0].read_text() == rejects[1].read_text()
