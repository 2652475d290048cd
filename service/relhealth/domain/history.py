"""A history: the ordered interactions of one relationship, as parallel columns.

Columns are tuples of equal length, in canonical order: by the time of sending; at one moment what
is answered before its answer; then by content and by what answers what, and by id only where
nothing tells two apart, so that neither the order of the input nor the choice of ids changes a
score.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from relhealth.domain.ordering import Ties, canonical_order
from relhealth.domain.vocabulary import Channel, Party, Purpose, SenderKind

MICROSECONDS_PER_SECOND: Final = 1_000_000
MICROSECONDS_PER_MINUTE: Final = 60 * MICROSECONDS_PER_SECOND
MICROSECONDS_PER_HOUR: Final = 60 * MICROSECONDS_PER_MINUTE
MICROSECONDS_PER_DAY: Final = 24 * MICROSECONDS_PER_HOUR


@dataclass(frozen=True, slots=True, order=True)
class Rating:
    """A rating that the customer gave: `value` on a scale from `worst` to `best`."""

    value: float
    worst: float
    best: float


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
class History:
    """The interactions of one relationship, in columns and canonical order.

    Attributes:
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

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of(
        cls, brand_id: str, customer_id: str, segment: str, interactions: list[Interaction]
    ) -> History:
        """A history from interactions in any order.

        Ids must be unique and every `in_reply_to_id` must name one of them; wire/ sees to it.
        """
        ordered = _canonical_order(interactions)
        position = {item.interaction_id: index for index, item in enumerate(ordered)}
        thread_numbers: dict[str, int] = {}
        for item in ordered:
            if item.thread_id is not None:
                thread_numbers.setdefault(item.thread_id, len(thread_numbers))
        return cls(
            brand_id=brand_id,
            customer_id=customer_id,
            segment=segment,
            ids=tuple([i.interaction_id for i in ordered]),
            sent_us=tuple([i.sent_us for i in ordered]),
            recorded_us=tuple([i.recorded_us for i in ordered]),
            senders=tuple([i.sender for i in ordered]),
            sender_kinds=tuple([i.sender_kind for i in ordered]),
            channels=tuple([i.channel for i in ordered]),
            purposes=tuple([i.purpose for i in ordered]),
            texts=tuple([i.text for i in ordered]),
            languages=tuple([i.language for i in ordered]),
            reply_to=tuple(
                [None if i.in_reply_to_id is None else position[i.in_reply_to_id] for i in ordered]
            ),
            threads=tuple(
                [None if i.thread_id is None else thread_numbers[i.thread_id] for i in ordered]
            ),
            audience_sizes=tuple([i.audience_size for i in ordered]),
            outcomes=tuple([i.outcome for i in ordered]),
        )

    def cut(self, as_of_us: int) -> History:
        """The history as far as it was sent by `as_of_us`, both ends included."""
        count = len(self)
        while count and self.sent_us[count - 1] > as_of_us:
            count -= 1
        return self if count == len(self) else self.select(tuple(range(count)))

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


def _moved(old: int | None, place: dict[int, int]) -> int | None:
    return None if old is None else place.get(old)


def _canonical_order(interactions: list[Interaction]) -> list[Interaction]:
    moments = [i.sent_us for i in interactions]
    if len(set(moments)) == len(moments):
        return sorted(interactions, key=lambda i: i.sent_us)
    ids = [i.interaction_id for i in interactions]
    places = {interaction_id: place for place, interaction_id in enumerate(ids)}
    answered = [i.in_reply_to_id for i in interactions]
    ties = Ties(
        parents=[None if a is None else places[a] for a in answered],
        groups=[i.thread_id for i in interactions],
    )
    contents = [_content_key(i) for i in interactions]
    return [interactions[p] for p in canonical_order(moments, contents, ids, ties)]


def _content_key(item: Interaction) -> tuple[object, ...]:
    return (
        item.sender,
        item.sender_kind,
        item.channel,
        item.purpose,
        item.recorded_us,
        item.text,
        item.language or "",
        repr(item.outcome),
    )
