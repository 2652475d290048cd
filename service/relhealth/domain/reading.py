"""A reading: what a detector found in the messages of a history."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest

from relhealth.domain.acts import Act, BrandAct

Columns = tuple[tuple[float, ...], ...]
"""Probabilities by act, then by message; which side's act a column is, the sender tells."""


@dataclass(frozen=True, slots=True)
class Span:
    """Words that carry an act: code points `begin` to `end`, end exclusive."""

    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Mention:
    """An act at its place: the words of one message that carry it.

    Attributes:
        position: Place of the message in its history.
        act: The act; its class tells the side.
        span: The words.
        probability: Calibrated probability that the message does the act, 0 to 1.
    """

    position: int
    act: Act
    span: Span
    probability: float


@dataclass(frozen=True, slots=True)
class Reading:
    """Calibrated probabilities of every act of the sender's side, a row a message.

    Attributes:
        probabilities: A row a message, a column an act of its sender's side (18 for a brand's
            message, 17 for a customer's), each 0 to 1.
        unread: True where a text could not be read because it is not English; its row is zeros.
    """

    probabilities: tuple[tuple[float, ...], ...]
    unread: tuple[bool, ...]

    def columns(self) -> Columns:
        """The probabilities by column: what looks at one act of all messages looks at one tuple.

        As many as a brand has acts; a customer's message has 0 in those beyond its own.
        """
        found = tuple(zip_longest(*self.probabilities, fillvalue=0.0))
        nothing = (0.0,) * len(self.probabilities)
        return found + (nothing,) * (len(BrandAct) - len(found))

    def select(self, positions: tuple[int, ...]) -> Reading:
        """The rows at `positions`."""
        return Reading(
            tuple([self.probabilities[p] for p in positions]),
            tuple([self.unread[p] for p in positions]),
        )
