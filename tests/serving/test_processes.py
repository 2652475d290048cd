"""Workers that die, reload and stop while calls go on."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from relhealth.client import RelationshipHealthClient
from relhealth.errors import RelhealthError
from relhealth.models.locate import detector_path, rubric_path
from relhealth.v1 import relationship_health_pb2 as pb
from serving.calls import SERVICE, example, score
from serving.running import Service, running, wait_until


class Load:
    """Callers that score one history over and over, each on its own connection."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.outcomes: Counter[str] = Counter()
        self.versions: set[str] = set()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []

    def call(self) -> None:
        with self.service.channel() as channel:
            while not self._over.is_set():
                self.once(channel)

    def once(self, channel: grpc.Channel) -> None:
        try:
            raw = score(channel, example("loyal_regular"))
            outcome = "OK"
            with self._lock:
                self.versions.add(pb.ScoreRelationshipResponse.FromString(raw).rubric_version)
        except grpc.RpcError as error:
            outcome = error.code().name
        with self._lock:
            self.outcomes[outcome] += 1

    @contextmanager
    def going_on(self, callers: int = 4) -> Iterator[None]:
        self._threads = [threading.Thread(target=self.call) for _ in range(callers)]
        for thread in self._threads:
            thread.start()
        wait_until(lambda: self.outcomes["OK"] >= callers)
        yield
        self.end()

    def end(self) -> None:
        """Lets each caller end its call; the service has to go on until then."""
        self._over.set()
        for thread in self._threads:
            thread.join()


class RetryingLoad(Load):
    """Callers that use the client, which tries again what was not taken."""

    def call(self) -> None:
        while not self._over.is_set():
            with RelationshipHealthClient(self.service.address) as client:
                try:
                    client.score(example("loyal_regular"))
                    outcome = "OK"
                except RelhealthError as error:
                    outcome = str(error)
            with self._lock:
                self.outcomes[outcome] += 1


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("pair"), "--workers", "2") as service:
        yield service


def test_a_killed_worker_is_replaced_and_its_counts_stay(pair: Service) -> None:
    load = Load(pair)
    with load.going_on():
        before = pair.workers()
        os.kill(before[0], signal.SIGKILL)
        wait_until(lambda: pair.metrics()['relhealth_worker_restarts_total{worker="0"}'] == 1)
        wait_until(lambda: pair.metrics()['relhealth_worker_up{worker="0"}'] == 1)
        after = pair.workers()
    metrics = pair.metrics()
    counted = metrics[
        'grpc_server_handled_total{grpc_code="OK",grpc_method="ScoreRelationship",'
        f'grpc_service="{SERVICE}",grpc_type="unary"}}'
    ]
    assert after[0] not in before
    assert after[1] == before[1]
    assert set(load.outcomes) <= {"OK", "UNAVAILABLE"}
    assert load.outcomes["UNAVAILABLE"] <= 4  # what was in flight at the one that was killed
    assert load.outcomes["OK"] <= counted <= load.outcomes["OK"] + 4
    wait_until(lambda: pair.metrics()["relhealth_calls_in_flight"] == 0, patience=10)


def test_a_reload_swaps_the_rubric_without_a_failed_call(tmp_path: Path) -> None:
    rubric = tmp_path / "rubric.toml"
    text = rubric_path(None).read_text(encoding="utf-8")
    rubric.write_text(text, encoding="utf-8")
    name = next(line for line in text.splitlines() if line.startswith("id = "))
    with running(tmp_path, "--workers", "2", "--rubric", str(rubric)) as service:
        load = Load(service)
        with load.going_on():
            rubric.write_text(text.replace(name, 'id = "another-2"'), encoding="utf-8")
            service.reload()
            wait_until(lambda: versions(service) == {"another-2"})
            rubric.write_text("nonsense = 5\n", encoding="utf-8")
            service.reload()
            wait_until(lambda: failures(service) == 1)
            rubric.write_bytes(b"\xff\xfe")
            service.reload()
            wait_until(lambda: failures(service) == 2)
            assert versions(service) == {"another-2"}
        assert set(load.outcomes) == {"OK"}
        assert load.versions == {name.split('"')[1], "another-2"}


def versions(service: Service) -> set[str]:
    return {
        name.partition('rubric_version="')[2].rstrip('"}')
        for name in service.metrics()
        if name.startswith("relhealth_model_info")
    }


def failures(service: Service) -> float:
    return service.metrics()['relhealth_reloads_total{result="failure",what="model"}']


