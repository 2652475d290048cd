"""A small web server on this machine alone: a form in, a report out, nothing kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs

from relhealth.errors import ConfigurationError, InvalidInputError
from relhealth.report.build import report_of
from relhealth.report.paste_page import paste_page
from relhealth.report.relationship_page import relationship_page
from relhealth.scoring.scorer import Scorer
from relhealth.wire.json_reading import read_request_line
from relhealth.wire.parsing import parse_request
from relhealth.wire.times import now_us

LOOPBACK: Final = "127.0.0.1"
_LARGEST_BODY: Final = 32 * 1024 * 1024
_HEADERS: Final = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)


def serve_page(scorer: Scorer, port: int) -> ThreadingHTTPServer:
    """Starts the page on a thread of its own; port 0 picks one. `shutdown` stops it.

    Raises:
        ConfigurationError: The port cannot be had.
    """

    class Handler(_Handler):
        pages = _Pages(scorer)

    try:
        server = ThreadingHTTPServer((LOOPBACK, port), Handler)
    except OSError as error:
        raise ConfigurationError(f"ui_port: {port} cannot be had: {error.strerror}") from error
    Handler.port = server.server_port
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="ui", daemon=True).start()
    return server


class _Pages:
    """What the server answers, apart from how it is sent."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer

    def report(self, form: dict[str, list[str]]) -> tuple[HTTPStatus, str]:
        """The report of the history in a form, or the form again with what is wrong with it."""
        pasted = form.get("history", [""])[0]
        arrived_us = now_us()
        try:
            request = read_request_line(pasted)
            history, options = parse_request(request, arrived_us)
            report = report_of(self._scorer, history, options, with_text="include_text" in form)
        except InvalidInputError as error:
            return HTTPStatus.BAD_REQUEST, paste_page(error.violations, pasted)
        return HTTPStatus.OK, relationship_page(report, back=("/", "Another history"))


class _Handler(BaseHTTPRequestHandler):
    """One request; answers none that comes from another site or under another name."""

    pages: _Pages
    port: int
    server_version = "relhealth"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        self._answer(self._get)

    def do_POST(self) -> None:
        self._answer(self._post)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401
        """Says nothing: a request line can hold what a customer wrote."""

    def _answer(self, make: Callable[[], tuple[HTTPStatus, str]]) -> None:
        status, page = make() if self._is_local() else _refused(HTTPStatus.FORBIDDEN)
        body = page.encode()
        self.send_response(status)
        for name, value in _HEADERS:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        if status in (HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
            # The body was not read, so that the connection cannot go on.
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def _is_local(self) -> bool:
        """Whether the page was asked for by its own name, and not by another site's form."""
        own = {f"{name}:{self.port}" for name in (LOOPBACK, "localhost")}
        origin = self.headers.get("Origin")
        came_from = None if origin is None else origin.removeprefix("http://")
        return self.headers.get("Host") in own and (came_from is None or came_from in own)

    def _get(self) -> tuple[HTTPStatus, str]:
        if self.path != "/":
            return _refused(HTTPStatus.NOT_FOUND)
        return HTTPStatus.OK, paste_page()

    def _post(self) -> tuple[HTTPStatus, str]:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _LARGEST_BODY:
            return _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        body = self.rfile.read(int(length)).decode("utf-8", "replace")
        return self.pages.report(parse_qs(body, keep_blank_values=True, max_num_fields=8))


def _refused(status: HTTPStatus) -> tuple[HTTPStatus, str]:
    return status, f"<!doctype html><title>{status.phrase}</title><p>{status.phrase}.</p>"
