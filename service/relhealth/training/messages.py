"""Labelled messages: what the act detector learns from and is judged on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from relhealth.domain.acts import acts_of
from relhealth.domain.vocabulary import Party
from relhealth.errors import FieldViolation, InvalidInputError
from relhealth.training.json_lines import numbered_lines

_SENDERS: Final = {"SENDER_BRAND": Party.BRAND, "SENDER_CUSTOMER": Party.CUSTOMER}


@dataclass(frozen=True, slots=True)
class LabelledMessage:
    """A message and the acts that it does.

    Attributes:
        key: Name of the message; those of one history share what is before the `/`.
        party: Who sent it.
        text: The message.
        acts: Names of the acts that it does.
        source: Where it comes from.
        licence: Under what terms.
    """

    key: str
    party: Party
    text: str
    acts: frozenset[str]
    source: str
    licence: str

    def fold(self, count: int) -> int:
        """The fold of `count` that the message belongs to, by the hash of its history's name."""
        digest = hashlib.sha256(self.key.split("/")[0].encode()).digest()
        return int.from_bytes(digest[:4], "big") % count


def read_messages(path: Path) -> tuple[LabelledMessage, ...]:
    """Labelled messages from JSON Lines of `sender`, `text`, `acts`, and what else is known.

    Raises:
        ConfigurationError: The file cannot be read.
        InvalidInputError: A line is no labelled message; file, line and field are named.
    """
    return tuple([_message(line, f"{path.name}:{number}") for number, line in numbered_lines(path)])


def _message(line: str, place: str) -> LabelledMessage:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise _invalid(place, "no JSON") from None
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise _invalid(f"{place}.text", "must be a string")
    party = _SENDERS.get(str(row.get("sender")))
    if party is None:
        raise _invalid(f"{place}.sender", f"must be one of {', '.join(_SENDERS)}")
    acts = row.get("acts")
    if not isinstance(acts, list) or not all(act in acts_of(party) for act in acts):
        raise _invalid(f"{place}.acts", "must list acts of the sender's side")
    return LabelledMessage(
        key=str(row.get("id", place)),
        party=party,
        text=row["text"],
        acts=frozenset(acts),
        source=str(row.get("source", "own")),
        licence=str(row.get("licence", "own")),
    )


def _invalid(field: str, description: str) -> InvalidInputError:
    return InvalidInputError(FieldViolation("INVALID_LABELLED_MESSAGE", field, description))


def of_side(messages: Iterable[LabelledMessage], party: Party) -> tuple[LabelledMessage, ...]:
    """The messages that one side sent."""
    return tuple(message for message in messages if message.party == party)


def labels(messages: Sequence[LabelledMessage], party: Party) -> NDArray[np.float64]:
    """1 where a message does an act, else 0; shape (messages, acts of the side)."""
    names = acts_of(party)
    rows = [[float(name in message.acts) for name in names] for message in messages]
    return np.array(rows).reshape(len(messages), len(names))
