"""What the guard does when a call goes wrong, on a real server in this process."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from relhealth.domain.history import History
from relhealth.domain.reading import Reading
from relhealth.models.load import load_scorer
from relhealth.scoring.scorer import Scorer
from relhealth.serving.board import Board
from relhealth.serving.gate import ClientGate
from relhealth.serving.guard import Guard
from relhealth.serving.metrics import Meter
from relhealth.serving.server import LAYOUT, build_server
from relhealth.serving.service import RelationshipHealth, WorkLimits
from relhealth.serving.settings import Settings
from relhealth.serving.usage import Usage
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.limits import Limits
from serving.calls import SERVICE, example, reason_of, score, status_of, stream
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
def serving(
    kind: type[Scorer],
    work_limits: WorkLimits = WorkLimits(3),  # noqa: B008 - frozen
    **changes: Any,  # noqa: ANN401
) -> Iterator[tuple[grpc.Channel, Meter]]:
    settings = Settings(**({"threads": 2, "max_streams": 1} | changes))
    loaded = load_scorer(None, None)
    meter = Meter(LAYOUT, Board(LAYOUT, 1).slot(0))
    gate = ClientGate(None, 0.0, settings.max_streams, Usage(1), 0, meter)
    service = RelationshipHealth(kind(loaded.rubric, loaded.detector), meter, Limits(), work_limits)
    address = f"127.0.0.1:{free_port()}"
    guard = Guard(
        meter,
        gate,
        max_message_bytes=settings.max_message_bytes,
        max_stream_idle_seconds=settings.max_stream_idle_seconds or math.inf,
    )
    server = build_server(settings, service, guard, address, meter)
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


def test_calls_beyond_what_a_worker_accepts_are_turned_away_and_probes_are_not() -> None:
    LET.clear()
    STARTED.clear()
    method = f"/{SERVICE}/ScoreRelationship"
    raw = example("loyal_regular").SerializeToString()
    with serving(Slow, max_concurrent_requests=3) as (channel, meter):
        call = channel.unary_unary(method)
        accepted = [call.future(raw, timeout=30) for _ in range(3)]
        in_flight = LAYOUT.place("relhealth_calls_in_flight")
        wait_until(lambda: meter.numbers[in_flight] == 3)
        # Over a connection of its own, or HTTP/2's own limit would hold it back in the client.
        with another(channel) as other:
            for _ in range(10):
                with pytest.raises(grpc.RpcError) as caught:
                    other.unary_unary(method)(raw, timeout=10)
                assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
                status = status_of(caught.value)
                assert reason_of(status) == "CALL_LIMIT_EXCEEDED"
                assert status.details[1].Is(error_details_pb2.RetryInfo.DESCRIPTOR)
            stub = health_pb2_grpc.HealthStub(other)
            assert stub.Check(health_pb2.HealthCheckRequest(), timeout=10)
        LET.set()
        assert all(future.result() for future in accepted)
        wait_until(lambda: meter.numbers[in_flight] == 0)
        assert handled(meter, "ResourceExhausted") == 10
        assert meter.numbers[LAYOUT.place("relhealth_limited_calls_total", "calls")] == 10
        assert handled(meter, "OK") == 3


def another(channel: grpc.Channel) -> grpc.Channel:
    """A connection of its own to the same server."""
    address = channel._channel.target().decode()  # type: ignore[attr-defined]
    return grpc.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)])


def test_calls_of_unknown_methods_are_counted_without_their_names() -> None:
    unknown = LAYOUT.place("relhealth_unknown_method_calls_total")
    with serving(Scorer) as (channel, meter):
        for method in (f"/{SERVICE}/Nothing", "/nobody.v1.Service/ScoreRelationship", "/x"):
            with pytest.raises(grpc.RpcError) as caught:
                channel.unary_unary(method)(b"", timeout=10)
            assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
        assert meter.numbers[unknown] == 3


@pytest.mark.parametrize("method", ["ScoreRelationship", "StreamScoreRelationships"])
def test_messages_over_the_limit_are_counted_and_named(method: str) -> None:
    def send(channel: grpc.Channel, size: int) -> grpc.RpcError | None:
        path = f"/{SERVICE}/{method}"
        try:
            if method == "ScoreRelationship":
                channel.unary_unary(path)(bytes(size), timeout=10)
            else:
                list(channel.stream_stream(path)(iter([bytes(size)]), timeout=10))
        except grpc.RpcError as error:
            return error
        return None

    with serving(Scorer, max_message_bytes=100_000) as (channel, meter):
        error = send(channel, 100_001)
        assert error is not None
        assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert reason_of(status_of(error)) == "MESSAGE_TOO_LARGE"
        assert handled(meter, "ResourceExhausted", method) == 1
        assert meter.numbers[LAYOUT.place("relhealth_limited_calls_total", "message_bytes")] == 1
        fits = send(channel, 100_000)
        assert fits is None or fits.code() is grpc.StatusCode.INVALID_ARGUMENT
        # Far over it gRPC itself does not read on, and all that is known is that the call ended.
        error = send(channel, 200_000)
        assert error is not None
        assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        if method == "ScoreRelationship":
            abandoned = LAYOUT.place("relhealth_abandoned_calls_total")
            wait_until(lambda: meter.numbers[abandoned] == 1)
        else:
            wait_until(lambda: handled(meter, "Canceled", method) == 1)


@pytest.mark.parametrize("raw", [b"\xff\xff", b"\x0a\x7f"])
def test_malformed_bytes_are_counted_whichever_service_they_are_for(raw: bytes) -> None:
    health = "grpc.health.v1.Health"
    place = LAYOUT.place("grpc_server_handled_total", "unary", health, "Check", "InvalidArgument")
    with serving(Scorer) as (channel, meter):
        for path in (f"/{SERVICE}/ScoreRelationship", f"/{health}/Check"):
            with pytest.raises(grpc.RpcError) as caught:
                channel.unary_unary(path)(raw, timeout=10)
            assert reason_of(status_of(caught.value)) == "MALFORMED_MESSAGE"
        assert handled(meter, "InvalidArgument") == 1
        assert meter.numbers[place] == 1


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


class Endless(Scorer):
    """Works until it is told not to, and then on the next as if nothing had been."""

    def read(self, history: History) -> Reading:
        while history.texts[0] == "endless":
            self.checkpoint()
        return super().read(history)


def endless() -> pb.ScoreRelationshipRequest:
    request = example("loyal_regular")
    request.history.interactions[0].text = "endless"
    return request


def test_a_history_that_takes_too_long_is_given_up_and_a_stream_lives_on() -> None:
    limits = WorkLimits(history_seconds=0.2)
    place = LAYOUT.place("relhealth_limited_calls_total", "history_seconds")
    good, bad = (
        pb.StreamScoreRelationshipsRequest(request=request).SerializeToString()
        for request in (example("loyal_regular"), endless())
    )
    with serving(Endless, limits) as (channel, meter):
        with pytest.raises(grpc.RpcError) as caught:
            score(channel, endless())
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert reason_of(status_of(caught.value)) == "HISTORY_TOO_COSTLY"
        outcomes = [
            pb.StreamScoreRelationshipsResponse.FromString(raw)
            for raw in stream(channel, [good, bad, good])
        ]
        assert meter.numbers[place] == 2
    assert [outcome.HasField("error") for outcome in outcomes] == [False, True, False]
    assert reason_of(outcomes[1].error) == "HISTORY_TOO_COSTLY"


def test_a_mirror_has_a_limit_of_all_its_interactions() -> None:
    history = example("loyal_regular").history
    raw = pb.MirrorBrandRequest(history=history).SerializeToString()
    limits = WorkLimits(mirror_interactions=2 * len(history.interactions))
    place = LAYOUT.place("relhealth_limited_calls_total", "mirror_interactions")
    with serving(Scorer, limits) as (channel, meter):
        mirror = channel.stream_unary(f"/{SERVICE}/MirrorBrand")
        assert mirror(iter([raw] * 2), timeout=60)
        with pytest.raises(grpc.RpcError) as caught:
            mirror(iter([raw] * 10), timeout=60)
        assert reason_of(status_of(caught.value)) == "MIRROR_TOO_LARGE"
        assert meter.numbers[place] == 1
