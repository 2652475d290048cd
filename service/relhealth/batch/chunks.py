"""Cuts a stream of rows into chunks: the unit of work and of checkpoints.

Where the cuts fall depends on the rows alone, never on how an engine batched them, so that a run
that was interrupted finds its own chunks again. A chunk has one schema: JSON lines, Parquet files
with other columns, and the table made of flat ones begin chunks of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import add, gt
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from relhealth.batch.schema import REQUEST_JSON
from relhealth.batch.sources import Read

_NOTHING: Final[tuple[int, ...]] = (0, 0, 0)
"""Rows, interactions and bytes of text of a chunk that is empty."""

_WITH_LENGTHS: Final = (pa.string(), pa.large_string(), pa.binary(), pa.large_binary())


@dataclass(frozen=True, slots=True)
class ChunkSize:
    """When a chunk is full; a single row may go beyond.

    Attributes:
        rows: Relationships.
        interactions: Interactions, where rows are columns.
        text_bytes: Bytes of text or JSON.
    """

    rows: int = 500
    interactions: int = 10_000
    text_bytes: int = 8 * 2**20


@dataclass(frozen=True, slots=True)
class Chunk:
    """A unit of work.

    Attributes:
        number: Its place, from 0.
        batch: Its rows, one or more.
        share: How far the input has been read with it, from 0 to 1.
    """

    number: int
    batch: pa.RecordBatch
    share: float


def chunks_of(reads: Iterable[Read], size: ChunkSize) -> Iterator[Chunk]:
    """The chunks of a stream of rows."""
    number = 0
    held: list[pa.RecordBatch] = []
    filled = _NOTHING
    share = 0.0
    limits = (size.rows, size.interactions, size.text_bytes)
    for read in reads:
        if filled != _NOTHING and held[-1].schema != read.batch.schema:
            yield Chunk(number, _joined(held), share)
            number, held, filled = number + 1, [], _NOTHING
        begin = 0
        for row, weight in enumerate(_weights(read.batch).tolist()):
            fuller = tuple(map(add, filled, weight))
            if filled != _NOTHING and any(map(gt, fuller, limits)):
                held.append(read.batch.slice(begin, row - begin))
                yield Chunk(number, _joined(held), share)
                number, held, begin = number + 1, [], row
                fuller = tuple(weight)
            filled = fuller
        held.append(read.batch.slice(begin))
        share = read.share
    if filled != _NOTHING:
        yield Chunk(number, _joined(held), 1.0)


def _weights(batch: pa.RecordBatch) -> NDArray[np.int64]:
    """For each row: 1, its interactions, and its bytes of text."""
    rows = np.ones(batch.num_rows, np.int64)
    if REQUEST_JSON in batch.schema.names:
        lengths = pc.fill_null(pc.binary_length(batch[REQUEST_JSON]), 0).to_numpy()
        return np.stack([rows, np.zeros_like(rows), lengths], axis=1).astype(np.int64)
    interactions = batch["interactions"]
    texts = pc.struct_field(interactions.values, "text")
    if pa.types.is_dictionary(texts.type):
        texts = texts.dictionary_decode()
    if texts.type not in _WITH_LENGTHS:
        # As they will be read; bytes that are no text weigh, too, and are refused row by row.
        texts = pc.cast(texts, pa.string(), safe=False)
    lengths = pc.fill_null(pc.binary_length(texts), 0).to_numpy(zero_copy_only=False)
    sums = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
    offsets = interactions.offsets.to_numpy()
    return np.stack([rows, np.diff(offsets), np.diff(sums[offsets])], axis=1).astype(np.int64)


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    table = pa.Table.from_batches([batch for batch in batches if batch.num_rows])
    return table.combine_chunks().to_batches()[0]
