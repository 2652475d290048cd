"""What the web server of the metrics answers, by path and method."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import struct
from collections.abc import Iterable, Mapping

import pytest
from prometheus_client import Metric
from prometheus_client.registry import Collector

from relhealth.serving import metrics_server
from serving.running import Service, free_port


def ask(
    service: Service, path: str, method: str = "GET", headers: Mapping[str, str] = {}
) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection(service.metrics_address, timeout=10)
    connection.request(method, path, headers=dict(headers))
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


@pytest.mark.parametrize("path", ["/metrics", "/metrics?from=afar"])
def test_metrics_are_at_their_path(service: Service, path: str) -> None:
    answer, body = ask(service, path)
    assert answer.status == 200
    assert str(answer.getheader("Content-Type")).startswith("text/plain; version=")
    assert b"relhealth_build_info{" in body


@pytest.mark.parametrize("path", ["/x", "/metrics/", "/metrics/x", "/favicon.ico"])
def test_other_paths_have_nothing(service: Service, path: str) -> None:
    answer, body = ask(service, path)
    assert answer.status == 404
    assert body == b"Not Found\n"


def test_the_root_points_to_the_metrics(service: Service) -> None:
    answer, body = ask(service, "/")
    assert answer.status == 200
    assert body == b"relhealth's metrics are at /metrics\n"


@pytest.mark.parametrize(("path", "status"), [("/metrics", 200), ("/", 200), ("/x", 404)])
def test_head_tells_of_the_body_and_leaves_it_out(service: Service, path: str, status: int) -> None:
    answer, body = ask(service, path, "HEAD")
    assert answer.status == status
    assert int(str(answer.getheader("Content-Length"))) > 0
    assert body == b""


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_metrics_are_only_read(service: Service, method: str) -> None:
    answer, _ = ask(service, "/metrics", method)
    assert answer.status == 405
    assert answer.getheader("Allow") == "GET, HEAD"


def test_metrics_come_as_they_are_asked_for(service: Service) -> None:
    openly = {"Accept": "application/openmetrics-text; version=1.0.0"}
    answer, body = ask(service, "/metrics", headers=openly | {"Accept-Encoding": "gzip"})
    assert str(answer.getheader("Content-Type")).startswith("application/openmetrics-text")
    assert gzip.decompress(body).endswith(b"# EOF\n")


class Broken(Collector):
    def collect(self) -> Iterable[Metric]:
        raise ValueError("of somebody")


def opened(address: tuple[str, int], begin: bytes) -> socket.socket:
    client = socket.create_connection(address, timeout=10)
    client.sendall(begin)
    return client


def test_a_client_that_is_silent_or_gone_is_left_without_a_word(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(metrics_server._Handler, "timeout", 0.2)
    address = "127.0.0.1", free_port()
    metrics_server.serve_metrics(Broken(), ":".join(map(str, address)))
    with opened(address, b"GET /metr") as silent:
        assert silent.recv(1) == b""
    with opened(address, b"GET /metr") as gone:
        # Closed so, it is reset.
        gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with opened(address, b"GET / HTTP/1.0\r\n\r\n") as other:
        assert other.makefile("rb").readline().endswith(b" 200 OK\r\n")
    assert capfd.readouterr().err == ""


def test_a_fault_of_ours_is_logged_by_its_type_alone(capfd: pytest.CaptureFixture[str]) -> None:
    address = "127.0.0.1", free_port()
    metrics_server.serve_metrics(Broken(), ":".join(map(str, address)))
    with opened(address, b"GET /metrics HTTP/1.0\r\n\r\n") as client:
        answer = client.makefile("rb").read()
    assert answer.partition(b"\r\n")[0].endswith(b" 500 Internal Server Error")
    (line,) = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert (line["event"], line["exception"]) == ("metrics", "ValueError")
    assert b"somebody" not in answer
