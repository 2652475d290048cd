"""Relationships in columns: each as a history, or as plain values where somebody needs those."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from relhealth.batch.schema import AS_OF_TIME, SOURCES
from relhealth.domain.history import History
from relhealth.wire.limits import DEFAULT_LIMITS
from relhealth.wire.plain import Table
from relhealth.wire.rows import ENUMS, OUTCOMES, read_outcome

_IDS: Final = ("brand_id", "customer_id")
_ID: Final = "interaction_id"
_TEXTS: Final = (_ID, "text", "language", "in_reply_to_id", "thread_id")
_WHOLE: Final = ("sent_time", "recorded_time", "audience_size")


class Relationships:
    """The rows of a batch whose columns conform to the schema (`conform`).

    What is plain and right becomes a history without being anything in between; the values of all
    rows are made when those of one are asked for.

    Args:
        columns: By name, as `HISTORIES` types them; `segment` may be missing, `as_of_time` and
            `sources` stand beside.
    """

    def __init__(self, columns: Mapping[str, pa.Array]) -> None:
        self._columns = columns
        self._interactions = columns["interactions"]

    def __len__(self) -> int:
        return len(self._interactions)

    def history(self, row: int) -> History | None:
        """The history of a row; None where it is not plain and right."""
        names = (self.value("brand_id", row), self.value("customer_id", row))
        begin, end = self._offsets[row], self._offsets[row + 1]
        told = (names[0] or "", names[1] or "", self.value("segment", row) or "")
        return self._table.history(told, begin, end, DEFAULT_LIMITS)

    def as_of_us(self, row: int) -> int | None:
        """The moment that a row sets, in microseconds since 1970 UTC."""
        moment: int | None = self.value(AS_OF_TIME, row)
        return moment

    def value(self, name: str, row: int) -> Any:  # noqa: ANN401 - a table's cell
        """What a column that is no list says of a row; None where it is not there."""
        values = self._scalars.get(name)
        return None if values is None else values[row]

    def sources(self, row: int) -> list[dict[str, Any]] | None:
        """The places of a row."""
        sources = self._columns.get(SOURCES)
        found: list[dict[str, Any]] | None = None if sources is None else sources[row].as_py()
        return found

    def values(self, row: int) -> dict[str, Any]:
        """A row as `read_row` takes it."""
        begin, end = self._offsets[row], self._offsets[row + 1]
        parts = [values[begin:end] for values in self._lists.values()]
        names = tuple(self._lists)
        return {
            **{name: values[row] for name, values in self._scalars.items()},
            "interactions": [
                dict(zip(names, item, strict=True)) for item in zip(*parts, strict=True)
            ],
        }

    @cached_property
    def _offsets(self) -> list[int]:
        offsets: list[int] = self._interactions.offsets.to_pylist()
        return offsets

    @cached_property
    def _scalars(self) -> dict[str, list[Any]]:
        listed = ("interactions", SOURCES)
        return {n: column.to_pylist() for n, column in self._columns.items() if n not in listed}

    @cached_property
    def _children(self) -> dict[str, pa.Array]:
        fields = self._interactions.type.value_type
        children = self._interactions.values.flatten()
        return {field.name: child for field, child in zip(fields, children, strict=True)}

    @cached_property
    def _lists(self) -> dict[str, list[Any]]:
        # Columns that say nothing are left out at once, not row by row; ids tell how many they are.
        return {
            name: child.to_pylist()
            for name, child in self._children.items()
            if name == _ID or child.null_count < len(child)
        }

    @cached_property
    def _table(self) -> Table:
        children = self._children
        columns = [children[name] for name in (*_TEXTS, *_WHOLE)]
        columns += [_numbers(children[name], names) for name, names in ENUMS.items()]
        names = [*_TEXTS, *_WHOLE, *ENUMS]
        schema, array = pa.StructArray.from_arrays(columns, names).__arrow_c_array__()
        told = [children[name] for name in OUTCOMES]
        rows = np.flatnonzero(np.any([_is_told(column) for column in told], axis=0))
        values = pa.StructArray.from_arrays(told, OUTCOMES).take(pa.array(rows)).to_pylist()
        outcomes = {
            row: read_outcome(item) for row, item in zip(rows.tolist(), values, strict=True)
        }
        return Table(schema, array, outcomes)


def _is_told(column: pa.Array) -> np.ndarray[Any, np.dtype[np.bool_]]:
    told: np.ndarray[Any, np.dtype[np.bool_]] = column.is_valid().to_numpy(zero_copy_only=False)
    return told


def _numbers(column: pa.Array, numbers: Mapping[str, int]) -> pa.Array:
    """The numbers that the names of an enum's values stand for, 0 for none; null where unknown."""
    places = pc.index_in(column, pa.array(list(numbers), pa.string()))
    found = pa.array(list(numbers.values()), pa.int32()).take(places)
    return pc.if_else(column.is_null(), pa.scalar(0, pa.int32()), found)
