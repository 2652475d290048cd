"""Streams whose clients keep silent are ended, and connections that grow old are replaced."""

from __future__ import annotations

import itertools
import queue
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from relhealth.scoring.scorer import Scorer
from relhealth.serving.metrics import Meter
from relhealth.serving.server import LAYOUT
from relhealth.serving.service import WorkLimits
from relhealth.v1 import relationship_health_pb2 as pb
from serving.calls import SERVICE, example, reason_of, score, status_of
from serving.running import running, wait_until
from serving.test_guard import another, serving

KINDS = {"StreamScoreRelationships": "bidi_stream", "MirrorBrand": "client_stream"}
IDLE_SECONDS = 0.5
READY, IDLE = grpc.ChannelConnectivity.READY, grpc.ChannelConnectivity.IDLE


class Speech(Iterator[bytes]):
    """What a client says, when it is told to; it does not end by itself."""

    def __init__(self) -> None:
        self._said: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

    def say(self, raw: bytes) -> None:
        self._said.put(raw)

    def end(self) -> None:
        self._said.put(None)

    def __next__(self) -> bytes:
        raw = self._said.get()
        if raw is None:
            raise StopIteration
        return raw


def one(method: str) -> bytes:
    request = example("loyal_regular")
    if method == "MirrorBrand":
        return pb.MirrorBrandRequest(history=request.history).SerializeToString()
    return pb.StreamScoreRelationshipsRequest(request=request).SerializeToString()


def opened(channel: grpc.Channel, method: str, speech: Iterator[bytes]) -> grpc.Future:
    path = f"/{SERVICE}/{method}"
    if method == "MirrorBrand":
        return channel.stream_unary(path).future(speech, timeout=60)
    stream: grpc.Future = channel.stream_stream(path)(speech, timeout=60)
    return stream


def handled(meter: Meter, method: str, code: str) -> float:
    name = "grpc_server_handled_total"
    return meter.numbers[LAYOUT.place(name, KINDS[method], SERVICE, method, code)]


def given_up(meter: Meter) -> float:
    return meter.numbers[LAYOUT.place("relhealth_limited_calls_total", "stream_idle_seconds")]


def is_free(meter: Meter) -> bool:
    names = ("relhealth_streams_in_flight", "relhealth_calls_in_flight")
    return all(meter.numbers[LAYOUT.place(name)] == 0 for name in names)


@pytest.mark.parametrize("said", [0, 2])
@pytest.mark.parametrize("method", KINDS)
def test_a_stream_whose_client_keeps_silent_is_ended(method: str, said: int) -> None:
    speech = Speech()
    with serving(Scorer, max_stream_idle_seconds=IDLE_SECONDS) as (channel, meter):
        for _ in range(said):
            speech.say(one(method))
        began = time.monotonic()
        call = opened(channel, method, speech)
        if method == "StreamScoreRelationships":
            assert len([next(call) for _ in range(said)]) == said
        with pytest.raises(grpc.RpcError) as caught:
            next(call) if method == "StreamScoreRelationships" else call.result()
        assert time.monotonic() - began > IDLE_SECONDS / 2
        assert caught.value.code() is grpc.StatusCode.ABORTED
        assert "0.5 seconds" in str(caught.value.details())
        assert reason_of(status_of(caught.value)) == "STREAM_IDLE"
        # Its thread and its place among the streams are free for the next.
        wait_until(lambda: is_free(meter))
        assert given_up(meter) == handled(meter, method, "Aborted") == 1
        again = opened(channel, method, iter([one(method)]))
        assert list(again) if method == "StreamScoreRelationships" else again.result()
        assert handled(meter, method, "OK") == 1
        speech.end()


@pytest.mark.parametrize("method", KINDS)
def test_a_slow_stream_lives_on(method: str) -> None:
    """It takes longer in all than it may be silent for, and is so for half of that at a time."""
    speech = Speech()
    with serving(Scorer, max_stream_idle_seconds=4 * IDLE_SECONDS) as (channel, meter):
        call = opened(channel, method, speech)
        for _ in range(3):
            speech.say(one(method))
            time.sleep(2 * IDLE_SECONDS)
        speech.end()
        if method == "StreamScoreRelationships":
            assert len(list(call)) == 3
        else:
            assert pb.MirrorBrandResponse.FromString(call.result()).relationship_count == 3
        assert given_up(meter) == 0


def test_a_client_that_takes_no_answers_is_left() -> None:
    method = "StreamScoreRelationships"
    request = example("public_shaming_for_voucher", view=pb.VIEW_EVIDENCE)
    raw = pb.StreamScoreRelationshipsRequest(request=request).SerializeToString()
    endless = WorkLimits()
    with serving(Scorer, endless, max_stream_idle_seconds=IDLE_SECONDS) as (channel, meter):
        call = opened(channel, method, itertools.repeat(raw))
        wait_until(lambda: given_up(meter) == 1)
        wait_until(lambda: is_free(meter))
        assert handled(meter, method, "Aborted") == 1
        with pytest.raises(grpc.RpcError) as caught:
            list(call)
        assert caught.value.code() is grpc.StatusCode.CANCELLED


def test_without_a_limit_a_silent_stream_stays() -> None:
    speech = Speech()
    with serving(Scorer, max_stream_idle_seconds=0) as (channel, meter):
        call = opened(channel, "StreamScoreRelationships", speech)
        time.sleep(2 * IDLE_SECONDS)
        speech.say(one("StreamScoreRelationships"))
        assert next(call)
        speech.end()
        assert list(call) == []
        assert given_up(meter) == 0


def test_a_connection_that_is_old_is_replaced_and_its_calls_live_on(tmp_path: Path) -> None:
    method, speech = "StreamScoreRelationships", Speech()
    flags = ("--max-connection-age-seconds", "0.5", "--max-stream-idle-seconds", "20")
    seen: list[grpc.ChannelConnectivity] = []
    with running(tmp_path, *flags) as service, service.channel() as channel:
        channel.subscribe(seen.append)
        speech.say(one(method))
        call = opened(channel, method, speech)
        assert next(call)
        wait_until(lambda: IDLE in seen[seen.index(READY) :])
        assert score(channel, example("loyal_regular"))
        speech.say(one(method))
        assert next(call)
        speech.end()
        assert list(call) == []


def test_calls_beyond_those_that_never_say_what_they_ask_are_refused_or_wait() -> None:
    """What SECURITY.md tells of; gRPC gives no way to end such calls."""
    raw = example("loyal_regular").SerializeToString()
    method = f"/{SERVICE}/ScoreRelationship"
    with serving(Scorer, max_concurrent_requests=2) as (channel, meter):
        in_flight = LAYOUT.place("relhealth_calls_in_flight")
        with another(channel) as other:
            silent = [other.stream_unary(method).future(Speech()) for _ in range(2)]
            wait_until(lambda: meter.numbers[in_flight] == 2)
            with pytest.raises(grpc.RpcError) as caught:
                channel.unary_unary(method)(raw, timeout=10)
            assert reason_of(status_of(caught.value)) == "CALL_LIMIT_EXCEEDED"
            assert not any(call.done() for call in silent)
        wait_until(lambda: is_free(meter))
        assert channel.unary_unary(method)(raw, timeout=10)
