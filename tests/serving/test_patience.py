"""Work stops when nobody waits for it: clients that leave, and deadlines that pass."""

from __future__ import annotations

import itertools
import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest

from relhealth.v1 import relationship_health_pb2 as pb
from serving.calls import SERVICE, example, examples
from serving.running import Service, wait_until

LENGTH = 5_000
TEXT_CHARACTERS = 650
START = 1_700_000_000
KINDS = {"StreamScoreRelationships": "bidi_stream", "MirrorBrand": "client_stream"}
_TICKS = os.sysconf("SC_CLK_TCK")


def long_history() -> pb.RelationshipHistory:
    """The examples' messages over and over, each long, ten minutes apart: half a second's work."""
    history = pb.RelationshipHistory(brand_id="b", customer_id="c")
    told = itertools.cycle([i for request in examples() for i in request.history.interactions])
    for number, message in enumerate(itertools.islice(told, LENGTH)):
        added = history.interactions.add(
            interaction_id=str(number),
            sender=message.sender,
            channel=message.channel,
            text=(f"{message.text or 'Hello'} " * TEXT_CHARACTERS)[:TEXT_CHARACTERS],
        )
        added.sent_time.seconds = START + 600 * number
    return history


HISTORY = long_history()
LONG_WORK = {
    "ScoreRelationship": pb.ScoreRelationshipRequest(
        history=HISTORY, view=pb.VIEW_EVIDENCE, max_evidence_count=100
    ),
    "RecommendActions": pb.RecommendActionsRequest(history=HISTORY),
    "ExplainChange": pb.ExplainChangeRequest(history=HISTORY, trend_point_count=500),
}
LONG_WORK["ExplainChange"].from_time.seconds = START + 600 * LENGTH // 2


def handled(service: Service, method: str, code: str) -> float:
    return service.metrics()[
        f'grpc_server_handled_total{{grpc_code="{code}",grpc_method="{method}",'
        f'grpc_service="{SERVICE}",grpc_type="{KINDS.get(method, "unary")}"}}'
    ]


def received(service: Service, method: str) -> float:
    return service.metrics()[
        f'grpc_server_msg_received_total{{grpc_method="{method}",'
        f'grpc_service="{SERVICE}",grpc_type="{KINDS[method]}"}}'
    ]


def cpu_seconds(service: Service) -> float:
    """Processor time of the one worker, finely."""
    (worker,) = service.workers()
    after_name = Path(f"/proc/{worker}/stat").read_text(encoding="ascii").rpartition(")")[2]
    user, system = after_name.split()[11:13]
    return (int(user) + int(system)) / _TICKS


def is_idle(service: Service) -> bool:
    return service.metrics()["relhealth_calls_in_flight"] == 0


def wait_until_busy(service: Service, since: float) -> None:
    wait_until(lambda: cpu_seconds(service) > since + 0.02)


def cost_of_leaving(service: Service, begin: Callable[[], grpc.Future]) -> float:
    """Processor seconds that a call took whose client left once it was worked on."""
    before = cpu_seconds(service)
    call = begin()
    wait_until_busy(service, before)
    call.cancel()
    wait_until(lambda: is_idle(service))
    return cpu_seconds(service) - before


@pytest.mark.parametrize("method", LONG_WORK)
def test_a_call_whose_client_leaves_is_given_up(service: Service, method: str) -> None:
    raw = LONG_WORK[method].SerializeToString()
    with service.channel() as channel:
        call = channel.unary_unary(f"/{SERVICE}/{method}")
        whole = None
        if method != "ExplainChange":  # which would take a minute
            before = cpu_seconds(service)
            call(raw, timeout=60)
            whole = cpu_seconds(service) - before
        canceled = handled(service, method, "Canceled")
        spent = cost_of_leaving(service, lambda: call.future(raw))
    assert handled(service, method, "Canceled") == canceled + 1
    if whole is None:
        assert spent < 3
    else:
        assert spent < 0.8 * whole


@pytest.mark.parametrize("method", ["RecommendActions", "ExplainChange"])
def test_a_call_whose_deadline_passes_is_given_up(service: Service, method: str) -> None:
    raw = LONG_WORK[method].SerializeToString()
    expired = handled(service, method, "DeadlineExceeded")
    with service.channel() as channel:
        with pytest.raises(grpc.RpcError) as caught:
            channel.unary_unary(f"/{SERVICE}/{method}")(raw, timeout=0.15)
        wait_until(lambda: is_idle(service), patience=5)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert handled(service, method, "DeadlineExceeded") == expired + 1


@pytest.mark.parametrize("timeout", [None, 1.0])
@pytest.mark.parametrize("method", KINDS)
def test_a_stream_whose_client_leaves_reads_no_further(
    service: Service, method: str, timeout: float | None
) -> None:
    count, sent = 200, threading.Event()
    raw = streamed(method, HISTORY)

    def requests() -> Iterator[bytes]:
        for number in range(count):
            if number == 2:
                sent.set()
            yield raw

    code = "Canceled" if timeout is None else "DeadlineExceeded"
    with service.channel() as channel:
        short = iter([streamed(method, example("loyal_regular").history)])
        first = open_stream(channel, method, short)
        wait_until(lambda: handled(service, method, "OK") > 0)
        first.cancel()
        wait_until(lambda: is_idle(service))  # what a first stream has to import is there
        ended, before = handled(service, method, code), received(service, method)
        call = open_stream(channel, method, requests(), timeout)
        assert sent.wait(20)
        wait_until(lambda: received(service, method) > before)
        if timeout is None:
            call.cancel()
        wait_until(lambda: handled(service, method, code) == ended + 1, patience=5)
    wait_until(lambda: is_idle(service), patience=5)
    assert 0 < received(service, method) - before < count / 4


def streamed(method: str, history: pb.RelationshipHistory) -> bytes:
    if KINDS[method] == "client_stream":
        return pb.MirrorBrandRequest(history=history).SerializeToString()
    request = pb.ScoreRelationshipRequest(history=history)
    return pb.StreamScoreRelationshipsRequest(request=request).SerializeToString()


def open_stream(
    channel: grpc.Channel, method: str, raws: Iterator[bytes], timeout: float | None = None
) -> grpc.Future:
    path = f"/{SERVICE}/{method}"
    if KINDS[method] == "client_stream":
        return channel.stream_unary(path).future(raws, timeout=timeout)
    stream: grpc.Future = channel.stream_stream(path)(raws, timeout=timeout)
    return stream


def test_others_are_served_as_before(service: Service) -> None:
    request = example("loyal_regular")
    with service.channel() as channel:
        answer = channel.unary_unary(f"/{SERVICE}/ScoreRelationship")(request.SerializeToString())
    response = pb.ScoreRelationshipResponse.FromString(answer)
    assert response.customer_id == request.history.customer_id
    log = service.log.read_text()
    assert "Traceback" not in log
    assert all(json.loads(line).get("exception") is None for line in log.splitlines())
