"""Flat tables of messages: loaded, grouped by relationship and put in order by DuckDB.

Nothing here holds the table in memory: DuckDB keeps it in a scratch file and sorts it with a
memory limit, and the sorted rows are cut into relationships as they stream by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
from numpy.typing import NDArray

from relhealth.batch import twitter
from relhealth.batch.conform import EXACT_BELOW
from relhealth.batch.inputs import is_csv
from relhealth.errors import ConfigurationError

REQUIRED: Final = ("customer_id", "sent_time", "text")
OPTIONAL: Final = (
    "brand_id", "segment", "interaction_id", "recorded_time", "sender", "inbound", "sender_kind",
    "channel", "purpose", "language", "in_reply_to_id", "thread_id", "audience_size", "rating",
    "rating_min", "rating_max", "opt_out", "consent",
)  # fmt: skip
"""Columns of a flat table; `inbound` (true: the customer wrote) can stand in for `sender`."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a flat table names and writes things.

    Attributes:
        columns: Our name to the table's, where they differ.
        brand_id: The brand of all rows, or None where a column says it.
        time_format: A `strptime` format of times, or None for ISO 8601.
        twitter_support: Whether the table has the shape of the public "Customer Support on
            Twitter" table.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    brand_id: str | None = None
    time_format: str | None = None
    twitter_support: bool = False


@dataclass(frozen=True, slots=True)
class RowReject:
    """A row that could not be read. `line` counts records, the header of a CSV file among them."""

    file: str
    line: int
    field: str
    description: str


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """Which rows of the scratch table came from a file.

    Attributes:
        first_row: Place of its first row in the scratch table, from 0.
        header_lines: Lines above its first record.
        missing: Records that could not be read, ascending; they have no row.
    """

    path: str
    first_row: int
    header_lines: int
    missing: tuple[int, ...]

    def lines_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The lines of its rows' records."""
        lines = rows - self.first_row + 1 + self.header_lines
        for left_out in self.missing:
            lines[lines >= left_out] += 1
        return lines


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of loading: where rows came from, and what could not be read."""

    files: tuple[LoadedFile, ...]
    rejects: tuple[RowReject, ...]
    ignored_columns: tuple[str, ...]

    def places_of(self, rows: NDArray[np.int64]) -> tuple[list[str], NDArray[np.int64]]:
        """File and line of every row of the scratch table."""
        starts = [file.first_row for file in self.files]
        owners = np.searchsorted(starts, rows, side="right") - 1
        lines = np.zeros(len(rows), np.int64)
        for number, file in enumerate(self.files):
            mine = owners == number
            lines[mine] = file.lines_of(rows[mine])
        return [self.files[owner].path for owner in owners.tolist()], lines


def open_scratch(folder: Path, memory_limit: str) -> duckdb.DuckDBPyConnection:
    """A DuckDB database in a folder, which keeps to a memory limit by spilling there.

    Raises:
        ConfigurationError: The limit is no size.
    """
    connection = duckdb.connect(folder / "messages.duckdb")
    for name, value in (("temp_directory", str(folder / "spill")), ("TimeZone", "UTC")):
        connection.execute(f"SET {name} = {quoted(value)}")
    try:
        connection.execute(f"SET memory_limit = {quoted(memory_limit)}")
    except duckdb.Error as error:
        raise ConfigurationError("--memory-limit: must be a size such as 1GB") from error
    return connection


def load(connection: duckdb.DuckDBPyConnection, files: Sequence[Path], layout: Layout) -> Loaded:
    """Copies the files' rows, as text, into the table `raw` of the scratch database.

    Raises:
        ConfigurationError: A file has no column of a name that is needed.
    """
    wanted = _wanted(layout)
    connection.execute(f"CREATE TABLE raw ({', '.join(f'{name} VARCHAR' for name in wanted)})")
    loaded: list[LoadedFile] = []
    rejects: list[RowReject] = []
    ignored: dict[str, None] = {}
    for path in files:
        reader = _reader(path)
        described = connection.execute(f"DESCRIBE FROM {reader}").fetchall()
        present = {name: kind for name, kind, *_ in described}
        _check_columns(path, present, layout)
        ignored.update(dict.fromkeys(name for name in present if name not in wanted.values()))
        first_row = _count(connection)
        picked = _picked(wanted, present)
        # Names and literals are quoted where they are made; DuckDB binds neither.
        connection.execute(f"INSERT INTO raw SELECT {picked} FROM {reader}")  # noqa: S608
        new_rejects = _structural_rejects(connection, path)
        rejects += new_rejects
        missing = tuple(sorted({reject.line for reject in new_rejects}))
        loaded.append(LoadedFile(str(path), first_row, 1 if is_csv(path) else 0, missing))
    return Loaded(tuple(loaded), tuple(rejects), tuple(ignored))


def _wanted(layout: Layout) -> dict[str, str]:
    """Our columns to the table's."""
    if layout.twitter_support:
        return {name: name for name in twitter.COLUMNS}
    return {name: layout.columns.get(name, name) for name in REQUIRED + OPTIONAL}


