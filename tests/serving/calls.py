"""Calls with raw bytes, and what comes of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import grpc
from google.protobuf import json_format
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from relhealth.v1 import relationship_health_pb2 as pb

SERVICE = "relhealth.v1.RelationshipHealthService"
EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name: str, **changes: object) -> pb.ScoreRelationshipRequest:
    line = (EXAMPLES / f"{name}.jsonl").read_text(encoding="utf-8")
    request = json_format.Parse(line, pb.ScoreRelationshipRequest())
    request.MergeFrom(pb.ScoreRelationshipRequest(**changes))
    return request


def examples() -> list[pb.ScoreRelationshipRequest]:
    return [example(file.stem) for file in sorted(EXAMPLES.glob("*.jsonl"))]


def unary(
    channel: grpc.Channel,
    method: str,
    raw: bytes,
    timeout: float = 30,
    metadata: Iterable[tuple[str, str]] = (),
) -> bytes:
    answer: bytes = channel.unary_unary(f"/{SERVICE}/{method}")(
        raw, timeout=timeout, metadata=tuple(metadata), wait_for_ready=True
    )
    return answer


def score(channel: grpc.Channel, request: pb.ScoreRelationshipRequest) -> bytes:
    return unary(channel, "ScoreRelationship", request.SerializeToString())


def stream(channel: grpc.Channel, raws: Iterable[bytes], timeout: float = 60) -> list[bytes]:
    call = channel.stream_stream(f"/{SERVICE}/StreamScoreRelationships")
    return list(call(iter(raws), timeout=timeout))


def status_of(error: grpc.RpcError) -> status_pb2.Status:
    status = rpc_status.from_call(error)
    assert status is not None
    return status


def reason_of(status: status_pb2.Status) -> str:
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert info.domain == "relhealth"
    return str(info.reason)


def fields_of(status: status_pb2.Status) -> list[str]:
    bad = error_details_pb2.BadRequest()
    assert status.details[1].Unpack(bad)
    return [violation.field for violation in bad.field_violations]
