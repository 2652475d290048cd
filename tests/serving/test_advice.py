"""What to do next, what changed, and the brand's mirror, as callers meet them."""

from __future__ import annotations

from collections.abc import Iterable

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from relhealth.v1 import relationship_health_pb2 as pb
from serving.calls import (
    SERVICE,
    example,
    examples,
    fields_of,
    reason_of,
    score,
    status_of,
    unary,
)
from serving.running import Service

DAY = 86_400


def advise(channel: grpc.Channel, name: str, **more: object) -> pb.RecommendActionsResponse:
    scored = example(name)
    request = pb.RecommendActionsRequest(
        history=scored.history, as_of_time=scored.as_of_time, **more
    )
    raw = unary(channel, "RecommendActions", request.SerializeToString())
    return pb.RecommendActionsResponse.FromString(raw)


def mirror(channel: grpc.Channel, raws: Iterable[bytes]) -> pb.MirrorBrandResponse:
    call = channel.stream_unary(f"/{SERVICE}/MirrorBrand")
    return pb.MirrorBrandResponse.FromString(call(iter(raws), timeout=60))


def refused(channel: grpc.Channel, method: str, raw: bytes) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as caught:
        unary(channel, method, raw)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    return caught.value


def test_the_examples_are_advised_as_a_colleague_would(service: Service) -> None:
    with service.channel() as channel:
        ignored = advise(channel, "ignored_customer", request_id="r")
        quiet = advise(channel, "quiet_customer")
        opted_out = advise(channel, "opt_out_ignored")
        begging = advise(channel, "begging_brand")
    (answer,) = [a for a in ignored.actions if a.action == "answer_open_call"]
    assert answer.health_gain > 0
    assert answer.acts == ["help"]
    assert len(answer.interaction_ids) > 1
    assert ignored.actions[0].action in {"answer_open_call", "own_mistake"}
    assert len(ignored.actions[0].trait_gains) == 7
    assert ignored.request_id == "r"
    assert ignored.horizon_days == 7.0
    assert quiet.actions[0].action == "leave_alone"
    assert "check_in" in opted_out.impermissible_actions
    # One bait in a month is no rate, but it followed an opt-out: nothing like it is to be sent.
    assert {a.action for a in opted_out.actions} == {
        "leave_alone", "stop_promotions", "stop_nagging",
    }  # fmt: skip
    assert begging.actions[0].action in {"stop_nagging", "stop_promotions"}


def test_a_change_sums_and_ends_in_the_score(service: Service) -> None:
    scored = example("failure_well_repaired")
    start = Timestamp(seconds=scored.history.interactions[2].sent_time.seconds)
    request = pb.ExplainChangeRequest(
        history=scored.history,
        from_time=start,
        to_time=scored.as_of_time,
        trend_point_count=5,
    )
    with service.channel() as channel:
        raw = unary(channel, "ExplainChange", request.SerializeToString())
        change = pb.ExplainChangeResponse.FromString(raw)
        after = pb.ScoreRelationshipResponse.FromString(score(channel, scored))
    assert change.to_health == pytest.approx(after.health.estimate.value, abs=1e-9)
    moved = sum(part.change for part in change.parts)
    assert moved == pytest.approx(change.to_health - change.from_health, abs=1e-9)
    assert [t.trait for t in change.traits] == list(range(1, 8))
    assert {p.source for p in change.parts} <= set(range(1, 5))
    new = [p for p in change.parts if p.source == pb.CHANGE_SOURCE_NEW_EVIDENCE]
    assert all(p.kind for p in new)
    assert len(change.trend) == 5
    assert change.trend[-1].health == pytest.approx(change.to_health, abs=1e-9)
    assert change.from_time == start


def test_what_is_wrong_with_a_request_is_named(service: Service) -> None:
    scored = example("loyal_regular")
    with service.channel() as channel:
        bad = pb.RecommendActionsRequest(history=scored.history, horizon_days=0.0)
        error = refused(channel, "RecommendActions", bad.SerializeToString())
        assert fields_of(status_of(error)) == ["horizon_days"]
        bare = pb.ExplainChangeRequest(history=scored.history, trend_point_count=1)
        error = refused(channel, "ExplainChange", bare.SerializeToString())
        assert fields_of(status_of(error)) == ["from_time", "trend_point_count"]
        late = pb.ExplainChangeRequest(
            history=scored.history,
            from_time=Timestamp(seconds=2 * DAY),
            to_time=Timestamp(seconds=DAY),
        )
        error = refused(channel, "ExplainChange", late.SerializeToString())
        assert reason_of(status_of(error)) == "INVALID_TIME"
        for method in ("RecommendActions", "ExplainChange"):
            error = refused(channel, method, b"\xff\xff")
            assert reason_of(status_of(error)) == "MALFORMED_MESSAGE"


def test_a_brands_histories_become_its_mirror(service: Service) -> None:
    histories = [request.history for request in examples()]
    for number, told in enumerate(histories):
        told.brand_id, told.customer_id = "one brand", f"c{number}"
    moment = Timestamp(seconds=1_800_000_000)
    raws = [
        pb.MirrorBrandRequest(history=told, as_of_time=moment).SerializeToString()
        for told in histories
    ]
    other = pb.MirrorBrandRequest(history=histories[0])
    other.history.brand_id = "another brand"
    spoilt = pb.MirrorBrandRequest(history=histories[0])
    spoilt.history.interactions[0].ClearField("sent_time")
    bad = [other.SerializeToString(), b"\xff\xff", spoilt.SerializeToString()]
    with service.channel() as channel:
        seen = mirror(channel, [*raws, *bad])
        again = mirror(channel, raws[::-1])
    assert seen.rejected_count == 3
    assert seen.relationship_count == len(histories)
    assert seen.interaction_count == sum(len(told.interactions) for told in histories)
    assert seen.as_of_time == moment
    assert 0 < seen.response_rate.value < 1
    assert seen.response_rate.lower_bound < seen.response_rate.value
    assert seen.reference_response_rate == pytest.approx(0.3)
    assert sum(share.share.count for share in seen.bands) == len(histories)
    labels = {value.name for value in pb.DESCRIPTOR.enum_types_by_name["Stance"].values}
    assert {share.label for share in seen.stances} == labels - {"STANCE_UNSPECIFIED"}
    assert not seen.follower_audit.HasField("p_value")
    assert seen.follower_audit.summary
    seen.rejected_count = 0
    assert again.SerializeToString() == seen.SerializeToString()


def test_a_mirror_of_nothing_is_refused(service: Service) -> None:
    with service.channel() as channel, pytest.raises(grpc.RpcError) as caught:
        mirror(channel, [b"\xff\xff"])
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert fields_of(status_of(caught.value)) == ["history"]
