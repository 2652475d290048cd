"""What scores the chunks of a run: processes on this machine, or a service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from relhealth.batch.chunks import Chunk
from relhealth.batch.core import (
    Answerer,
    LocalAnswerer,
    QuestionT,
    Settings,
    Versions,
    score_batches,
)
from relhealth.batch.known import EarlierRows, IndexedTable, Policy
from relhealth.batch.workers import Done, ScoreChunk, score_with
from relhealth.scoring.scorer import Scorer


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier result table, made searchable, and when its rows still hold."""

    database: Path
    policy: Policy


class Engine(Protocol):
    """Scores chunks, in the order in which they are done."""

    def versions(self) -> Versions:
        """What it scores with."""
        ...

    def score(
        self, chunks: Iterable[Chunk], settings: Settings, earlier: Earlier | None
    ) -> Iterator[Done]:
        """The outcomes of every chunk."""
        ...


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """Scores in this process, or in `workers` others where there are more than one.

    Attributes:
        load: Loads the scorer; can be pickled.
        workers: Processes, 1 or more.
        digest: Gives a digest of what is loaded.
    """

    load: Callable[[], Scorer]
    workers: int
    digest: Callable[[], str] = str

    def versions(self) -> Versions:
        """What the scorer is made of."""
        scorer = self.load()
        return Versions(scorer.detector.version, scorer.rubric.id, self.digest())

    def score(
        self, chunks: Iterable[Chunk], settings: Settings, earlier: Earlier | None
    ) -> Iterator[Done]:
        """The outcomes of every chunk."""
        return score_with(chunks, _LocalScoring(self.load, settings, earlier), self.workers)


@dataclass(frozen=True, slots=True)
class _LocalScoring:
    load: Callable[[], Scorer]
    settings: Settings
    earlier: Earlier | None

    def __call__(self) -> ScoreChunk:
        answerer = LocalAnswerer(self.load(), self.settings)
        return chunk_scorer(answerer, self.settings, self.earlier)


def chunk_scorer(
    answerer: Answerer[QuestionT], settings: Settings, earlier: Earlier | None
) -> ScoreChunk:
    """The core, one chunk at a time."""
    known = None
    if earlier is not None:
        known = EarlierRows(IndexedTable(earlier.database), earlier.policy)

    def score(batch: pa.RecordBatch) -> pa.RecordBatch:
        return next(score_batches(iter([batch]), answerer, settings, known))

    return score
