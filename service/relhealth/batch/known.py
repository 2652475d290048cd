"""The result table of an earlier run: what has not changed since is not scored again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from relhealth.atomic_files import atomic_file
from relhealth.batch.conform import conform
from relhealth.batch.core import Versions
from relhealth.batch.output import CONTENTS_KEY, HALF_LIFE_KEY
from relhealth.batch.schema import RESULT, SCHEMA_VERSION
from relhealth.domain.history import MICROSECONDS_PER_DAY, History
from relhealth.errors import ConfigurationError
from relhealth.scoring.digest import input_digest
from relhealth.scoring.options import ScoreOptions

_CREATE: Final = """
CREATE TABLE rows (
    brand_id TEXT, customer_id TEXT, row TEXT, PRIMARY KEY (brand_id, customer_id)
) WITHOUT ROWID
"""
_INSERT: Final = "INSERT OR REPLACE INTO rows VALUES (?, ?, ?)"
_SELECT: Final = "SELECT row FROM rows WHERE brand_id = ? AND customer_id = ?"


@dataclass(frozen=True, slots=True)
class Policy:
    """When an earlier row still holds.

    Attributes:
        model_version: The version of the act detector that it must have been scored with.
        rubric_version: The rubric.
        half_life_days: The half-life, or None for the rubric's.
        refresh_days: How far its moment may lie before the one asked for; 0 means the same moment.
    """

    model_version: str
    rubric_version: str
    half_life_days: float | None
    refresh_days: float


def index_table(
    table: Path, half_life_days: float | None, versions: Versions, database: Path
) -> None:
    """Makes an earlier result table searchable, on disk.

    Raises:
        ConfigurationError: It is no result table of this version, or its run had another half-life,
            or a model or rubric of the same name that was another.
    """
    try:
        with pq.ParquetFile(table) as file:
            _check(file.schema_arrow, table, half_life_days)
            _check_contents(file, table, versions)
            with atomic_file(database) as scratch:
                scratch.unlink(missing_ok=True)
                _fill(scratch, file)
    except sqlite3.Error as error:
        raise ConfigurationError(f"{database.parent}: {error}") from error
    except (pa.ArrowException, OSError) as error:
        raise ConfigurationError(f"--previous {table} cannot be read as Parquet") from error


def _check(schema: pa.Schema, table: Path, half_life_days: float | None) -> None:
    missing = [name for name in RESULT.names if name not in schema.names]
    if missing:
        raise ConfigurationError(f"--previous {table} has no column {', '.join(missing)}")
    given = (schema.metadata or {}).get(HALF_LIFE_KEY.encode(), b"").decode()
    if given != half_life_text(half_life_days):
        raise ConfigurationError(f"--previous {table} was scored with another --half-life")


def _check_contents(file: pq.ParquetFile, table: Path, versions: Versions) -> None:
    """Refuses a table whose rows would be taken for this run's by the names of versions alone."""
    contents = (file.schema_arrow.metadata or {}).get(CONTENTS_KEY.encode(), b"").decode()
    if versions.may_be(contents) or not file.metadata.num_rows:
        return
    names = [versions.model_version, versions.rubric_version]
    row = next(file.iter_batches(1, columns=["model_version", "rubric_version"])).to_pylist()[0]
    if list(row.values()) == names:
        raise ConfigurationError(
            f"--previous {table} was scored with another content of model {names[0]} or rubric "
            f"{names[1]}: give what was changed another name, or score all once"
        )


def half_life_text(half_life_days: float | None) -> str:
    """A half-life as the metadata of a result file holds it."""
    return "" if half_life_days is None else repr(half_life_days)


def _fill(scratch: Path, file: pq.ParquetFile) -> None:
    connection = sqlite3.connect(scratch)
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute(_CREATE)
    for batch in file.iter_batches(columns=RESULT.names):
        for row in result_rows(batch):
            key = (row["brand_id"], row["customer_id"])
            connection.execute(_INSERT, (*key, json.dumps(row)))
    connection.commit()
    connection.close()


def result_rows(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    """The rows of a batch with the columns of `RESULT`, times in microseconds since 1970 UTC."""
    columns = [conform(batch[f.name], f.type, f.name).to_pylist() for f in RESULT]
    for values in zip(*columns, strict=True):
        yield dict(zip(RESULT.names, values, strict=True))


Find = Callable[[str, str], Mapping[str, Any] | None]
"""The row of an earlier table for a brand and a customer, with times in microseconds; or None."""


class IndexedTable:
    """The rows of a table that `index_table` made searchable."""

    def __init__(self, database: Path) -> None:
        self._connection = sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)

    def __call__(self, brand_id: str, customer_id: str) -> Mapping[str, Any] | None:
        """The row of that relationship, or None."""
        found = self._connection.execute(_SELECT, (brand_id, customer_id)).fetchone()
        return None if found is None else json.loads(found[0])


@dataclass(frozen=True, slots=True)
class EarlierRows:
    """Finds the earlier row of a history, where it still holds.

    Attributes:
        find: Where the rows are.
        policy: When they hold.
    """

    find: Find
    policy: Policy

    def __call__(self, history: History, options: ScoreOptions) -> Mapping[str, Any] | None:
        """The row, or None where the history must be scored."""
        row = self.find(history.brand_id, history.customer_id)
        if row is None or options.half_life_days != self.policy.half_life_days:
            return None
        if not self._in_force(row, options.as_of_us):
            return None
        digest = input_digest(history.cut(options.as_of_us))
        return row if row["input_digest"] == digest else None

    def _in_force(self, row: Mapping[str, Any], as_of_us: int) -> bool:
        age: int = as_of_us - row["as_of_time"]
        return bool(
            row["model_version"] == self.policy.model_version
            and row["rubric_version"] == self.policy.rubric_version
            and row["schema_version"] == SCHEMA_VERSION
            and 0 <= age <= self.policy.refresh_days * MICROSECONDS_PER_DAY
        )
