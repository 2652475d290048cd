"""The client: every method, and what it says where there is no service."""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from google.protobuf import json_format

from relhealth.client import Credentials, RelationshipHealthClient
from relhealth.errors import ConfigurationError, InvalidInputError, UnavailableError
from relhealth.v1 import relationship_health_pb2 as pb
from serving.running import running, wait_until

EXAMPLE = Path(__file__).parents[2] / "examples" / "ignored_customer.jsonl"
GIVEN_UP = 'relhealth_limited_calls_total{limit="stream_idle_seconds"}'


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelationshipHealthClient]:
    with (
        running(tmp_path_factory.mktemp("client")) as service,
        RelationshipHealthClient(service.address) as client,
    ):
        yield client


def example() -> pb.ScoreRelationshipRequest:
    text = EXAMPLE.read_text(encoding="utf-8")
    return json_format.Parse(text, pb.ScoreRelationshipRequest())


def test_every_method_of_the_service_can_be_called(client: RelationshipHealthClient) -> None:
    asked = example()
    history, moment = asked.history, asked.as_of_time
    score = client.score(asked)
    advice = client.recommend_actions(
        pb.RecommendActionsRequest(history=history, as_of_time=moment)
    )
    change = client.explain_change(
        pb.ExplainChangeRequest(
            history=history, from_time=history.interactions[0].sent_time, to_time=moment
        )
    )
    mirror = client.mirror_brand([pb.MirrorBrandRequest(history=history, as_of_time=moment)] * 2)
    (streamed,) = client.score_many([asked])
    assert streamed == score
    assert advice.actions[0].health_gain > 0
    assert change.to_health == pytest.approx(score.health.estimate.value)
    assert (mirror.relationship_count, mirror.rejected_count) == (2, 0)
    assert client.scoring_model().model_version == score.model_version
    assert client.is_serving()


def test_a_refusal_names_the_fields_by_every_way(client: RelationshipHealthClient) -> None:
    bare = pb.RelationshipHistory(customer_id="c")
    (streamed,) = client.score_many([pb.ScoreRelationshipRequest(history=bare)])
    assert isinstance(streamed, InvalidInputError)
    for call, field in (
        (lambda: client.score(pb.ScoreRelationshipRequest(history=bare)), "history.brand_id"),
        (
            lambda: client.recommend_actions(pb.RecommendActionsRequest(history=bare)),
            "history.brand_id",
        ),
        (lambda: client.explain_change(pb.ExplainChangeRequest(history=bare)), "from_time"),
        (lambda: client.mirror_brand([pb.MirrorBrandRequest(history=bare)]), "history"),
    ):
        with pytest.raises(InvalidInputError) as caught:
            call()
        assert (caught.value.reason, caught.value.violations[0].field) == ("MISSING_FIELD", field)
    assert streamed.violations[0].field == "history.brand_id"


def test_a_call_to_nobody_is_given_up_at_the_deadline_with_the_reason() -> None:
    with socket.socket() as held:
        # A port that is held without listening refuses every connection.
        held.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{held.getsockname()[1]}"
        with RelationshipHealthClient(address, deadline_seconds=0.3) as client:
            for call in (
                lambda: client.score(pb.ScoreRelationshipRequest()),
                lambda: next(client.score_many([pb.ScoreRelationshipRequest()])),
                lambda: client.mirror_brand([]),
                client.is_serving,
            ):
                began = time.monotonic()
                with pytest.raises(UnavailableError, match="Connection refused"):
                    call()
                assert time.monotonic() - began < 10


def test_a_stream_to_who_says_nothing_is_given_up_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        with RelationshipHealthClient(address, deadline_seconds=0.3) as client:
            for call in (
                lambda: next(client.score_many([pb.ScoreRelationshipRequest()])),
                lambda: client.mirror_brand([]),
            ):
                began = time.monotonic()
                with pytest.raises(UnavailableError, match="DEADLINE_EXCEEDED"):
                    call()
                assert time.monotonic() - began < 10


def test_a_stream_whose_answers_are_not_taken_can_be_asked_again(tmp_path: Path) -> None:
    with (
        running(tmp_path, "--max-stream-idle-seconds", "0.5") as service,
        RelationshipHealthClient(service.address) as client,
    ):
        outcomes = client.score_many(itertools.repeat(example()))
        assert next(outcomes)
        wait_until(lambda: service.metrics()[GIVEN_UP] == 1)
        with pytest.raises(UnavailableError):
            list(outcomes)
        assert next(client.score_many([example()]))


@pytest.mark.parametrize("token", ["", "secret\n", "se cret", "s\u00e9cret"])
def test_a_token_that_no_header_holds_is_refused_and_not_told(token: str) -> None:
    with pytest.raises(ConfigurationError, match="the token is empty") as refusal:
        RelationshipHealthClient("127.0.0.1:1", Credentials(token=token))
    assert "cret" not in str(refusal.value)


def test_files_that_grpc_would_end_the_process_over_are_refused(tmp_path: Path) -> None:
    authority = trustme.CA()
    one, other, ca, text = (tmp_path / name for name in ("one", "other", "ca", "text"))
    authority.issue_cert("a.example").private_key_and_cert_chain_pem.write_to_path(str(one))
    authority.issue_cert("b.example").private_key_and_cert_chain_pem.write_to_path(str(other))
    authority.cert_pem.write_to_path(str(ca))
    text.write_text("no certificate", encoding="ascii")
    plain = serialization.load_pem_private_key(one.read_bytes(), None)
    locked = tmp_path / "locked"
    locked.write_bytes(
        plain.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"word"),
        )
    )
    for credentials, complaint in (
        (Credentials(certificate=one), "give both or neither"),
        (Credentials(ca, key=one), "give both or neither"),
        (Credentials(ca, one, other), "do not match"),
        (Credentials(ca, text, text), "do not match"),
        (Credentials(ca, one, locked), "do not match"),
        (Credentials(text), "is no PEM certificate"),
        (Credentials(tmp_path / "none"), "No such file"),
        (Credentials(ca, one, tmp_path / "none"), "No such file"),
    ):
        with pytest.raises(ConfigurationError, match=complaint):
            RelationshipHealthClient("127.0.0.1:1", credentials)
    RelationshipHealthClient("127.0.0.1:1", Credentials(ca, one, one)).close()
