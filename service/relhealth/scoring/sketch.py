"""What a mirror needs of each relationship, in a form that adds up exactly in any order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from typing import Final

import numpy as np

from relhealth.domain.acts import PRAISING_ACTS, BrandAct
from relhealth.domain.history import History
from relhealth.domain.reading import Reading
from relhealth.domain.vocabulary import Band, Party, Stance
from relhealth.scoring.health import health_score
from relhealth.scoring.proportions import ClusteredCount
from relhealth.scoring.scorer import Scorer
from relhealth.scoring.stance import judge_stance
from relhealth.scoring.survival import Integers
from relhealth.signals.pairing import Call, Role
from relhealth.signals.scene import Scene, observe

UNKNOWN_AUDIENCE: Final = -1
_AUTOMATIC: Final = (Role.NOTICE, Role.RECEIPT)
_PENDING: Final = 1_024


class Column:
    """Columns of a sketch's calls."""

    WAIT_US: Final = 0
    ANSWERED: Final = 1
    CHANNEL: Final = 2
    AUDIENCE: Final = 3
    CUSTOMER: Final = 4
    COUNT: Final = 5


@dataclass(frozen=True, slots=True)
class Wordings:
    """Messages of the brand's, notices and receipts left out.

    Attributes:
        messages: How many there are.
        repeated: How many nearly repeat an earlier one to the same customer.
        distinct: How many of the others are long enough to be told apart by their wording.
    """

    messages: int = 0
    repeated: int = 0
    distinct: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class MirrorSketch:
    """Exact sums and sorted rows over any number of relationships.

    Attributes:
        answered: Calls answered out of those that are owed an answer.
        begging: Messages of the brand's that beg out of all of them.
        owned: Failings owned out of failings.
        acknowledged: Praise answered out of praise.
        words: The brand's words out of all words.
        wordings: How the brand's messages are worded.
        lines: Digests of the wordings of those others, ascending, each once.
        bands: Relationships in the order of `Band`.
        stances: Relationships in the order of `Stance`.
        calls: A row for each of those calls with the columns of `Column`, in lexical order.
    """

    relationships: int
    interactions: int
    answered: ClusteredCount
    begging: ClusteredCount
    owned: ClusteredCount
    acknowledged: ClusteredCount
    words: ClusteredCount
    wordings: Wordings
    lines: Integers
    bands: tuple[int, ...]
    stances: tuple[int, ...]
    calls: Integers

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MirrorSketch):
            return NotImplemented
        return all(
            np.array_equal(getattr(self, f.name), getattr(other, f.name))
            if f.name in ("lines", "calls")
            else getattr(self, f.name) == getattr(other, f.name)
            for f in fields(self)
        )

    def __hash__(self) -> int:
        return hash((self.relationships, self.interactions, self.answered, self.words))


def sketch(scorer: Scorer, history: History, as_of_us: int) -> MirrorSketch:
    """One relationship at a moment; what lies after it is cut."""
    known = history.cut(as_of_us)
    return sketch_read(scorer, known, scorer.read(known), as_of_us)


def sketch_read(scorer: Scorer, history: History, reading: Reading, as_of_us: int) -> MirrorSketch:
    """One relationship that was cut and read already."""
    rubric = scorer.rubric
    scene = observe(history, reading, rubric, as_of_us)
    band = health_score(scene, scorer.ledgers(scene), rubric).band
    stance = judge_stance(scene, rubric.stance).label
    thresholds = scorer.detector.thresholds[Party.BRAND]
    brand = scene.brand_positions
    begs = thresholds[BrandAct.ENGAGEMENT_BAIT]
    begging = [p for p in brand if scene.brand(p, BrandAct.ENGAGEMENT_BAIT) >= begs]
    calls = [call for call in scene.pairing.calls if call.is_owed]
    praise = [c for c in calls if c.act in PRAISING_ACTS]
    wordings, lines = _wordings(scene, brand)
    said = [len(scene.words.said(p)) for p in range(len(history))]
    return MirrorSketch(
        relationships=1,
        interactions=len(history),
        answered=ClusteredCount.of(_answered(calls), len(calls)),
        begging=ClusteredCount.of(len(begging), len(brand)),
        owned=ClusteredCount.of(_owned(scene, thresholds[BrandAct.OWNERSHIP]), len(scene.episodes)),
        acknowledged=ClusteredCount.of(_answered(praise), len(praise)),
        words=ClusteredCount.of(sum([said[p] for p in brand]), sum(said)),
        wordings=wordings,
        lines=lines,
        bands=tuple([int(b == band) for b in Band]),
        stances=tuple([int(s == stance) for s in Stance]),
        calls=_calls(scene, calls),
    )


