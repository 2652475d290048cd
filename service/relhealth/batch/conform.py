"""Brings columns of any engine to the types of our schemas, by name."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from relhealth.batch.schema import MOMENT
from relhealth.errors import ConfigurationError

EXACT_BELOW: Final = {"halffloat": 2**11, "float": 2**24, "double": 2**53}
"""Below what size every whole number is kept as it was, by the floating type that keeps it."""

_BYTES: Final = (pa.binary(), pa.large_binary(), pa.binary_view())


class UnreadableColumnError(ConfigurationError):
    """A column, or a value in it, that cannot be read as what it must be.

    Attributes:
        path: Where it stands.
        description: What is wrong, without quoting the value.
    """

    def __init__(self, path: str, description: str) -> None:
        super().__init__(f"{path} {description}")
        self.path = path
        self.description = description


def conform(array: pa.Array, wanted: pa.DataType, path: str) -> pa.Array:
    """The array in the wanted type; fields of structs go by name, what is not there is null.

    Times come out as microseconds since 1970 UTC; a time without a zone is read as UTC.

    Args:
        array: What an engine handed over.
        wanted: A type of the schema.
        path: Where it stands, for errors.

    Raises:
        UnreadableColumnError: A field is unknown, or a column cannot be read as the wanted type.
    """
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_null(array.type):
        return pa.nulls(len(array), _plain(wanted))
    if pa.types.is_list(wanted):
        return _list(array, wanted, path)
    if pa.types.is_struct(wanted):
        return _struct(array, wanted, path)
    if pa.types.is_timestamp(wanted):
        return _moments(array, path)
    found = _cast(array, _plain(wanted), path)
    if pa.types.is_string(wanted):
        _check_utf8(found, path)
    return found


def _plain(wanted: pa.DataType) -> pa.DataType:
    """Whole numbers stay wide, so that one too large is one row's fault and not a batch's."""
    if pa.types.is_timestamp(wanted) or pa.types.is_integer(wanted):
        return pa.int64()
    return wanted


def _list(array: pa.Array, wanted: pa.DataType, path: str) -> pa.Array:
    if not (pa.types.is_list(array.type) or pa.types.is_large_list(array.type)):
        raise UnreadableColumnError(path, f"is {array.type}, not a list")
    # Only what is listed: a slice shares the values of all, and those of a null list are nobody's.
    values = conform(array.flatten(), wanted.value_type, f"{path}[]")
    ends = pc.cumulative_sum(pc.fill_null(pc.list_value_length(array), 0))
    offsets = pa.concat_arrays([pa.array([0], ends.type), ends])
    return pa.ListArray.from_arrays(_cast(offsets, pa.int32(), path), values)


def _struct(array: pa.Array, wanted: pa.DataType, path: str) -> pa.Array:
    if not pa.types.is_struct(array.type):
        raise UnreadableColumnError(path, f"is {array.type}, not a struct")
    given = [field.name for field in array.type]
    known = [field.name for field in wanted]
    for name in given:
        if name not in known:
            raise UnreadableColumnError(f"{path}.{name}", "is not known")
    children = [
        conform(array.field(field.name), field.type, f"{path}.{field.name}")
        if field.name in given
        else pa.nulls(len(array), _plain(field.type))
        for field in wanted
    ]
    return pa.StructArray.from_arrays(children, known, mask=array.is_null())


def _moments(array: pa.Array, path: str) -> pa.Array:
    if not pa.types.is_timestamp(array.type):
        raise UnreadableColumnError(path, f"is {array.type}, not a timestamp")
    if array.type.tz is None:
        array = array.cast(pa.timestamp(array.type.unit, tz="UTC"))
    return pc.cast(array, MOMENT, safe=False).cast(pa.int64())


def _check_utf8(array: pa.Array, path: str) -> None:
    """Engines hand over what is no text, too, where a file calls it text."""
    try:
        array.validate(full=True)
    except pa.ArrowException as error:
        raise UnreadableColumnError(path, "holds text that is not UTF-8") from error


def _is_bytes(kind: pa.DataType) -> bool:
    return kind in _BYTES or bool(pa.types.is_fixed_size_binary(kind))


def _check_exact(array: pa.Array, path: str) -> None:
    largest = EXACT_BELOW[str(array.type)]
    if pc.any(pc.greater_equal(pc.abs(array), largest)).as_py():
        raise UnreadableColumnError(path, f"holds numbers that {array.type} cannot keep exactly")


def _cast(array: pa.Array, wanted: pa.DataType, path: str) -> pa.Array:
    if array.type == wanted:
        return array
    if pa.types.is_string(wanted) and _is_bytes(array.type):
        # What is no text among them is told as what is none among texts.
        return pc.cast(array, wanted, safe=False)
    try:
        if pa.types.is_floating(array.type) and pa.types.is_string(wanted):
            # Whole numbers that pandas keeps as floating ones where some are missing.
            _check_exact(array, path)
            return pc.cast(pc.cast(array, pa.int64()), wanted)
        return pc.cast(array, wanted)
    except pa.ArrowException as error:
        raise UnreadableColumnError(
            path, f"is {array.type} and cannot be read as {wanted}"
        ) from error