def _check_columns(path: Path, present: Mapping[str, str], layout: Layout) -> None:
    wanted = _wanted(layout)
    needed = twitter.COLUMNS if layout.twitter_support else REQUIRED
    missing = [wanted[name] for name in needed if wanted[name] not in present]
    missing += [theirs for theirs in layout.columns.values() if theirs not in present]
    if not layout.twitter_support:
        if layout.brand_id is None and wanted["brand_id"] not in present:
            missing.append(f"{wanted['brand_id']} (or --brand)")
        if wanted["sender"] not in present and wanted["inbound"] not in present:
            missing.append(f"{wanted['sender']} (or inbound)")
    if missing:
        raise ConfigurationError(f"{path} has no column {', '.join(dict.fromkeys(missing))}")


def _picked(wanted: Mapping[str, str], present: Mapping[str, str]) -> str:
    return ", ".join(
        f"{_as_text(theirs, present[theirs])} AS {ours}" if theirs in present else f"NULL AS {ours}"
        for ours, theirs in wanted.items()
    )


def _as_text(column: str, kind: str) -> str:
    """A column's values as text.

    Whole numbers that are kept as floating ones, as pandas does where some are missing, are
    written as whole ones; where they are too large to be exact they say nothing.
    """
    name = _identifier(column)
    text = f"CAST({name} AS VARCHAR)"
    largest = EXACT_BELOW.get(kind.lower())
    if largest is None:
        return text
    whole = f"CAST(CAST({name} AS BIGINT) AS VARCHAR)"
    return (
        f"CASE WHEN abs({name}) >= {largest} THEN NULL "
        f"WHEN {name} = trunc({name}) THEN {whole} ELSE {text} END"
    )


def _reader(path: Path) -> str:
    if is_csv(path):
        return (
            f"read_csv({quoted(str(path))}, header = true, all_varchar = true, "
            "store_rejects = true, rejects_limit = 0)"
        )
    # Some writers mark no column as text.
    return f"read_parquet({quoted(str(path))}, binary_as_string = true)"


def _structural_rejects(connection: duckdb.DuckDBPyConnection, path: Path) -> list[RowReject]:
    """Records that are no rows at all. What they say stays out of the message."""
    if not is_csv(path):
        return []
    rows = connection.execute(
        "SELECT line, any_value(column_name), any_value(error_type::VARCHAR) FROM reject_errors "
        "GROUP BY line ORDER BY line"
    ).fetchall()
    connection.execute("DROP TABLE IF EXISTS reject_errors")
    connection.execute("DROP TABLE IF EXISTS reject_scans")
    return [
        RowReject(str(path), int(line), column or "", f"not a row: {kind.lower()}")
        for line, column, kind in rows
    ]


def _count(connection: duckdb.DuckDBPyConnection) -> int:
    return int(connection.execute("SELECT count(*) FROM raw").fetchall()[0][0])


def quoted(value: str) -> str:
    """A value as a literal of SQL."""
    return "'" + value.replace("'", "''") + "'"


def _identifier(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'
