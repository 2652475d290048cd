"""Reads files as a stream of Arrow batches of relationships, in bounded memory."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from relhealth.batch.decode import check_columns
from relhealth.batch.inputs import is_json_lines, is_parquet, shown
from relhealth.batch.lines import Fault, numbered_lines
from relhealth.batch.schema import FAULT, REQUEST_JSON, SOURCE, SOURCES
from relhealth.errors import ConfigurationError

_ROWS_A_BATCH: Final = 256
_BYTES_A_BATCH: Final = 4 * 2**20
_PARQUET_BUFFER_BYTES: Final = 2**20

_LINES: Final = pa.schema(
    [(REQUEST_JSON, pa.binary()), (FAULT, pa.string()), (SOURCES, pa.list_(SOURCE))]
)


@dataclass(frozen=True, slots=True)
class Read:
    """Rows and how far the input has been read with them, from 0 to 1."""

    batch: pa.RecordBatch
    share: float


def is_flat(path: Path) -> bool:
    """Whether a file holds one row a message.

    Raises:
        ConfigurationError: It is Parquet that cannot be read.
    """
    if is_json_lines(path):
        return False
    return not is_parquet(path) or "interactions" not in _open_parquet(path).schema_arrow.names


def read_histories(files: Sequence[Path]) -> Iterator[Read]:
    """The relationships of files of histories, in order.

    Raises:
        ConfigurationError: A file cannot be read at all.
    """
    for path in files:
        if is_parquet(path):
            _check_histories(path)
    sizes = [path.stat().st_size for path in files]
    total = max(sum(sizes), 1)
    before = 0
    for path, size in zip(files, sizes, strict=True):
        reads = _read_json_lines(path) if is_json_lines(path) else _read_parquet(path)
        for read in reads:
            yield Read(read.batch, (before + read.share * size) / total)
        before += size


def _open_parquet(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path, buffer_size=_PARQUET_BUFFER_BYTES, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        raise ConfigurationError(f"{path} cannot be read as Parquet") from error


def _check_histories(path: Path) -> None:
    """Finds what is wrong with a file's columns before the files in front of it are scored."""
    with _open_parquet(path) as file:
        try:
            check_columns(file.schema_arrow)
        except ConfigurationError as error:
            raise ConfigurationError(f"{path}: {error}") from error


def _read_parquet(path: Path) -> Iterator[Read]:
    with _open_parquet(path) as file:
        rows = max(file.metadata.num_rows, 1)
        done = 0
        try:
            for batch in file.iter_batches(batch_size=_ROWS_A_BATCH):
                lines = np.arange(done + 1, done + batch.num_rows + 1)
                done += batch.num_rows
                if SOURCES not in batch.schema.names:
                    batch = batch.append_column(SOURCES, _places(path, lines.tolist()))  # noqa: PLW2901
                yield Read(batch, done / rows)
        except (pa.ArrowException, OSError):
            yield Read(_line_batch(path, [Fault.DAMAGED], [done + 1]), 1.0)


def _read_json_lines(path: Path) -> Iterator[Read]:
    size = max(path.stat().st_size, 1)
    with path.open("rb") as raw:
        lines = gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw
        held: list[bytes | Fault] = []
        numbers: list[int] = []
        held_bytes = 0
        for number, line in numbered_lines(lines):
            held.append(line)
            numbers.append(number)
            held_bytes += len(line)
            if len(held) == _ROWS_A_BATCH or held_bytes >= _BYTES_A_BATCH:
                yield Read(_line_batch(path, held, numbers), raw.tell() / size)
                held, numbers, held_bytes = [], [], 0
        if held:
            yield Read(_line_batch(path, held, numbers), 1.0)


def _line_batch(path: Path, lines: Sequence[bytes | Fault], numbers: list[int]) -> pa.RecordBatch:
    contents = [None if isinstance(line, Fault) else line for line in lines]
    faults = [str(line) if isinstance(line, Fault) else None for line in lines]
    return pa.RecordBatch.from_arrays(
        [pa.array(contents, pa.binary()), pa.array(faults, pa.string()), _places(path, numbers)],
        schema=_LINES,
    )


def _places(path: Path, lines: list[int]) -> pa.Array:
    """One place for each row."""
    places = pa.StructArray.from_arrays(
        [pa.array([shown(path)] * len(lines), pa.string()), pa.array(lines, pa.int64())],
        fields=list(SOURCE),
    )
    return pa.ListArray.from_arrays(np.arange(len(lines) + 1, dtype=np.int32), places)
