"""Builds a gRPC server: our service, health and reflection, all behind the guard."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, cast

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2, reflection_pb2_grpc

from relhealth.serving.guard import Guard
from relhealth.serving.metrics import Meter, layout_of
from relhealth.serving.service import SERVICE, RelationshipHealth, methods_of
from relhealth.serving.settings import Settings
from relhealth.serving.switchboard import Switchboard
from relhealth.serving.threads import CallThreads
from relhealth.serving.tls import Certificates

_HEALTH: Final = health_pb2.DESCRIPTOR.services_by_name["Health"]
_REFLECTION: Final = reflection_pb2.DESCRIPTOR.services_by_name["ServerReflection"]
METHODS: Final = (*methods_of(SERVICE), *methods_of(_HEALTH), *methods_of(_REFLECTION))
LAYOUT: Final = layout_of(METHODS)
_FOREVER: Final = 2**31 - 1
"""Milliseconds that gRPC takes for no limit."""


@dataclass(frozen=True, slots=True)
class Server:
    """A built server and what its owner steers it by."""

    grpc_server: grpc.Server
    health: health.HealthServicer
    service: RelationshipHealth

    def set_serving(self) -> None:
        """Health says SERVING, for the server and for the service."""
        for name in ("", SERVICE.full_name):
            self.health.set(name, health_pb2.HealthCheckResponse.SERVING)

    def drain(self, grace_seconds: float) -> threading.Event:
        """Health says NOT_SERVING, and calls in flight finish; the event tells the end."""
        self.health.enter_graceful_shutdown()
        stopped: threading.Event = self.grpc_server.stop(grace_seconds)
        return stopped


class _Handlers:
    """Stands in for a server while generated code registers its handlers."""

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}

    def add_generic_rpc_handlers(self, _: object) -> None:
        """The same handlers come by their names, too."""

    def add_registered_method_handlers(self, _: str, handlers: Mapping[str, Any]) -> None:
        """Keeps the handlers by their names."""
        self.found.update(handlers)


def build_server(
    settings: Settings, service: RelationshipHealth, guard: Guard, port: str, meter: Meter
) -> Server:
    """A server that listens on `port` (``host:port``) once it is started.

    Raises:
        RuntimeError: The port cannot be had.
    """
    switchboard = Switchboard(guard, meter, settings.max_concurrent_requests)
    server = grpc.server(
        # Of the pool, gRPC asks no more than to submit calls.
        cast("ThreadPoolExecutor", CallThreads(settings.threads, meter)),
        handlers=[switchboard],
        options=_options(settings),
        # The switchboard turns calls away by name before the library does so without a word.
        maximum_concurrent_rpcs=2 * settings.max_concurrent_requests,
    )
    health_servicer = health.HealthServicer()
    health_servicer.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
    health_servicer.set(SERVICE.full_name, health_pb2.HealthCheckResponse.NOT_SERVING)
    health_handlers = _Handlers()
    health_pb2_grpc.add_HealthServicer_to_server(
        health_servicer, cast("grpc.Server", health_handlers)
    )
    switchboard.connect(SERVICE, service.handlers())
    switchboard.connect_aside(_HEALTH, health_handlers.found)
    if settings.reflection:
        names = (SERVICE.full_name, _HEALTH.full_name, reflection.SERVICE_NAME)
        reflecting = _Handlers()
        reflection_pb2_grpc.add_ServerReflectionServicer_to_server(  # type: ignore[no-untyped-call]
            reflection.ReflectionServicer(names), reflecting
        )
        switchboard.connect(_REFLECTION, reflecting.found)
    _listen(server, settings, port, meter)
    meter.put("relhealth_calls_in_flight_limit", value=settings.max_concurrent_requests)
    meter.put("relhealth_streams_in_flight_limit", value=settings.max_streams)
    return Server(server, health_servicer, service)


def _options(settings: Settings) -> list[tuple[str, int]]:
    milliseconds = 1_000
    return [
        ("grpc.so_reuseport", 1),
        # A little above ours, so that most of what is too large is refused by name and counted.
        ("grpc.max_receive_message_length", settings.max_message_bytes * 5 // 4),
        ("grpc.max_send_message_length", -1),
        ("grpc.max_metadata_size", 16 * 1024),
        ("grpc.keepalive_time_ms", int(settings.keepalive_seconds * milliseconds)),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        ("grpc.max_connection_idle_ms", int(settings.max_connection_idle_seconds * milliseconds)),
        # Calls under way live on; gRPC spreads the ages, so that clients do not come all at once.
        (
            "grpc.max_connection_age_ms",
            int(settings.max_connection_age_seconds * milliseconds) or _FOREVER,
        ),
        ("grpc.max_concurrent_streams", settings.max_concurrent_requests),
    ]


def _listen(server: grpc.Server, settings: Settings, port: str, meter: Meter) -> None:
    if settings.tls_certificate is None:
        server.add_insecure_port(port)
    else:
        server.add_secure_port(port, Certificates(settings, meter).credentials())
