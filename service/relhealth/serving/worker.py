"""One worker process: a gRPC server of its own on the shared port."""

from __future__ import annotations

import gc
import math
import os
import signal
import threading
from dataclasses import dataclass
from typing import Final

from relhealth.domain.history import History, Interaction
from relhealth.domain.vocabulary import Party
from relhealth.errors import RelhealthError
from relhealth.models.load import load_scorer
from relhealth.scoring.options import ScoreOptions
from relhealth.scoring.scorer import Scorer
from relhealth.serving.board import Board
from relhealth.serving.clients import Clients, load_clients
from relhealth.serving.gate import ClientGate
from relhealth.serving.guard import Guard
from relhealth.serving.logs import log
from relhealth.serving.metrics import Meter
from relhealth.serving.server import LAYOUT, METHODS, Server, build_server
from relhealth.serving.service import RelationshipHealth, WorkLimits
from relhealth.serving.settings import Settings
from relhealth.serving.tracing import tracer_of
from relhealth.serving.usage import Usage
from relhealth.wire.limits import Limits

SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP)
_STOP_MARGIN_SECONDS: Final = 5.0
# A long history with its evidence makes this many objects; scoring leaves no cycles behind.
_YOUNG_OBJECTS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Fabric:
    """What all processes of a service share, made before any is forked."""

    settings: Settings
    board: Board
    usage: Usage
    port: str


def load_client_file(settings: Settings) -> Clients | None:
    """The clients that the settings name, or None where they name none.

    Raises:
        ConfigurationError: The file cannot be used.
    """
    if settings.clients is None:
        return None
    names = frozenset(method.name for method in METHODS)
    return load_clients(settings.clients, names, settings.requests_per_second)


class Worker:
    """A server and the loop that steers it by signals."""

    def __init__(self, fabric: Fabric, index: int, scorer: Scorer, clients: Clients | None) -> None:
        settings = fabric.settings
        self._fabric = fabric
        self._index = index
        self._meter = Meter(LAYOUT, fabric.board.slot(index))
        self._gate = ClientGate(
            clients,
            settings.requests_per_second,
            settings.max_streams,
            fabric.usage,
            index,
            self._meter,
        )
        limits = Limits(settings.max_interactions, settings.max_text_characters)
        work_limits = WorkLimits(
            settings.max_stream_messages,
            settings.max_mirror_interactions,
            settings.max_history_seconds or math.inf,
        )
        service = RelationshipHealth(scorer, self._meter, limits, work_limits)
        guard = Guard(
            self._meter,
            self._gate,
            settings.log_requests,
            tracer_of(settings),
            settings.max_message_bytes,
            settings.max_stream_idle_seconds or math.inf,
        )
        self._server: Server = build_server(settings, service, guard, fabric.port, self._meter)
        self._note_versions(scorer)
        warm_up(scorer)
        settle_memory()
        gc.set_threshold(_YOUNG_OBJECTS)

    def run(self, ready: int, lifeline: int) -> None:
        """Serves until SIGTERM, or until the supervisor is gone.

        Args:
            ready: Descriptor that gets one byte once calls are accepted.
            lifeline: Descriptor that reads as ended when the supervisor is gone.

        `SIGNALS` are blocked in every thread, as they were when this process was forked.
        """
        threading.Thread(target=_follow, args=(lifeline,), daemon=True).start()
        self._server.grpc_server.start()
        self._server.set_serving()
        tell_ready(ready)
        while signal.sigwait(SIGNALS) == signal.SIGHUP:
            self._reload()
        self._stop()

    def _reload(self) -> None:
        """Puts the model, rubric and clients of the files in force; unsound ones change nothing."""
        settings = self._fabric.settings
        try:
            scorer = load_scorer(settings.model, settings.rubric)
            warm_up(scorer)
            clients = load_client_file(settings)
        except RelhealthError as error:
            self._meter.add("relhealth_reloads_total", "model", "failure")
            log("error", "reload failed", worker=self._index, reason=str(error))
            return
        self._server.service.scorer = scorer
        self._gate.set_clients(clients)
        self._note_versions(scorer)
        self._meter.add("relhealth_reloads_total", "model", "success")

    def _note_versions(self, scorer: Scorer) -> None:
        self._fabric.board.note(self._index, f"{scorer.detector.version}\n{scorer.rubric.id}")

    def _stop(self) -> None:
        settings = self._fabric.settings
        self._server.health.enter_graceful_shutdown()
        if settings.drain_seconds > 0.0:
            signal.sigtimedwait((signal.SIGTERM,), settings.drain_seconds)
        stopped = self._server.drain(settings.grace_seconds)
        stopped.wait(settings.grace_seconds + _STOP_MARGIN_SECONDS)


def warm_up(scorer: Scorer) -> None:
    """Scores a small history, so that the first call finds everything in place."""
    said = Interaction(
        "1", 0, Party.CUSTOMER, "My order has not arrived. Where is it?", recorded_us=0
    )
    answer = Interaction("2", 1, Party.BRAND, "We are sorry, it is on its way.", recorded_us=1)
    history = History.of("brand", "customer", "", [said, answer])
    scorer.score(history, ScoreOptions(as_of_us=2, with_evidence=True))


def tell_ready(ready: int) -> None:
    """Tells the supervisor that this process is ready, by a descriptor of which no more comes."""
    os.write(ready, b"r")
    os.close(ready)


def settle_memory() -> None:
    """Takes all that was loaded so far out of the garbage collector's sight.

    It stays as long as the process: to look through it again and again would hold up calls, and
    would make every worker a copy of pages that they share.
    """
    gc.freeze()


def _follow(lifeline: int) -> None:
    """Ends this process in good order when the supervisor has gone without a word."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)
