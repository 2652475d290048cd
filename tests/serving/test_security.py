"""Real certificates, tokens, permissions and limits against a real service."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
import trustme
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from relhealth.client import Credentials, RelationshipHealthClient
from relhealth.errors import RemoteError
from relhealth.v1 import relationship_health_pb2 as pb
from serving.calls import SERVICE, example, reason_of, status_of, unary
from serving.running import Service, running, wait_until


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def write_certificate(authority: trustme.CA, folder: Path, name: str = "localhost") -> None:
    certificate = authority.issue_cert(name)
    chain = b"".join(blob.bytes() for blob in certificate.cert_chain_pems)
    (folder / "server.pem").write_bytes(chain)
    (folder / "server.key").write_bytes(certificate.private_key_pem.bytes())


def tls_flags(folder: Path) -> list[str]:
    return [
        *("--tls-certificate", str(folder / "server.pem")),
        *("--tls-key", str(folder / "server.key")),
    ]


def asks(address: str, credentials: Credentials, seconds: float = 5) -> pb.GetScoringModelResponse:
    with RelationshipHealthClient(address, credentials, seconds) as client:
        return client.scoring_model()


def at_localhost(service: Service) -> str:
    return f"localhost:{service.address.rpartition(':')[2]}"


def test_a_certificate_is_served_and_reread_without_a_restart(tmp_path: Path) -> None:
    first, second = trustme.CA(), trustme.CA()
    for name, authority in (("first", first), ("second", second)):
        authority.cert_pem.write_to_path(str(tmp_path / f"{name}.pem"))
    trusts_first = Credentials(tmp_path / "first.pem")
    trusts_second = Credentials(tmp_path / "second.pem")
    write_certificate(first, tmp_path)
    with running(tmp_path, *tls_flags(tmp_path), "--workers", "2") as service:
        address = at_localhost(service)
        assert asks(address, trusts_first).model_version
        with pytest.raises(RemoteError):
            asks(address, trusts_second, 1)
        with pytest.raises(RemoteError):
            asks(address, Credentials(), 1)

        (tmp_path / "server.pem").write_text("not a certificate")
        assert asks(address, trusts_first).model_version

        write_certificate(second, tmp_path)
        wait_until(lambda: answers(address, trusts_second))
        with pytest.raises(RemoteError):
            asks(address, trusts_first, 1)
        metrics = service.metrics()
    failed = 'relhealth_reloads_total{result="failure",what="certificates"}'
    reread = 'relhealth_reloads_total{result="success",what="certificates"}'
    assert metrics[failed] >= 1
    assert metrics[reread] >= 1


def answers(address: str, credentials: Credentials) -> bool:
    try:
        return bool(asks(address, credentials, 1).model_version)
    except RemoteError:
        return False


def test_mutual_tls_lets_in_whom_the_authority_vouches_for(tmp_path: Path) -> None:
    ours, theirs = trustme.CA(), trustme.CA()
    ours.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    write_certificate(ours, tmp_path)
    clients = tmp_path / "clients.toml"
    clients.write_text('[[client]]\nname = "crm"\ncertificate_names = ["crm.internal"]\n')
    for name, authority in (
        ("crm.internal", ours),
        ("other.internal", ours),
        ("stranger.internal", theirs),
    ):
        issued = authority.issue_cert(name)
        issued.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / f"{name}.pem"))
    flags = [*tls_flags(tmp_path), "--tls-client-ca", str(tmp_path / "ca.pem")]
    with running(tmp_path, *flags, "--clients", str(clients)) as service:

        def as_client(name: str) -> Credentials:
            file = tmp_path / f"{name}.pem"
            return Credentials(tmp_path / "ca.pem", file, file)

        address = at_localhost(service)
        assert asks(address, as_client("crm.internal")).model_version
        with pytest.raises(RemoteError, match="UNAUTHENTICATED"):
            asks(address, as_client("other.internal"))
        with pytest.raises(RemoteError):
            asks(address, as_client("stranger.internal"), 1)
        with pytest.raises(RemoteError):
            asks(address, Credentials(tmp_path / "ca.pem"), 1)


CLIENTS = f"""
[[client]]
name = "crm"
token_sha256 = ["{digest("old")}", "{digest("new")}"]

