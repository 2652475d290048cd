"""Clients that stop waiting: their deadline passed, or they went away."""

from __future__ import annotations

import grpc

from relhealth.serving.metrics import CODE_NAMES
from relhealth.serving.refusals import refuse


def check_waiting(context: grpc.ServicerContext) -> None:
    """Ends the work on a call for which nobody waits any more.

    Raises:
        Refusal: CANCELLED or DEADLINE_EXCEEDED.
    """
    if not context.is_active():
        code = code_of_leaving(context)
        raise refuse(code, CODE_NAMES[code], "the client has stopped waiting")


def code_of_leaving(context: grpc.ServicerContext) -> grpc.StatusCode:
    """The code of a call that ended before it was answered."""
    left = context.time_remaining()
    expired = left is not None and left <= 0
    return grpc.StatusCode.DEADLINE_EXCEEDED if expired else grpc.StatusCode.CANCELLED
