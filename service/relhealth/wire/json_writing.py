"""Messages to proto3 JSON: one line, snake_case names, the same bytes everywhere.

What is unset is left out; a number that is 0 or a list that is empty is written, since they say
something. Doubles are written in full, so that sums still hold.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any, Final, cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.plain_json import write_plain_line
from relhealth.wire.times import write_rfc_3339

_Writer = Callable[[Any], Any]
_TIMESTAMP: Final = "google.protobuf.Timestamp"
_ENCODER: Final = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
)


def write_line(message: Message) -> str:
    """The message as one line of JSON, without the line's end."""
    return _line_of(type(message), message.SerializeToString())


def write_response_line(raw: bytes) -> str:
    """The same of a response's bytes."""
    return _line_of(pb.ScoreRelationshipResponse, raw)


def _line_of(kind: type[Message], raw: bytes) -> str:
    plain = write_plain_line(cast("Descriptor", kind.DESCRIPTOR), raw)
    return _ENCODER.encode(to_json(kind.FromString(raw))) if plain is None else plain


def to_json(message: Message) -> dict[str, Any]:
    """The message as `json.dumps` takes it, keys in the order of the proto."""
    data: dict[str, Any] = {}
    for name, has_presence, empty_is_unset, write in _writers(message.DESCRIPTOR):
        if has_presence:
            if message.HasField(name):
                data[name] = write(getattr(message, name))
            continue
        value = getattr(message, name)
        if value or not empty_is_unset:
            data[name] = write(value)
    return data


@functools.cache
def _writers(descriptor: Descriptor) -> tuple[tuple[str, bool, bool, _Writer], ...]:
    """For each field: name, whether presence is told, whether empty means unset, and writer."""
    unset_when_empty = (FieldDescriptor.CPPTYPE_ENUM, FieldDescriptor.CPPTYPE_STRING)
    return tuple(
        (
            field.name,
            field.has_presence,
            not field.is_repeated and field.cpp_type in unset_when_empty,
            functools.partial(_write_list, write=_writer(field))
            if field.is_repeated
            else _writer(field),
        )
        for field in descriptor.fields
    )


def _writer(field: FieldDescriptor) -> _Writer:
    if field.message_type is not None:
        return write_rfc_3339 if field.message_type.full_name == _TIMESTAMP else to_json
    if field.enum_type is not None:
        return {value.number: value.name for value in field.enum_type.values}.__getitem__
    if field.cpp_type == FieldDescriptor.CPPTYPE_INT64:
        return str
    return _as_is


def _write_list(values: Any, write: _Writer) -> list[Any]:  # noqa: ANN401 - a protobuf container
    return [write(value) for value in values]


def _as_is(value: Any) -> Any:  # noqa: ANN401 - a scalar of any type
    return value
