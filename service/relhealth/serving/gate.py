"""The gate: authentication, permission, and the limits of each client."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final, cast

import grpc

from relhealth.serving.clients import Client, Clients
from relhealth.serving.metrics import Meter, Method
from relhealth.serving.refusals import refuse
from relhealth.serving.usage import Usage, places_of
from relhealth.wire.statuses import retry_after

_AUTHORIZATION: Final = "authorization"
_BEARER: Final = "bearer "
_OPEN_SERVICE: Final = "grpc.health.v1.Health"
_STREAMING: Final = ("bidi_stream", "client_stream")
_CONCURRENCY_RETRY_SECONDS: Final = 0.1
_CODE: Final = grpc.StatusCode

Leave = Callable[[], None]


class ClientGate:
    """Lets in who may; one for a worker.

    Without a file of clients everybody is one anonymous client with the default rate. The health
    service is always open, for probes carry no tokens.
    """

    def __init__(
        self,
        clients: Clients | None,
        default_rate: float,
        max_streams: int,
        usage: Usage,
        worker: int,
        meter: Meter,
    ) -> None:
        self._anonymous = Client(
            "anonymous", requests_per_second=default_rate, burst=max(1, int(default_rate))
        )
        self._max_streams = max_streams
        self._usage = usage
        self._worker = worker
        self._meter = meter
        self._lock = threading.Lock()
        self._streams = 0
        self.set_clients(clients)

    def set_clients(self, clients: Clients | None) -> None:
        """Puts other clients in force, from the next call on."""
        known = Clients((self._anonymous,)) if clients is None else clients
        self._clients = (clients, places_of(known))

    def admit(self, context: grpc.ServicerContext, method: Method) -> Leave | None:
        """Lets a call in; what is returned, if anything, is called when the call is over.

        Raises:
            Refusal: UNAUTHENTICATED, PERMISSION_DENIED or RESOURCE_EXHAUSTED.
        """
        if method.service == _OPEN_SERVICE:
            return None
        clients, places = self._clients
        client = self._anonymous if clients is None else _identify(context, clients)
        if client.methods is not None and method.name not in client.methods:
            raise refuse(
                _CODE.PERMISSION_DENIED,
                "METHOD_NOT_PERMITTED",
                f"the client may not call {method.name}",
            )
        place = places[client.name]
        if client.requests_per_second > 0.0:
            self._check_rate(client, place)
        streaming = method.kind in _STREAMING
        if not streaming and client.concurrent_calls == 0:
            return None
        return self._enter(client, place, streaming)

    def _check_rate(self, client: Client, place: int) -> None:
        with self._lock:
            wait = self._usage.wait(place, client, time.monotonic())
        if wait > 0.0:
            self._meter.add("relhealth_limited_calls_total", "rate")
            raise refuse(
                _CODE.RESOURCE_EXHAUSTED,
                "RATE_LIMIT_EXCEEDED",
                "the client calls more often than it may",
                retry_after(wait),
            )

    def _enter(self, client: Client, place: int, streaming: bool) -> Leave:  # noqa: FBT001
        with self._lock:
            if client.concurrent_calls and self._usage.running(place) >= client.concurrent_calls:
                limit, reason = "concurrency", "CONCURRENCY_LIMIT_EXCEEDED"
            elif streaming and self._streams >= self._max_streams:
                limit, reason = "streams", "STREAM_LIMIT_EXCEEDED"
            else:
                self._usage.enter(self._worker, place, 1.0)
                self._streams += streaming
                self._meter.put("relhealth_streams_in_flight", value=self._streams)
                return functools.partial(self._leave, place, streaming)
        self._meter.add("relhealth_limited_calls_total", limit)
        raise refuse(
            _CODE.RESOURCE_EXHAUSTED,
            reason,
            "too many calls are in flight",
            retry_after(_CONCURRENCY_RETRY_SECONDS),
        )

    def _leave(self, place: int, streaming: bool) -> None:  # noqa: FBT001
        with self._lock:
            self._usage.enter(self._worker, place, -1.0)
            self._streams -= streaming
            self._meter.put("relhealth_streams_in_flight", value=self._streams)


def _identify(context: grpc.ServicerContext, clients: Clients) -> Client:
    """The client that a call comes from, by its token or else its certificate.

    Raises:
        Refusal: UNAUTHENTICATED, the same whatever is amiss.
    """
    client = None
    token = _token(context)
    if token is not None:
        client = clients.by_token(token)
    else:
        names = _certificate_names(context)
        if names:
            client = clients.by_certificate(names)
    if client is None:
        raise refuse(
            _CODE.UNAUTHENTICATED, "UNAUTHENTICATED", "a known token or certificate is wanted"
        )
    return client


def _token(context: grpc.ServicerContext) -> str | None:
    for key, value in context.invocation_metadata():
        if key == _AUTHORIZATION and isinstance(value, str):
            return value[len(_BEARER) :] if value[: len(_BEARER)].lower() == _BEARER else ""
    return None


def _certificate_names(context: grpc.ServicerContext) -> tuple[str, ...]:
    properties = cast("Mapping[str, tuple[bytes, ...]]", context.auth_context())
    return tuple(
        value.decode("utf-8", "replace")
        for key in ("x509_common_name", "x509_subject_alternative_name")
        for value in properties.get(key, ())
    )