def _answered(calls: Iterable[Call]) -> int:
    return len([call for call in calls if call.answered_by is not None])


def _owned(scene: Scene, threshold: float) -> int:
    best = [episode.best.get(BrandAct.OWNERSHIP) for episode in scene.episodes]
    return len([b for b in best if b is not None and b.probability >= threshold])


def _wordings(scene: Scene, brand: tuple[int, ...]) -> tuple[Wordings, Integers]:
    spoken = [p for p in brand if scene.pairing.roles[p] not in _AUTOMATIC]
    rules = scene.rubric.wording
    repeated = {line.position for line in scene.canned_lines()}
    texts = [scene.words.said(p) for p in spoken if p not in repeated]
    long = [_digest(" ".join(text)) for text in texts if len(text) >= rules.canned_minimum_words]
    lines = np.unique(np.array(long, dtype=np.int64))
    return Wordings(len(spoken), len(spoken) - len(texts), len(long)), lines


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), signed=True)


def _calls(scene: Scene, calls: list[Call]) -> Integers:
    history = scene.history
    customer = _digest(history.customer_id)
    rows: list[tuple[int, ...]] = []
    for call in calls:
        by = call.answered_by
        end = call.settled_by if by is None else by
        until_us = scene.as_of_us if end is None else history.sent_us[end]
        rows.append(
            (
                until_us - history.sent_us[call.position],
                int(by is not None),
                history.channels[call.position],
                _audience(history, call.position),
                customer,
            )
        )
    return _in_order(np.array(rows, dtype=np.int64).reshape(len(rows), Column.COUNT))


def _audience(history: History, position: int) -> int:
    """The customer's audience at a message, or the last that was known before."""
    for earlier in range(position, -1, -1):
        size = history.audience_sizes[earlier]
        if size is not None and history.senders[earlier] == Party.CUSTOMER:
            return size
    return UNKNOWN_AUDIENCE


def _in_order(rows: Integers) -> Integers:
    return rows[np.lexsort(rows.T[::-1])]


def combine(sketches: Iterable[MirrorSketch]) -> MirrorSketch:
    """The sketch of all relationships of some sketches, the same in any order and grouping."""
    parts = list(sketches)
    if not parts:
        return _EMPTY
    return MirrorSketch(
        relationships=sum([s.relationships for s in parts]),
        interactions=sum([s.interactions for s in parts]),
        answered=_sum([s.answered for s in parts]),
        begging=_sum([s.begging for s in parts]),
        owned=_sum([s.owned for s in parts]),
        acknowledged=_sum([s.acknowledged for s in parts]),
        words=_sum([s.words for s in parts]),
        wordings=Wordings(*_totals([astuple(s.wordings) for s in parts])),
        lines=np.unique(np.concatenate([s.lines for s in parts])),
        bands=_totals([s.bands for s in parts]),
        stances=_totals([s.stances for s in parts]),
        calls=_in_order(np.concatenate([s.calls for s in parts])),
    )


def _sum(counts: list[ClusteredCount]) -> ClusteredCount:
    return sum(counts, ClusteredCount())


def _totals(rows: list[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple([sum(column) for column in zip(*rows, strict=True)])


_EMPTY: Final = MirrorSketch(
    0, 0, ClusteredCount(), ClusteredCount(), ClusteredCount(), ClusteredCount(), ClusteredCount(),
    Wordings(), np.empty(0, np.int64), (0,) * len(Band), (0,) * len(Stance),
    np.empty((0, Column.COUNT), np.int64),
)  # fmt: skip


class Tally:
    """Combines a stream of sketches; what it keeps are the rows of calls and the lines."""

    def __init__(self) -> None:
        self._pending: list[MirrorSketch] = []
        self._combined: list[MirrorSketch] = []

    def add(self, one: MirrorSketch) -> None:
        """Takes in a sketch; near-linear over the whole stream."""
        self._pending.append(one)
        if len(self._pending) == _PENDING:
            self._combine()

    def total(self) -> MirrorSketch:
        """All that was added."""
        return combine([*self._combined, *self._pending])

    def _combine(self) -> None:
        """Like a binary counter: only sketches of like size meet, so that each row moves rarely."""
        stack = self._combined
        stack.append(combine(self._pending))
        self._pending = []
        while len(stack) > 1 and stack[-2].relationships <= stack[-1].relationships:
            stack.append(combine([stack.pop(), stack.pop()]))
