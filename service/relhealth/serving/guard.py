"""The guard: what every call passes through, whichever service it is for.

It lets a call in or turns it away, counts it as go-grpc-middleware does, honours its deadline,
makes sure that nothing but a named status comes out, and logs it. It wraps a handler once, when
the server is built, so that a call costs no interceptor.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol

import grpc

from relhealth.errors import InvalidInputError
from relhealth.serving.board import HistogramPlace, observe
from relhealth.serving.logs import log
from relhealth.serving.metrics import CODE_NAMES, SECONDS, Meter, Method
from relhealth.serving.patience import code_of_leaving
from relhealth.serving.refusals import Refusal, end_call, refuse
from relhealth.serving.settings import LogRequests
from relhealth.serving.streams import Send, Stream, Streams
from relhealth.wire.statuses import retry_after, status_of
from relhealth.wire.violations import Reason, refusal

_Handler = Any  # grpc.RpcMethodHandler, whose attributes its stubs leave untyped
_REQUEST_ID_KEY: Final = "x-request-id"
_MOST_REQUEST_ID_CHARACTERS: Final = 128
_OK: Final = grpc.StatusCode.OK
_FULL_RETRY_SECONDS: Final = 0.1


class Gate(Protocol):
    """Lets calls in and turns calls away."""

    def admit(self, context: grpc.ServicerContext, method: Method) -> Callable[[], None] | None:
        """Lets a call in; what is returned, if anything, is called when the call is over.

        Raises:
            Refusal: The call is turned away.
        """
        ...


Tracer = Callable[[Method, grpc.ServicerContext], AbstractContextManager[object]]


class Guard:
    """Wraps handlers; one for a worker."""

    def __init__(
        self,
        meter: Meter,
        gate: Gate,
        log_requests: LogRequests = "failed",
        tracer: Tracer | None = None,
        max_message_bytes: int | None = None,
        max_stream_idle_seconds: float = math.inf,
    ) -> None:
        self._meter = meter
        self._gate = gate
        self._streams = Streams(meter, max_stream_idle_seconds)
        self._log_requests = log_requests
        self._tracer = tracer
        self._max_message_bytes = max_message_bytes

    def wrap(
        self, method: Method, handler: _Handler, pool: ThreadPoolExecutor | None = None
    ) -> _Handler:
        """The handler behind the guard; it takes raw bytes and checks them itself.

        Args:
            method: How its calls are counted.
            handler: What answers them.
            pool: Where they run; None: with the server's other calls.
        """
        watch = self._watch(method)
        parse = handler.request_deserializer
        write = handler.response_serializer
        call: Any
        guarded: _Handler
        if handler.request_streaming:
            behaviour = (
                self._traced_stream(method, handler.stream_stream)
                if handler.response_streaming
                else _alone(self._traced(method, handler.stream_unary))
            )
            call = _streaming(behaviour, parse, write, watch, self._streams)
            guarded = grpc.stream_stream_rpc_method_handler(call)
        elif handler.response_streaming:
            call = _watching(handler.unary_stream, parse, write, watch)
            guarded = grpc.unary_stream_rpc_method_handler(call)
        else:
            call = _unary(self._traced(method, handler.unary_unary), parse, write, watch)
            guarded = grpc.unary_unary_rpc_method_handler(call)
        if pool is not None:
            call.experimental_thread_pool = pool
        return guarded

    def turn_away(self, method: Method, pool: ThreadPoolExecutor) -> _Handler:
        """A handler for the calls that are more than the server accepts at once.

        Args:
            method: How they are counted.
            pool: Where they are answered, beside those that were accepted.
        """
        watch = self._watch(method)

        def call(_: object, context: grpc.ServicerContext) -> None:
            began = time.perf_counter()
            watch.start()
            self._meter.add("relhealth_limited_calls_total", "calls")
            full = refuse(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                "CALL_LIMIT_EXCEEDED",
                "the server has as many calls as it accepts",
                retry_after(_FULL_RETRY_SECONDS),
            )
            _fail(full, watch, context, began, (0, 0))

        call.experimental_thread_pool = pool  # type: ignore[attr-defined]
        # Whatever the method's type: the status goes out before anything is read.
        return grpc.stream_stream_rpc_method_handler(call)

    def _traced(self, method: Method, behaviour: Callable[..., Any]) -> Callable[..., Any]:
        """What answers with one message, in a span where calls are traced."""
        tracer = self._tracer
        if tracer is None:
            return behaviour

        def traced(request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ANN401
            with tracer(method, context):
                return behaviour(request, context)

        return traced

    def _traced_stream(self, method: Method, behaviour: Callable[..., Any]) -> Callable[..., Any]:
        """The same for what answers with many."""
        tracer = self._tracer
        if tracer is None:
            return behaviour

        def traced(requests: Any, context: grpc.ServicerContext) -> Iterator[Any]:  # noqa: ANN401
            with tracer(method, context):
                yield from behaviour(requests, context)

        return traced

    def _watch(self, method: Method) -> _Watch:
        return _Watch(method, self._meter, self._gate, self._log_requests, self._max_message_bytes)


class _Watch:
    """Starts and finishes the calls of one method."""

    def __init__(
        self,
        method: Method,
        meter: Meter,
        gate: Gate,
        log_requests: LogRequests,
        max_message_bytes: int | None,
    ) -> None:
        place = meter.layout.place
        self.method: Final = method
        self.gate: Final = gate
        self._numbers, self._lock, self._here = meter.numbers, meter.lock, meter.here
        self._started = place("grpc_server_started_total", *method.labels)
        self._received = place("grpc_server_msg_received_total", *method.labels)
        self._sent = place("grpc_server_msg_sent_total", *method.labels)
        self._seconds = (
            HistogramPlace.of(place("grpc_server_handling_seconds", *method.labels), SECONDS),
        )
        self._handled = {
            code: place("grpc_server_handled_total", *method.labels, name)
            for code, name in CODE_NAMES.items()
        }
        self._handled_ok = self._handled[_OK]
        self._log_all = log_requests == "all"
        self._log_failed = log_requests != "none"
        self._meter = meter
        self._max_message_bytes = math.inf if max_message_bytes is None else max_message_bytes

    def parsed(self, raw: bytes, parse: Callable[[bytes], Any] | None) -> Any:  # noqa: ANN401
        """The message that a method's `parse` makes of bytes; without one, the bytes.

        Raises:
            Refusal: They are too many.
            InvalidInputError: They are no such message.
        """
        if len(raw) > self._max_message_bytes:
            self._meter.add("relhealth_limited_calls_total", "message_bytes")
            raise refuse(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                "MESSAGE_TOO_LARGE",
                f"a message has at most {self._max_message_bytes} bytes",
            )
        if parse is None:
            return raw
        try:
            return parse(raw)
        except Exception as error:
            raise refusal(Reason.MALFORMED_MESSAGE, "", "not the method's message") from error

    def start(self, received: int = 0) -> None:
        """Counts the begin of a call, and the messages that came with it."""
        self._here.begun = True
        numbers = self._numbers
        with self._lock:
            numbers[self._started] += 1.0
            if received:
                numbers[self._received] += received

    def received(self) -> None:
        with self._lock:
            self._numbers[self._received] += 1.0

    def sent(self) -> None:
        with self._lock:
            self._numbers[self._sent] += 1.0

    def finish(
        self,
        context: grpc.ServicerContext,
        code: grpc.StatusCode,
        began: float,
        sizes: tuple[int, int],
        error: str | None = None,
        *,
        sent: int = 0,
    ) -> None:
        """Counts and logs the end of a call, and the messages that go with it."""
        seconds = time.perf_counter() - began
        numbers = self._numbers
        handled = self._handled_ok if code is _OK else self._handled[code]
        with self._lock:
            numbers[handled] += 1.0
            if sent:
                numbers[self._sent] += sent
            observe(numbers, self._seconds, (seconds,))
        if self._log_all or (self._log_failed and code is not _OK):
            log(
                "error" if error is not None else "info",
                "call",
                request_id=_request_id(context),
                service=self.method.service,
                method=self.method.name,
                code=CODE_NAMES[code],
                seconds=round(seconds, 6),
                request_bytes=sizes[0],
                response_bytes=sizes[1],
                exception=error,
            )


def _unary(
    behaviour: Callable[..., Any],
    parse: Callable[[bytes], Any] | None,
    write: Callable[[Any], bytes] | None,
    watch: _Watch,
) -> Callable[[bytes, grpc.ServicerContext], bytes]:
    def call(raw: bytes, context: grpc.ServicerContext) -> bytes:
        began = time.perf_counter()
        watch.start(received=1)
        leave = None
        response = b""
        try:
            leave = watch.gate.admit(context, watch.method)
            answer = behaviour(watch.parsed(raw, parse), context)
            response = answer if write is None else write(answer)
        except Exception as error:  # noqa: BLE001 - whatever happens becomes a named status
            _fail(error, watch, context, began, (len(raw), 0))
        finally:
            if leave is not None:
                leave()
        watch.finish(context, _code_of(context), began, (len(raw), len(response)), sent=1)
        return response

    return call


def _streaming(
    behaviour: Callable[..., Iterator[Any]],
    parse: Callable[[bytes], Any] | None,
    write: Callable[[Any], bytes] | None,
    watch: _Watch,
    streams: Streams,
) -> Callable[..., None]:
    """For calls whose clients send many messages; they hold a thread, and are watched meanwhile."""

    def call(raws: Iterator[bytes], context: grpc.ServicerContext, send: Send) -> None:
        began = time.perf_counter()
        watch.start()
        stream = streams.open(context, send)
        error: Exception | None = None
        leave = None
        try:
            leave = watch.gate.admit(context, watch.method)
            for answer in behaviour(_counted(raws, parse, watch, stream), context):
                stream.say(answer if write is None else write(answer))
                watch.sent()
        except Exception as caught:  # noqa: BLE001 - whatever happens becomes a named status
            error = caught
        finally:
            if leave is not None:
                leave()
            streams.leave(stream)
        sizes = (stream.heard_bytes, stream.said_bytes)
        if not stream.close():
            watch.finish(context, streams.idle().code, began, sizes)
        elif error is not None:
            _fail(error, watch, context, began, sizes)
        else:
            watch.finish(context, _code_of(context), began, sizes)
            stream.end()

    call.experimental_non_blocking = True  # type: ignore[attr-defined]
    return call


def _alone(behaviour: Callable[..., Any]) -> Callable[..., Iterator[Any]]:
    """What answers with one message, as if with many."""

    def answer(requests: Iterator[Any], context: grpc.ServicerContext) -> Iterator[Any]:
        yield behaviour(requests, context)

    return answer


def _watching(
    behaviour: Callable[..., Any],
    parse: Callable[[bytes], Any] | None,
    write: Callable[[Any], bytes] | None,
    watch: _Watch,
) -> Callable[..., None]:
    """For the health service's Watch, which pushes its answers and holds no thread."""

    def call(
        raw: bytes,
        context: grpc.ServicerContext,
        send: Callable[[bytes | None], None],
    ) -> None:
        began = time.perf_counter()
        watch.start(received=1)

        def forward(answer: Any) -> None:  # noqa: ANN401 - a message, or None at the end
            if answer is not None:
                watch.sent()
            send(None if answer is None else answer if write is None else write(answer))

        try:
            leave = watch.gate.admit(context, watch.method)
            request = watch.parsed(raw, parse)
        except Exception as error:  # noqa: BLE001 - whatever happens becomes a named status
            _fail(error, watch, context, began, (len(raw), 0))

        def ended() -> None:
            if leave is not None:
                leave()
            watch.finish(context, code_of_leaving(context), began, (len(raw), 0))

        context.add_callback(ended)
        behaviour(request, context, forward)

    call.experimental_non_blocking = True  # type: ignore[attr-defined]
    return call


