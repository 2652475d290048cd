"""What the web server of the metrics answers, by path and method."""

from __future__ import annotations

import gzip
import http.client
from collections.abc import Mapping

import pytest

from serving.running import Service


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
