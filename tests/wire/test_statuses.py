"""Errors survive their way over the wire."""

from __future__ import annotations

import pytest
from google.rpc import code_pb2, error_details_pb2

from relhealth.errors import FieldViolation, InvalidInputError
from relhealth.wire.statuses import error_of, make_status, reason_of, retry_after, status_of


def test_a_refusal_is_an_invalid_argument_with_reason_and_fields() -> None:
    error = InvalidInputError("INVALID_TIME", FieldViolation("a.b", "is odd"))
    status = status_of(error)
    info, bad_request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    assert status.code == code_pb2.INVALID_ARGUMENT
    assert status.details[0].Unpack(info)
    assert (info.domain, info.reason) == ("relhealth", "INVALID_TIME")
    assert status.details[1].Unpack(bad_request)
    assert bad_request.field_violations[0].field == "a.b"


def test_a_refusal_comes_back_as_it_was() -> None:
    error = InvalidInputError("X", FieldViolation("a", "is b"), FieldViolation("c", "is d"))
    back = error_of(status_of(error))
    assert back is not None
    assert (back.reason, back.violations) == (error.reason, error.violations)


def test_other_statuses_are_no_refusals_of_input() -> None:
    status = make_status(code_pb2.RESOURCE_EXHAUSTED, "RATE_LIMIT_EXCEEDED", "m", retry_after(0.25))
    retry = error_details_pb2.RetryInfo()
    assert error_of(status) is None
    assert reason_of(status) == "RATE_LIMIT_EXCEEDED"
    assert status.details[1].Unpack(retry)
    assert retry.retry_delay.ToTimedelta().total_seconds() == pytest.approx(0.25)