def _counted(
    raws: Iterator[bytes], parse: Callable[[bytes], Any] | None, watch: _Watch, stream: Stream
) -> Iterator[Any]:
    for raw in stream.hear(raws):
        watch.received()
        yield watch.parsed(raw, parse)


def _fail(
    error: Exception,
    watch: _Watch,
    context: grpc.ServicerContext,
    began: float,
    sizes: tuple[int, int],
) -> None:
    """Ends a call that raised; never returns."""
    if isinstance(error, InvalidInputError):
        error = Refusal(status_of(error))
    if isinstance(error, Refusal):
        watch.finish(context, error.code, began, sizes)
        end_call(context, error.status)
    if not context.is_active():
        code = code_of_leaving(context)
        watch.finish(context, code, began, sizes)
        if isinstance(error, grpc.RpcError):
            raise error  # the stream's own, which the library expects back
        context.abort(code, "the client has stopped waiting")
    internal = refuse(grpc.StatusCode.INTERNAL, "INTERNAL", "internal error")
    watch.finish(context, internal.code, began, sizes, error=type(error).__qualname__)
    end_call(context, internal.status)


def _code_of(context: grpc.ServicerContext) -> grpc.StatusCode:
    """The code of a call whose handler returned."""
    if not context.is_active():
        return code_of_leaving(context)
    code: grpc.StatusCode | None = context.code()  # type: ignore[attr-defined]
    return _OK if code is None else code


def _request_id(context: grpc.ServicerContext) -> str:
    """The id that the caller gave the call in `x-request-id`, or one made here."""
    for key, value in context.invocation_metadata():
        if key == _REQUEST_ID_KEY and isinstance(value, str):
            return value[:_MOST_REQUEST_ID_CHARACTERS]
    return os.urandom(8).hex()
