"""The service as its callers meet it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import grpc
import pytest
from google.protobuf import descriptor_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from relhealth.models.load import load_scorer
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.requests import score_request
from serving.calls import (
    SERVICE,
    example,
    examples,
    fields_of,
    reason_of,
    score,
    status_of,
    stream,
    unary,
)
from serving.running import Service, wait_until

STREAMED = pb.StreamScoreRelationshipsRequest


def refused(channel: grpc.Channel, raw: bytes, method: str = "ScoreRelationship") -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as caught:
        unary(channel, method, raw)
    return caught.value


@pytest.mark.parametrize("view", [pb.VIEW_SUMMARY, pb.VIEW_EVIDENCE])
def test_every_door_gives_the_same_bytes(service: Service, view: int) -> None:
    requests = examples()
    for request in requests:
        request.view = view  # type: ignore[assignment]
    scorer = load_scorer(None, None)
    here = [score_request(scorer, request, 0).SerializeToString() for request in requests]
    with service.channel() as channel:
        there = [score(channel, request) for request in requests]
        raws = [STREAMED(request=request).SerializeToString() for request in requests]
        outcomes = [
            pb.StreamScoreRelationshipsResponse.FromString(raw) for raw in stream(channel, raws)
        ]
    assert there == here
    assert [outcome.index for outcome in outcomes] == list(range(len(requests)))
    assert [outcome.response.SerializeToString() for outcome in outcomes] == here


def test_a_score_without_a_moment_is_stamped_on_arrival(service: Service) -> None:
    request = example("ignored_customer", request_id="r-1")
    request.ClearField("as_of_time")
    with service.channel() as channel:
        before = time.time()
        response = pb.ScoreRelationshipResponse.FromString(score(channel, request))
    assert before - 1 < response.as_of_time.seconds < time.time() + 1
    assert response.request_id == "r-1"


def test_a_bad_history_in_a_stream_gives_its_error_and_the_stream_lives_on(
    service: Service,
) -> None:
    good = STREAMED(request=example("loyal_regular")).SerializeToString()
    bad = example("loyal_regular")
    bad.history.interactions[3].ClearField("sent_time")
    raws = [good, STREAMED(request=bad).SerializeToString(), b"\xff\xff", good]
    with service.channel() as channel:
        outcomes = [
            pb.StreamScoreRelationshipsResponse.FromString(raw) for raw in stream(channel, raws)
        ]
    assert [outcome.WhichOneof("outcome") for outcome in outcomes] == [
        "response",
        "error",
        "error",
        "response",
    ]
    assert fields_of(outcomes[1].error) == ["history.interactions[3].sent_time"]
    assert reason_of(outcomes[2].error) == "MALFORMED_MESSAGE"


@pytest.mark.parametrize("raw", [b"\xff\xff", b"\x0a\x7f"])
@pytest.mark.parametrize("method", ["ScoreRelationship", "GetScoringModel"])
def test_bytes_that_are_no_message_are_the_callers_error(
    service: Service, raw: bytes, method: str
) -> None:
    with service.channel() as channel:
        error = refused(channel, raw, method)
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert reason_of(status_of(error)) == "MALFORMED_MESSAGE"


def test_a_refusal_names_the_field(service: Service) -> None:
    request = example("loyal_regular")
    request.history.interactions[2].sender = 9  # type: ignore[assignment]
    request.history.interactions[4].in_reply_to_id = "nobody"
    with service.channel() as channel:
        error = refused(channel, request.SerializeToString())
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert reason_of(status_of(error)) == "INVALID_ENUM"
    assert fields_of(status_of(error)) == [
        "history.interactions[2].sender",
        "history.interactions[4].in_reply_to_id",
    ]


def test_a_message_over_the_limit_is_turned_away(service: Service) -> None:
    request = example("loyal_regular")
    request.history.interactions[0].text = "x" * (9 * 1024 * 1024 // 2)
    with service.channel() as channel:
        error = refused(channel, request.SerializeToString())
        assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert reason_of(status_of(error)) == "MESSAGE_TOO_LARGE"
        assert score(channel, example("loyal_regular"))


def test_the_model_describes_itself(service: Service) -> None:
    with service.channel() as channel:
        raw = unary(channel, "GetScoringModel", b"")
    model = pb.GetScoringModelResponse.FromString(raw)
    assert [trait.trait for trait in model.traits] == list(range(1, 8))
    assert sum(trait.weight for trait in model.traits) == pytest.approx(1.0)
    assert all(trait.kinds for trait in model.traits)
    assert len(model.acts) == 35
    assert model.model_version
    assert model.rubric_version
    assert model.bands[0].band == pb.BAND_HEALTHY
    for names in (model.actions, model.advice, model.band_reasons, model.missing_facts):
        assert names
        assert all(entry.name and entry.description for entry in names)


def test_health_tells_of_the_server_and_the_service(service: Service) -> None:
    with service.channel() as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        for name in ("", SERVICE):
            answer = stub.Check(health_pb2.HealthCheckRequest(service=name))
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        watch = stub.Watch(health_pb2.HealthCheckRequest(service=SERVICE))
        assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
        watch.cancel()
        with pytest.raises(grpc.RpcError) as caught:
            stub.Check(health_pb2.HealthCheckRequest(service="other"))
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND


def test_a_client_that_knows_only_the_address_can_score(service: Service) -> None:
    """As grpcurl does: services, descriptors and messages all come from reflection."""
    with service.channel() as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        assert SERVICE in database.get_services()
        found: descriptor_pb2.FileDescriptorProto = database.FindFileContainingSymbol(SERVICE)
        methods = {m.name: m for m in found.service[0].method}
        assert methods["StreamScoreRelationships"].client_streaming
        assert methods["ScoreRelationship"].input_type.endswith("ScoreRelationshipRequest")
        dependency = database.FindFileByName("google/rpc/status.proto")
        assert dependency.package == "google.rpc"


def test_metrics_count_streams_cancels_and_errors(service: Service) -> None:
    def handled(method: str, code: str) -> float:
        return service.metrics()[
            f'grpc_server_handled_total{{grpc_code="{code}",grpc_method="{method}",'
            f'grpc_service="{SERVICE}",grpc_type="bidi_stream"}}'
        ]

    method = "StreamScoreRelationships"
    before = handled(method, "Canceled")
    raw = STREAMED(request=example("loyal_regular")).SerializeToString()

    def endless() -> Iterator[bytes]:
        yield raw
        time.sleep(30)

    # Often enough that a cancellation is also told after the end of the messages.
    for _ in range(20):
        with service.channel() as channel:
            call = channel.stream_stream(f"/{SERVICE}/{method}")(endless())
            next(call)
            call.cancel()
    wait_until(lambda: handled(method, "Canceled") == before + 20)
    names = service.metrics()
    received = f'{{grpc_method="{method}",grpc_service="{SERVICE}",grpc_type="bidi_stream"}}'
    assert names[f"grpc_server_msg_received_total{received}"] >= 1
    assert names[f"grpc_server_started_total{received}"] >= 1


def test_metrics_tell_of_rejected_inputs_and_scores(service: Service) -> None:
    before = service.metrics()
    with service.channel() as channel:
        refused(channel, b"\xff\xff")
        response = pb.ScoreRelationshipResponse.FromString(score(channel, example("loyal_regular")))
    after = service.metrics()
    malformed = 'relhealth_rejected_inputs_total{reason="MALFORMED_MESSAGE"}'
    assert after[malformed] == before[malformed] + 1
    band = pb.Band.Name(response.health.band).removeprefix("BAND_").lower()
    stance = pb.Stance.Name(response.stance.label).removeprefix("STANCE_").lower()
    scores = f'relhealth_scores_total{{band="{band}",stance="{stance}"}}'
    assert after[scores] == before[scores] + 1


def test_logs_are_json_without_texts_or_ids(service: Service) -> None:
    request = example("loyal_regular", request_id="telling-request")
    metadata = (("x-request-id", "from-the-caller"),)
    with service.channel() as channel:
        unary(channel, "ScoreRelationship", request.SerializeToString(), metadata=metadata)
    wait_until(lambda: "from-the-caller" in service.log.read_text())
    lines = [json.loads(line) for line in service.log.read_text().splitlines()]
    call = next(line for line in lines if line.get("request_id") == "from-the-caller")
    assert (call["method"], call["code"]) == ("ScoreRelationship", "OK")
    assert call["seconds"] > 0
    assert call["request_bytes"] == len(request.SerializeToString())
    for telling in (
        request.history.customer_id,
        request.history.brand_id,
        request.history.interactions[0].text,
        "telling-request",
    ):
        assert telling not in service.log.read_text()


def test_the_build_tells_that_it_is_compiled(service: Service) -> None:
    (build,) = [name for name in service.metrics() if name.startswith("relhealth_build_info")]
    assert 'compiled="true"' in build
