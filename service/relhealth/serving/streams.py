"""Streams and their clients' silence: an open stream holds a thread, and not for nothing.

gRPC pings connections, so a client that is dead is found out; one that is alive and keeps silent
is not. gRPC's own way to answer from any thread, by a function that sends, lets a stream be ended
while its thread waits for the client.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

import grpc

from relhealth.serving.metrics import Meter
from relhealth.serving.patience import check_said_all, check_waiting
from relhealth.serving.refusals import Refusal, refuse, tell_status

Send = Callable[[bytes | None], None]
"""Sends a message and waits until it is on its way; None ends the call."""


class Stream:
    """An open stream, as the thread that serves it and the watch over its silence see it.

    Attributes:
        heard_bytes: Bytes of the client's messages so far.
        said_bytes: Bytes of ours.
    """

    def __init__(self, context: grpc.ServicerContext, send: Send) -> None:
        self.heard_bytes = 0
        self.said_bytes = 0
        self._context = context
        self._send = send
        self._lock = threading.Lock()
        self._waits_since = math.inf
        self._speaks = False
        self._is_over = False

    @property
    def waits_since(self) -> float:
        """Monotonic seconds since when the client is waited for; infinity: it is not."""
        return self._waits_since

    def hear(self, raws: Iterator[bytes]) -> Iterator[bytes]:
        """The client's messages.

        Raises:
            Refusal: CANCELLED or DEADLINE_EXCEEDED, where the client left between two of them.
        """
        while True:
            self._waits_since = time.monotonic()
            raw = next(raws, None)
            self._waits_since = math.inf
            if raw is None:
                break
            self.heard_bytes += len(raw)
            yield raw
        check_said_all(self._context)

    def say(self, raw: bytes) -> None:
        """Sends a message.

        Raises:
            Refusal: CANCELLED or DEADLINE_EXCEEDED, since the client has left.
        """
        self.said_bytes += len(raw)
        self._speaks = True
        self._waits_since = time.monotonic()
        self._send(raw)
        self._waits_since = math.inf
        self._speaks = False
        check_waiting(self._context)

    def close(self) -> bool:
        """Takes the end of the call upon the caller; False where another has done so before."""
        with self._lock:
            was_open = not self._is_over
            self._is_over = True
        return was_open

    def end(self) -> None:
        """Ends a call that was closed here, with what its context says."""
        self._send(None)

    def give_up(self, refusal: Refusal) -> bool:
        """Ends the call from another thread; False where it was closed before.

        A status would wait behind a message that the client does not take: such a call is
        cancelled.
        """
        if not self.close():
            return False
        if self._speaks:
            self._context.cancel()
        else:
            tell_status(self._context, refusal.status)
            self.end()
        return True


class Streams:
    """The open streams of a worker, and the watch that ends those whose clients keep silent.

    Args:
        meter: Counts those that were given up.
        idle_seconds: How long a client may be waited for; infinity for no limit.
    """

    def __init__(self, meter: Meter, idle_seconds: float = math.inf) -> None:
        self._meter = meter
        self._idle_seconds: Final = idle_seconds
        self._changed = threading.Condition()
        self._open: set[Stream] = set()
        self._is_watched = math.isinf(idle_seconds)

    def open(self, context: grpc.ServicerContext, send: Send) -> Stream:
        """A stream that is watched until it is left."""
        stream = Stream(context, send)
        with self._changed:
            self._open.add(stream)
            if not self._is_watched:
                threading.Thread(target=self._watch, name="streams", daemon=True).start()
                self._is_watched = True
            self._changed.notify()
        return stream

    def leave(self, stream: Stream) -> None:
        """The stream is served no longer."""
        with self._changed:
            self._open.remove(stream)

    def idle(self) -> Refusal:
        """What a client is told that kept silent."""
        return refuse(
            grpc.StatusCode.ABORTED,
            "STREAM_IDLE",
            f"the client kept the stream waiting for {self._idle_seconds:g} seconds",
        )

    def _watch(self) -> None:
        while True:
            with self._changed:
                while not self._open:
                    self._changed.wait()
                streams = tuple(self._open)
            time.sleep(self._until_next(streams))

    def _until_next(self, streams: tuple[Stream, ...]) -> float:
        """Gives up who is due; seconds until somebody can be.

        Whoever is not waited for yet cannot be due before the whole time has passed.
        """
        now = time.monotonic()
        next_due = now + self._idle_seconds
        for stream in streams:
            due = stream.waits_since + self._idle_seconds
            if due > now:
                next_due = min(next_due, due)
            elif stream.give_up(self.idle()):
                self._meter.add("relhealth_limited_calls_total", "stream_idle_seconds")
        return next_due - now
