"""Histories whose acts are written in front of their texts, and a detector that reads them.

``complaint request=0.7: where is my order`` is a message that surely complains and asks with a
probability of 0.7.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from hypothesis import strategies as st

from relhealth.domain.acts import Act, acts_of
from relhealth.domain.history import MICROSECONDS_PER_HOUR, History, Interaction
from relhealth.domain.reading import Reading, SoughtWords, Span
from relhealth.domain.rubric import Rubric
from relhealth.domain.vocabulary import Channel, Party
from relhealth.models.locate import rubric_path
from relhealth.models.rubric import load_rubric
from relhealth.scoring.scorer import Scorer

START_US = 1_700_000_000_000_000
RUBRIC = load_rubric(rubric_path(None))


class ScriptedDetector:
    """Believes what is written before the colon; counts how many texts it was given."""

    version = "scripted"
    thresholds: ClassVar = {party: (0.5,) * len(acts_of(party)) for party in Party}

    def __init__(self) -> None:
        self.texts_read = 0

    def read(
        self,
        texts: tuple[str, ...],
        senders: tuple[Party, ...],
        languages: tuple[str | None, ...],
    ) -> Reading:
        self.texts_read += len(texts)
        unread = tuple(language not in (None, "en") for language in languages)
        rows = [
            (0.0,) * len(acts_of(sender)) if foreign else _row(text, sender)
            for text, sender, foreign in zip(texts, senders, unread, strict=True)
        ]
        return Reading(tuple(rows), unread, SoughtWords(texts, self._spans))

    def _spans(self, text: str, act: Act) -> tuple[Span, ...]:
        del act
        return (Span(0, len(text)),) if text else ()


def _row(text: str, sender: Party) -> tuple[float, ...]:
    script, colon, _ = text.partition(":")
    found: dict[str, float] = {}
    for word in script.split() if colon else ():
        name, _, probability = word.partition("=")
        found[name] = float(probability) if probability else 0.95
    return tuple([found.get(name, 0.0) for name in acts_of(sender)])


@dataclass(frozen=True)
class Line:
    """One message of a script; `hours` from the script's start."""

    hours: float
    sender: Party
    text: str
    more: tuple[tuple[str, object], ...] = ()


def brand(hours: float, text: str, **more: object) -> Line:
    return Line(hours, Party.BRAND, text, tuple(more.items()))


def customer(hours: float, text: str, **more: object) -> Line:
    return Line(hours, Party.CUSTOMER, text, tuple(more.items()))


def at(hours: float) -> int:
    return START_US + int(hours * MICROSECONDS_PER_HOUR)


def history(*lines: Line, customer_id: str = "customer", segment: str = "") -> History:
    return History.of(
        "brand", customer_id, segment, [_interaction(n, x) for n, x in enumerate(lines)]
    )


def _interaction(number: int, line: Line) -> Interaction:
    sent_us = at(line.hours)
    made = Interaction(f"i{number}", sent_us, line.sender, line.text, sent_us)
    return replace(made, **dict(line.more))  # type: ignore[arg-type]


def scorer(rubric: Rubric = RUBRIC) -> Scorer:
    return Scorer(rubric, ScriptedDetector())


_TELLING = ("parcel", "invoice", "router", "window", "refund", "jacket", "ticket", "coffee")
_CHANNELS = (Channel.EMAIL, Channel.SOCIAL_PUBLIC, Channel.SMS, Channel.UNSPECIFIED)


@st.composite
def lines(draw: st.DrawFn, sender: Party | None = None) -> Line:
    """A message of anyone's, at any time of 60 days, sometimes recorded late."""
    who = draw(st.sampled_from(Party)) if sender is None else sender
    acts = draw(st.lists(st.sampled_from(acts_of(who)), max_size=3, unique=True))
    words = draw(st.lists(st.sampled_from(_TELLING), min_size=1, max_size=12))
    hours = draw(st.integers(0, 60 * 24))
    more: dict[str, object] = {"channel": draw(st.sampled_from(_CHANNELS))}
    late = draw(st.sampled_from((0, 0, 0, 24, 24 * 30)))
    more["recorded_us"] = at(hours + late)
    thread = draw(st.sampled_from((None, None, "t1", "t2")))
    if thread is not None:
        more["thread_id"] = thread
    script = " ".join(acts) + ": " + " ".join(words)
    if "commitment" in acts:
        script += " within 3 days"
    return Line(hours, who, script, tuple(more.items()))


@st.composite
def histories(draw: st.DrawFn, most: int = 14) -> History:
    """A few messages of either side."""
    return history(*draw(st.lists(lines(), min_size=1, max_size=most)))
