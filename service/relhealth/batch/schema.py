"""The Arrow schemas of what goes in and what comes out."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from relhealth.domain.vocabulary import Trait

MOMENT: Final = pa.timestamp("us", tz="UTC")
_CHANNELS: Final = pa.struct([pa.field("channels", pa.list_(pa.string()))])

INTERACTION: Final = pa.struct(
    [
        pa.field("interaction_id", pa.string()),
        pa.field("sent_time", MOMENT),
        pa.field("recorded_time", MOMENT),
        pa.field("sender", pa.string()),
        pa.field("sender_kind", pa.string()),
        pa.field("channel", pa.string()),
        pa.field("purpose", pa.string()),
        pa.field("text", pa.string()),
        pa.field("language", pa.string()),
        pa.field("in_reply_to_id", pa.string()),
        pa.field("thread_id", pa.string()),
        pa.field("audience_size", pa.int32()),
        pa.field(
            "rating",
            pa.struct([pa.field(name, pa.float64()) for name in ("value", "min", "max")]),
        ),
        pa.field("opt_out", _CHANNELS),
        pa.field("consent", _CHANNELS),
    ]
)
"""One interaction; names and meanings are those of the proto message."""

HISTORIES: Final = pa.schema(
    [
        pa.field("brand_id", pa.string()),
        pa.field("customer_id", pa.string()),
        pa.field("segment", pa.string()),
        pa.field("interactions", pa.list_(INTERACTION)),
    ]
)
"""One row a relationship. Only ids and interactions must be there."""

REQUEST_JSON: Final = "request_json"
"""Column of a row that is a whole history or request in proto3 JSON, instead of columns."""

FAULT: Final = "fault"
"""Column beside `REQUEST_JSON`: why a line could not be read from its file, or null."""

SOURCE: Final = pa.struct([pa.field("file", pa.string()), pa.field("line", pa.int64())])
"""Where something was read: a file, and its line, or its row where the file has no lines."""

SOURCES: Final = "sources"
"""Column of the places of a row: one for all of it, or one an interaction. For rejects only."""

AS_OF_TIME: Final = "as_of_time"
"""Column that sets the moment of one row."""

SCHEMA_VERSION: Final = 1

RESULT: Final = pa.schema(
    [
        pa.field("brand_id", pa.string(), nullable=False),
        pa.field("customer_id", pa.string(), nullable=False),
        pa.field("as_of_time", MOMENT, nullable=False),
        pa.field("health", pa.float64()),
        pa.field("health_lower", pa.float64()),
        pa.field("health_upper", pa.float64()),
        pa.field("coverage", pa.float64()),
        pa.field("band", pa.string(), nullable=False),
        pa.field("stance", pa.string(), nullable=False),
        *[
            pa.field(f"{trait.key}{suffix}", pa.string() if suffix == "_status" else pa.float64())
            for trait in Trait
            for suffix in ("", "_lower", "_upper", "_status")
        ],
        pa.field("top_evidence_for", pa.string()),
        pa.field("top_evidence_against", pa.string()),
        pa.field("input_digest", pa.string(), nullable=False),
        pa.field("model_version", pa.string(), nullable=False),
        pa.field("rubric_version", pa.string(), nullable=False),
        pa.field("schema_version", pa.int32(), nullable=False),
    ]
)
"""The flat result table: one row a scored relationship, absent is null."""

REJECT: Final = pa.struct(
    [
        pa.field("file", pa.string()),
        pa.field("line", pa.int64()),
        pa.field("field", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("description", pa.string()),
    ]
)
"""One thing for which a row got no score."""
