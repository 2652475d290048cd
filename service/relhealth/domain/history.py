"""A history: the ordered interactions of one relationship, as parallel columns.

Columns are tuples of equal length, in canonical order: by the time of sending; at one moment what
is answered before its answer; then by content and by what answers what, and by id only where
nothing tells two apart, so that neither the order of the input nor the choice of ids changes a
score. What names as its question something that was sent a little later by another clock was sent
with it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice
from operator import itemgetter, lt
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from relhealth.domain.later import Later
from relhealth.domain.ordering import canonical_order
from relhealth.domain.refinement import Ties
from relhealth.domain.vocabulary import Channel, Party, Purpose, SenderKind

MICROSECONDS_PER_SECOND: Final = 1_000_000
MICROSECONDS_PER_MINUTE: Final = 60 * MICROSECONDS_PER_SECOND
MICROSECONDS_PER_HOUR: Final = 60 * MICROSECONDS_PER_MINUTE
MICROSECONDS_PER_DAY: Final = 24 * MICROSECONDS_PER_HOUR
DAYS_PER_WEEK: Final = 7
FIRST_WEEKDAY: Final = 3
"""Of 1970-01-01, a Thursday; 0 is Monday."""
# By so much the clocks of the systems that record the two parties may differ.
MOST_CLOCK_SKEW_US: Final = 5 * MICROSECONDS_PER_MINUTE


@dataclass(frozen=True, slots=True, order=True)
class Rating:
    """A rating that the customer gave: `value` on a scale from `worst` to `best`."""

    value: float
    worst: float
    best: float

    @classmethod
    def on_scale(cls, value: float, worst: float, best: float) -> Rating | None:
        """The rating; None where the value lies beyond the scale."""
        return cls(value, worst, best) if worst <= value <= best else None


@dataclass(frozen=True, slots=True, order=True)
class OptOut:
    """The customer asked not to be contacted; empty channels mean all."""

    channels: tuple[Channel, ...]


@dataclass(frozen=True, slots=True, order=True)
class Consent:
    """The customer asked to be contacted; empty channels mean all."""

    channels: tuple[Channel, ...]


Outcome = Rating | OptOut | Consent


@dataclass(frozen=True, slots=True)
class Interaction:
    """One dated message or event, as adapters hand it in.

    Attributes:
        sent_us: When it was sent, in microseconds since 1970 UTC.
        recorded_us: When the record learnt of it; not before `sent_us`.
        text: What was said; may be empty only beside an outcome.
        language: BCP 47 tag, or None to have it recognised.
        in_reply_to_id: Id of the interaction that this one answers, or None.
        thread_id: Conversation or ticket, or None.
        audience_size: Followers of the sender, or None. Never read by a score.
    """

    interaction_id: str
    sent_us: int
    sender: Party
    text: str
    recorded_us: int
    sender_kind: SenderKind = SenderKind.HUMAN
    channel: Channel = Channel.UNSPECIFIED
    purpose: Purpose = Purpose.UNSPECIFIED
    language: str | None = None
    in_reply_to_id: str | None = None
    thread_id: str | None = None
    audience_size: int | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class InteractionColumns:
    """Interactions in any order, a column an attribute; see `Interaction`."""

    ids: Sequence[str]
    sent_us: Sequence[int]
    recorded_us: Sequence[int]
    senders: Sequence[Party]
    sender_kinds: Sequence[SenderKind]
    channels: Sequence[Channel]
    purposes: Sequence[Purpose]
    texts: Sequence[str]
    languages: Sequence[str | None]
    reply_to_ids: Sequence[str | None]
    thread_ids: Sequence[str | None]
    audience_sizes: Sequence[int | None]
    outcomes: Sequence[Outcome | None]

    @classmethod
    def of(cls, interactions: Sequence[Interaction]) -> InteractionColumns:
        """The columns of some interactions."""
        return cls(
            ids=[i.interaction_id for i in interactions],
            sent_us=[i.sent_us for i in interactions],
            recorded_us=[i.recorded_us for i in interactions],
            senders=[i.sender for i in interactions],
            sender_kinds=[i.sender_kind for i in interactions],
            channels=[i.channel for i in interactions],
            purposes=[i.purpose for i in interactions],
            texts=[i.text for i in interactions],
            languages=[i.language for i in interactions],
            reply_to_ids=[i.in_reply_to_id for i in interactions],
            thread_ids=[i.thread_id for i in interactions],
            audience_sizes=[i.audience_size for i in interactions],
            outcomes=[i.outcome for i in interactions],
        )

    def in_order(self) -> InteractionColumns:
        """The same interactions in canonical order."""
        if all(map(lt, self.sent_us, islice(self.sent_us, 1, None))):
            return self
        take = itemgetter(*_canonical_order(self))
        return InteractionColumns(*map(take, self._all()))

    def on_one_clock(self) -> InteractionColumns:
        """The same, but what clocks put a little before its question is sent with it."""
        if not any(self.reply_to_ids):
            return self
        asked_us = dict(zip(self.ids, self.sent_us, strict=True))
        sent_us = [
            sent if named is None else _with_question(sent, asked_us[named])
            for sent, named in zip(self.sent_us, self.reply_to_ids, strict=True)
        ]
        recorded_us = list(map(max, self.recorded_us, sent_us))
        return replace(self, sent_us=sent_us, recorded_us=recorded_us)

    def _all(self) -> tuple[Sequence[Any], ...]:
        return (
            self.ids, self.sent_us, self.recorded_us, self.senders, self.sender_kinds,
            self.channels, self.purposes, self.texts, self.languages, self.reply_to_ids,
            self.thread_ids, self.audience_sizes, self.outcomes,
        )  # fmt: skip


class Packed(NamedTuple):
    """The columns of a history in C, as a request's bytes were read into them.

    Attributes:
        columns: For the kernels (columns.h).
        interactions: How many there are.
        last_us: When the last of them was sent.
        column: Makes a column of `History` by its name.
    """

    columns: object
    interactions: int
    last_us: int
    column: Callable[[str], tuple[Any, ...]]


class _Packable:
    """What may be packed; a class of its own, since `packed` is no part of a history's value."""

    __slots__ = ("packed",)
    packed: Packed | None


