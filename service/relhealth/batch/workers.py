"""Where chunks are scored: in this process, or in others beside it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.connection import wait as wait_for
from typing import Final

import pyarrow as pa

from relhealth.batch.chunks import Chunk
from relhealth.errors import ConfigurationError

ScoreChunk = Callable[[pa.RecordBatch], pa.RecordBatch]
"""Rows to their outcomes."""

MakeScoreChunk = Callable[[], ScoreChunk]
"""Loads what scoring needs, once in each process; can be pickled."""

_CHUNKS_A_WORKER: Final = 2


@dataclass(frozen=True, slots=True)
class Done:
    """A chunk with its outcomes."""

    chunk: Chunk
    outcomes: pa.RecordBatch


def score_here(chunks: Iterable[Chunk], make: MakeScoreChunk) -> Iterator[Done]:
    """Scores chunks in this process, in order."""
    score = make()
    for chunk in chunks:
        yield Done(chunk, score(chunk.batch))


def score_with(chunks: Iterable[Chunk], make: MakeScoreChunk, workers: int) -> Iterator[Done]:
    """Scores chunks in this process, or in `workers` others where there are more than one."""
    if workers == 1:
        return score_here(chunks, make)
    return score_in_processes(chunks, make, workers)


def score_in_processes(
    chunks: Iterable[Chunk], make: MakeScoreChunk, workers: int
) -> Iterator[Done]:
    """Scores chunks in processes of their own, in the order in which they are done.

    Processes are spawned, not forked, so that they share no threads or locks with this one.

    Raises:
        ConfigurationError: A process was ended from outside.
    """
    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start,
        initargs=(make,),
    )
    try:
        with pool:
            yield from score_in(pool, chunks, _score, workers)
    except BrokenProcessPool as error:
        raise ConfigurationError(
            "a worker process was ended from outside, for want of memory perhaps; "
            "started again, the run goes on"
        ) from error


def score_in(
    pool: Executor, chunks: Iterable[Chunk], score: ScoreChunk, workers: int
) -> Iterator[Done]:
    """Keeps a pool busy with a few chunks ahead, never with all of them."""
    waiting: dict[Future[pa.RecordBatch], Chunk] = {}
    try:
        for chunk in chunks:
            waiting[pool.submit(score, chunk.batch)] = chunk
            if len(waiting) >= workers * _CHUNKS_A_WORKER:
                yield from _next_done(waiting)
        while waiting:
            yield from _next_done(waiting)
    finally:
        for future in waiting:
            future.cancel()


def _next_done(waiting: dict[Future[pa.RecordBatch], Chunk]) -> Iterator[Done]:
    for future in wait(waiting, return_when=FIRST_COMPLETED).done:
        yield Done(waiting.pop(future), future.result())


def in_order(done: Iterable[Done]) -> Iterator[Done]:
    """The same in the order of the chunks, from 0; holds back what comes early."""
    held: dict[int, Done] = {}
    expected = 0
    for item in done:
        held[item.chunk.number] = item
        while expected in held:
            yield held.pop(expected)
            expected += 1


_scorer: ScoreChunk | None = None


def _start(make: MakeScoreChunk) -> None:
    global _scorer  # noqa: PLW0603 - the one state of a worker process
    # An interrupt from the terminal reaches every process; the first one decides what to do.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _scorer = make()


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)


def _score(batch: pa.RecordBatch) -> pa.RecordBatch:
    assert _scorer is not None  # noqa: S101 - the pool starts every process with _start
    return _scorer(batch)
