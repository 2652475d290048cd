"""Rows of relationships to what their segments say, in this process or in others beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import astuple
from typing import Any, Final

import pyarrow as pa

from relhealth.batch.aggregating import ChunkWork, Material
from relhealth.batch.core import REJECTS_COLUMN, Counts
from relhealth.batch.decode import rejects_of, rows_of
from relhealth.batch.schema import REJECT
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


def heard(scorer: Scorer, batch: pa.RecordBatch, as_of_us: int) -> pa.RecordBatch:
    """A row a relationship: what is said of its traits, or why nothing can be."""
    options = ScoreOptions(as_of_us)
    outcomes: list[dict[str, object]] = []
    for row in rows_of(batch):
        try:
            plain = row.plain()
            history = parse_history(row.request().history) if plain is None else plain[0]
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


def tally_segments(
    given: Material, load: Callable[[], Scorer], as_of_us: int
) -> tuple[SegmentTally, Counts]:
    """What the segments among the rows say, and what was done.

    Args:
        given: The rows.
        load: Loads the scorer; can be pickled.
        as_of_us: The moment, in microseconds since 1970 UTC.
    """
    tally = SegmentTally()

    def take(row: Mapping[str, Any]) -> Counts:
        if row["said"] is None:
            return Counts(rejected=1)
        said = [Said(Trait(s["trait"]), s["value"], s["weight"]) for s in row["said"]]
        tally.add(row["segment"], said)
        return Counts(scored=1, interactions=row["interactions"])

    unread = Counts(rejected=given.unread)
    return tally, given.aggregate(ChunkWork(load, as_of_us, heard), take, unread)
