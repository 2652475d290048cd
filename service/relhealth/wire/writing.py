"""Objects to the bytes of protobuf messages, by plans: compiled where the build made it.

A plan names, for each field of a message, the attribute that it is filled from. `write` makes the
message's bytes without the message: it looks at each attribute once, while a message is looked at
for each field, twice. `fill` fills a message by the same plan; a test holds the two equal.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from operator import attrgetter
from typing import Any, Final, NamedTuple, get_type_hints

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from relhealth.extensions import WRITING, load_extension
from relhealth.wire.times import timestamp_of


class Kind(IntEnum):
    """How a field is filled from its attribute, in the order of `_writing.c`."""

    STRING = 0
    NUMBER = 1
    """A double."""
    WHOLE = 2
    """An integer or an enum's value."""
    MESSAGE = 3
    """An object; extra is its plan."""
    MESSAGES = 4
    STRINGS = 5
    ID = 6
    """The position of an interaction, to be named."""
    IDS = 7
    ACT = 8
    """An act, to be named; extra has the names by the act's class."""
    SHARES = 9
    """Numbers; each becomes a message of extra's value at its place, and the number."""
    MOMENT = 10
    """Microseconds since 1970 UTC."""
    REQUEST_ID = 11
    """Not of the object, but of the call."""
    LINES = 12
    """Objects, or what can write itself (`written`); extra is their `LinePlan`."""


class As(NamedTuple):
    """A field that is not simply what its type says.

    Attributes:
        path: Of the attribute, dotted.
        extra: What the kind wants beside.
    """

    kind: Kind
    path: str = ""
    extra: Any = None


class Planned(NamedTuple):
    """How one field is filled. None leaves a field unset that is not repeated.

    Attributes:
        path: Names of attributes, one in another.
    """

    number: int
    kind: Kind
    path: tuple[str, ...]
    extra: Any


@dataclass(frozen=True, slots=True)
class Plan:
    """How a message is filled.

    Attributes:
        message: Its class.
        fields: By ascending numbers.
        compiled: The same for the compiled writer; None where there is none.
    """

    message: type[Message]
    fields: tuple[Planned, ...]
    compiled: object


@dataclass(frozen=True, slots=True)
class LinePlan:
    """How lines are filled, one by one, and the numbers that they write themselves by."""

    plan: Plan
    numbers: bytes

    @property
    def compiled(self) -> tuple[object, bytes]:
        """Both for the compiled writer."""
        return self.plan.compiled, self.numbers


_KINDS: Final = {
    FieldDescriptor.TYPE_STRING: Kind.STRING,
    FieldDescriptor.TYPE_DOUBLE: Kind.NUMBER,
    FieldDescriptor.TYPE_INT32: Kind.WHOLE,
    FieldDescriptor.TYPE_ENUM: Kind.WHOLE,
}


def plan(message: type[Message], source: type, **fields: str | As) -> Plan:
    """A plan that fills every field of a message from the attribute of that path, or `As` it says.

    Args:
        message: The message's class.
        source: The class of what it is filled from.
        fields: The attribute's path by the field's name, or `As`.

    Raises:
        ValueError: A field of the message is left out.
    """
    known = message.DESCRIPTOR.fields_by_name
    if set(known) != set(fields):
        raise ValueError(f"the plan of {message.DESCRIPTOR.full_name} has other fields")
    planned: list[Planned] = []
    for name, field in fields.items():
        kind, path, extra = field if isinstance(field, As) else As(_KINDS[known[name].type], field)
        names = tuple([sys.intern(part) for part in path.split(".")])
        planned.append(Planned(known[name].number, kind, names, extra))
    planned.sort(key=attrgetter("number"))
    return Plan(message, tuple(planned), _taken(planned, source))


def _taken(planned: Sequence[Planned], source: type) -> object:
    if _compiled is None:
        return None
    compiled: object = _compiled.take_plan(
        tuple(
            [
                (p.number, p.kind, _steps(source, p.path), getattr(p.extra, "compiled", p.extra))
                for p in planned
            ]
        )
    )
    return compiled


def _steps(source: type, path: Sequence[str]) -> tuple[tuple[str, type | None, int], ...]:
    """Each attribute of a path with the named tuple that it is of, if any, and its place there."""
    steps: list[tuple[str, type | None, int]] = []
    owner = source
    for name in path:
        places: tuple[str, ...] = getattr(owner, "_fields", ())
        steps.append((name, owner, places.index(name)) if name in places else (name, None, 0))
        owner = get_type_hints(owner).get(name, object)
    return tuple(steps)


def write(planned: Plan, value: object, ids: Sequence[str], request_id: str) -> bytes:
    """The bytes of a message.

    Args:
        planned: Its plan.
        value: What it is filled from.
        ids: Names of the interactions, by position.
        request_id: What the caller calls the request.
    """
    if _compiled is not None:
        raw: bytes = _compiled.write_message(planned.compiled, value, ids, request_id)
        return raw
    return fill(planned, value, ids, request_id).SerializeToString()


def fill(planned: Plan, value: object, ids: Sequence[str], request_id: str) -> Message:
    """The message itself, filled by the plan."""
    descriptors = planned.message.DESCRIPTOR.fields_by_number
    fields: dict[str, Any] = {}
    for field in planned.fields:
        descriptor = descriptors[field.number]
        if field.kind is Kind.REQUEST_ID:
            fields[descriptor.name] = request_id
        elif (found := attrgetter(".".join(field.path))(value)) is not None:
            fields[descriptor.name] = _filling(field, descriptor, found, ids)
    return planned.message(**fields)


def _filling(  # noqa: PLR0911 - a line a kind
    field: Planned,
    descriptor: Any,  # noqa: ANN401 - upb's are no FieldDescriptor to a type checker
    found: Any,  # noqa: ANN401
    ids: Sequence[str],
) -> Any:  # noqa: ANN401
    match field.kind:
        case Kind.ID:
            return ids[found]
        case Kind.IDS:
            return [ids[position] for position in found]
        case Kind.ACT:
            return field.extra[type(found)][found]
        case Kind.MOMENT:
            return timestamp_of(found)
        case Kind.MESSAGE:
            return fill(field.extra, found, ids, "")
        case Kind.MESSAGES:
            return [fill(field.extra, item, ids, "") for item in found]
        case Kind.LINES:
            return [fill(field.extra.plan, item, ids, "") for item in found]
        case Kind.SHARES:
            label, share = [part.name for part in descriptor.message_type.fields]
            return [{label: n, share: x} for n, x in zip(field.extra, found, strict=True)]
    return found


_compiled: Final = load_extension(WRITING)
