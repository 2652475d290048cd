"""The supervisor: forks the workers, restarts what dies, and passes signals on.

It has one thread and makes no gRPC object, so it can fork at any time. Calls and metrics are
served by its children: the workers, which share the port, one exporter, and, where it is asked
for, one that shows pages.
"""

from __future__ import annotations

import os
import resource
import selectors
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NoReturn

from relhealth.atomic_files import write_atomically
from relhealth.errors import ConfigurationError, RelhealthError
from relhealth.extensions import missing_extensions
from relhealth.models.load import load_scorer
from relhealth.serving.board import Board
from relhealth.serving.logs import log
from relhealth.serving.metrics import Meter
from relhealth.serving.server import LAYOUT
from relhealth.serving.settings import Settings, split_address
from relhealth.serving.tls import check_certificates
from relhealth.serving.usage import Usage
from relhealth.serving.worker import (
    SIGNALS,
    Fabric,
    Worker,
    load_client_file,
    settle_memory,
    tell_ready,
    warm_up,
)

_FILES: Final = 65_536
_POLL_SECONDS: Final = 0.5
_QUICK_DEATH_SECONDS: Final = 5.0
_FIRST_PAUSE_SECONDS: Final = 0.1
_LONGEST_PAUSE_SECONDS: Final = 30.0
_KILL_MARGIN_SECONDS: Final = 10.0
_UNUSABLE: Final = 2
"""Exit code of a child, and so of a service that never became ready, for want of a setting."""
_EXPORTER: Final = -1
_PAGE: Final = -2
_ASIDE: Final = {_EXPORTER: "exporter", _PAGE: "page"}
_HANDLED: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)


@dataclass(slots=True)
class _Child:
    """A process of ours: worker `role`, the exporter or the page.

    `replaced` marks one that was ended to be started anew.
    """

    role: int
    process: int
    started_at: float
    ready: int | None = None
    replaced: bool = False


@dataclass(slots=True)
class _State:
    """What became of the children so far.

    Attributes:
        children: By process.
        restarts: By role, the monotonic second from which a dead child is to be started again.
        pauses: By role, how long the pause before its last restart was.
        ready: Roles that are.
    """

    children: dict[int, _Child] = field(default_factory=dict)
    restarts: dict[int, float] = field(default_factory=dict)
    pauses: dict[int, float] = field(default_factory=dict)
    ready: set[int] = field(default_factory=set)
    was_ready: bool = False
    stopping_since: float | None = None
    exit_code: int = 0


