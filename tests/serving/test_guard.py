"""What the guard does when a call goes wrong, on a real server in this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import pytest

from relhealth.domain.history import History
from relhealth.domain.reading import Reading
from relhealth.models.load import load_scorer
from relhealth.scoring.scorer import Scorer
from relhealth.serving.board import Board
from relhealth.serving.gate import ClientGate
from relhealth.serving.guard import Guard
from relhealth.serving.metrics import Meter
from relhealth.serving.server import LAYOUT, build_server
from relhealth.serving.service import RelationshipHealth
from relhealth.serving.settings import Settings
from relhealth.serving.usage import Usage
from relhealth.wire.limits import Limits
from serving.calls import SERVICE, example, reason_of, score, status_of
from serving.running import free_port, wait_until


class Broken(Scorer):
    """Fails on a text of the history, as a fault in the core would."""

    def read(self, history: History) -> Reading:
        raise KeyError(history.texts[0])


class Slow(Scorer):
    """Scores when it is let to."""

    def read(self, history: History) -> Reading:
        STARTED.set()
        LET.wait(20)
        COUNTED.append(1)
        return super().read(history)


STARTED, LET = threading.Event(), threading.Event()
COUNTED: list[int] = []


@contextmanager
def serving(kind: type[Scorer], **changes: Any) -> Iterator[tuple[grpc.Channel, Meter]]:  # noqa: ANN401
    settings = Settings(**({"threads": 2, "max_streams": 1} | changes))
    loaded = load_scorer(None, None)
    meter = Meter(LAYOUT, Board(LAYOUT, 1).slot(0))
    gate = ClientGate(None, 0.0, settings.max_streams, Usage(1), 0, meter)
    service = RelationshipHealth(kind(loaded.rubric, loaded.detector), meter, Limits(), 3)
    address = f"127.0.0.1:{free_port()}"
    server = build_server(settings, service, Guard(meter, gate), address, meter)
    server.grpc_server.start()
    with grpc.insecure_channel(address) as channel:
        yield channel, meter
    server.drain(0).wait()


def handled(meter: Meter, code: str, method: str = "ScoreRelationship") -> float:
    kind = "unary" if method == "ScoreRelationship" else "bidi_stream"
    return meter.numbers[LAYOUT.place("grpc_server_handled_total", kind, SERVICE, method, code)]


def test_a_fault_of_ours_is_internal_and_tells_nothing(
    capfd: pytest.CaptureFixture[str],
) -> None:
    request = example("loyal_regular")
    with serving(Broken) as (channel, meter):
        with pytest.raises(grpc.RpcError) as caught:
            score(channel, request)
        assert handled(meter, "Internal") == 1
    logged = capfd.readouterr().err
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert reason_of(status_of(caught.value)) == "INTERNAL"
    assert '"exception": "KeyError"' in logged
    for text in (item.text for item in request.history.interactions):
        assert text not in logged
        assert text not in str(caught.value)


def test_a_call_whose_deadline_passes_while_it_waits_is_not_begun() -> None:
    LET.clear()
    STARTED.clear()
    COUNTED.clear()
    method = f"/{SERVICE}/ScoreRelationship"
    raw = example("loyal_regular").SerializeToString()
    with serving(Slow) as (channel, meter):
        call = channel.unary_unary(method)
        running = [call.future(raw, timeout=30) for _ in range(2)]
        assert STARTED.wait(10)
        with pytest.raises(grpc.RpcError) as caught:
            call(raw, timeout=0.2)
        LET.set()
        assert all(future.result() for future in running)
        abandoned = LAYOUT.place("relhealth_abandoned_calls_total")
        wait_until(lambda: meter.numbers[abandoned] == 1)
        assert handled(meter, "OK") == 2
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert len(COUNTED) == 2


def test_calls_beyond_what_a_worker_accepts_are_turned_away() -> None:
    LET.clear()
    STARTED.clear()
    method = f"/{SERVICE}/ScoreRelationship"
    raw = example("loyal_regular").SerializeToString()
    with serving(Slow, max_concurrent_requests=3) as (channel, meter):
        call = channel.unary_unary(method)
        accepted = [call.future(raw, timeout=30) for _ in range(3)]
        in_flight = LAYOUT.place("relhealth_calls_in_flight")
        wait_until(lambda: meter.numbers[in_flight] == 3)
        refused = call.future(raw, timeout=0.5)
        assert refused.code() in (
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            grpc.StatusCode.DEADLINE_EXCEEDED,  # HTTP/2's own limit holds it back in the client
        )
        LET.set()
        assert all(future.result() for future in accepted)
        wait_until(lambda: meter.numbers[in_flight] == 0)


def test_streams_have_limits_of_number_and_length() -> None:
    raw = b""
    method = f"/{SERVICE}/StreamScoreRelationships"
    with serving(Scorer) as (channel, meter):
        gone = threading.Event()

        def held() -> Iterator[bytes]:
            yield raw
            gone.wait(20)

        first = channel.stream_stream(method)(held())
        next(first)
        with pytest.raises(grpc.RpcError) as caught:
            list(channel.stream_stream(method)(iter([raw])))
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert reason_of(status_of(caught.value)) == "STREAM_LIMIT_EXCEEDED"
        gone.set()
        assert list(first) == []
        streams = LAYOUT.place("relhealth_streams_in_flight")
        wait_until(lambda: meter.numbers[streams] == 0)
        with pytest.raises(grpc.RpcError) as caught:
            list(channel.stream_stream(method)(iter([raw] * 4)))
        assert reason_of(status_of(caught.value)) == "STREAM_TOO_LONG"
        assert handled(meter, "ResourceExhausted", "StreamScoreRelationships") == 2
