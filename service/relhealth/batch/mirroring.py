"""Rows of relationships to the sketches of their brands, in this process or in others beside it."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from relhealth.batch.brands import Brands
from relhealth.batch.chunks import Chunk
from relhealth.batch.core import REJECTS_COLUMN, Counts
from relhealth.batch.decode import rejects_of, rows_of
from relhealth.batch.output import Reject
from relhealth.batch.schema import REJECT
from relhealth.batch.workers import ScoreChunk, in_order, score_here, score_in_processes
from relhealth.errors import InvalidInputError
from relhealth.scoring.scorer import Scorer
from relhealth.scoring.sketch import MirrorSketch, Tally, sketch
from relhealth.wire.parsing import parse_history

_OUTCOME: Final = pa.schema(
    [("brand_id", pa.string()), ("sketch", pa.binary()), (REJECTS_COLUMN, pa.list_(REJECT))]
)


@dataclass(frozen=True, slots=True)
class Sketching:
    """Makes what sketches a chunk; can be pickled.

    Attributes:
        load: Loads the scorer, once in each process.
        as_of_us: The moment, in microseconds since 1970 UTC.
    """

    load: Callable[[], Scorer]
    as_of_us: int

    def __call__(self) -> ScoreChunk:
        """Loads the scorer."""
        scorer = self.load()

        def score(batch: pa.RecordBatch) -> pa.RecordBatch:
            return _sketched(scorer, batch, self.as_of_us)

        return score


def _sketched(scorer: Scorer, batch: pa.RecordBatch, as_of_us: int) -> pa.RecordBatch:
    """A row a brand with the sketch of its relationships, and a row a relationship refused."""
    tallies: dict[str, Tally] = {}
    outcomes: list[dict[str, object]] = []
    for row in rows_of(batch):
        brand_id = None
        try:
            request = row.request()
            brand_id = request.history.brand_id or None
            history = parse_history(request.history)
        except InvalidInputError as error:
            outcomes.append({"brand_id": brand_id, REJECTS_COLUMN: rejects_of(row, error)})
            continue
        one = sketch(scorer, history, as_of_us)
        tallies.setdefault(history.brand_id, Tally()).add(one)
    for brand, tally in tallies.items():
        # Only ever read by the process that started this one.
        outcomes.append({"brand_id": brand, "sketch": pickle.dumps(tally.total())})
    return pa.RecordBatch.from_pylist(outcomes, schema=_OUTCOME)


def sketch_brands(
    chunks: Iterable[Chunk],
    make: Sketching,
    workers: int,
    tell: Callable[[Iterable[Reject]], int],
    show: Callable[[Counts, float], None],
) -> Brands:
    """The brands among the rows, the same for any number of workers.

    Args:
        chunks: The rows.
        make: How to sketch them.
        workers: Processes, 1 or more.
        tell: Takes what was refused, in the order of the rows.
        show: Takes what was done so far, and how far the input has been read, 0 to 1.
    """
    done = score_here(chunks, make) if workers == 1 else score_in_processes(chunks, make, workers)
    brands = Brands()
    counts = Counts()
    for item in in_order(done):
        for row in item.outcomes.to_pylist():
            brand_id, packed = row["brand_id"], row["sketch"]
            if packed is None:
                brands.reject(brand_id)
                tell(row[REJECTS_COLUMN])
                counts += Counts(rejected=1)
                continue
            one: MirrorSketch = pickle.loads(packed)  # noqa: S301 - see _sketched
            brands.add(brand_id, one)
            counts += Counts(scored=one.relationships, interactions=one.interactions)
        show(counts, item.chunk.share)
    return brands
