"""Rows of Arrow batches as requests, with the places they came from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Protocol

import pyarrow as pa

from relhealth.batch.conform import UnreadableColumnError, conform
from relhealth.batch.lines import Fault
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
from relhealth.errors import ConfigurationError, InvalidInputError
from relhealth.wire.json_reading import read_request_line
from relhealth.wire.requests import Request
from relhealth.wire.rows import read_row
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


class Row(Protocol):
    """One row of a batch."""

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
        """Whose it is, as far as that can be told without the request."""
        ...


@dataclass(frozen=True, slots=True)
class JsonRow:
    """A row that is a line of proto3 JSON."""

    line: str | bytes | None
    places: list[dict[str, Any]] | None
    fault: str | None

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
    """A row whose history stands in columns."""

    values: dict[str, Any]

    def request(self) -> Request:
        """The request of the columns."""
        return read_row(self.values)

    def place(self, field: str) -> Place:
        """The row's place, or that of the interaction that the field belongs to."""
        return _place(self.values.get(SOURCES), field)

    def ids(self) -> dict[str, str | None]:
        """The ids of the columns."""
        return {name: self.values[name] for name in _IDS}


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row with a value that no column of its type can hold."""

    error: UnreadableColumnError
    places: list[dict[str, Any]] | None
    known_ids: dict[str, str | None]

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
    rejects = []
    for violation in error.violations:
        place = row.place(violation.field)
        reject = {
            "file": place.file,
            "line": place.line,
            "field": violation.field,
            "reason": str(violation.reason),
            "description": violation.description,
        }
        rejects.append(reject)
    return rejects


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
        for rows in (range(half), range(half, batch.num_rows)):
            yield from _readable(batch.take(pa.array(rows)))
        return
    for values in _column_rows(columns):
        yield ColumnRow(values)


def _unreadable(batch: pa.RecordBatch, error: UnreadableColumnError) -> UnreadableRow:
    places = batch[SOURCES][0].as_py() if SOURCES in batch.schema.names else None
    ids = {name: batch[name][0].as_py() for name in _IDS if pa.types.is_string(batch[name].type)}
    return UnreadableRow(error, places, ids)


def _column_rows(columns: dict[str, pa.Array]) -> Iterator[dict[str, Any]]:
    interactions = columns.pop("interactions")
    offsets = interactions.offsets.to_pylist()
    # Columns that say nothing are left out at once, not row by row.
    children = {
        field.name: child.to_pylist()
        for field, child in zip(interactions.type.value_type, _children(interactions), strict=True)
        if child.null_count < len(child)
    }
    scalars = {name: column.to_pylist() for name, column in columns.items()}
    names = tuple(children)
    for index, (begin, end) in enumerate(pairwise(offsets)):
        parts = [values[begin:end] for values in children.values()]
        yield {
            **{name: values[index] for name, values in scalars.items()},
            "interactions": [
                dict(zip(names, item, strict=True)) for item in zip(*parts, strict=True)
            ],
        }


def _conformed(batch: pa.RecordBatch) -> dict[str, pa.Array]:
    return {name: conform(batch[name], _TYPES[name], name) for name in batch.schema.names}


def _children(interactions: pa.Array) -> list[pa.Array]:
    return list(interactions.values.flatten())


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
