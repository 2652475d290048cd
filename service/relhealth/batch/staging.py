"""Flat inputs become a file of histories before anything is scored."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow.parquet as pq

from relhealth.atomic_files import atomic_file
from relhealth.batch import twitter
from relhealth.batch.grouping import GROUPED, grouped
from relhealth.batch.messages import Layout, Loaded, RowReject, load, open_scratch
from relhealth.errors import ConfigurationError

MALFORMED_ROW: Final = "MALFORMED_ROW"
_HISTORIES: Final = "histories.parquet"
_REJECTS: Final = "rejects.jsonl"
_SCRATCH: Final = "messages"


def stage(
    folder: Path,
    files: Sequence[Path],
    layout: Layout,
    memory_limit: str,
    say: Callable[[str], None],
) -> Path:
    """Groups flat files into one file of histories in a folder, unless it is there already.

    Args:
        folder: Where the file and all scratch files go.
        files: Flat tables that together hold the messages.
        layout: How they are written.
        memory_limit: What DuckDB may hold in memory, such as ``1GB``.
        say: Gets notes for people.

    Raises:
        ConfigurationError: A file cannot be read, or has no column of a name that is needed.
    """
    histories = folder / _HISTORIES
    if histories.exists():
        return histories
    scratch = folder / _SCRATCH
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        with open_scratch(scratch, memory_limit) as connection:
            loaded = load(connection, files, layout)
            if loaded.empty:
                say(f"empty: {', '.join(loaded.empty)}")
            if loaded.ignored_columns:
                say(f"columns that are not read: {', '.join(loaded.ignored_columns)}")
            if layout.twitter_support:
                nobodys = twitter.shape(connection)
                say(f"{nobodys:,} tweets belong to no relationship and are left out")
            _write(connection, loaded, layout, folder)
    except duckdb.Error as error:
        raise ConfigurationError(_reason(error, folder, files, memory_limit)) from None
    shutil.rmtree(scratch)
    return histories


def _reason(error: duckdb.Error, folder: Path, files: Sequence[Path], memory_limit: str) -> str:
    """What went wrong. DuckDB's own words would quote what a cell holds."""
    said = str(error)
    if os.strerror(errno.ENOSPC) in said:
        return f"{folder}: {os.strerror(errno.ENOSPC)}"
    if isinstance(error, duckdb.OutOfMemoryException):
        return f"--memory-limit: {memory_limit} is too little to group the tables in"
    names = ", ".join(str(path) for path in files if str(path) in said) or "the tables"
    return f"{names}: cannot be read ({type(error).__name__})"


def staged_rejects(folder: Path) -> Iterator[dict[str, Any]]:
    """The rows that staging could not read."""
    path = folder / _REJECTS
    if path.exists():
        with path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def _write(
    connection: duckdb.DuckDBPyConnection, loaded: Loaded, layout: Layout, folder: Path
) -> None:
    """Writes histories and rejects; the histories appear last."""
    with (
        atomic_file(folder / _HISTORIES) as histories,
        atomic_file(folder / _REJECTS) as rejects,
        rejects.open("w", encoding="utf-8") as sink,
        pq.ParquetWriter(histories, GROUPED, compression="zstd") as writer,
    ):

        def reject(row: RowReject) -> None:
            sink.write(json.dumps({**asdict(row), "reason": MALFORMED_ROW}) + "\n")

        for row in loaded.rejects:
            reject(row)
        for batch in grouped(connection, loaded, layout, reject):
            writer.write_batch(batch)
