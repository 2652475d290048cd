"""A request's bytes straight to a history, where they are written as every writer writes them.

A message in between costs more than all that is done with it: each field of each interaction is
looked at once. `_columns.c` reads the bytes themselves, takes only what is plain and right, and
leaves the rest, and all explanations, to `parsing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from google.protobuf.message import DecodeError

from relhealth.domain.history import History, InteractionColumns, Outcome
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


def _listed(known: Mapping[int, object]) -> tuple[object, ...]:
    """What each number from 0 on stands for; None for what stands for nothing."""
    return tuple([known.get(number) for number in range(max(known) + 1)])


_TABLES: Final = tuple([_listed(known) for known in (PARTIES, SENDER_KINDS, CHANNELS, PURPOSES)])


def read_plain(
    raw: bytes, limits: Limits, *, is_streamed: bool
) -> tuple[History, pb.ScoreRelationshipRequest] | None:
    """A request's history, and the request without it; None where it is not plain and right.

    Args:
        raw: A `ScoreRelationshipRequest`, or a `StreamScoreRelationshipsRequest` if `is_streamed`.
        limits: What the history may hold.
        is_streamed: Which of the two it is.
    """
    if _compiled is None:
        return None
    found = _compiled.read_request(
        raw, is_streamed, _TABLES, _outcome, limits.interactions, limits.text_characters
    )
    if found is None:
        return None
    before, after, (brand_id, customer_id, segment, columns, is_ordered) = found
    try:
        request = pb.ScoreRelationshipRequest.FromString(before + after)
    except DecodeError:
        return None
    if is_ordered:
        return History(brand_id, customer_id, segment, *columns), request
    told = InteractionColumns(*columns)
    return History.of_columns(brand_id, customer_id, segment, told), request


def _outcome(raw: bytes) -> Outcome | None:
    """The outcome of an interaction of which nothing else is there; None where it is wrong."""
    try:
        item = pb.Interaction.FromString(raw)
    except DecodeError:
        return None
    return outcome_of(item)


_compiled: Final = load_extension(COLUMNS)