def test_a_model_that_was_tampered_with_is_not_served(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(detector_path(None), folder)
    with running(tmp_path, "--model", str(folder)) as service:
        weights = max(folder.iterdir(), key=lambda file: file.stat().st_size)
        weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
        service.reload()
        wait_until(lambda: failures(service) == 1)
        with service.channel() as channel:
            assert score(channel, example("loyal_regular"))
    with pytest.raises(RuntimeError, match=weights.name), running(tmp_path, "--model", str(folder)):
        pass


def test_sigterm_lets_calls_finish_and_says_so_before(tmp_path: Path) -> None:
    flags = ["--workers", "2", "--drain-seconds", "2", "--grace-seconds", "20"]
    with running(tmp_path, *flags) as service, service.channel() as channel:
        going = threading.Event()

        def requests() -> Iterator[bytes]:
            message = pb.StreamScoreRelationshipsRequest(request=example("loyal_regular"))
            for _ in range(5):
                yield message.SerializeToString()
                going.set()
                time.sleep(0.6)

        stream = channel.stream_stream(f"/{SERVICE}/StreamScoreRelationships")(requests())
        assert going.wait(20)
        service.signal(signal.SIGTERM)
        stub = health_pb2_grpc.HealthStub(channel)
        not_serving = health_pb2.HealthCheckResponse.NOT_SERVING
        wait_until(
            lambda: stub.Check(health_pb2.HealthCheckRequest()).status == not_serving, patience=2
        )
        assert score(channel, example("loyal_regular"))
        assert len(list(stream)) == 5
        assert service.process.wait(30) == 0


def test_a_rolling_restart_loses_no_call(tmp_path: Path) -> None:
    """A second service on the same port takes over from the first."""
    with running(tmp_path, "--drain-seconds", "1") as first:
        load = RetryingLoad(first)
        with load.going_on(), running(tmp_path, address=first.address) as second:
            assert second.address == first.address
            first.signal(signal.SIGTERM)
            assert first.process.wait(30) == 0
            seen = load.outcomes["OK"]
            wait_until(lambda: load.outcomes["OK"] > seen + 5)
            load.end()
    assert set(load.outcomes) == {"OK"}


def test_workers_do_not_outlive_their_supervisor(tmp_path: Path) -> None:
    with running(tmp_path, "--workers", "2") as service:
        workers = service.workers()
        service.signal(signal.SIGKILL)
        wait_until(lambda: not any(alive(process) for process in workers))


def alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2]
    except OSError:
        return False
    return state.split()[0] != "Z"


def test_a_port_that_is_taken_is_named(tmp_path: Path, pair: Service) -> None:
    taken = pair.metrics_address
    port = taken.rpartition(":")[2]
    with pytest.raises(RuntimeError, match="address"), running(tmp_path, address=taken):
        pass
    for flags, name in (
        (("--metrics-address", taken), "metrics_address"),
        (("--ui", "--ui-port", port), "ui_port"),
    ):
        log = _never_ready(tmp_path, *flags)
        assert f'"reason": "{name}: ' in log
        assert "Address already in use" in log


def _never_ready(folder: Path, *flags: str) -> str:
    """The log of a service that ends at once, as one does with a setting that it cannot have."""
    ready = folder / "ready"
    ready.write_text("127.0.0.1:1\n")
    command = [sys.executable, "-m", "relhealth.cli", "serve", "--address", "127.0.0.1:0"]
    command += ["--metrics-address", "", "--ready-file", str(ready), *flags]
    ended = subprocess.run(command, stderr=subprocess.PIPE, check=False, text=True, timeout=60)
    assert ended.returncode == 2
    assert not ready.exists(), "it told what an earlier service had left"
    return ended.stderr


def test_the_largest_settings_can_be_served_with(tmp_path: Path) -> None:
    largest = {
        "threads": 4_096,
        "max_message_bytes": 1024**3,
        "max_concurrent_requests": 100_000,
        "keepalive_seconds": 1_000_000,
        "max_connection_idle_seconds": 1_000_000,
        "drain_seconds": 0,
        "grace_seconds": 1_000_000,
    }
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in largest.items()]
    with running(tmp_path, *flags) as service, service.channel() as channel:
        assert score(channel, example("loyal_regular"))


def test_more_connections_than_a_shells_limit_of_files_are_served(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
    try:
        with running(tmp_path) as service:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            host, port = service.address.split(":")
            idle = [socket.create_connection((host, int(port)), timeout=5) for _ in range(100)]
            with service.channel() as channel:
                assert score(channel, example("loyal_regular"))
            for connection in idle:
                connection.close()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