class _Column(Later[Any]):
    """A column that is made when somebody looks at it.

    Attributes:
        history: Whose it is; None once it was made, so that nobody keeps all of it for one column.
    """

    __slots__ = ("_name", "history")
    history: History | None

    def __init__(self, history: History, name: str) -> None:
        self.history = history
        self._name = name

    def _make(self) -> tuple[Any, ...]:
        history = self.history
        if history is None:  # another thread made it meanwhile
            return self._made
        # Before the history is given up, for a thread that comes in between.
        self._made = getattr(history, self._name)
        self.history = None
        return self._made


@dataclass(frozen=True, slots=True)
class History(_Packable):
    """The interactions of one relationship, in columns and canonical order.

    A history that came as bytes is packed: its columns are made when somebody asks for them.

    Attributes:
        packed: What the kernels read, where there is such; it says the same as the columns.
        ids: Opaque ids, unique.
        sent_us: Times of sending, in microseconds since 1970 UTC, ascending.
        recorded_us: When the record learnt of each; at least `sent_us`.
        reply_to: Position of the interaction answered, or None.
        threads: A number for each conversation, counted from 0 in order of appearance, or None.
        audience_sizes: Followers of each sender, or None. Never read by a score.
    """

    brand_id: str
    customer_id: str
    segment: str
    ids: tuple[str, ...]
    sent_us: tuple[int, ...]
    recorded_us: tuple[int, ...]
    senders: tuple[Party, ...]
    sender_kinds: tuple[SenderKind, ...]
    channels: tuple[Channel, ...]
    purposes: tuple[Purpose, ...]
    texts: tuple[str, ...]
    languages: tuple[str | None, ...]
    reply_to: tuple[int | None, ...]
    threads: tuple[int | None, ...]
    audience_sizes: tuple[int | None, ...]
    outcomes: tuple[Outcome | None, ...]

    if not TYPE_CHECKING:  # to whom a class with it has every attribute

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401
            """What was not there yet: a packed history's column; no `packed` of any other's."""
            if name == "packed":
                return None
            if self.packed is None or name not in self.__slots__:
                raise AttributeError(f"a history has no {name}", name=name, obj=self)
            column = self.packed.column(name)
            object.__setattr__(self, name, column)
            return column

    def __len__(self) -> int:
        return len(self.ids) if self.packed is None else self.packed.interactions

    def later(self, name: str) -> Sequence[Any]:
        """A column by its name; a packed history's is made when somebody looks at it."""
        return getattr(self, name) if self.packed is None else _Column(self, name)

    @classmethod
    def of_packed(cls, brand_id: str, customer_id: str, segment: str, packed: Packed) -> Self:
        """A history from packed columns, which must be in canonical order."""
        history = cls.__new__(cls)
        put = object.__setattr__
        put(history, "brand_id", brand_id)
        put(history, "customer_id", customer_id)
        put(history, "segment", segment)
        put(history, "packed", packed)
        return history

    @classmethod
    def of(
        cls, brand_id: str, customer_id: str, segment: str, interactions: Sequence[Interaction]
    ) -> History:
        """A history from interactions in any order; see `of_columns`."""
        return cls.of_columns(brand_id, customer_id, segment, InteractionColumns.of(interactions))

    @classmethod
    def of_columns(
        cls, brand_id: str, customer_id: str, segment: str, columns: InteractionColumns
    ) -> History:
        """A history from columns in any order.

        Ids must be unique and every `reply_to_ids` must name one of them; wire/ sees to it.
        """
        told = columns.on_one_clock().in_order()
        positions: dict[str | None, int | None] = dict(zip(told.ids, count()))
        positions[None] = None
        threads: dict[str | None, int | None] = dict.fromkeys(told.thread_ids)
        threads.pop(None, None)
        threads = dict(zip(threads, count()))
        threads[None] = None
        return cls(
            brand_id=brand_id,
            customer_id=customer_id,
            segment=segment,
            ids=tuple(told.ids),
            sent_us=tuple(told.sent_us),
            recorded_us=tuple(told.recorded_us),
            senders=tuple(told.senders),
            sender_kinds=tuple(told.sender_kinds),
            channels=tuple(told.channels),
            purposes=tuple(told.purposes),
            texts=tuple(told.texts),
            languages=tuple(told.languages),
            reply_to=tuple(map(positions.__getitem__, told.reply_to_ids)),
            threads=tuple(map(threads.__getitem__, told.thread_ids)),
            audience_sizes=tuple(told.audience_sizes),
            outcomes=tuple(told.outcomes),
        )

    def cut(self, as_of_us: int) -> History:
        """The history as far as it was sent by `as_of_us`, both ends included."""
        if self.packed is not None and self.packed.last_us <= as_of_us:
            return self
        known = bisect_right(self.sent_us, as_of_us)
        return self if known == len(self) else self.select(tuple(range(known)))

    def select(self, positions: tuple[int, ...]) -> History:
        """The interactions at ascending `positions`; an answer to one left out answers nothing."""
        place = {old: new for new, old in enumerate(positions)}
        kept_threads: dict[int, int] = {}
        for p in positions:
            thread = self.threads[p]
            if thread is not None:
                kept_threads.setdefault(thread, len(kept_threads))
        return History(
            brand_id=self.brand_id,
            customer_id=self.customer_id,
            segment=self.segment,
            ids=tuple([self.ids[p] for p in positions]),
            sent_us=tuple([self.sent_us[p] for p in positions]),
            recorded_us=tuple([self.recorded_us[p] for p in positions]),
            senders=tuple([self.senders[p] for p in positions]),
            sender_kinds=tuple([self.sender_kinds[p] for p in positions]),
            channels=tuple([self.channels[p] for p in positions]),
            purposes=tuple([self.purposes[p] for p in positions]),
            texts=tuple([self.texts[p] for p in positions]),
            languages=tuple([self.languages[p] for p in positions]),
            reply_to=tuple([_moved(self.reply_to[p], place) for p in positions]),
            threads=tuple([_moved(self.threads[p], kept_threads) for p in positions]),
            audience_sizes=tuple([self.audience_sizes[p] for p in positions]),
            outcomes=tuple([self.outcomes[p] for p in positions]),
        )


