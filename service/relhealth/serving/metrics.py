"""What is counted: gRPC calls as Prometheus users know them, and the scores themselves.

Names and label values of the ``grpc_server_*`` series are those of go-grpc-middleware. No label
holds an id or anything that a caller can choose, so the number of series is fixed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import grpc

from relhealth.domain.acts import BRAND_ACTS, CUSTOMER_ACTS
from relhealth.domain.score import Figures
from relhealth.domain.vocabulary import Band, Stance, Trait, TraitStatus
from relhealth.serving.board import Family, HistogramPlace, Layout, add, observe, observe_row
from relhealth.wire.violations import Reason

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
POINTS: Final = (10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0)
SHARES: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
COUNTS: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0)

CODE_NAMES: Final = {
    grpc.StatusCode.OK: "OK",
    grpc.StatusCode.CANCELLED: "Canceled",
    grpc.StatusCode.UNKNOWN: "Unknown",
    grpc.StatusCode.INVALID_ARGUMENT: "InvalidArgument",
    grpc.StatusCode.DEADLINE_EXCEEDED: "DeadlineExceeded",
    grpc.StatusCode.NOT_FOUND: "NotFound",
    grpc.StatusCode.ALREADY_EXISTS: "AlreadyExists",
    grpc.StatusCode.PERMISSION_DENIED: "PermissionDenied",
    grpc.StatusCode.RESOURCE_EXHAUSTED: "ResourceExhausted",
    grpc.StatusCode.FAILED_PRECONDITION: "FailedPrecondition",
    grpc.StatusCode.ABORTED: "Aborted",
    grpc.StatusCode.OUT_OF_RANGE: "OutOfRange",
    grpc.StatusCode.UNIMPLEMENTED: "Unimplemented",
    grpc.StatusCode.INTERNAL: "Internal",
    grpc.StatusCode.UNAVAILABLE: "Unavailable",
    grpc.StatusCode.DATA_LOSS: "DataLoss",
    grpc.StatusCode.UNAUTHENTICATED: "Unauthenticated",
}
LIMITS: Final = (
    "rate",
    "concurrency",
    "calls",
    "streams",
    "stream_messages",
    "stream_idle_seconds",
    "message_bytes",
    "mirror_interactions",
    "history_seconds",
)
# What is counted of an estimate that is shown, in the order of `Figures`.
_SHOWN: Final = (("points", POINTS), ("coverage", SHARES))
RELOADED: Final = ("model", "clients", "certificates")


@dataclass(frozen=True, slots=True)
class Method:
    """A method as it is counted: its type as go-grpc-middleware names it, service and name."""

    kind: str
    service: str
    name: str

    @property
    def labels(self) -> tuple[str, str, str]:
        """Values of `grpc_type`, `grpc_service` and `grpc_method`."""
        return self.kind, self.service, self.name

    @property
    def path(self) -> str:
        """What a call names."""
        return f"/{self.service}/{self.name}"


def layout_of(methods: Iterable[Method]) -> Layout:
    """The place of every series, for servers that serve these methods."""
    served = tuple(method.labels for method in methods)
    return Layout((*_grpc_families(served), *_score_families(), *_process_families()))


def _grpc_families(served: tuple[tuple[str, ...], ...]) -> tuple[Family, ...]:
    labels = ("grpc_type", "grpc_service", "grpc_method")
    handled = tuple((*method, code) for method in served for code in CODE_NAMES.values())
    return (
        Family(
            "grpc_server_started_total",
            "counter",
            "Total number of RPCs started on the server.",
            labels,
            served,
        ),
        Family(
            "grpc_server_handled_total",
            "counter",
            "Total number of RPCs completed on the server, regardless of success or failure.",
            (*labels, "grpc_code"),
            handled,
        ),
        Family(
            "grpc_server_msg_received_total",
            "counter",
            "Total number of RPC stream messages received on the server.",
            labels,
            served,
        ),
        Family(
            "grpc_server_msg_sent_total",
            "counter",
            "Total number of gRPC stream messages sent by the server.",
            labels,
            served,
        ),
        Family(
            "grpc_server_handling_seconds",
            "histogram",
            "Response latency (seconds) of gRPC that had been application-level handled.",
            labels,
            served,
            SECONDS,
        ),
    )


def _score_families() -> tuple[Family, ...]:
    traits = tuple((trait.key,) for trait in Trait)
    return (
        Family(
            "relhealth_scores_total",
            "counter",
            "Histories scored.",
            ("band", "stance"),
            tuple((b.name.lower(), s.name.lower()) for b in Band for s in Stance),
        ),
        Family("relhealth_health_points", "histogram", "Health shown.", buckets=POINTS),
        Family("relhealth_health_coverage", "histogram", "Coverage of health.", buckets=SHARES),
        Family(
            "relhealth_trait_points",
            "histogram",
            "Trait scores shown.",
            ("trait",),
            traits,
            POINTS,
        ),
        Family(
            "relhealth_trait_coverage",
            "histogram",
            "Coverage of the trait scores shown.",
            ("trait",),
            traits,
            SHARES,
        ),
        Family(
            "relhealth_trait_abstentions_total",
            "counter",
            "Traits not scored.",
            ("trait", "status"),
            tuple((t.key, s.name.lower()) for t in Trait for s in TraitStatus if s != 1),
        ),
        Family(
            "relhealth_acts_detected_total",
            "counter",
            "Acts detected in messages.",
            ("party", "act"),
            (
                *(("brand", act) for act in BRAND_ACTS),
                *(("customer", act) for act in CUSTOMER_ACTS),
            ),
        ),
        Family("relhealth_unread_texts_total", "counter", "Texts that are not English."),
        Family(
            "relhealth_rejected_inputs_total",
            "counter",
            "Histories refused, unary or in a stream.",
            ("reason",),
            tuple((reason.value,) for reason in Reason),
        ),
        Family(
            "relhealth_interactions_per_request",
            "histogram",
            "Interactions of a scored history, those after the moment left out.",
            buckets=COUNTS,
        ),
    )


def _process_families() -> tuple[Family, ...]:
    return (
        Family(
            "relhealth_limited_calls_total",
            "counter",
            "Calls turned away by a limit.",
            ("limit",),
            tuple((limit,) for limit in LIMITS),
        ),
        Family(
            "relhealth_abandoned_calls_total",
            "counter",
            "Calls that ended before their request was there; not among those started.",
        ),
        Family("relhealth_unknown_method_calls_total", "counter", "Calls of methods not served."),
        Family("relhealth_worker_up", "gauge", "Whether the worker serves.", by_worker=True),
        Family("relhealth_worker_process", "gauge", "The worker's process.", by_worker=True),
        Family(
            "relhealth_worker_restarts_total", "counter", "Restarts of the worker.", by_worker=True
        ),
        Family("relhealth_calls_in_flight", "gauge", "Calls accepted and not yet answered."),
        Family("relhealth_calls_in_flight_limit", "gauge", "Calls that may be in flight at once."),
        Family("relhealth_streams_in_flight", "gauge", "Streams open."),
        Family("relhealth_streams_in_flight_limit", "gauge", "Streams that may be open at once."),
        Family(
            "relhealth_reloads_total",
            "counter",
            "Reloads, by what was reread and what came of it.",
            ("what", "result"),
            tuple((what, result) for what in RELOADED for result in ("success", "failure")),
        ),
    )


class _Thread(threading.local):
    """What a thread of the pool knows of the call it runs: whether the guard has seen it."""

    begun = False


class Meter:
    """Counts one worker's doings on its slot of the board; safe to use from any thread."""

    def __init__(self, layout: Layout, numbers: memoryview[float]) -> None:
        self.layout: Final = layout
        self.numbers: Final = numbers
        self.lock: Final = threading.Lock()
        self.here: Final = _Thread()
        place = layout.place
        self._scores: dict[tuple[int, int], int] = {
            (b, s): place("relhealth_scores_total", b.name.lower(), s.name.lower())
            for b in Band
            for s in Stance
        }
        self._shown = tuple(
            [
                HistogramPlace.of(place(f"{of}_{what}", *labels), buckets)
                for of, labels in (
                    ("relhealth_health", ()),
                    *[("relhealth_trait", (trait.key,)) for trait in Trait],
                )
                for what, buckets in _SHOWN
            ]
        )
        self._interactions = (
            HistogramPlace.of(place("relhealth_interactions_per_request"), COUNTS),
        )
        self._abstentions: dict[tuple[int, int], int] = {
            (t, s): place("relhealth_trait_abstentions_total", t.key, s.name.lower())
            for t in Trait
            for s in TraitStatus
            if s is not TraitStatus.SCORED
        }
        self._all_scored = bytes([TraitStatus.SCORED] * len(Trait))
        self._unread = place("relhealth_unread_texts_total")
        self._first_act = layout.start("relhealth_acts_detected_total")

    def add(self, name: str, *values: str) -> None:
        """Adds one to a counter."""
        place = self.layout.place(name, *values)
        with self.lock:
            self.numbers[place] += 1.0

    def put(self, name: str, *values: str, value: float) -> None:
        """Sets a gauge of this worker."""
        self.numbers[self.layout.place(name, *values)] = value

    def scored(self, figures: Figures, interactions: int, acts: tuple[int, ...]) -> None:
        """Counts a score of a history with so many interactions that do so many of each act."""
        numbers = self.numbers
        band, stance, unread, statuses, shown = figures
        with self.lock:
            numbers[self._scores[band, stance]] += 1.0
            if unread:
                numbers[self._unread] += unread
            if statuses != self._all_scored:
                for trait, status in zip(Trait, statuses, strict=True):
                    if status != TraitStatus.SCORED:
                        numbers[self._abstentions[trait, status]] += 1.0
            observe(numbers, self._interactions, (interactions,))
            observe_row(numbers, self._shown, shown)
            add(numbers, self._first_act, acts)
