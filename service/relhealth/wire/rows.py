"""Rows of tables to requests: plain values under the contract's names, enums by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from relhealth.domain.history import Outcome
from relhealth.errors import InvalidInputError
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.interactions import outcome_of
from relhealth.wire.requests import Request
from relhealth.wire.times import timestamp_of
from relhealth.wire.violations import Reason, refusal

Row = Mapping[str, Any]  # a table's row: None, str, int, float, or rows and lists of them

ENUMS: Final[dict[str, dict[str, int]]] = {
    "sender": {name: int(number) for name, number in pb.Sender.items()},
    "sender_kind": {name: int(number) for name, number in pb.SenderKind.items()},
    "channel": {name: int(number) for name, number in pb.Channel.items()},
    "purpose": {name: int(number) for name, number in pb.Purpose.items()},
}
"""The numbers of each enum's values by their names."""

_TIMES: Final = ("sent_time", "recorded_time")
OUTCOMES: Final = ("rating", "opt_out", "consent")
"""Names of the fields of which an interaction has one at most."""


def read_row(row: Row) -> Request:
    """A request from a row of a table of histories.

    Args:
        row: The fields of a history, each interaction a row of its own; times in microseconds
            since 1970 UTC, enum values by name, None for what is unset. `as_of_time` may stand
            beside them.

    Raises:
        InvalidInputError: An enum value is unknown, an outcome is given beside another, or a value
            does not fit its field.
    """
    request = Request(
        history=pb.RelationshipHistory(
            brand_id=row["brand_id"] or "",
            customer_id=row["customer_id"] or "",
            segment=row.get("segment") or "",
            interactions=[
                _interaction(item or {}, f"history.interactions[{index}]")
                for index, item in enumerate(row["interactions"] or ())
            ],
        )
    )
    as_of_us = row.get("as_of_time")
    if as_of_us is not None:
        request.as_of_time.CopyFrom(timestamp_of(as_of_us))
    return request


def read_outcome(item: Row) -> Outcome | None:
    """The outcome of an interaction's row that has one; None where it is wrong."""
    told = {name: item[name] for name in OUTCOMES if item.get(name) is not None}
    try:
        return outcome_of(_interaction(told, ""))
    except InvalidInputError:
        return None


def _interaction(item: Row, path: str) -> pb.Interaction:
    values: dict[str, object] = {}
    for name, value in item.items():
        if value is None:
            continue
        if name in _TIMES:
            values[name] = timestamp_of(value)
        elif name in ENUMS:
            values[name] = _number(name, value, f"{path}.{name}")
        elif name == "rating":
            values[name] = _rating(value, f"{path}.{name}")
        elif name in OUTCOMES:
            values[name] = {"channels": _channels(value, f"{path}.{name}.channels")}
        else:
            values[name] = value
    if sum(name in values for name in OUTCOMES) > 1:
        raise refusal(Reason.INVALID_VALUE, path, "has more than one outcome")
    try:
        return pb.Interaction(**values)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise refusal(Reason.INVALID_VALUE, path, "holds a value that its field cannot") from error


def _number(name: str, value: str, path: str) -> int:
    number = ENUMS[name].get(value)
    if number is None:
        raise refusal(Reason.INVALID_ENUM, path, "is not a value of its enum")
    return number


def _rating(value: Row, path: str) -> pb.Rating:
    for name in ("value", "min", "max"):
        if value[name] is None:
            raise refusal(Reason.MISSING_FIELD, f"{path}.{name}", "is required")
    return pb.Rating(value=value["value"], min=value["min"], max=value["max"])


def _channels(value: Row, path: str) -> list[int]:
    return [
        _number("channel", name, f"{path}[{index}]")
        for index, name in enumerate(value["channels"] or ())
    ]
