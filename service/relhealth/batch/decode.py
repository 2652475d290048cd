"""Rows of Arrow batches as requests, with the places they came from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import pyarrow as pa

from relhealth.batch.columns import Relationships
from relhealth.batch.conform import UnreadableColumnError, conform
from relhealth.batch.lines import Fault
from relhealth.batch.rejects import reject_of
from relhealth.batch.schema import (
    AS_OF_TIME,
    FAULT,
    HISTORIES,
    INTERACTION,
    MOMENT,
    REQUEST_JSON,
    SOURCE,
    SOURCES,
)
from relhealth.domain.history import History
from relhealth.errors import ConfigurationError, InvalidInputError
from relhealth.wire.json_reading import read_request_line
from relhealth.wire.limits import DEFAULT_LIMITS
from relhealth.wire.plain import Asked, asked_as_of, read_plain
from relhealth.wire.plain_json import read_plain_line
from relhealth.wire.requests import Request
from relhealth.wire.rows import read_row
from relhealth.wire.times import is_moment
from relhealth.wire.violations import Reason, refusal

_INDEX: Final = re.compile(r"history\.interactions\[(\d+)\]")
_IDS: Final = ("brand_id", "customer_id")
_NEEDED: Final = (*_IDS, "interactions")
_NEEDED_OF_EACH: Final = ("interaction_id", "sent_time", "sender", "text")
_TYPES: Final = {
    **{field.name: field.type for field in HISTORIES},
    AS_OF_TIME: MOMENT,
    SOURCES: pa.list_(SOURCE),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was read."""

    file: str | None
    line: int | None


_NOWHERE: Final = Place(None, None)


Plain = tuple[History, Asked]
"""A history and what is asked of it."""


class Row(Protocol):
    """One row of a batch."""

    def plain(self) -> Plain | None:
        """The history that it holds and what it asks for, without a request in between.

        None where it is not plain and right; what the request says holds then.
        """
        ...

    def request(self) -> Request:
        """The request that it holds.

        Raises:
            InvalidInputError: It cannot be read.
        """
        ...

    def place(self, field: str) -> Place:
        """Where the field of that path was read."""
        ...

    def ids(self) -> dict[str, str | None]:
        """Whose it is, as far as that can be told without the request; None for an empty id."""
        ...


@dataclass(frozen=True, slots=True)
class JsonRow:
    """A row that is a line of proto3 JSON."""

    line: str | bytes | None
    places: list[dict[str, Any]] | None
    fault: str | None

    def plain(self) -> Plain | None:
        """The history of the line."""
        if self.fault is not None or self.line is None:
            return None
        line = self.line.encode() if isinstance(self.line, str) else self.line
        raw = read_plain_line(line)
        return None if raw is None else read_plain(raw, DEFAULT_LIMITS, is_streamed=False)

    def request(self) -> Request:
        """The request of the line."""
        if self.fault is not None:
            raise Fault(self.fault).refusal()
        return read_request_line(self.line or b"")

    def place(self, field: str) -> Place:
        """The line's place."""
        return _place(self.places, field)

    def ids(self) -> dict[str, str | None]:
        """Nothing: the line would have to be read."""
        return {}


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """A row whose history stands in columns.

    Attributes:
        batch: The rows that it is one of.
        number: Its place among them.
    """

    batch: Relationships
    number: int

    def plain(self) -> Plain | None:
        """The history of the columns; the row asks for nothing but its moment."""
        as_of_us = self.batch.as_of_us(self.number)
        if as_of_us is not None and not is_moment(as_of_us):
            return None
        history = self.batch.history(self.number)
        return None if history is None else (history, asked_as_of(as_of_us))

    def request(self) -> Request:
        """The request of the columns."""
        return read_row(self.batch.values(self.number))

    def place(self, field: str) -> Place:
        """The row's place, or that of the interaction that the field belongs to."""
        return _place(self.batch.sources(self.number), field)

    def ids(self) -> dict[str, str | None]:
        """The ids of the columns."""
        return {name: self.batch.value(name, self.number) or None for name in _IDS}


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row with a value that no column of its type can hold."""

    error: UnreadableColumnError
    places: list[dict[str, Any]] | None
    known_ids: dict[str, str | None]

    def plain(self) -> Plain | None:
        """None: nothing is right with it."""
        return None

    def request(self) -> Request:
        """None.

        Raises:
            InvalidInputError: Always, with the column.
        """
        field = f"history.{self.error.path.replace('[]', '')}"
        raise refusal(Reason.INVALID_VALUE, field, self.error.description)

    def place(self, field: str) -> Place:
        """The row's place."""
        return _place(self.places, field)

    def ids(self) -> dict[str, str | None]:
        """The ids that can be read."""
        return self.known_ids


