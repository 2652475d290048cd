"""What commands that aggregate relationships share: rows, work on them, and whom to tell."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from relhealth.batch.arguments import own_files
from relhealth.batch.chunks import Chunk, ChunkSize, chunks_of
from relhealth.batch.core import REJECTS_COLUMN, Counts
from relhealth.batch.ending import ended_in_order
from relhealth.batch.inputs import find_files, is_stream
from relhealth.batch.jobs import cores, layout_of
from relhealth.batch.progress import Progress
from relhealth.batch.rejects import Tell, teller
from relhealth.batch.run import histories_of
from relhealth.batch.sources import read_histories
from relhealth.batch.staging import staged_rejects
from relhealth.batch.workers import ScoreChunk, in_order, score_with
from relhealth.errors import ConfigurationError
from relhealth.scoring.scorer import Scorer


@dataclass(frozen=True, slots=True)
class ChunkWork:
    """Makes what works on a chunk; can be pickled.

    Attributes:
        load: Loads the scorer, once in each process.
        as_of_us: The moment, in microseconds since 1970 UTC.
        work: A function of a module: scorer, rows and moment to outcomes, with a column `rejects`.
    """

    load: Callable[[], Scorer]
    as_of_us: int
    work: Callable[[Scorer, pa.RecordBatch, int], pa.RecordBatch]

    def __call__(self) -> ScoreChunk:
        """Loads the scorer."""
        scorer = self.load()
        return lambda batch: self.work(scorer, batch, self.as_of_us)


@dataclass(frozen=True, slots=True)
class Material:
    """The rows of a command's files.

    Attributes:
        chunks: The rows, to be gone through once.
        workers: Processes, 1 or more.
        tell: Takes what was refused, in order; gives how many that were.
        show: Takes what was done so far, and how far the input has been read, 0 to 1.
        unread: Relationships of flat tables that were refused already, and told.
    """

    chunks: Iterator[Chunk]
    workers: int
    tell: Tell
    show: Callable[[Counts, float], None]
    unread: int

    def aggregate(
        self, work: ChunkWork, take: Callable[[Mapping[str, Any]], Counts], done: Counts
    ) -> Counts:
        """Works on all chunks, the same for any number of workers; gives what was done.

        Args:
            work: The work.
            take: Takes each outcome, in order, and says what it counts for; what was refused has
                been told already.
            done: What was done before.
        """
        for item in in_order(score_with(self.chunks, work, self.workers)):
            for row in item.outcomes.to_pylist():
                if row[REJECTS_COLUMN] is not None:
                    self.tell(row[REJECTS_COLUMN])
                done += take(row)
            self.show(done, item.chunk.share)
        return done


@contextmanager
def material(arguments: argparse.Namespace, command: str) -> Iterator[Material]:
    """The material of a command's arguments, and a folder for flat tables while it lasts.

    Raises:
        ConfigurationError: An argument or file cannot be used.
    """
    workers = cores() if arguments.workers is None else arguments.workers
    if workers < 1:
        raise ConfigurationError("--workers must be 1 or more")
    if any(is_stream(name) for name in arguments.files):
        raise ConfigurationError("a stream is read but once: write it to a file first")
    files = find_files(arguments.files, own_files(arguments))
    layout = layout_of(arguments)
    progress = Progress(sys.stderr, command=command)
    with (
        ended_in_order(),
        tempfile.TemporaryDirectory(prefix="relhealth-") as scratch,
        teller(arguments.rejects) as tell,
    ):
        folder = Path(scratch)
        found = histories_of(files, layout, arguments.memory_limit, folder, progress.say)
        unread = tell(staged_rejects(folder))
        chunks = chunks_of(read_histories(found), ChunkSize())
        yield Material(chunks, workers, tell, progress.show, unread)