[[client]]
name = "reader"
token_sha256 = ["{digest("reader")}"]
methods = ["GetScoringModel"]

[[client]]
name = "slow"
token_sha256 = ["{digest("slow")}"]
requests_per_second = 2.0
burst = 3

[[client]]
name = "single"
token_sha256 = ["{digest("single")}"]
concurrent_calls = 1
"""


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "clients.toml").write_text(CLIENTS)
    flags = ["--clients", str(folder / "clients.toml"), "--workers", "2"]
    with running(folder, *flags) as service:
        yield service


def call(service: Service, token: str | None, method: str = "GetScoringModel") -> bytes:
    metadata = [] if token is None else [("authorization", f"Bearer {token}")]
    raw = example("loyal_regular").SerializeToString() if method == "ScoreRelationship" else b""
    with service.channel() as channel:
        return unary(channel, method, raw, metadata=metadata)


@pytest.mark.parametrize("token", ["old", "new", "reader"])
def test_a_known_token_is_let_in(guarded: Service, token: str) -> None:
    assert call(guarded, token)


@pytest.mark.parametrize("token", [None, "", "wrong", "old ", digest("old")])
def test_any_other_token_is_not(guarded: Service, token: str | None) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        call(guarded, token)
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert reason_of(status_of(caught.value)) == "UNAUTHENTICATED"


def test_a_method_has_to_be_permitted(guarded: Service) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        call(guarded, "reader", "ScoreRelationship")
    assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert reason_of(status_of(caught.value)) == "METHOD_NOT_PERMITTED"
    assert caught.value.details() == "the client may not call ScoreRelationship"


def test_probes_need_no_token(guarded: Service) -> None:
    with guarded.channel() as channel:
        answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_a_rate_holds_over_all_workers_and_says_when_to_come_back(guarded: Service) -> None:
    admitted, refused = 0, []
    began = time.monotonic()
    for _ in range(20):  # each over a connection of its own, so that both workers get some
        try:
            call(guarded, "slow")
            admitted += 1
        except grpc.RpcError as error:
            refused.append(status_of(error))
    seconds = time.monotonic() - began
    assert 3 <= admitted <= 3 + 2 * seconds + 1
    assert refused
    assert reason_of(refused[0]) == "RATE_LIMIT_EXCEEDED"
    retry = error_details_pb2.RetryInfo()
    assert refused[-1].details[1].Unpack(retry)
    wait = retry.retry_delay.ToTimedelta().total_seconds()
    assert 0 < wait <= 0.5
    time.sleep(wait + 0.05)
    assert call(guarded, "slow")


def test_calls_in_flight_are_limited_for_a_client_over_all_workers(guarded: Service) -> None:
    metadata = (("authorization", "Bearer single"),)
    message = pb.StreamScoreRelationshipsRequest(request=example("loyal_regular"))

    def held() -> Iterator[bytes]:
        yield message.SerializeToString()
        time.sleep(20)

    with guarded.channel() as channel:
        method = channel.stream_stream(f"/{SERVICE}/StreamScoreRelationships")
        stream = method(held(), metadata=metadata)
        next(stream)
        for _ in range(4):
            with pytest.raises(grpc.RpcError) as caught:
                call(guarded, "single")
            assert reason_of(status_of(caught.value)) == "CONCURRENCY_LIMIT_EXCEEDED"
        stream.cancel()
        wait_until(lambda: admitted(guarded, "single"))


def admitted(service: Service, token: str) -> bool:
    try:
        return bool(call(service, token))
    except grpc.RpcError:
        return False


def test_the_file_of_clients_is_reread_on_sighup(tmp_path: Path) -> None:
    file = tmp_path / "clients.toml"
    file.write_text(CLIENTS)
    with running(tmp_path, "--clients", str(file)) as service:
        assert admitted(service, "old")
        file.write_text(CLIENTS.replace(digest("old"), digest("newest")))
        service.reload()
        wait_until(lambda: admitted(service, "newest"))
        assert not admitted(service, "old")
        file.write_text("[[client]]\nnmae = 5\n")
        service.reload()
        wait_until(lambda: "reload failed" in service.log.read_text())
        assert admitted(service, "newest")
        assert digest("newest") not in service.log.read_text()