def rows_of(batch: pa.RecordBatch) -> Iterator[Row]:
    """The rows of a batch of histories, in order.

    Raises:
        ConfigurationError: A column is missing, unknown or of a type that cannot be read.
    """
    names = batch.schema.names
    if REQUEST_JSON in names:
        for each in zip(
            *[
                batch[name].to_pylist() if name in names else [None] * batch.num_rows
                for name in (REQUEST_JSON, SOURCES, FAULT)
            ],
            strict=True,
        ):
            yield JsonRow(*each)
        return
    _check_names_of(batch.schema)
    yield from _readable(batch)


def rejects_of(row: Row, error: InvalidInputError) -> list[dict[str, Any]]:
    """Why a row gets no score: everything that is wrong with it."""
    places = [row.place(violation.field) for violation in error.violations]
    return [
        reject_of(violation, place.file, place.line)
        for violation, place in zip(error.violations, places, strict=True)
    ]


def _place(places: list[dict[str, Any]] | None, field: str) -> Place:
    if not places:
        return _NOWHERE
    match = _INDEX.match(field)
    index = int(match.group(1)) if match is not None else 0
    place = places[index] if index < len(places) else places[0]
    return Place(place["file"], place["line"])


def _readable(batch: pa.RecordBatch) -> Iterator[Row]:
    """The rows of a batch of columns; one that cannot be read spoils no other."""
    try:
        columns = _conformed(batch)
    except UnreadableColumnError as error:
        check_columns(batch.schema)
        if batch.num_rows == 1:
            yield _unreadable(batch, error)
            return
        half = batch.num_rows // 2
        # Arrow slices columns of every type; it takes rows of some only.
        for part in (batch.slice(0, half), batch.slice(half)):
            yield from _readable(part)
        return
    found = Relationships(columns)
    for number in range(len(found)):
        yield ColumnRow(found, number)


def _unreadable(batch: pa.RecordBatch, error: UnreadableColumnError) -> UnreadableRow:
    places = batch[SOURCES][0].as_py() if SOURCES in batch.schema.names else None
    ids = {name: _id(batch[name], name) for name in _IDS}
    return UnreadableRow(error, places, ids)


def _id(column: pa.Array, name: str) -> str | None:
    """The id of a batch of one row; None where it is none."""
    try:
        found: str | None = conform(column, _TYPES[name], name)[0].as_py()
    except UnreadableColumnError:
        return None
    return found or None


def _conformed(batch: pa.RecordBatch) -> dict[str, pa.Array]:
    return {name: conform(batch[name], _TYPES[name], name) for name in batch.schema.names}


def check_columns(schema: pa.Schema) -> None:
    """Says what is wrong with the columns of a table of histories.

    Raises:
        ConfigurationError: One is missing, unknown or of a type that cannot be read, among those
            of the interactions too.
    """
    _check_names_of(schema)
    _conformed(pa.RecordBatch.from_pylist([], schema=schema))


def _check_names_of(schema: pa.Schema) -> None:
    _check_names("", schema.names, _NEEDED, tuple(_TYPES))
    kind = schema.field("interactions").type
    item = kind.value_type if pa.types.is_list(kind) or pa.types.is_large_list(kind) else kind
    if not pa.types.is_struct(item):
        raise ConfigurationError(f"interactions is {kind}, not a list of structs")
    names = [field.name for field in item]
    _check_names(
        "interactions.", names, _NEEDED_OF_EACH, tuple(field.name for field in INTERACTION)
    )


def _check_names(
    path: str, found: Sequence[str], needed: Sequence[str], known: Sequence[str]
) -> None:
    missing = [path + name for name in needed if name not in found]
    if missing:
        raise ConfigurationError(f"no column {', '.join(missing)} in a table of histories")
    unknown = [path + name for name in found if name not in known]
    if unknown:
        raise ConfigurationError(f"unknown column {', '.join(unknown)} in a table of histories")
