"""Sorted rows of messages become one row a relationship, as they stream by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from relhealth.batch.messages import Layout, Loaded, RowReject, quoted
from relhealth.batch.schema import HISTORIES, INTERACTION, SOURCE, SOURCES
from relhealth.wire.limits import DEFAULT_LIMITS

_ROWS_A_BATCH: Final = 20_000

_RAW: Final = "CREATE VIEW shaped AS SELECT rowid AS source_row, * FROM raw"

GROUPED: Final = HISTORIES.append(pa.field(SOURCES, pa.list_(SOURCE)))
"""Histories with the place of every interaction's row."""

_INTERACTION_NAMES: Final = tuple(field.name for field in INTERACTION)

_PREFIXES: Final = {
    "sender": "SENDER_",
    "sender_kind": "SENDER_KIND_",
    "channel": "CHANNEL_",
    "purpose": "PURPOSE_",
}


def grouped(
    connection: duckdb.DuckDBPyConnection,
    loaded: Loaded,
    layout: Layout,
    reject: Callable[[RowReject], None],
) -> Iterator[pa.RecordBatch]:
    """One row a relationship from the table `raw`, ordered by brand and customer.

    A relationship with a row that cannot be read is left out whole, since a missing message would
    make it another relationship; `reject` gets each such row. An answer to a message that is not
    in the relationship answers nothing.
    """
    if not layout.twitter_support:
        connection.execute(_RAW)
    query = f"{_messages(layout)} ORDER BY brand_id, customer_id, sent_time, source_row"
    held: pa.Table | None = None
    for batch in connection.sql(query).to_arrow_reader(_ROWS_A_BATCH):
        table = pa.Table.from_batches([batch])
        if held is not None:
            table = pa.concat_tables([held, table])
        starts = _starts(table)
        # A relationship beyond the limit is refused; one row too many is enough to show that.
        held = table.slice(int(starts[-1]), DEFAULT_LIMITS.interactions + 1)
        if len(starts) > 1:
            yield _relationships(table.slice(0, int(starts[-1])), starts[:-1], loaded, reject)
    if held is not None:
        yield _relationships(held, np.zeros(1, np.int64), loaded, reject)


def _messages(layout: Layout) -> str:
    """A query for the rows with their types; `bad_field` names what could not be read."""
    brand = "brand_id" if layout.brand_id is None else quoted(layout.brand_id)
    sent = _moment("sent_time", layout)
    recorded = _moment("recorded_time", layout)
    sender = "coalesce(sender, CASE WHEN lower(inbound) IN ('true', '1', 't') THEN 'CUSTOMER' "
    sender += "WHEN lower(inbound) IN ('false', '0', 'f') THEN 'BRAND' ELSE inbound END)"
    # What is torn was told as it was loaded, with what is wrong.
    bad = [
        ("", "torn"),
        ("brand_id", f"nullif({brand}, '') IS NULL"),
        ("customer_id", "nullif(customer_id, '') IS NULL"),
        ("sent_time", f"{sent} IS NULL"),
        ("recorded_time", f"nullif(recorded_time, '') IS NOT NULL AND {recorded} IS NULL"),
        *[(name, _unreadable(name, "INTEGER")) for name in ("audience_size",)],
        *[(name, _unreadable(name, "DOUBLE")) for name in ("rating", "rating_min", "rating_max")],
    ]
    cases = " ".join(f"WHEN {test} THEN {quoted(name)}" for name, test in bad)
    return f"""
    SELECT {brand} AS brand_id, customer_id, nullif(segment, '') AS segment,
        coalesce(nullif(interaction_id, ''), 'row-' || source_row) AS interaction_id,
        {sent} AS sent_time, {recorded} AS recorded_time, {_enum(sender, "sender")} AS sender,
        {_enum("sender_kind", "sender_kind")} AS sender_kind,
        {_enum("channel", "channel")} AS channel, {_enum("purpose", "purpose")} AS purpose,
        coalesce(text, '') AS text, nullif(language, '') AS language,
        nullif(in_reply_to_id, '') AS in_reply_to_id, nullif(thread_id, '') AS thread_id,
        TRY_CAST(audience_size AS INTEGER) AS audience_size,
        CASE WHEN nullif(rating, '') IS NOT NULL THEN {{'value': TRY_CAST(rating AS DOUBLE),
            'min': TRY_CAST(rating_min AS DOUBLE), 'max': TRY_CAST(rating_max AS DOUBLE)}} END
            AS rating,
        {_channels("opt_out")} AS opt_out, {_channels("consent")} AS consent,
        source_row, file, line, CASE {cases} END AS bad_field
    FROM shaped"""  # noqa: S608 - literals are quoted where they are made


