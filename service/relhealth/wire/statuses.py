"""Errors as `google.rpc.Status`: a code, a reason, and the fields at fault."""

from __future__ import annotations

from typing import Final

from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2

from relhealth.errors import FieldViolation, InvalidInputError

DOMAIN: Final = "relhealth"
DETAILS_KEY: Final = "grpc-status-details-bin"
"""Key of a status' bytes in the metadata that ends a call."""


def status_of(error: InvalidInputError) -> status_pb2.Status:
    """INVALID_ARGUMENT with the reason and every field that is at fault."""
    bad_request = error_details_pb2.BadRequest(
        field_violations=[
            error_details_pb2.BadRequest.FieldViolation(
                field=violation.field,
                description=violation.description,
                reason=violation.reason,
            )
            for violation in error.violations
        ]
    )
    return make_status(code_pb2.INVALID_ARGUMENT, error.reason, str(error), bad_request)


def make_status(code: int, reason: str, message: str, *details: Message) -> status_pb2.Status:
    """A status with an `ErrorInfo` of that reason, and further details behind it."""
    info = error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN)
    return status_pb2.Status(
        code=code, message=message, details=[_packed(detail) for detail in (info, *details)]
    )


def retry_after(seconds: float) -> error_details_pb2.RetryInfo:
    """The detail that says when to try again."""
    whole, rest = divmod(round(seconds * 1_000_000_000), 1_000_000_000)
    return error_details_pb2.RetryInfo(retry_delay=duration_pb2.Duration(seconds=whole, nanos=rest))


def error_of(status: status_pb2.Status) -> InvalidInputError | None:
    """The error that a status of `status_of` stands for; None where it is of another kind."""
    reason = reason_of(status)
    bad_request = error_details_pb2.BadRequest()
    for detail in status.details:
        if detail.Unpack(bad_request) and reason is not None:
            violations = [
                FieldViolation(violation.reason or reason, violation.field, violation.description)
                for violation in bad_request.field_violations
            ]
            return InvalidInputError(*violations)
    return None


def reason_of(status: status_pb2.Status) -> str | None:
    """The reason of a status's `ErrorInfo`, where it has one of this domain."""
    info = error_details_pb2.ErrorInfo()
    for detail in status.details:
        if detail.Unpack(info) and info.domain == DOMAIN:
            return str(info.reason)
    return None


def _packed(detail: Message) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(detail)
    return packed
