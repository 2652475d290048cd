"""The threads that answer calls.

The standard library's pool makes a future and its condition for every call and, as soon as two of
its threads are idle, wakes one of them for nothing whenever another gets a call. Here a call goes
straight to the thread that became idle last, whose memory is still at hand.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from typing import Any

from relhealth.serving.logs import log
from relhealth.serving.metrics import Meter


class Call:
    """A call that was handed over, as gRPC sees it: something that ends.

    Attributes:
        run: Answers it.
        is_over: Whether it was answered; guarded by the lock, as `callback` is.
        callback: Who is told the end.
    """

    __slots__ = ("_lock", "callback", "is_over", "run")

    def __init__(self, run: Callable[[], object], lock: threading.Lock) -> None:
        self.run = run
        self.is_over = False
        self.callback: Callable[[Call], object] | None = None
        self._lock = lock

    def add_done_callback(self, callback: Callable[[Call], object]) -> None:
        """Has a callback told the end; there is one callback at most."""
        with self._lock:
            if not self.is_over:
                self.callback = callback
                return
        callback(self)


class CallThreads:
    """Runs calls, and tells how many wait or run; all of a pool that a gRPC server asks for.

    A thread is started when a call finds none idle. It ends with the process, not before.

    Args:
        most: Threads; calls beyond them wait, first come, first served.
        meter: Counts the calls; its lock guards what changes here, too.
    """

    def __init__(self, most: int, meter: Meter) -> None:
        self._most = most
        self._meter = meter
        self._in_flight = meter.layout.place("relhealth_calls_in_flight")
        self._abandoned = meter.layout.place("relhealth_abandoned_calls_total")
        self._started = 0
        self._idle: list[SimpleQueue[Call]] = []
        self._waiting: deque[Call] = deque()

    def submit(self, function: Callable[..., object], /, *arguments: Any) -> Call:  # noqa: ANN401
        """Has a function called, and counts the call until it has returned.

        Raises:
            RuntimeError: The machine has no thread to give, and none was started before.
        """
        meter = self._meter
        call = Call(partial(function, *arguments), meter.lock)
        with meter.lock:
            if self._idle:
                self._idle.pop().put(call)
            elif self._started >= self._most or not self._is_started_with(call):
                self._waiting.append(call)
            meter.numbers[self._in_flight] += 1.0
        return call

    def _is_started_with(self, first: Call) -> bool:
        """Starts a thread, whose first call waits for another where the machine has none to give.

        Raises:
            RuntimeError: It has none, and there is no other.
        """
        # What a thread is started with, it keeps; gRPC cannot let go of a call that is kept.
        calls: SimpleQueue[Call] = SimpleQueue()
        name = f"call_{self._started + 1}"
        thread = threading.Thread(target=self._serve, args=(calls,), name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError:
            if self._started == 0:
                raise
            return False
        self._started += 1
        calls.put(first)
        return True

    def _serve(self, calls: SimpleQueue[Call]) -> None:
        """The life of a thread, which has a queue of its own for a call at a time."""
        while True:
            self._answer(calls.get(), calls)

    def _answer(self, call: Call, calls: SimpleQueue[Call]) -> None:
        """Runs a call; then the next one is in the thread's queue, or the thread is idle."""
        meter = self._meter
        meter.here.begun = False
        _survived(call.run)
        with meter.lock:
            meter.numbers[self._in_flight] -= 1.0
            # The library does not call a handler for a client that has left already.
            meter.numbers[self._abandoned] += not meter.here.begun
            call.is_over = True
            if self._waiting:
                calls.put(self._waiting.popleft())
            else:
                self._idle.append(calls)
        if call.callback is not None:
            _survived(partial(call.callback, call))


def _survived(function: Callable[[], object]) -> None:
    """Calls a function; a thread goes on whatever comes of it, for others wait for it."""
    try:
        function()
    except BaseException as error:  # noqa: BLE001 - gRPC sees to the exceptions of handlers
        log("error", "call failed", exception=type(error).__qualname__)
