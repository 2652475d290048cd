"""Rows of relationships to the sketches of their brands, in this process or in others beside it."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from typing import Any, Final

import pyarrow as pa

from relhealth.batch.aggregating import ChunkWork, Material
from relhealth.batch.brands import Brands
from relhealth.batch.core import REJECTS_COLUMN, Counts
from relhealth.batch.decode import rejects_of, rows_of
from relhealth.batch.schema import REJECT
from relhealth.errors import InvalidInputError
from relhealth.scoring.scorer import Scorer
from relhealth.scoring.sketch import MirrorSketch, Tally, sketch
from relhealth.wire.parsing import parse_history

_OUTCOME: Final = pa.schema(
    [("brand_id", pa.string()), ("sketch", pa.binary()), (REJECTS_COLUMN, pa.list_(REJECT))]
)


def sketched(scorer: Scorer, batch: pa.RecordBatch, as_of_us: int) -> pa.RecordBatch:
    """A row a brand with the sketch of its relationships, and a row a relationship refused."""
    tallies: dict[str, Tally] = {}
    outcomes: list[dict[str, object]] = []
    for row in rows_of(batch):
        brand_id = None
        try:
            plain = row.plain()
            if plain is not None:
                history = plain[0]
            else:
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


def mirror_brands(given: Material, load: Callable[[], Scorer], as_of_us: int) -> Brands:
    """The brands among the rows.

    Args:
        given: The rows.
        load: Loads the scorer; can be pickled.
        as_of_us: The moment, in microseconds since 1970 UTC.
    """
    brands = Brands()

    def take(row: Mapping[str, Any]) -> Counts:
        if row["sketch"] is None:
            brands.reject(row["brand_id"])
            return Counts(rejected=1)
        one: MirrorSketch = pickle.loads(row["sketch"])  # noqa: S301 - see sketched
        brands.add(row["brand_id"], one)
        return Counts(scored=one.relationships, interactions=one.interactions)

    given.aggregate(ChunkWork(load, as_of_us, sketched), take, Counts())
    for _ in range(given.unread):
        brands.reject(None)
    return brands
