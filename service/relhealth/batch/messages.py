"""Flat tables of messages: loaded, grouped by relationship and put in order by DuckDB.

Nothing here holds the table in memory: DuckDB keeps it in a scratch file and sorts it with a
memory limit, and the sorted rows are cut into relationships as they stream by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from relhealth.batch import twitter
from relhealth.batch.conform import EXACT_BELOW
from relhealth.batch.delimited import Record, delimited
from relhealth.batch.inputs import is_csv, shown
from relhealth.encodings import Encoding, is_text
from relhealth.errors import ConfigurationError

REQUIRED: Final = ("customer_id", "sent_time", "text")
OPTIONAL: Final = (
    "brand_id", "segment", "interaction_id", "recorded_time", "sender", "inbound", "sender_kind",
    "channel", "purpose", "language", "in_reply_to_id", "thread_id", "audience_size", "rating",
    "rating_min", "rating_max", "opt_out", "consent",
)  # fmt: skip
"""Columns of a flat table; `inbound` (true: the customer wrote) can stand in for `sender`."""

_RECORDS_A_TABLE: Final = 20_000


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
    """A row that could not be read. `line` is where it begins, or its number in a Parquet file."""

    file: str
    line: int
    field: str
    description: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of loading.

    Attributes:
        files: By the number that stands in `file` of the scratch table.
        rejects: Rows that are torn; they stand in the scratch table with what can be told of them.
        ignored_columns: What was not read.
        empty: Files without so much as a header.
    """

    files: tuple[str, ...]
    rejects: tuple[RowReject, ...]
    ignored_columns: tuple[str, ...]
    empty: tuple[str, ...]


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

    Beside the columns it has `file` and `line` of each row, and whether it is `torn`.

    Raises:
        ConfigurationError: A file has no column of a name that is needed, or cannot be read.
    """
    wanted = _wanted(layout)
    columns = [f"{name} VARCHAR" for name in wanted]
    columns += ["file INTEGER", "line BIGINT", "torn BOOLEAN"]
    connection.execute(f"CREATE TABLE raw ({', '.join(columns)})")
    rejects: list[RowReject] = []
    ignored: dict[str, None] = {}
    empty: list[str] = []
    for number, path in enumerate(files):
        if is_csv(path):
            names = _load_text(connection, path, number, layout, rejects)
        else:
            names = _load_parquet(connection, path, number, layout, rejects)
        ignored.update(dict.fromkeys(name for name in names if name not in wanted.values()))
        if not names:
            empty.append(shown(path))
    return Loaded(
        tuple(shown(path) for path in files), tuple(rejects), tuple(ignored), tuple(empty)
    )


def _load_parquet(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    number: int,
    layout: Layout,
    rejects: list[RowReject],
) -> Sequence[str]:
    """Copies a Parquet file's rows and notes the torn ones; gives the names of its columns."""
    source = _parquet(path, "strict")
    described = connection.execute(f"DESCRIBE FROM {source}").fetchall()
    present = {name: kind for name, kind, *_ in described}
    _check_columns(path, list(present), layout)
    wanted = _wanted(layout)
    picked = ", ".join(_cells(wanted, present).values())
    try:
        connection.execute(
            f"INSERT INTO raw SELECT {picked}, {number}, row_number() OVER (), false FROM {source}"  # noqa: S608
        )
    except duckdb.InvalidInputException:
        rejects += _load_torn_parquet(connection, path, number, wanted, present)
    return list(present)


def _load_torn_parquet(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    number: int,
    wanted: Mapping[str, str],
    present: Mapping[str, str],
) -> list[RowReject]:
    """Copies the rows of a Parquet file in which not all text is UTF-8; gives what is wrong.

    DuckDB reads no such file whole, but with a mark for each wrong byte, or without these bytes:
    a cell is torn where the two readings differ.
    """
    cells = _cells(wanted, present, "bare.")
    torn: dict[str, str] = {}
    for ours, theirs in wanted.items():
        if "VARCHAR" in present.get(theirs, ""):
            name = _identifier(theirs)
            torn[ours] = f"marked.{name} IS DISTINCT FROM bare.{name}"
            cells[ours] = f"CASE WHEN NOT ({torn[ours]}) THEN {cells[ours]} END"
    marked, bare = _parquet(path, "replace"), _parquet(path, "ignore")
    both = f"{marked} AS marked POSITIONAL JOIN {bare} AS bare"
    any_torn = " OR ".join(torn.values())
    picked = ", ".join(cells.values())
    connection.execute(
        f"INSERT INTO raw SELECT {picked}, {number}, row_number() OVER (), {any_torn} FROM {both}"  # noqa: S608
    )
    names = ", ".join(f"CASE WHEN {test} THEN {quoted(name)} END" for name, test in torn.items())
    faults = connection.execute(
        f"SELECT line, name FROM (SELECT row_number() OVER () AS line, unnest([{names}]) AS name "  # noqa: S608
        f"FROM {both}) WHERE name IS NOT NULL ORDER BY ALL"
    )
    return [RowReject(shown(path), line, name, "not UTF-8") for line, name in faults.fetchall()]


