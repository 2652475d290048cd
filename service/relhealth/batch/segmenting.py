"""Rows of relationships to what their segments say, in this process or in others beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Final

import pyarrow as pa

from relhealth.batch.core import REJECTS_COLUMN, Counts
from relhealth.batch.decode import rejects_of, rows_of
from relhealth.batch.material import Material
from relhealth.batch.schema import REJECT
from relhealth.batch.workers import ScoreChunk, in_order, score_here, score_in_processes
from relhealth.domain.vocabulary import Trait
from relhealth.errors import InvalidInputError
from relhealth.scoring.options import ScoreOptions
from relhealth.scoring.scorer import Scorer
from relhealth.scoring.segments import Said, SegmentTally, evidence_of
from relhealth.wire.parsing import parse_history

_SAID: Final = pa.struct(
    [
        pa.field("trait", pa.int8()),
        pa.field("value", pa.float64()),
        pa.field("weight", pa.float64()),
    ]
)
_OUTCOME: Final = pa.schema(
    [
        ("segment", pa.string()),
        ("interactions", pa.int64()),
        ("said", pa.list_(_SAID)),
        (REJECTS_COLUMN, pa.list_(REJECT)),
    ]
)


@dataclass(frozen=True, slots=True)
class Segmenting:
    """Makes what hears a chunk out; can be pickled.

    Attributes:
        load: Loads the scorer, once in each process.
        as_of_us: The moment, in microseconds since 1970 UTC.
    """

    load: Callable[[], Scorer]
    as_of_us: int

    def __call__(self) -> ScoreChunk:
        """Loads the scorer."""
        scorer = self.load()
        options = ScoreOptions(self.as_of_us)

        def score(batch: pa.RecordBatch) -> pa.RecordBatch:
            return _heard(scorer, batch, options)

        return score


def _heard(scorer: Scorer, batch: pa.RecordBatch, options: ScoreOptions) -> pa.RecordBatch:
    """A row a relationship: what is said of its traits, or why nothing can be."""
    outcomes: list[dict[str, object]] = []
    for row in rows_of(batch):
        try:
            history = parse_history(row.request().history)
        except InvalidInputError as error:
            outcomes.append({REJECTS_COLUMN: rejects_of(row, error)})
            continue
        said = evidence_of(history.segment, scorer.score(history, options), scorer.rubric)
        outcomes.append(
            {
                "segment": history.segment,
                "interactions": len(history),
                "said": [dict(zip(_SAID.names, astuple(one), strict=True)) for one in said],
            }
        )
    return pa.RecordBatch.from_pylist(outcomes, schema=_OUTCOME)


def tally_segments(given: Material, make: Segmenting) -> tuple[SegmentTally, Counts]:
    """What the segments among the rows say, the same for any number of workers; what was done."""
    if given.workers == 1:
        done = score_here(given.chunks, make)
    else:
        done = score_in_processes(given.chunks, make, given.workers)
    tally = SegmentTally()
    counts = Counts(rejected=given.unread)
    for item in in_order(done):
        for row in item.outcomes.to_pylist():
            if row["said"] is None:
                given.tell(row[REJECTS_COLUMN])
                counts += Counts(rejected=1)
                continue
            said = [Said(Trait(s["trait"]), s["value"], s["weight"]) for s in row["said"]]
            tally.add(row["segment"], said)
            counts += Counts(scored=1, interactions=row["interactions"])
        given.show(counts, item.chunk.share)
    return tally, counts
