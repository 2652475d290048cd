"""How long work goes on: while its client waits, and no longer than one history may take."""

from __future__ import annotations

import threading
import time
from typing import Final

import grpc

from relhealth.serving.metrics import CODE_NAMES
from relhealth.serving.refusals import Refusal, refuse
from relhealth.wire.statuses import make_status

_EXHAUSTED: Final = grpc.StatusCode.RESOURCE_EXHAUSTED.value[0]
_BETWEEN_LOOKS_SECONDS: Final = 0.001
_MOMENT_SECONDS: Final = 0.005
_ON_ITS_WAY_SECONDS: Final = 0.02


class TooMuchWork(Refusal):
    """A history takes longer than one may."""

    def __init__(self) -> None:
        super().__init__(
            make_status(_EXHAUSTED, "HISTORY_TOO_COSTLY", "the history takes longer than one may")
        )


class Patience:
    """The checkpoint of a call: it ends the work that is for nobody or takes too long.

    It is called far more often than it is worth to look: most calls only see that the last look
    was a moment ago.

    Args:
        context: The call.
        history_seconds: Processor time that the work on one history may take, from the first look
            at it on; infinity for no limit. It is that of the thread which makes this and works.
    """

    def __init__(self, context: grpc.ServicerContext, history_seconds: float) -> None:
        self._context = context
        self._history_seconds = history_seconds
        self._next_look = time.perf_counter() + _BETWEEN_LOOKS_SECONDS
        self._until: float | None = None

    def renew(self) -> None:
        """The work on another history begins."""
        self._until = None

    def __call__(self) -> None:
        """Looks whether to go on.

        Raises:
            Refusal: CANCELLED or DEADLINE_EXCEEDED, since the client has stopped waiting.
            TooMuchWork: The history takes too long.
        """
        now = time.perf_counter()
        if now < self._next_look:
            return
        self._next_look = now + _BETWEEN_LOOKS_SECONDS
        check_waiting(self._context)
        worked = time.thread_time()
        if self._until is None:
            self._until = worked + self._history_seconds
        elif worked > self._until:
            raise TooMuchWork


def check_waiting(context: grpc.ServicerContext) -> None:
    """Ends the work on a call for which nobody waits any more.

    Raises:
        Refusal: CANCELLED or DEADLINE_EXCEEDED.
    """
    if not context.is_active():
        code = code_of_leaving(context)
        raise refuse(code, CODE_NAMES[code], "the client has stopped waiting")


def check_said_all(context: grpc.ServicerContext) -> None:
    """Tells a client that has sent all its messages from one that has left between two of them.

    gRPC ends the messages first and tells of the cancellation a moment later; this waits for that
    moment, once a stream.

    Raises:
        Refusal: CANCELLED or DEADLINE_EXCEEDED.
    """
    gone = threading.Event()
    if context.add_callback(gone.set):
        gone.wait(_MOMENT_SECONDS)
    check_waiting(context)


def code_of_leaving(context: grpc.ServicerContext) -> grpc.StatusCode:
    """The code of a call that ended before it was answered.

    A deadline runs out at the client first, by as long as the call was on its way: what reaches
    us then is a cancellation.
    """
    left = context.time_remaining()
    expired = left is not None and left <= _ON_ITS_WAY_SECONDS
    return grpc.StatusCode.DEADLINE_EXCEEDED if expired else grpc.StatusCode.CANCELLED