def _parquet(path: Path, utf8: str) -> str:
    """A Parquet file as SQL reads it, and what becomes of text that is not UTF-8."""
    # Some writers mark no column as text.
    how = f"binary_as_string = true, utf8_validation = {quoted(utf8)}"
    return f"read_parquet({quoted(str(path))}, {how})"


def _load_text(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    number: int,
    layout: Layout,
    rejects: list[RowReject],
) -> Sequence[str]:
    """Copies a text file's rows and notes those that are torn; gives the names of its columns."""
    wanted = _wanted(layout)
    with delimited(path, wanted.values()) as opened:
        if not opened.names:
            return ()
        _check_columns(path, opened.names, layout)
        places = {
            ours: opened.names.index(theirs)
            for ours, theirs in wanted.items()
            if theirs in opened.names
        }
        target = f"raw ({', '.join(places)}, file, line, torn)"
        while records := list(islice(opened.records, _RECORDS_A_TABLE)):
            columns, faults = _columns_of(records, places, opened.encoding)
            rejects += [RowReject(shown(path), *fault) for fault in faults]
            torn = {line for line, _, _ in faults}
            lines = [record.line for record in records]
            columns |= {
                "file": pa.array([number] * len(records), pa.int32()),
                "line": pa.array(lines, pa.int64()),
                "torn": pa.array([line in torn for line in lines], pa.bool_()),
            }
            connection.register("records", pa.table(columns))
            connection.execute(f"INSERT INTO {target} SELECT * FROM records")  # noqa: S608
            connection.unregister("records")
        return opened.names


_Fault = tuple[int, str, str]
"""The line of a torn record, which field is wrong, and how."""


def _columns_of(
    records: Sequence[Record], places: Mapping[str, int], encoding: Encoding
) -> tuple[dict[str, pa.Array], list[_Fault]]:
    """The cells of records by our names, and what is wrong with those that are torn."""
    faults = [(record.line, "", record.fault) for record in records if record.fault is not None]
    width = max(places.values()) + 1
    rows = [
        record.cells
        if len(record.cells) >= width
        else record.cells + [None] * (width - len(record.cells))
        for record in records
    ]
    by_place = list(zip(*rows, strict=False))
    columns: dict[str, pa.Array] = {}
    for name, place in places.items():
        cells = list(by_place[place])
        try:
            columns[name] = pa.array(cells, pa.string())
        except UnicodeEncodeError:
            for row, cell in enumerate(cells):
                if cell is not None and not is_text(cell):
                    cells[row] = None
                    faults.append((records[row].line, name, f"not {encoding.name}"))
            columns[name] = pa.array(cells, pa.string())
    return columns, sorted(faults)


def _wanted(layout: Layout) -> dict[str, str]:
    """Our columns to the table's."""
    if layout.twitter_support:
        return {name: name for name in twitter.COLUMNS}
    return {name: layout.columns.get(name, name) for name in REQUIRED + OPTIONAL}


def _check_columns(path: Path, present: Sequence[str], layout: Layout) -> None:
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
    twice = [theirs for theirs in wanted.values() if present.count(theirs) > 1]
    if twice:
        raise ConfigurationError(f"{path} has more than one column {', '.join(twice)}")


def _cells(
    wanted: Mapping[str, str], present: Mapping[str, str], table: str = ""
) -> dict[str, str]:
    """What SQL calls the cells of a row as text, by our names; NULL for what is not there."""
    return {
        ours: _as_text(table + _identifier(theirs), present[theirs])
        if theirs in present
        else "NULL"
        for ours, theirs in wanted.items()
    }


def _as_text(name: str, kind: str) -> str:
    """A column's values as text.

    Whole numbers that are kept as floating ones, as pandas does where some are missing, are
    written as whole ones; where they are too large to be exact they say nothing.
    """
    text = f"CAST({name} AS VARCHAR)"
    largest = EXACT_BELOW.get(kind.lower())
    if largest is None:
        return text
    whole = f"CAST(CAST({name} AS BIGINT) AS VARCHAR)"
    return (
        f"CASE WHEN abs({name}) >= {largest} THEN NULL "
        f"WHEN {name} = trunc({name}) THEN {whole} ELSE {text} END"
    )


def quoted(value: str) -> str:
    """A value as a literal of SQL."""
    return "'" + value.replace("'", "''") + "'"


def _identifier(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'