def _moment(name: str, layout: Layout) -> str:
    if layout.time_format is None:
        return f"TRY_CAST({name} AS TIMESTAMPTZ)"
    return f"TRY_CAST(try_strptime({name}, {quoted(layout.time_format)}) AS TIMESTAMPTZ)"


def _unreadable(name: str, kind: str) -> str:
    return f"nullif({name}, '') IS NOT NULL AND TRY_CAST({name} AS {kind}) IS NULL"


def _enum(expression: str, name: str) -> str:
    """The contract's name of a value that may be written without its prefix, in any case."""
    prefix = _PREFIXES[name]
    return (
        f"CASE WHEN coalesce({expression}, '') = '' THEN NULL "
        f"WHEN starts_with(upper({expression}), '{prefix}') THEN upper({expression}) "
        f"ELSE '{prefix}' || upper({expression}) END"
    )


def _channels(name: str) -> str:
    """An opt-out or consent: true or `all`, or channels apart by spaces, commas or semicolons."""
    return (
        f"CASE WHEN lower(coalesce({name}, '')) IN ('', 'false', '0', 'f') THEN NULL "
        f"WHEN lower({name}) IN ('true', '1', 't', 'all') THEN {{'channels': []::VARCHAR[]}} "
        f"ELSE {{'channels': list_transform(string_split_regex(trim({name}), '[\\s,;]+'), "
        f"lambda word: {_enum('word', 'channel')})}} END"
    )


def _starts(table: pa.Table) -> NDArray[np.int64]:
    """Where the relationships of sorted rows begin."""
    changes = np.zeros(table.num_rows, bool)
    changes[0] = True
    for name in ("brand_id", "customer_id"):
        column = table[name].combine_chunks()
        differs = pc.fill_null(
            pc.not_equal(column.slice(1), column.slice(0, len(column) - 1)), True
        )
        changes[1:] |= differs.to_numpy(zero_copy_only=False)
    return np.flatnonzero(changes)


def _relationships(
    table: pa.Table,
    starts: NDArray[np.int64],
    loaded: Loaded,
    reject: Callable[[RowReject], None],
) -> pa.RecordBatch:
    table = table.combine_chunks()
    bad = table["bad_field"].is_valid().to_numpy(zero_copy_only=False)
    sizes = np.diff(np.append(starts, table.num_rows))
    files = [loaded.files[number] for number in table["file"].to_pylist()]
    for row in np.flatnonzero(bad).tolist():
        name = table["bad_field"][row].as_py()
        if name:
            line = table["line"][row].as_py()
            reject(RowReject(files[row], line, name, "missing or unreadable"))
    whole = np.add.reduceat(bad, starts) == 0
    rows = np.flatnonzero(np.repeat(whole, sizes))
    offsets = np.concatenate([[0], np.cumsum(sizes[whole])]).astype(np.int32)
    kept = table.take(rows).combine_chunks()
    firsts = kept.take(offsets[:-1])
    columns = {name: kept[name].combine_chunks() for name in _INTERACTION_NAMES}
    columns["in_reply_to_id"] = _known_replies(kept, offsets)
    interactions = pa.StructArray.from_arrays(
        [columns[name].cast(INTERACTION.field(name).type) for name in _INTERACTION_NAMES],
        fields=list(INTERACTION),
    )
    sources = pa.StructArray.from_arrays(
        [
            pa.array([files[row] for row in rows.tolist()], pa.string()),
            kept["line"].combine_chunks(),
        ],
        fields=list(SOURCE),
    )
    return pa.RecordBatch.from_arrays(
        [
            *[firsts[name].combine_chunks() for name in ("brand_id", "customer_id", "segment")],
            pa.ListArray.from_arrays(offsets, interactions),
            pa.ListArray.from_arrays(offsets, sources),
        ],
        schema=GROUPED,
    )


def _known_replies(kept: pa.Table, offsets: NDArray[np.int32]) -> pa.Array:
    ids = kept["interaction_id"].to_pylist()
    replies = kept["in_reply_to_id"].to_pylist()
    for begin, end in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True):
        known = set(ids[begin:end])
        for row in range(begin, end):
            if replies[row] not in known:
                replies[row] = None
    return pa.array(replies, pa.string())
