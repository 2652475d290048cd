"""The web server of `/metrics`, which has nothing under any other path."""

from __future__ import annotations

import io
import socket
import threading
from contextlib import suppress
from http import HTTPStatus
from socketserver import ThreadingMixIn
from typing import Any, Final, TextIO
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.registry import Collector

from relhealth.errors import ConfigurationError
from relhealth.serving.logs import log
from relhealth.serving.settings import split_address

_METRICS: Final = "/metrics"
_POINTER: Final = f"relhealth's metrics are at {_METRICS}\n"
_METHODS: Final = ("GET", "HEAD")
_Answer = tuple[str, list[tuple[str, str]], bytes]


def serve_metrics(collector: Collector, address: str) -> threading.Thread:
    """Serves /metrics until the process ends; gives the serving thread.

    Raises:
        ConfigurationError: The address cannot be had.
    """
    registry = CollectorRegistry()
    registry.register(collector)
    host, port = split_address(address, "metrics_address")
    try:
        family, _, _, _, bound = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]

        class Server(_Server):
            address_family = family

        server = make_server(str(bound[0]), port, _site(make_wsgi_app(registry)), Server, _Handler)
    except OSError as error:
        raise ConfigurationError(
            f"metrics_address: {address} cannot be had: {error.strerror}"
        ) from error
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    return thread


class _Server(ThreadingMixIn, WSGIServer):
    """Answers each request on a thread of its own, so that a slow reader holds up no other."""

    daemon_threads = True


class _Handler(WSGIRequestHandler):
    """One request; a client that is silent in the middle of it is left."""

    timeout = 30

    def handle(self) -> None:
        """Answers; that a client is silent or gone is no fault, and none to tell of."""
        with suppress(OSError):
            super().handle()

    def get_stderr(self) -> TextIO:
        """Where the library tells of clients that went while they were answered: nowhere."""
        return io.StringIO()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401
        """Says nothing."""


def _site(metrics: WSGIApplication) -> WSGIApplication:
    """What is served: the metrics by their path, and a pointer to it at the root."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if method not in _METHODS:
            status, headers, body = _plain(HTTPStatus.METHOD_NOT_ALLOWED)
            headers.append(("Allow", ", ".join(_METHODS)))
        elif path == _METRICS:
            status, headers, body = _asked_or_fault(metrics, environ)
        elif path == "/":
            status, headers, body = _plain(HTTPStatus.OK, _POINTER)
        else:
            status, headers, body = _plain(HTTPStatus.NOT_FOUND)
        start_response(status, [*headers, ("Content-Length", str(len(body)))])
        return [] if method == "HEAD" else [body]

    return answer


def _plain(status: HTTPStatus, text: str | None = None) -> _Answer:
    """A line of text: by default the status' own words."""
    body = f"{status.phrase}\n" if text is None else text
    headers = [("Content-Type", "text/plain; charset=utf-8")]
    return f"{status.value} {status.phrase}", headers, body.encode()


def _asked_or_fault(metrics: WSGIApplication, environ: WSGIEnvironment) -> _Answer:
    """The metrics; a fault of ours is logged by its type."""
    try:
        return _asked(metrics, environ)
    except Exception as error:  # noqa: BLE001 - whatever happens becomes an answer
        log("error", "metrics", exception=type(error).__qualname__)
        return _plain(HTTPStatus.INTERNAL_SERVER_ERROR)


def _asked(metrics: WSGIApplication, environ: WSGIEnvironment) -> _Answer:
    """The metrics in the form that a client asks for, whether or not it wants the body."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _: object = None) -> Any:  # noqa: ANN401
        started.append((status, headers))

    body = b"".join(metrics(environ | {"REQUEST_METHOD": "GET"}, start))
    return (*started[-1], body)
