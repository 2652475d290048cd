"""Errors survive their way over the wire."""

from __future__ import annotations

import pytest
from google.rpc import code_pb2, error_details_pb2

from relhealth.errors import FieldViolation, InvalidInputError
from relhealth.wire.statuses import error_of, make_status, reason_of, retry_after, status_of


def test_a_refusal_is_an_invalid_argument_with_reason_and_fields() -> None:
    error = InvalidInputError(FieldViolation("INVALID_TIME", "a.b", "is odd"))
    status = status_of(error)
    info, bad_request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    assert status.code == code_pb2.INVALID_ARGUMENT
    assert status.details[0].Unpack(info)
    assert (info.domain, info.reason) == ("relhealth", "INVALID_TIME")
    assert status.details[1].Unpack(bad_request)
    violation = bad_request.field_violations[0]
    assert (violation.field, violation.reason) == ("a.b", "INVALID_TIME")


def test_a_refusal_comes_back_as_it_was() -> None:
    error = InvalidInputError(FieldViolation("X", "a", "is b"), FieldViolation("Y", "c", "is d"))
    back = error_of(status_of(error))
    assert back is not None
    assert (back.reason, back.violations) == (error.reason, error.violations)


def test_what_is_wrong_with_all_of_it_reads_without_a_field() -> None:
    whole = FieldViolation("MALFORMED_MESSAGE", "", "is no message")
    error = InvalidInputError(whole, FieldViolation("INVALID_TIME", "a.b", "is odd"))
    assert status_of(error).message == "is no message; a.b: is odd"


def test_an_older_service_gives_one_reason_for_all_fields() -> None:
    status = status_of(InvalidInputError(FieldViolation("X", "a", "is b")))
    without = error_details_pb2.BadRequest(
        field_violations=[error_details_pb2.BadRequest.FieldViolation(field="a", description="b")]
    )
    status.details[1].Pack(without)
    back = error_of(status)
    assert back is not None
    assert back.violations == (FieldViolation("X", "a", "b"),)


def test_other_statuses_are_no_refusals_of_input() -> None:
    status = make_status(code_pb2.RESOURCE_EXHAUSTED, "RATE_LIMIT_EXCEEDED", "m", retry_after(0.25))
    retry = error_details_pb2.RetryInfo()
    assert error_of(status) is None
    assert reason_of(status) == "RATE_LIMIT_EXCEEDED"
    assert status.details[1].Unpack(retry)
    assert retry.retry_delay.ToTimedelta().total_seconds() == pytest.approx(0.25)