class Supervisor:
    """Runs a service until it is told to stop."""

    def __init__(self, settings: Settings) -> None:
        self._scorer = load_scorer(settings.model, settings.rubric)
        warm_up(self._scorer)
        self._clients = load_client_file(settings)
        if settings.tls_certificate is not None and settings.tls_key is not None:
            check_certificates(settings.tls_certificate, settings.tls_key, settings.tls_client_ca)
        self._settings = settings
        if settings.ready_file is not None:
            # What an earlier service left there is not this one's.
            settings.ready_file.unlink(missing_ok=True)
        self._reserved = reserve(settings.address)
        self._port = spell(self._reserved)
        self._fabric = Fabric(
            settings, Board(LAYOUT, settings.workers + 1), Usage(settings.workers), self._port
        )
        self._meter = Meter(LAYOUT, self._fabric.board.slot(settings.workers))
        self._lifeline = os.pipe()
        self._state = _State()
        self._started_at = time.time()

    def run(self) -> int:
        """Serves until SIGTERM or SIGINT; gives the exit code."""
        signals, wakeup = socket.socketpair()
        signals.setblocking(False)
        wakeup.setblocking(False)
        previous = signal.set_wakeup_fd(wakeup.fileno())
        handlers = {number: signal.signal(number, _ignore) for number in _HANDLED}
        with selectors.DefaultSelector() as selector:
            selector.register(signals, selectors.EVENT_READ)
            self._selector = selector
            settle_memory()
            _raise_file_limit()
            for role in (*range(self._settings.workers), *self._aside()):
                self._start(role)
            while self._state.children or self._state.restarts:
                self._turn(signals)
        signal.set_wakeup_fd(previous)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        self._reserved.close()
        log("info", "stopped")
        return self._state.exit_code

    def _aside(self) -> tuple[int, ...]:
        """The roles beside the workers."""
        wanted = {_EXPORTER: bool(self._settings.metrics_address), _PAGE: self._settings.ui}
        return tuple([role for role, is_wanted in wanted.items() if is_wanted])

    def _turn(self, signals: socket.socket) -> None:
        """Waits for something to happen, and sees to it."""
        for key, _ in self._selector.select(_POLL_SECONDS):
            if key.fileobj is signals:
                for number in signals.recv(256):
                    self._handle(number)
            else:
                self._note_ready(key.fd, key.data)
        self._reap()
        now = time.monotonic()
        for role, due in list(self._state.restarts.items()):
            if now >= due:
                del self._state.restarts[role]
                self._start(role)
        self._end_stop(now)

    def _handle(self, number: int) -> None:
        if number in (signal.SIGTERM, signal.SIGINT):
            self._begin_stop()
        elif number == signal.SIGHUP and self._state.stopping_since is None:
            self._reload()

    def _start(self, role: int) -> None:
        """Forks a child; it never comes back from here."""
        ready_read, ready_write = os.pipe()
        # What is sent to a worker while it starts waits until it has started.
        unblocked = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        process = os.fork()
        if process == 0:
            os.close(ready_read)
            self._become(role, ready_write)
        signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)
        os.close(ready_write)
        child = _Child(role, process, time.monotonic(), ready_read)
        self._state.children[process] = child
        self._selector.register(ready_read, selectors.EVENT_READ, child)

    def _become(self, role: int, ready: int) -> NoReturn:
        """The life of a child, in the child."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            if role in _ASIDE:
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
                signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            self._selector.close()
            os.close(self._lifeline[1])
            if role == _EXPORTER:
                self._export(ready)
            elif role == _PAGE:
                self._show_page(ready)
            else:
                worker = Worker(self._fabric, role, self._scorer, self._clients)
                self._reserved.close()
                worker.run(ready, self._lifeline[0])
            code = 0
        except RelhealthError as error:
            code = _UNUSABLE
            log("error", "child failed", role=_name(role), reason=str(error))
        except Exception as error:  # noqa: BLE001 - a child's end is told by its exit code
            log("error", "child failed", role=_name(role), exception=type(error).__qualname__)
        finally:
            os._exit(code)

    def _export(self, ready: int) -> None:
        # Workers do without what these import.
        from relhealth.serving.exposition import BoardCollector  # noqa: PLC0415
        from relhealth.serving.metrics_server import serve_metrics  # noqa: PLC0415

        shown = BoardCollector(self._fabric.board, self._settings.workers, self._started_at)
        serve_metrics(shown, self._settings.metrics_address)
        self._stand_by(ready)

    def _show_page(self, ready: int) -> None:
        from relhealth.report.local_server import LOOPBACK, serve_page  # noqa: PLC0415 - only with --ui

        server = serve_page(self._scorer, self._settings.ui_port)
        log("info", "page", address=f"http://{LOOPBACK}:{server.server_port}/")
        self._stand_by(ready)

    def _stand_by(self, ready: int) -> None:
        """Says that what serves on other threads is ready, and waits for the supervisor's end."""
        tell_ready(ready)
        os.read(self._lifeline[0], 1)

    def _note_ready(self, descriptor: int, child: _Child) -> None:
        answered = os.read(descriptor, 1)
        self._selector.unregister(descriptor)
        os.close(descriptor)
        child.ready = None
        if not answered:
            return
        self._state.ready.add(child.role)
        if child.role not in _ASIDE:
            numbers = self._fabric.board.slot(child.role)
            numbers[LAYOUT.start("relhealth_worker_process")] = child.process
            numbers[LAYOUT.start("relhealth_worker_up")] = 1.0
        if len(self._state.ready) == self._settings.workers + len(self._aside()):
            self._announce()

    def _announce(self) -> None:
        if self._state.was_ready:
            return
        self._state.was_ready = True
        log(
            "info",
            "serving",
            address=self._port,
            metrics_address=self._settings.metrics_address or None,
            workers=self._settings.workers,
            model_version=self._scorer.detector.version,
            rubric_version=self._scorer.rubric.id,
            missing_extensions=", ".join(missing_extensions()) or None,
        )
        ready = self._settings.ready_file
        if ready is not None:
            write_atomically(ready, f"{self._port}\n".encode())

    def _reap(self) -> None:
        while self._state.children:
            process, status = os.waitpid(-1, os.WNOHANG)
            if process == 0:
                return
            child = self._state.children.pop(process, None)
            if child is not None:
                self._bury(child, os.waitstatus_to_exitcode(status))

    def _bury(self, child: _Child, code: int) -> None:
        """Clears up after a child, and plans its successor."""
        state = self._state
        if child.ready is not None:
            self._selector.unregister(child.ready)
            os.close(child.ready)
        state.ready.discard(child.role)
        if child.role not in _ASIDE:
            self._clear_gauges(child.role)
        if state.stopping_since is not None:
            return
        if child.replaced:
            self._start(child.role)
            return
        log("error", "child died", role=_name(child.role), process=child.process, code=code)
        if not state.was_ready:
            state.exit_code = _UNUSABLE if code == _UNUSABLE else 1
            self._begin_stop()
            return
        now = time.monotonic()
        quick = now - child.started_at < _QUICK_DEATH_SECONDS
        last = state.pauses.get(child.role, _FIRST_PAUSE_SECONDS / 2)
        pause = min(last * 2, _LONGEST_PAUSE_SECONDS) if quick else 0.0
        state.pauses[child.role] = max(pause, _FIRST_PAUSE_SECONDS / 2)
        state.restarts[child.role] = now + pause

    def _clear_gauges(self, role: int) -> None:
        """A dead worker has nothing in flight and is not up; its counts stay."""
        numbers = self._fabric.board.slot(role)
        for family in LAYOUT.families:
            if family.kind == "gauge":
                numbers[LAYOUT.start(family.name)] = 0.0
        if self._state.stopping_since is None:
            numbers[LAYOUT.start("relhealth_worker_restarts_total")] += 1.0
        self._fabric.board.note(role, "")
        self._fabric.usage.forget(role)

    def _reload(self) -> None:
        """Passes a reload on once the files are seen to be sound."""
        try:
            scorer = load_scorer(self._settings.model, self._settings.rubric)
            warm_up(scorer)
            clients = load_client_file(self._settings)
        except Exception as error:  # noqa: BLE001 - whatever the files hold, the service goes on
            known = isinstance(error, RelhealthError)
            self._meter.add("relhealth_reloads_total", "model", "failure")
            log("error", "reload failed", reason=str(error) if known else type(error).__qualname__)
            return
        self._scorer, self._clients = scorer, clients
        self._tell(lambda child: child.role not in _ASIDE, signal.SIGHUP)
        self._replace_page()
        log(
            "info",
            "reloaded",
            model_version=scorer.detector.version,
            rubric_version=scorer.rubric.id,
        )

    def _replace_page(self) -> None:
        """Ends the page's process; its successor has the scorer that was just loaded."""
        for child in self._state.children.values():
            if child.role == _PAGE:
                child.replaced = True
                os.kill(child.process, signal.SIGTERM)

    def _begin_stop(self) -> None:
        if self._state.stopping_since is None:
            self._state.stopping_since = time.monotonic()
            self._state.restarts.clear()
            log("info", "stopping")
        self._tell(lambda child: child.role not in _ASIDE, signal.SIGTERM)

    def _end_stop(self, now: float) -> None:
        """The exporter and the page go last, so that the workers' last counts can be read."""
        since = self._state.stopping_since
        if since is None:
            return
        if all(child.role in _ASIDE for child in self._state.children.values()):
            self._tell(lambda _: True, signal.SIGTERM)
        patience = self._settings.drain_seconds + self._settings.grace_seconds
        if now - since > patience + _KILL_MARGIN_SECONDS:
            self._tell(lambda _: True, signal.SIGKILL)

    def _tell(self, chosen: Callable[[_Child], bool], number: signal.Signals) -> None:
        for child in self._state.children.values():
            if chosen(child):
                os.kill(child.process, number)


def _raise_file_limit() -> None:
    """Lets the workers open as many files as they may: each connection is one.

    The limit that a shell or a container begins with is for programs that wait for few at once.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def reserve(address: str) -> socket.socket:
    """A socket that holds the port for the workers, without listening.

    Raises:
        ConfigurationError: The address cannot be had.
    """
    host, port = split_address(address, "address")
    try:
        family, kind, protocol, _, target = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        held = socket.socket(family, kind, protocol)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind(target)
    except OSError as error:
        raise ConfigurationError(f"address: {address} cannot be had: {error.strerror}") from error
    return held


def spell(held: socket.socket) -> str:
    """``HOST:PORT`` of a bound socket."""
    host, port = held.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _name(role: int) -> str:
    return _ASIDE.get(role, f"worker {role}")


def _ignore(_: int, __: object) -> None:
    """The wakeup descriptor tells of the signal; there is nothing to do in its handler."""
