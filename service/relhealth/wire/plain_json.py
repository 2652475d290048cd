"""Proto3 JSON straight to the bytes of a message, where it is written as every writer writes it.

`_json.c` takes only what is plain and right, and leaves the rest, and all explanations, to
`json_reading`.
"""

from __future__ import annotations

import functools
from enum import IntEnum
from typing import Final

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from relhealth.extensions import JSON, load_extension
from relhealth.v1 import relationship_health_pb2 as pb

_TIMESTAMP: Final = "google.protobuf.Timestamp"


class _Kind(IntEnum):
    """What a value is, in the order of json_fields.h."""

    STRING = 0
    NUMBER = 1
    """A double."""
    WHOLE = 2
    """Of 32 bits."""
    MEMBER = 3
    """Of an enumeration, by its name."""
    TIME = 4
    MESSAGE = 5
    ODD = 6
    """Nothing that is read here."""


_KINDS: Final = {
    FieldDescriptor.TYPE_STRING: _Kind.STRING,
    FieldDescriptor.TYPE_DOUBLE: _Kind.NUMBER,
    FieldDescriptor.TYPE_INT32: _Kind.WHOLE,
    FieldDescriptor.TYPE_ENUM: _Kind.MEMBER,
    FieldDescriptor.TYPE_MESSAGE: _Kind.MESSAGE,
}

_Entry = tuple[str, int, int, int, bool, object]
"""The name of a field or of an enumeration's member, its number, and for a field its kind, its
group, whether it is repeated, and its plan."""


def read_plain_line(line: bytes) -> bytes | None:
    """The request of a line, which `read_request_line` explains; None where it is not plain."""
    if _compiled is None:
        return None
    history: bytes | None = _compiled.read(line, _HISTORY, _HISTORY_NUMBER)
    if history is not None:
        return history
    request: bytes | None = _compiled.read(line, _REQUEST, 0)
    return request


@functools.cache
def _plan(message: Descriptor) -> object:
    entries: list[_Entry] = []
    for group, field in enumerate(message.fields):
        oneof = field.containing_oneof
        if oneof is not None:
            group = message.fields.index(oneof.fields[0])  # noqa: PLW2901 - one for all of them
        kind, plan = _kind(field)
        entries += [
            (name, field.number, kind, group, field.is_repeated, plan)
            for name in dict.fromkeys((field.name, field.json_name))
        ]
    return _taken(entries)


def _kind(field: FieldDescriptor) -> tuple[_Kind, object]:
    """What a field's values are, and their plan."""
    if field.enum_type is not None:
        return _Kind.MEMBER, _members(field.enum_type)
    if field.message_type is None:
        return _KINDS.get(field.type, _Kind.ODD), None
    if field.message_type.full_name == _TIMESTAMP:
        return _Kind.TIME, None
    return _Kind.MESSAGE, _plan(field.message_type)


@functools.cache
def _members(enum: EnumDescriptor) -> object:
    return _taken([(value.name, value.number, 0, 0, False, None) for value in enum.values])


def _taken(entries: list[_Entry]) -> object:
    plan: object = None if _compiled is None else _compiled.take_plan(tuple(entries))
    return plan


_compiled: Final = load_extension(JSON)
_HISTORY: Final = _plan(pb.RelationshipHistory.DESCRIPTOR)
_REQUEST: Final = _plan(pb.ScoreRelationshipRequest.DESCRIPTOR)
_HISTORY_NUMBER: Final = pb.ScoreRelationshipRequest.HISTORY_FIELD_NUMBER