def _with_question(sent_us: int, asked_us: int) -> int:
    """When an answer was sent, by the clock of its question where the two differ a little."""
    return asked_us if 0 < asked_us - sent_us <= MOST_CLOCK_SKEW_US else sent_us


def _moved(old: int | None, place: dict[int, int]) -> int | None:
    return None if old is None else place.get(old)


def _canonical_order(told: InteractionColumns) -> list[int]:
    """Places of the interactions in canonical order."""
    moments = told.sent_us
    if len(set(moments)) == len(moments):
        return sorted(range(len(moments)), key=moments.__getitem__)
    how_many = Counter(moments)
    places = {interaction_id: place for place, interaction_id in enumerate(told.ids)}
    ties = Ties(
        parents=[None if a is None else places[a] for a in told.reply_to_ids],
        groups=told.thread_ids,
    )
    # Content tells apart only what is of one moment.
    contents = [_content(told, p) if how_many[m] > 1 else () for p, m in enumerate(moments)]
    return canonical_order(moments, contents, told.ids, ties)


def _content(told: InteractionColumns, place: int) -> tuple[object, ...]:
    # The customer first: two notes of one call bear one time, and the brand's answered the other.
    return (
        -told.senders[place],
        told.sender_kinds[place],
        told.channels[place],
        told.purposes[place],
        told.recorded_us[place],
        told.texts[place],
        told.languages[place] or "",
        repr(told.outcomes[place]),
    )
