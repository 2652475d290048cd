"""Histories of real sentences: channels, threads, reply edges, bots, outcomes, equal times."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import strategies as st

from properties.pool import POOL, SEPARATOR, Line
from relhealth.domain.history import (
    MICROSECONDS_PER_SECOND,
    Consent,
    Interaction,
    OptOut,
    Outcome,
    Rating,
)
from relhealth.domain.vocabulary import Channel, Party, Purpose, SenderKind

START_US = 1_709_539_200 * MICROSECONDS_PER_SECOND  # Monday 2024-03-04, 08:00 UTC
MINUTE_US = 60 * MICROSECONDS_PER_SECOND
_GAPS = (0, 0, 1, 9, 50, 300, 1_440, 2_000, 4_000, 9_000, 16_000, 25_000, 150_000)
CHANNELS = (Channel.EMAIL, Channel.SOCIAL_PUBLIC, Channel.CHAT, Channel.SMS, Channel.UNSPECIFIED)
_SCOPES = ((), (Channel.EMAIL,), (Channel.SMS, Channel.CHAT))
_OUTCOMES: tuple[Outcome | None, ...] = (
    *(None,) * 12,
    Rating(1.0, 1.0, 5.0),
    Rating(5.0, 1.0, 5.0),
    Rating(3.0, 1.0, 5.0),
    *[OptOut(scope) for scope in _SCOPES],
    *[Consent(scope) for scope in _SCOPES],
)


@dataclass(frozen=True)
class Step:
    """One message, told from the ones before it."""

    gap_minutes: int
    sender: Party
    lines: tuple[Line, ...]
    channel: Channel
    thread: str | None
    answers_back: int | None
    sender_kind: SenderKind = SenderKind.HUMAN
    purpose: Purpose = Purpose.UNSPECIFIED
    outcome: Outcome | None = None
    audience_size: int | None = None
    recorded_minutes_later: int = 0


class Told:
    """A generated history and a moment to score it at; printed a line a message."""

    def __init__(self, items: list[Interaction], as_of_us: int) -> None:
        self.items = items
        self.as_of_us = as_of_us

    def __repr__(self) -> str:
        begin = self.items[0].sent_us
        rows = [
            f"{(i.sent_us - begin) / MINUTE_US:>8.0f} {i.interaction_id} {i.sender.name[:5]:5} "
            f"{i.sender_kind.name[0]} {i.channel.name[:6]:6} {i.purpose.name[:5]} "
            f"thread={i.thread_id} to={i.in_reply_to_id} {i.outcome or ''} {i.text!r}"
            for i in self.items
        ]
        return "\n".join(["", *rows, f"{(self.as_of_us - begin) / MINUTE_US:>8.0f} as of"])


_FIELDS: dict[str, tuple[object, ...]] = {
    "gap_minutes": _GAPS,
    "channel": CHANNELS,
    "thread": (None, None, None, "one", "two"),
    "answers_back": (None, None, None, 1, 1, 2, 4),
    "audience_size": (None, 12, 2_000_000),
    "recorded_minutes_later": (0, 0, 0, 5_000),
    "second": (False, False, True),
}
_BRANDS: dict[str, tuple[object, ...]] = {
    "sender_kind": (*[SenderKind.HUMAN] * 5, SenderKind.BOT),
    "purpose": (*[Purpose.UNSPECIFIED] * 5, *Purpose),
}
_CUSTOMERS: dict[str, tuple[object, ...]] = {"outcome": _OUTCOMES}


def _step(party: Party, first: Line, other: Line, code: int) -> Step:
    """A step from one number: drawing field by field would take most of a test's time."""
    chosen: dict[str, object] = {}
    for name, values in {**_FIELDS, **(_BRANDS if party == Party.BRAND else _CUSTOMERS)}.items():
        code, index = divmod(code, len(values))
        chosen[name] = values[index]
    lines = (first, other) if chosen.pop("second") else (first,)
    return Step(sender=party, lines=lines, **chosen)  # type: ignore[arg-type]


def _steps(party: Party) -> st.SearchStrategy[Step]:
    line = st.sampled_from(POOL[party])
    return st.builds(_step, st.just(party), line, line, st.integers(0, 2**28))


def _tell(steps: list[Step], wait_minutes: int) -> Told:
    items: list[Interaction] = []
    now_us = START_US
    for index, step in enumerate(steps):
        now_us += step.gap_minutes * MINUTE_US
        back = step.answers_back
        items.append(
            Interaction(
                interaction_id=f"m{index:02}",
                sent_us=now_us,
                sender=step.sender,
                text=SEPARATOR.join([line.text for line in step.lines]),
                recorded_us=now_us + step.recorded_minutes_later * MINUTE_US,
                sender_kind=step.sender_kind,
                channel=step.channel,
                purpose=step.purpose,
                language="en",
                in_reply_to_id=None if back is None or back > index else f"m{index - back:02}",
                thread_id=step.thread,
                audience_size=step.audience_size,
                outcome=step.outcome,
            )
        )
    return Told(items, now_us + wait_minutes * MINUTE_US)


def histories(least: int = 1, most: int = 12) -> st.SearchStrategy[Told]:
    """Histories of `least` to `most` messages."""
    steps = st.lists(
        st.one_of(_steps(Party.CUSTOMER), _steps(Party.BRAND)), min_size=least, max_size=most
    )
    return st.tuples(steps, st.sampled_from((0, *_GAPS))).map(lambda drawn: _tell(*drawn))


def moments(told: Told) -> list[int]:
    """Moments at which something can be added: with, just after and well after each message."""
    times = sorted({item.sent_us for item in told.items})
    found: list[int] = []
    for begin, end in zip(times, [*times[1:], told.as_of_us], strict=True):
        found += [begin, begin + MINUTE_US, (begin + end) // 2, end]
    return sorted({m for m in found if m <= told.as_of_us})


def with_id(items: list[Interaction], interaction_id: str) -> Interaction:
    return next(item for item in items if item.interaction_id == interaction_id)


def replaced(items: list[Interaction], new: Interaction) -> list[Interaction]:
    """The items with the one of the same id exchanged."""
    return [new if item.interaction_id == new.interaction_id else item for item in items]


def message(sender: Party, line: Line, sent_us: int, **given: object) -> Interaction:
    """An added message, `new` by id."""
    plain = Interaction("new", sent_us, sender, line.text, sent_us, language="en")
    return replace(plain, **given)  # type: ignore[arg-type]


def crowded() -> st.SearchStrategy[Told]:
    """Few lines, few moments, any threads and reply edges, circles too: much that looks alike."""

    def tell(drawn: list[tuple[int, int, int, str | None, int | None]]) -> Told:
        items: list[Interaction] = []
        for index, (party, line, minute, thread, target) in enumerate(drawn):
            at_us = START_US + minute * MINUTE_US
            sender = Party(party)
            other = None if target is None or target >= len(drawn) or target == index else target
            items.append(
                Interaction(
                    interaction_id=f"m{index:02}",
                    sent_us=at_us,
                    sender=sender,
                    text=POOL[sender][line].text,
                    recorded_us=at_us,
                    language="en",
                    in_reply_to_id=None if other is None else f"m{other:02}",
                    thread_id=thread,
                )
            )
        return Told(items, START_US + 60 * MINUTE_US)

    message = st.tuples(
        st.integers(1, 2),
        st.integers(0, 1),
        st.sampled_from([0, 0, 0, 1]),
        st.sampled_from([None, "one", "two"]),
        st.one_of(st.none(), st.integers(0, 7)),
    )
    return st.lists(message, min_size=2, max_size=8).map(tell)
