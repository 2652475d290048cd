"""Odd histories, readings and rubrics, each from a seed: what the compiled judge is held to."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace

from properties.histories import START_US, Told
from properties.judging import rubric_with_other_numbers
from relhealth.domain.acts import Act, acts_of
from relhealth.domain.history import (
    MICROSECONDS_PER_SECOND,
    Consent,
    History,
    Interaction,
    OptOut,
    Rating,
)
from relhealth.domain.later import Later
from relhealth.domain.reading import Reading, SoughtWords, Span
from relhealth.domain.rubric import Pace, Rubric, SegmentPrior
from relhealth.domain.vocabulary import Channel, Party, Purpose, SenderKind, Trait
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.histories import encode_history
from relhealth.wire.limits import MAXIMUM_SECONDS, Limits
from relhealth.wire.plain import read_plain

SEGMENT = "odd"
LAST_US = MAXIMUM_SECONDS * MICROSECONDS_PER_SECOND
ODD_TEXTS = (
    "",
    "Order number 12-3456, order no 9! Which phone? your e-mail address please",
    "We'll call within 24 hours. It won't happen again, please forgive us. ^AB",
    "By Friday, or in 3\u20135 working days; call us tomorrow \u2013 promise",
    "caf\u00e9 na\u00efve it\u2019s don't '' 'quoted' rock 'n' roll o'clock",
    "\u6211\u7684\u8ba2\u5355\u5728\u54ea\u91cc\uff1f 12\u0663 \u0661\u0662 x2 2x",
    "see https://link.example/a?b=c @brand_help @ -- x xx :-) =D <3 \U0001f600\u2764",
    "number 1 number 22 number 333 number 4444 number 55555 order number 6",
    "number 7 number 88 number 999 number 1111 number 22222 order number 3",
    "a\x1cb\x85c\u00a0d\te\n- jo\n",
    "STILL nothing!!! third time I ask -JD",
    "word " * 90,
)
ODD_LETTERS = "aAbx_'^*/-@:;=)D<3 .\n\x1c09h\u00e9\u2019"


class AtRandom:
    """Reads anything at all, and finds words anywhere: any reading is to be judged alike."""

    version = "at-random"

    def __init__(self, seed: int, before_words: Callable[[], None] = lambda: None) -> None:
        self._seed = seed
        self._before_words = before_words

    def read(
        self,
        texts: tuple[str, ...],
        senders: tuple[Party, ...],
        languages: tuple[str | None, ...],
    ) -> Reading:
        del languages
        draw = random.Random(self._seed)
        unread = tuple(draw.random() < 0.1 for _ in texts)
        levels = (0.0, 0.0, 0.1, 0.15, 0.3, 0.5, 0.9, 1.0, draw.random(), draw.random())
        rows = tuple(
            tuple(0.0 if dark else draw.choice(levels) for _ in acts_of(sender))
            for sender, dark in zip(senders, unread, strict=True)
        )
        return Reading(rows, unread, SoughtWords(texts, self._spans))

    def _spans(self, text: str, act: Act) -> tuple[Span, ...]:
        self._before_words()
        return (Span(0, len(text)), Span(int(act), act + 1))[: act % 3]


def odd_history(seed: int, texts: list[str]) -> Told:
    """Anything that the domain allows: all channels, purposes and outcomes, these texts."""
    draw = random.Random(seed)
    now_us = START_US
    items: list[Interaction] = []
    for index, text in enumerate(texts):
        now_us += draw.choice((0, 1, 60, 3_600, 90_000, 700_000, 9_000_000)) * 1_000_003
        sender = draw.choice(list(Party))
        scope = tuple(draw.sample(list(Channel), draw.randint(0, 3)))
        outcomes = [None] * 6 + [OptOut(scope), Consent(scope)]
        outcomes += [Rating(draw.choice((1.0, 2.5, 3.0, 5.0)), 1.0, 5.0)]
        back = draw.choice((None, None, 1, 2, -1))
        target = None if back is None else index - back
        named = target if target is not None and 0 <= target < len(texts) else None
        items.append(
            Interaction(
                interaction_id=f"m{index}",
                sent_us=now_us,
                sender=sender,
                text=text,
                recorded_us=now_us,
                sender_kind=draw.choice((SenderKind.HUMAN, SenderKind.HUMAN, SenderKind.BOT)),
                channel=draw.choice(list(Channel)),
                purpose=draw.choice(list(Purpose)),
                in_reply_to_id=None if named is None else f"m{named}",
                thread_id=draw.choice((None, None, "one", "two")),
                outcome=draw.choice(outcomes) if sender == Party.CUSTOMER else None,
            )
        )
    return Told(items, now_us + draw.choice((0, 1, 10**9, 10**13)))


def sent(items: list[Interaction], segment: str) -> tuple[History, History] | None:
    """A history of Python's columns, and the same as it comes from a request's bytes.

    It says what a request can hold: a word where nothing is said, no scope without a channel. None
    where no request can hold its moments.
    """
    said = [_sendable(item) for item in items]
    if not all(0 <= item.sent_us <= item.recorded_us <= LAST_US for item in said):
        return None
    message = encode_history("brand", "customer", segment, said)
    raw = pb.ScoreRelationshipRequest(history=message).SerializeToString()
    found = read_plain(raw, Limits(interactions=len(said)), is_streamed=False)
    assert found is not None
    return History.of("brand", "customer", segment, said), found[0]


def _sendable(item: Interaction) -> Interaction:
    outcome = item.outcome
    if isinstance(outcome, OptOut | Consent):
        named = set(outcome.channels) - {Channel.UNSPECIFIED}
        outcome = replace(outcome, channels=tuple(sorted(named)))
    return replace(item, outcome=outcome, text=item.text or ("word" if outcome is None else ""))


def odd_rubric(seed: int) -> Rubric:
    """The shipped rubric, others' numbers, a segment of its own, business hours."""
    rubric = rubric_with_other_numbers(seed // 2)
    if seed % 2 == 0:
        return rubric
    paces = {channel: Pace(3.5, business_hours=True) for channel in (*Channel,)[:4]}
    hours = replace(rubric.calls.business_hours, utc_offset_hours=-5.5)
    return replace(
        rubric,
        segments=(SegmentPrior(SEGMENT, Trait.TIME, 0.31, 2.5),),
        calls=replace(rubric.calls, paces=paces, business_hours=hours, decay_shape=1.3),
        wording=replace(rubric.wording, monologue_words=5, canned_minimum_words=2),
        missing_fact_width=1.0,
        missing_fact_narrowing=0.25,
    )


def difference(one: object, other: object, path: str = "score") -> str | None:
    """Where two values first differ, types and all; lines may be made when they are asked for."""
    one, other = (tuple(it) if isinstance(it, Later) else it for it in (one, other))
    if type(one) is not type(other):
        return f"{path}: {one!r} is no {other!r}"
    if is_dataclass(one):
        parts = [(f".{f.name}", getattr(one, f.name), getattr(other, f.name)) for f in fields(one)]
    elif isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        parts = [(f"[{i}]", *pair) for i, pair in enumerate(zip(one, other, strict=True))]
    else:
        return None if one == other else f"{path}: {one!r} != {other!r}"
    found = (difference(mine, theirs, path + name) for name, mine, theirs in parts)
    return next((d for d in found if d is not None), None)
