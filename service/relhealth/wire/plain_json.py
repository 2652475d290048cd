"""Proto3 JSON straight to the bytes of a message and back, where all is as every writer writes it.

`_json.c` takes only what is plain and right, and leaves the rest to `json_reading`, which explains
what is wrong, and to `json_writing`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
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
}


class _Absence(IntEnum):
    """What is written of a field that holds nothing, in the order of json_fields.h."""

    UNSET_IS_ABSENT = 0
    EMPTY_IS_ABSENT = 1
    NEVER_ABSENT = 2


_Entry = tuple[str, int, int, int, int, bool, object]
"""The name of a field or of an enumeration's member, its number, and for a field its kind, what is
written where it holds nothing, its group, whether it is repeated, and its plan."""


def read_plain_line(line: bytes) -> bytes | None:
    """The request of a line, which `read_request_line` explains; None where it is not plain."""
    if _compiled is None:
        return None
    history: bytes | None = _compiled.read(line, _HISTORY, _HISTORY_NUMBER)
    if history is not None:
        return history
    request: bytes | None = _compiled.read(line, _REQUEST, 0)
    return request


def write_plain_line(message: Descriptor, raw: bytes) -> str | None:
    """The line of a message's bytes as `json_writing` writes it; None where they are not plain."""
    plan = _writing_plan(message)
    if _compiled is None or plan is None:
        return None
    line: str | None = _compiled.write(raw, plan)
    return line


@functools.cache
def _reading_plan(message: Descriptor) -> object:
    entries: list[_Entry] = []
    for field in message.fields:
        names = dict.fromkeys((field.name, field.json_name))
        entries += [_entry(name, field, _reading_plan) for name in names]
    return _taken(entries)


@functools.cache
def _writing_plan(message: Descriptor) -> object:
    """The plan; None where a field is of a kind that is not written here."""
    entries = [_entry(field.name, field, _writing_plan) for field in message.fields]
    if any(_is_odd(entry) for entry in entries):
        return None
    return _taken(entries)


def _is_odd(entry: _Entry) -> bool:
    kind, plan = entry[2], entry[-1]
    return kind == _Kind.ODD or (kind == _Kind.MESSAGE and plan is None)


def _entry(name: str, field: FieldDescriptor, plan_of: Callable[[Descriptor], object]) -> _Entry:
    """A field's entry.

    Args:
        name: One of its names.
        field: The field.
        plan_of: Gives the plan of a message in it.
    """
    kind, plan = _kind(field, plan_of)
    oneof = field.containing_oneof
    # Of all of a oneof one may be given: they are of the first one's group.
    group = field.index if oneof is None else oneof.fields[0].index
    return name, field.number, kind, _absence(field), group, field.is_repeated, plan


def _absence(field: FieldDescriptor) -> _Absence:
    if field.has_presence:
        return _Absence.UNSET_IS_ABSENT
    can_be_empty = field.type in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_ENUM)
    is_left_out = can_be_empty and not field.is_repeated
    return _Absence.EMPTY_IS_ABSENT if is_left_out else _Absence.NEVER_ABSENT


def _kind(field: FieldDescriptor, plan_of: Callable[[Descriptor], object]) -> tuple[_Kind, object]:
    """What a field's values are, and their plan."""
    if field.enum_type is not None:
        return _Kind.MEMBER, _members(field.enum_type)
    if field.message_type is None:
        return _KINDS.get(field.type, _Kind.ODD), None
    if field.message_type.full_name == _TIMESTAMP:
        return _Kind.TIME, None
    return _Kind.MESSAGE, plan_of(field.message_type)


@functools.cache
def _members(enum: EnumDescriptor) -> object:
    return _taken([(value.name, value.number, 0, 0, 0, False, None) for value in enum.values])


def _taken(entries: list[_Entry]) -> object:
    plan: object = None if _compiled is None else _compiled.take_plan(tuple(entries))
    return plan


_compiled: Final = load_extension(JSON)
_HISTORY: Final = _reading_plan(pb.RelationshipHistory.DESCRIPTOR)
_REQUEST: Final = _reading_plan(pb.ScoreRelationshipRequest.DESCRIPTOR)
_HISTORY_NUMBER: Final = pb.ScoreRelationshipRequest.HISTORY_FIELD_NUMBER
