"""The switchboard: which handler answers a call, and which calls get none."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import grpc

from relhealth.serving.guard import Guard
from relhealth.serving.metrics import Meter
from relhealth.serving.service import methods_of


@dataclass(frozen=True, slots=True)
class _Line:
    """What answers a method's calls: as long as there is room, and when there is none."""

    handler: Any
    full: Any


class Switchboard(grpc.GenericRpcHandler):
    """Finds what answers a call; counts and turns away what is not to be answered.

    It is asked in the one thread that takes calls in, so nobody else makes the number of calls
    grow between its look and the call's begin.
    """

    def __init__(self, guard: Guard, meter: Meter, most_calls: int) -> None:
        self._guard = guard
        self._meter = meter
        self._most_calls = most_calls
        self._in_flight = meter.layout.place("relhealth_calls_in_flight")
        self._lines: dict[str, _Line] = {}
        self._aside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="aside")

    def connect(self, service: Any, handlers: Mapping[str, Any]) -> None:  # noqa: ANN401
        """Serves a service, given by its descriptor, within the limit of calls."""
        for method in methods_of(service):
            self._lines[method.path] = _Line(
                self._guard.wrap(method, handlers[method.name]),
                self._guard.turn_away(method, self._aside),
            )

    def connect_aside(self, service: Any, handlers: Mapping[str, Any]) -> None:  # noqa: ANN401
        """Serves a service whose short calls are answered however many others there are."""
        for method in methods_of(service):
            guarded = self._guard.wrap(method, handlers[method.name], self._aside)
            self._lines[method.path] = _Line(guarded, guarded)

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:  # noqa: ANN401
        """The handler of a call; None where there is none, which gRPC answers by itself."""
        line = self._lines.get(handler_call_details.method)
        if line is None:
            self._meter.add("relhealth_unknown_method_calls_total")
            return None
        is_full = self._meter.numbers[self._in_flight] >= self._most_calls
        return line.full if is_full else line.handler
