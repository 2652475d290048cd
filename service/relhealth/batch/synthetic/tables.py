"""Writes synthetic relationships as files, in bounded memory."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final, TextIO, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from relhealth.batch.schema import HISTORIES, INTERACTION
from relhealth.batch.synthetic.generate import Plan, Synthetic, generate
from relhealth.domain.history import Interaction, OptOut
from relhealth.wire.rows import ENUMS
from relhealth.wire.times import datetime_of

_T = TypeVar("_T")
_ROWS: Final = 1_000
_NAMES: Final = {
    field: {number: name for name, number in numbers.items()} for field, numbers in ENUMS.items()
}

TRUTH: Final = pa.schema(
    [
        pa.field("brand_id", pa.string()),
        pa.field("customer_id", pa.string()),
        pa.field("conduct", pa.string()),
        pa.field("interactions", pa.int64()),
        pa.field("calls", pa.int64()),
        pa.field("answered", pa.int64()),
        pa.field("audience_size", pa.int64()),
    ]
)
"""What was planted, one row a relationship."""

MESSAGES: Final = pa.schema(
    [
        pa.field("brand_id", pa.string()),
        pa.field("customer_id", pa.string()),
        *[field for field in INTERACTION if not pa.types.is_nested(field.type)],
        pa.field("opt_out", pa.string()),
    ]
)
"""A flat table: one row a message."""


def write(plan: Plan, path: Path, *, flat: bool = False) -> None:
    """Writes a plan's relationships: histories, or one row a message.

    `.parquet` and `.jsonl` (`.jsonl.gz`) hold histories, `.parquet` with `flat` and `.csv` hold
    messages.
    """
    relationships = (generate(plan, index) for index in range(plan.relationships))
    if path.suffix == ".parquet":
        _write_parquet(relationships, path, MESSAGES if flat else HISTORIES)
    elif path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as sink:
            _write_csv(relationships, sink)
    elif path.name.endswith(".gz"):
        with gzip.open(path, "wt", encoding="utf-8") as sink:
            _write_json_lines(relationships, sink)
    else:
        with path.open("w", encoding="utf-8") as sink:
            _write_json_lines(relationships, sink)


def write_truth(plan: Plan, path: Path) -> None:
    """Writes what the plan planted, as Parquet."""
    rows = (_truth(generate(plan, index)) for index in range(plan.relationships))
    with pq.ParquetWriter(path, TRUTH) as writer:
        for part in _parts(rows, _ROWS):
            writer.write_batch(pa.RecordBatch.from_pylist(part, schema=TRUTH))


def history_row(relationship: Synthetic) -> dict[str, Any]:
    """A relationship as a row of the histories table."""
    return {
        "brand_id": relationship.brand_id,
        "customer_id": relationship.customer_id,
        "interactions": [_interaction_row(i) for i in relationship.interactions],
    }


def json_row(relationship: Synthetic) -> dict[str, Any]:
    """A relationship as a history in proto3 JSON."""
    row = history_row(relationship)
    for interaction in row["interactions"]:
        for name in ("sent_time", "recorded_time"):
            interaction[name] = interaction[name].isoformat().replace("+00:00", "Z")
        for name in [name for name, value in interaction.items() if value is None]:
            del interaction[name]
    return row


def message_rows(relationship: Synthetic) -> Iterator[dict[str, Any]]:
    """A relationship as rows of a flat table."""
    for interaction in relationship.interactions:
        row = _interaction_row(interaction)
        row["opt_out"] = None if row["opt_out"] is None else "all"
        yield {
            "brand_id": relationship.brand_id,
            "customer_id": relationship.customer_id,
            **row,
        }


def _parts(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """Lists of `size` items; the last may be shorter."""
    iterator = iter(items)
    while part := list(islice(iterator, size)):
        yield part


def _truth(relationship: Synthetic) -> dict[str, Any]:
    return {
        "brand_id": relationship.brand_id,
        "customer_id": relationship.customer_id,
        "conduct": relationship.conduct,
        "interactions": len(relationship.interactions),
        "calls": relationship.calls,
        "answered": relationship.answered,
        "audience_size": relationship.audience_size,
    }


def _interaction_row(interaction: Interaction) -> dict[str, Any]:
    return {
        "interaction_id": interaction.interaction_id,
        "sent_time": datetime_of(interaction.sent_us),
        "recorded_time": datetime_of(interaction.recorded_us),
        "sender": _NAMES["sender"][interaction.sender],
        "sender_kind": _NAMES["sender_kind"][interaction.sender_kind],
        "channel": _NAMES["channel"][interaction.channel],
        "purpose": _NAMES["purpose"][interaction.purpose],
        "text": interaction.text,
        "language": interaction.language,
        "in_reply_to_id": interaction.in_reply_to_id,
        "thread_id": interaction.thread_id,
        "audience_size": interaction.audience_size,
        "opt_out": {"channels": []} if isinstance(interaction.outcome, OptOut) else None,
    }


def _write_parquet(relationships: Iterator[Synthetic], path: Path, schema: pa.Schema) -> None:
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for part in _parts(relationships, _ROWS):
            if schema is HISTORIES:
                rows = [history_row(relationship) for relationship in part]
            else:
                rows = [row for relationship in part for row in message_rows(relationship)]
            writer.write_batch(pa.RecordBatch.from_pylist(rows, schema=schema))


def _write_csv(relationships: Iterator[Synthetic], sink: TextIO) -> None:
    writer = csv.DictWriter(sink, MESSAGES.names, extrasaction="ignore")
    writer.writeheader()
    for relationship in relationships:
        for row in message_rows(relationship):
            writer.writerow(
                {
                    name: value.isoformat()
                    if pa.types.is_timestamp(MESSAGES.field(name).type)
                    else value
                    for name, value in row.items()
                    if name in MESSAGES.names
                }
            )


def _write_json_lines(relationships: Iterator[Synthetic], sink: TextIO) -> None:
    sink.writelines(
        json.dumps(json_row(relationship), ensure_ascii=False) + "\n"
        for relationship in relationships
    )
