"""Proto3 JSON to messages: strict about names, silent about what was written.

Written by hand because the protobuf library's own reader is slow and quotes values, which may be
a customer's words, in its errors.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any, Final, NoReturn, TypeVar, cast

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

from relhealth.errors import InvalidInputError
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.plain_json import read_plain_line
from relhealth.wire.times import read_rfc_3339
from relhealth.wire.violations import Reason, refusal

Json = Any  # what json.loads gives: None, bool, int, float, str, list or dict

_Path = tuple["_Path", str] | None
"""Where a value stands, from the inside out; spelt only where something is wrong."""
_Reader = Callable[[Json, _Path], Json]
_MessageT = TypeVar("_MessageT", bound=Message)
_TIMESTAMP: Final = "google.protobuf.Timestamp"
_NON_FINITE: Final = ("NaN", "Infinity", "-Infinity")


def read_request_line(line: str | bytes) -> pb.ScoreRelationshipRequest:
    """A request from a line that holds a `RelationshipHistory` or a `ScoreRelationshipRequest`.

    An object with `history` is a request; any other is a history. Field paths in errors start at
    the request in both cases, such as ``history.interactions[3].sent_time``.

    Raises:
        InvalidInputError: The line is no JSON, holds a key that is unknown or given twice, or a
            value of the wrong type.
    """
    raw = line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line
    plain = read_plain_line(raw)
    if plain is not None:
        return pb.ScoreRelationshipRequest.FromString(plain)
    data = parse_json(line)
    if isinstance(data, dict) and "history" not in data:
        data = {"history": data}
    return read_message(pb.ScoreRelationshipRequest, data)


def read_message(kind: type[_MessageT], data: Json) -> _MessageT:
    """A message from parsed JSON.

    Raises:
        InvalidInputError: A key is unknown or given twice, or a value has the wrong type.
    """
    return kind(**_read_object(data, None, _readers(cast("Descriptor", kind.DESCRIPTOR))))


def parse_json(line: str | bytes) -> Json:
    """Parsed JSON, in which no object gives a key twice.

    Raises:
        InvalidInputError: It is no JSON.
    """
    try:
        # Left to itself, json takes bytes for UTF-16, too.
        text = line if isinstance(line, str) else line.decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except InvalidInputError:
        raise
    except (ValueError, RecursionError) as error:
        raise refusal(Reason.MALFORMED_JSON, "", "not JSON, or not UTF-8") from error


def _no_constant(_: str) -> NoReturn:
    raise ValueError


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise refusal(Reason.MALFORMED_JSON, "", "an object gives a key twice")
    return found


def _read_object(data: Json, path: _Path, readers: _Readers) -> dict[str, Json]:
    if not isinstance(data, dict):
        raise _wrong(Reason.INVALID_VALUE, path, "must be an object")
    values: dict[str, Json] = {}
    oneofs: set[str] = set()
    for key, value in data.items():
        entry = readers.get(key)
        if entry is None:
            raise _wrong(Reason.UNKNOWN_FIELD, (path, _shown(key)), "is not known")
        if value is None:
            continue
        name, oneof, read = entry
        here = (path, name)
        if name in values or oneof in oneofs:
            raise _wrong(Reason.INVALID_VALUE, here, "is given twice, or beside its alternative")
        if oneof is not None:
            oneofs.add(oneof)
        values[name] = read(value, here)
    return values


def _wrong(reason: Reason, path: _Path, description: str) -> InvalidInputError:
    return refusal(reason, _spelt(path), description)


def _spelt(path: _Path) -> str:
    if path is None:
        return ""
    around, name = _spelt(path[0]), path[1]
    return f"{around}.{name}" if around and not name.startswith("[") else around + name


def _shown(key: str) -> str:
    """An unknown key as errors show it: shortened, and one word whatever it holds."""
    return key[:64] if key.isidentifier() else json.dumps(key[:64])


_Readers = dict[str, tuple[str, str | None, _Reader]]
"""By each name of a field: its proto name, the oneof it belongs to, and its reader."""


@functools.cache
def _readers(descriptor: Descriptor) -> _Readers:
    readers: _Readers = {}
    for field in descriptor.fields:
        oneof = field.containing_oneof
        group = oneof.name if oneof is not None and len(oneof.fields) > 1 else None
        reader = _reader(field)
        if field.is_repeated:
            reader = _list_reader(reader)
        readers[field.name] = readers[field.json_name] = (field.name, group, reader)
    return readers


def _reader(field: FieldDescriptor) -> _Reader:
    if field.message_type is not None:
        if field.message_type.full_name == _TIMESTAMP:
            return _read_time
        readers = _readers(field.message_type)
        return lambda data, path: _read_object(data, path, readers)
    if field.enum_type is not None:
        return _enum_reader(field.enum_type)
    return _SCALARS[field.cpp_type]


def _list_reader(read: _Reader) -> _Reader:
    def read_list(data: Json, path: _Path) -> list[Json]:
        if not isinstance(data, list):
            raise _wrong(Reason.INVALID_VALUE, path, "must be a list")
        return [read(item, (path, f"[{index}]")) for index, item in enumerate(data)]

    return read_list


def _read_time(data: Json, path: _Path) -> dict[str, int]:
    moment = read_rfc_3339(data) if isinstance(data, str) else None
    if moment is None:
        raise _wrong(Reason.INVALID_TIME, path, "must be an RFC 3339 time with an offset or Z")
    return {"seconds": moment[0], "nanos": moment[1]}


def _enum_reader(enum: EnumDescriptor) -> _Reader:
    numbers = {value.name: value.number for value in enum.values}

    def read_enum(data: Json, path: _Path) -> int:
        if isinstance(data, str) and data in numbers:
            return numbers[data]
        if isinstance(data, int) and not isinstance(data, bool) and -(2**31) <= data < 2**31:
            return data
        raise _wrong(Reason.INVALID_ENUM, path, "is not a value of its enum")

    return read_enum


def _read_text(data: Json, path: _Path) -> str:
    if not isinstance(data, str):
        raise _wrong(Reason.INVALID_VALUE, path, "must be a string")
    if data.isascii():
        return data
    try:
        data.encode()
    except UnicodeEncodeError as error:
        raise _wrong(Reason.INVALID_VALUE, path, "holds half a surrogate pair") from error
    return data


def _read_integer(data: Json, path: _Path, bits: int) -> int:
    try:
        number = _number(data)
        whole = int(number)
    except (TypeError, ValueError, OverflowError) as error:
        raise _wrong(Reason.INVALID_VALUE, path, "must be a whole number") from error
    if whole != number or not -(2 ** (bits - 1)) <= whole < 2 ** (bits - 1):
        raise _wrong(Reason.INVALID_VALUE, path, f"must be a whole number of {bits} bits")
    return whole


def _read_double(data: Json, path: _Path) -> float:
    try:
        return float(data) if data in _NON_FINITE else float(_number(data))
    except (TypeError, ValueError, OverflowError) as error:
        raise _wrong(Reason.INVALID_VALUE, path, "must be a number") from error


def _number(data: Json) -> int | float:
    """The number that JSON or a JSON string holds."""
    if isinstance(data, str):
        data = json.loads(data, parse_constant=_no_constant)
    if isinstance(data, bool) or not isinstance(data, int | float):
        raise TypeError
    return data


def _read_bool(data: Json, path: _Path) -> bool:
    if not isinstance(data, bool):
        raise _wrong(Reason.INVALID_VALUE, path, "must be true or false")
    return data


_SCALARS: Final[dict[int, _Reader]] = {
    FieldDescriptor.CPPTYPE_STRING: _read_text,
    FieldDescriptor.CPPTYPE_DOUBLE: _read_double,
    FieldDescriptor.CPPTYPE_BOOL: _read_bool,
    FieldDescriptor.CPPTYPE_INT32: functools.partial(_read_integer, bits=32),
    FieldDescriptor.CPPTYPE_INT64: functools.partial(_read_integer, bits=64),
}
