"""What is plainly written straight to a history: a request's bytes, or rows of a table.

A message in between costs more than all that is done with it: each field of each interaction is
looked at once. `_columns.c` reads the bytes or the rows themselves, takes only what is plain and
right, and leaves the rest, and all explanations, to `parsing`. What it reads stays in C until
somebody asks for a column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from types import ModuleType
from typing import Any, Final

from google.protobuf.message import DecodeError

from relhealth.domain.history import (
    MOST_CLOCK_SKEW_US,
    History,
    InteractionColumns,
    Outcome,
    Packed,
)
from relhealth.domain.vocabulary import Channel, Party, Purpose, SenderKind
from relhealth.extensions import COLUMNS, load_extension
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.interactions import (
    CHANNELS,
    PARTIES,
    PURPOSES,
    SENDER_KINDS,
    outcome_of,
)
from relhealth.wire.limits import Limits

_NO_MEMBER: Final = 255


def _numbers(known: Mapping[int, int]) -> bytes:
    """The member that each number of the wire from 0 on stands for, or `_NO_MEMBER`."""
    return bytes([known.get(number, _NO_MEMBER) for number in range(max(known) + 1)])


def _members(kind: type[IntEnum]) -> tuple[IntEnum | None, ...]:
    """The members by their numbers from 0 on."""
    known = {int(member): member for member in kind}
    return tuple([known.get(number) for number in range(max(known) + 1)])


_NUMBERS: Final = tuple([_numbers(known) for known in (PARTIES, SENDER_KINDS, CHANNELS, PURPOSES)])
_MEMBERS: Final = {
    "senders": _members(Party),
    "sender_kinds": _members(SenderKind),
    "channels": _members(Channel),
    "purposes": _members(Purpose),
}


Asked = tuple[int | None, float | None, int, int | None, str]
"""What a request asks for, as it was sent, nothing checked yet but the moment: the moment in
microseconds, the half-life in days, the number of the view, the most lines of evidence, the
request's id; None where no moment, half-life or count was sent."""


def asked_as_of(as_of_us: int | None) -> Asked:
    """What asks for nothing but a moment, or not even that."""
    return as_of_us, None, pb.VIEW_UNSPECIFIED, None, ""


def read_plain(raw: bytes, limits: Limits, *, is_streamed: bool) -> tuple[History, Asked] | None:
    """A request's history and what it asks for; None where it is not plain and right.

    Args:
        raw: A `ScoreRelationshipRequest`, or a `StreamScoreRelationshipsRequest` if `is_streamed`.
        limits: What the history may hold.
        is_streamed: Which of the two it is.
    """
    if _compiled is None:
        return None
    found = _compiled.read_request(raw, is_streamed, _outcome, *_rules(limits))
    if found is None:
        return None
    asked, (names, columns) = found
    return _history(_compiled, names, columns), asked


Names = tuple[str, str, str]
"""The brand's, the customer's and the segment's."""


@dataclass(frozen=True, slots=True)
class Table:
    """Interactions of many histories, a row each, those of a history together.

    Attributes:
        schema: Of the array below, as Arrow's C data interface has it.
        array: A struct array with the fields, in this order, id, text, language, id of what is
            answered and thread (UTF-8, where empty is none), times of sending and recording in
            microseconds and size of the audience (64 bits), and the contract's numbers of sender,
            sender kind, channel and purpose (32 bits; none is what no member is called by).
        outcomes: By row, of those that have one; None where it is wrong.
    """

    schema: object
    array: object
    outcomes: dict[int, Outcome | None]

    def history(self, names: Names, begin: int, end: int, limits: Limits) -> History | None:
        """The history in the rows from `begin` to before `end`; None where it is not plain."""
        if _compiled is None or not names[0] or not names[1]:
            return None
        columns = _compiled.read_rows(
            self.schema, self.array, self.outcomes, begin, end, *_rules(limits)
        )
        return None if columns is None else _history(_compiled, names, columns)


def _rules(limits: Limits) -> tuple[tuple[bytes, ...], int, int, int]:
    """What tells right from wrong."""
    return _NUMBERS, limits.interactions, limits.text_characters, MOST_CLOCK_SKEW_US


def _history(kernel: ModuleType, names: Names, found: tuple[bool, object, int, int]) -> History:
    """The history of columns that were found, put in order where they are not."""
    is_in_order, columns, count, last_us = found
    column = partial(_column, kernel.column, columns)
    if is_in_order:
        return History.of_packed(*names, Packed(columns, count, last_us, column))
    return History.of_columns(*names, _unordered(column))


def _column(make: Callable[..., tuple[Any, ...]], columns: object, name: str) -> tuple[Any, ...]:
    """A column by its name in `History`."""
    return make(columns, name, _MEMBERS.get(name, ()))


def _unordered(column: Callable[[str], tuple[Any, ...]]) -> InteractionColumns:
    """The columns of a history whose order is still to be found."""
    ids = column("ids")
    return InteractionColumns(
        ids=ids,
        sent_us=column("sent_us"),
        recorded_us=column("recorded_us"),
        senders=column("senders"),
        sender_kinds=column("sender_kinds"),
        channels=column("channels"),
        purposes=column("purposes"),
        texts=column("texts"),
        languages=column("languages"),
        reply_to_ids=[None if place is None else ids[place] for place in column("reply_to")],
        thread_ids=[None if number is None else str(number) for number in column("threads")],
        audience_sizes=column("audience_sizes"),
        outcomes=column("outcomes"),
    )


def _outcome(raw: bytes) -> Outcome | None:
    """The outcome of an interaction of which nothing else is there; None where it is wrong."""
    try:
        item = pb.Interaction.FromString(raw)
    except DecodeError:
        return None
    return outcome_of(item)


_compiled: Final = load_extension(COLUMNS)
