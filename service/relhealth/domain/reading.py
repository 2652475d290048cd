"""A reading: what a detector found in the messages of a history."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain, pairwise, zip_longest
from typing import Final, NamedTuple, Protocol

from relhealth.domain.acts import BRAND_ACTS, CUSTOMER_ACTS, Act
from relhealth.domain.vocabulary import Party

Rows = tuple[tuple[float, ...], ...]
"""Probabilities by message, then by act."""
Columns = tuple[tuple[float, ...], ...]
"""Probabilities by act, then by message; which side's act a column is, the sender tells."""
Detected = tuple[tuple[int, ...], ...]
"""Columns of acts, ascending, by message."""


class Span(NamedTuple):
    """Words that carry an act: code points `begin` to `end`, end exclusive."""

    begin: int
    end: int


class Mention(NamedTuple):
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


class Words(Protocol):
    """Finds the words of acts in the messages of a reading; `in_c`, too, where C does (spans.h)."""

    def spans(self, position: int, act: Act) -> tuple[Span, ...]:
        """The words of the message at `position` that carry `act`, in order."""
        ...


class NoWords:
    """The words of a reading that was put together without any."""

    def spans(self, position: int, act: Act) -> tuple[Span, ...]:
        """None."""
        del position, act
        return ()


@dataclass(frozen=True, slots=True)
class SoughtWords:
    """Words that are sought in the text itself when they are asked for."""

    texts: tuple[str, ...]
    find: Callable[[str, Act], tuple[Span, ...]]

    def spans(self, position: int, act: Act) -> tuple[Span, ...]:
        """The words of the message at `position` that carry `act`, in order."""
        return self.find(self.texts[position], act)


@dataclass(frozen=True, slots=True)
class _SelectedWords:
    words: Words
    positions: tuple[int, ...]

    def spans(self, position: int, act: Act) -> tuple[Span, ...]:
        return self.words.spans(self.positions[position], act)


_NO_WORDS: Final = NoWords()


@dataclass(frozen=True, slots=True)
class _JoinedWords:
    parts: tuple[Reading, ...]
    begins: tuple[int, ...]

    def spans(self, position: int, act: Act) -> tuple[Span, ...]:
        part = bisect_right(self.begins, position) - 1
        return self.parts[part].spans(position - self.begins[part], act)


class Reading:
    """Calibrated probabilities of every act of the sender's side, message by message.

    Args:
        probabilities: A row a message, a column an act of its sender's side (18 for a brand's
            message, 17 for a customer's), each 0 to 1.
        unread: True where a text could not be read because it is not English; its row is zeros.
        words: Where the words of acts are; without it there are none.
        detected: Columns of the acts at or over the detector's thresholds, ascending, a message;
            without it there are none.

    Attributes:
        unread: See above.
        words: See above.
        spans: The words of the message at a position that carry an act, in order; none where none
            stands out. It is the method of `words` itself, since it is called for each act shown.
    """

    def __init__(
        self,
        probabilities: Rows,
        unread: tuple[bool, ...],
        words: Words = _NO_WORDS,
        detected: Detected = (),
    ) -> None:
        self._rows = probabilities
        self.unread = unread
        self.words = words
        self.spans: Final = words.spans
        self._detected = detected

    @cached_property
    def detected(self) -> Detected:
        """Columns of the acts at or over the detector's thresholds, ascending, a message."""
        return self._detected or ((),) * len(self.unread)

    def tally(self, senders: Sequence[Party]) -> tuple[int, ...]:
        """How many of the messages do each act, the brand's acts before the customer's.

        Args:
            senders: Of the messages.
        """
        counts = [0] * (len(BRAND_ACTS) + len(CUSTOMER_ACTS))
        for sender, acts in zip(senders, self.detected, strict=True):
            for act in acts:
                counts[act if sender is Party.BRAND else len(BRAND_ACTS) + act] += 1
        return tuple(counts)

    @cached_property
    def probabilities(self) -> Rows:
        """A row a message, as given."""
        return self._rows

    def flat(self) -> bytes:
        """The probabilities as float64, a row a message, as many columns as a brand has acts."""
        padding = (0.0,) * len(BRAND_ACTS)
        rows = [(*row, *padding[len(row) :]) for row in self.probabilities]
        return array("d", chain.from_iterable(rows)).tobytes()

    @cached_property
    def columns(self) -> Columns:
        """The probabilities by column: what looks at one act of all messages looks at one tuple.

        As many as a brand has acts; a customer's message has 0 in those beyond its own.
        """
        found = tuple(zip_longest(*self.probabilities, fillvalue=0.0))
        nothing = (0.0,) * len(self.probabilities)
        return found + (nothing,) * (len(BRAND_ACTS) - len(found))

    def without_words(self) -> Reading:
        """The same, but that no words are found."""
        return Reading(self.probabilities, self.unread, detected=self.detected)

    def select(self, positions: tuple[int, ...]) -> Reading:
        """The messages at `positions`."""
        return Reading(
            tuple([self.probabilities[p] for p in positions]),
            tuple([self.unread[p] for p in positions]),
            _SelectedWords(self.words, positions),
            tuple([self.detected[p] for p in positions]),
        )

    def __eq__(self, other: object) -> bool:
        """Whether it says the same of every message."""
        if not isinstance(other, Reading):
            return NotImplemented
        return self.probabilities == other.probabilities and self.unread == other.unread

    def __hash__(self) -> int:
        """Equal readings have equal hashes."""
        return hash((self.probabilities, self.unread))


class JoinedReading(Reading):
    """Readings of successive messages as one."""

    def __init__(self, parts: tuple[Reading, ...]) -> None:
        ends = tuple(accumulate([len(part.unread) for part in parts], initial=0))
        unread = tuple(chain.from_iterable([part.unread for part in parts]))
        super().__init__((), unread, _JoinedWords(parts, ends[:-1]))
        self._parts, self._ends = parts, ends

    def flat(self) -> bytes:
        """See `Reading.flat`."""
        return b"".join([part.flat() for part in self._parts])

    @cached_property
    def detected(self) -> Detected:
        """See `Reading.detected`."""
        return tuple(chain.from_iterable([part.detected for part in self._parts]))

    def tally(self, senders: Sequence[Party]) -> tuple[int, ...]:
        """See `Reading.tally`."""
        tallies = [
            part.tally(senders[begin:end])
            for part, (begin, end) in zip(self._parts, pairwise(self._ends), strict=True)
        ]
        return tuple(map(sum, zip(*tallies, strict=True)))

    @cached_property
    def probabilities(self) -> Rows:
        """A row a message."""
        return tuple(chain.from_iterable([part.probabilities for part in self._parts]))

    @cached_property
    def columns(self) -> Columns:
        """See `Reading.columns`."""
        columns = zip(*[part.columns for part in self._parts], strict=True)
        return tuple([tuple(chain.from_iterable(column)) for column in columns])
