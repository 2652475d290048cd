"""Calls that are turned away, as exceptions that carry their status."""

from __future__ import annotations

from typing import Final

import grpc
from google.protobuf.message import Message
from google.rpc import status_pb2

from relhealth.wire.statuses import DETAILS_KEY, make_status

_CODES: Final = {code.value[0]: code for code in grpc.StatusCode}


class Refusal(Exception):  # noqa: N818 - not an error of ours but an answer
    """A call ends with a status other than OK, on purpose."""

    def __init__(self, status: status_pb2.Status) -> None:
        super().__init__()
        self.status = status

    @property
    def code(self) -> grpc.StatusCode:
        """The status' code."""
        return _CODES[self.status.code]


def refuse(code: grpc.StatusCode, reason: str, message: str, *details: Message) -> Refusal:
    """A refusal with an `ErrorInfo` of that reason."""
    return Refusal(make_status(code.value[0], reason, message, *details))


def end_call(context: grpc.ServicerContext, status: status_pb2.Status) -> None:
    """Ends a call with a status; never returns."""
    tell_status(context, status)
    context.abort(_CODES[status.code], status.message)


def tell_status(context: grpc.ServicerContext, status: status_pb2.Status) -> None:
    """Has a call end with a status, once it ends."""
    context.set_trailing_metadata(((DETAILS_KEY, status.SerializeToString()),))
    context.set_code(_CODES[status.code])
    context.set_details(status.message)
