"""Traces: a span a call, joined to the caller's, without contents."""

from __future__ import annotations

import grpc
import pytest
from opentelemetry import propagate, trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from relhealth.models.load import load_scorer
from relhealth.serving.board import Board
from relhealth.serving.gate import ClientGate
from relhealth.serving.guard import Guard
from relhealth.serving.metrics import Meter
from relhealth.serving.server import LAYOUT, build_server
from relhealth.serving.service import RelationshipHealth, WorkLimits
from relhealth.serving.settings import Settings
from relhealth.serving.tracing import make_tracer
from relhealth.serving.usage import Usage
from relhealth.wire.limits import Limits
from serving.calls import SERVICE, example, unary
from serving.running import free_port

TRACE = "0af7651916cd43dd8448eb211c80319c"


def test_a_call_is_a_span_of_the_callers_trace() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = make_tracer(provider.get_tracer("relhealth"), propagate.extract, trace.SpanKind.SERVER)
    meter = Meter(LAYOUT, Board(LAYOUT, 1).slot(0))
    guard = Guard(meter, ClientGate(None, 0.0, 8, Usage(1), 0, meter), "none", tracer)
    service = RelationshipHealth(load_scorer(None, None), meter, Limits(), WorkLimits())
    address = f"127.0.0.1:{free_port()}"
    server = build_server(Settings(), service, guard, address, meter)
    server.grpc_server.start()
    request = example("loyal_regular")
    metadata = (("traceparent", f"00-{TRACE}-b7ad6b7169203331-01"),)
    with grpc.insecure_channel(address) as channel:
        unary(channel, "ScoreRelationship", request.SerializeToString(), metadata=metadata)
        with pytest.raises(grpc.RpcError):
            unary(channel, "ScoreRelationship", b"\xff\xff", metadata=metadata)
    server.drain(0).wait()
    good, bad = exporter.get_finished_spans()
    assert good.name == f"{SERVICE}/ScoreRelationship"
    assert good.context is not None
    assert f"{good.context.trace_id:032x}" == TRACE
    assert good.attributes is not None
    assert good.attributes["rpc.grpc.status_code"] == 0
    assert bad.attributes is not None
    assert bad.attributes["rpc.grpc.status_code"] == 3
    assert request.history.customer_id not in good.to_json()
    assert not bad.events
