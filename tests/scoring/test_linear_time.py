"""Ten years of messages take work in proportion to their number, and stay explainable.

Work is counted, not timed: the lines of the core that run, by the interpreter's own tracing.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from types import FrameType
from typing import ClassVar

import pytest

from properties.histories import CHANNELS
from properties.judging import SHIPPED, history_of
from properties.pool import EXACT, POOL
from relhealth.domain.acts import Act, BrandAct, CustomerAct
from relhealth.domain.evidence import REMAINDER
from relhealth.domain.history import History, Interaction
from relhealth.domain.reading import Reading, SoughtWords, Span
from relhealth.domain.vocabulary import Party
from relhealth.scoring.options import ScoreOptions
from relhealth.scoring.scorer import Scorer
from traits.telling import us

HOURS = 10 * 365 * 24
AS_OF_US = us(HOURS + 24)
SCORER = Scorer(SHIPPED, EXACT)
SIZES = (500, 1_000, 2_000)
# Of a history twice as long, the work may be 2.14 times as much.
LARGEST_EXPONENT = 1.1
_Tell = Callable[[int, random.Random], list[Interaction]]


def _message(index: int, count: int, party: Party, text: str) -> Interaction:
    moment = us(HOURS * index / count)
    return Interaction(f"{index:05}", moment, party, text, moment, language="en")


def _mixed(count: int, draw: random.Random) -> list[Interaction]:
    """Both parties, all that the pool says, threads of about ten messages, reply edges."""
    items: list[Interaction] = []
    for index in range(count):
        party = draw.choice(list(Party))
        item = _message(index, count, party, draw.choice(POOL[party]).text)
        back = draw.choice((None, None, 1, 2, 5))
        items.append(
            replace(
                item,
                channel=draw.choice(CHANNELS),
                thread_id=draw.choice((None, f"t{index // 10}")),
                in_reply_to_id=None if back is None or back > index else f"{index - back:05}",
            )
        )
    return items


def _one_thread(count: int, draw: random.Random) -> list[Interaction]:
    """A single conversation that never ends."""
    return [replace(item, thread_id="all") for item in _mixed(count, draw)]


def _newsletter(count: int, draw: random.Random) -> list[Interaction]:
    """Nothing but near-duplicates that nobody asked for."""
    names = ("Ann", "Ben", "Cleo", "Dan")
    return [
        _message(
            index,
            count,
            Party.BRAND,
            f"Hello {draw.choice(names)}, our sale number {index} starts today in all our stores",
        )
        for index in range(count)
    ]


def _unheard(count: int, draw: random.Random) -> list[Interaction]:
    """Nothing but complaints that nobody answers, and what is sent meanwhile; in one thread.

    Each complaint is then the same once more at any size, however far apart they come.
    """
    items = [
        _message(
            index,
            count,
            Party.CUSTOMER if index % 2 else Party.BRAND,
            f"Order {index} came late, box {draw.randrange(50)} was torn" if index % 2 else "Hello",
        )
        for index in range(count)
    ]
    return [replace(item, thread_id="all") for item in items]


@dataclass(frozen=True)
class _Plain:
    """Reads a complaint in all that customers say and promotion in all that brands say."""

    version: str = "plain"
    thresholds: ClassVar = EXACT.thresholds

    def read(
        self,
        texts: tuple[str, ...],
        senders: tuple[Party, ...],
        languages: tuple[str | None, ...],
    ) -> Reading:
        rows = {
            Party.BRAND: tuple(float(act == BrandAct.PROMOTION) for act in BrandAct),
            Party.CUSTOMER: tuple(float(act == CustomerAct.COMPLAINT) for act in CustomerAct),
        }
        unread = tuple(language != "en" for language in languages)
        assert len(texts) == len(unread)
        return Reading(
            tuple(rows[sender] for sender in senders), unread, SoughtWords(texts, self._spans)
        )

    def _spans(self, text: str, act: Act) -> tuple[Span, ...]:
        return (Span(0, len(text)),) if act.name in ("PROMOTION", "COMPLAINT") else ()


def _work(scorer: Scorer, history: History) -> int:
    """Lines of the core that run while a history is scored with evidence; the reading aside."""
    reading = scorer.read(history)
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> object:
        nonlocal count
        if "relhealth" not in frame.f_code.co_filename:
            return None
        count += event == "line"
        return trace

    previous = sys.gettrace()
    sys.settrace(trace)  # type: ignore[arg-type]
    try:
        scorer.score_read(history, reading, ScoreOptions(AS_OF_US, with_evidence=True))
    finally:
        sys.settrace(previous)
    return count


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tell", "scorer"),
    [
        (_mixed, SCORER),
        (_one_thread, SCORER),
        (_newsletter, Scorer(SHIPPED, _Plain())),
        (_unheard, Scorer(SHIPPED, _Plain())),
    ],
    ids=["mixed", "one thread", "newsletter", "unheard"],
)
def test_work_grows_with_the_history(tell: _Tell, scorer: Scorer) -> None:
    work = [_work(scorer, history_of(tell(size, random.Random(7)))) for size in SIZES]
    for (few, many), (less, more) in zip(pairwise(SIZES), pairwise(work), strict=True):
        exponent = math.log(more / less) / math.log(many / few)
        assert exponent <= LARGEST_EXPONENT, work


def test_two_thousand_messages_stay_explainable() -> None:
    history = history_of(_mixed(2_000, random.Random(7)))
    limit = 10
    options = ScoreOptions(AS_OF_US, with_evidence=True, max_evidence_count=limit)
    score = SCORER.score(history, options)
    for trait in score.traits:
        lines = [line.evidence for line in trait.evidence]
        assert len(lines) == limit + 1
        assert [line.kind == REMAINDER for line in lines] == [False] * limit + [True]
        total = trait.prior + sum(line.contribution for line in lines)
        assert trait.value == pytest.approx(total, abs=1e-9)
        assert trait.evidence[-1].summary.endswith("further items, summed.")
        sizes = [abs(line.contribution) for line in lines[:limit]]
        assert sizes == sorted(sizes, reverse=True)
