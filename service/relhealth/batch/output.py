"""Outcomes become the files that a run leaves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from relhealth.batch.core import REJECTS_COLUMN, RESPONSE_COLUMN, Form
from relhealth.batch.rejects import Reject
from relhealth.batch.schema import RESULT
from relhealth.errors import ConfigurationError

HALF_LIFE_KEY: Final = "relhealth.half_life_days"
"""Key of a result file's metadata: the half-life that its run was given, or empty."""

CONTENTS_KEY: Final = "relhealth.contents"
"""Key of a result file's metadata: a digest of the model and rubric that its run scored with."""

_FORMS: Final = {".jsonl": Form.JSON, ".csv": Form.FLAT, ".parquet": Form.FLAT}
_ROWS_A_GROUP: Final = 50_000
_MOMENT_TEXT: Final = "%Y-%m-%dT%H:%M:%SZ"


def form_of(output: Path) -> Form:
    """What an output's suffix asks for.

    Raises:
        ConfigurationError: The suffix is not known.
    """
    form = _FORMS.get(output.suffix)
    if form is None:
        raise ConfigurationError(f"--output must end in {', '.join(_FORMS)}, not {output.name}")
    return form


def write_output(
    path: Path, suffix: str, outcomes: Iterable[pa.RecordBatch], metadata: Mapping[str, str]
) -> None:
    """Writes the scored rows of outcomes, in order, in the form of a suffix."""
    if suffix == ".parquet":
        _write_parquet(path, outcomes, metadata)
    elif suffix == ".csv":
        _write_csv(path, outcomes)
    else:
        with path.open("w", encoding="utf-8", newline="\n") as sink:
            for batch in outcomes:
                write_lines(sink, batch)


def write_lines(sink: IO[str], outcomes: pa.RecordBatch) -> None:
    """Writes the lines of scored rows."""
    sink.writelines(f"{line}\n" for line in scored(outcomes)[RESPONSE_COLUMN].to_pylist())


def scored(outcomes: pa.RecordBatch) -> pa.RecordBatch:
    """The rows that have a score."""
    return outcomes.filter(outcomes[REJECTS_COLUMN].is_null())


def rejects_of(outcomes: pa.RecordBatch) -> list[Reject]:
    """Why the other rows have none."""
    rejects: list[Reject] = outcomes[REJECTS_COLUMN].drop_null().flatten().to_pylist()
    return rejects


def flat_table(outcomes: pa.RecordBatch) -> pa.Table:
    """The scored rows as the flat result table."""
    rows = pa.Table.from_batches([scored(outcomes)]).replace_schema_metadata(None)
    return rows.select(RESULT.names).cast(RESULT)


def _write_parquet(
    path: Path, outcomes: Iterable[pa.RecordBatch], metadata: Mapping[str, str]
) -> None:
    schema = RESULT.with_metadata(dict(metadata))
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        held: list[pa.Table] = []
        for batch in outcomes:
            held.append(flat_table(batch))
            if sum(table.num_rows for table in held) >= _ROWS_A_GROUP:
                writer.write_table(pa.concat_tables(held).replace_schema_metadata(schema.metadata))
                held = []
        if held:
            writer.write_table(pa.concat_tables(held).replace_schema_metadata(schema.metadata))


def _write_csv(path: Path, outcomes: Iterable[pa.RecordBatch]) -> None:
    place = RESULT.get_field_index("as_of_time")
    schema = RESULT.set(place, pa.field("as_of_time", pa.string()))
    options = pcsv.WriteOptions(quoting_style="needed")
    with pcsv.CSVWriter(path, schema, write_options=options) as writer:
        for batch in outcomes:
            table = flat_table(batch)
            moments = pc.strftime(table["as_of_time"], _MOMENT_TEXT)
            writer.write_table(table.set_column(place, schema.field(place), moments))
