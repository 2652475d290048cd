"""Spark: the same core through `mapInArrow`. Needs the extra `spark`.

::

    from relhealth.batch.spark import score, scored
    scores = score(spark.read.parquet("histories/"), as_of="2026-01-31T00:00:00Z")
    scored(scores).write.parquet("scores/")
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sql
from pyspark.sql.pandas.types import from_arrow_schema

from relhealth.batch.core import (
    OUTCOMES,
    REJECTS_COLUMN,
    Form,
    LocalAnswerer,
    Settings,
    score_batches,
)
from relhealth.batch.known import EarlierRows, Find, Policy, result_rows
from relhealth.batch.schema import INTERACTION, RESULT
from relhealth.errors import ConfigurationError
from relhealth.models.load import load_scorer
from relhealth.scoring.scorer import Scorer
from relhealth.wire.times import parse_moment

_INTERACTION_NAMES: Final = tuple(field.name for field in INTERACTION)
_KEYS: Final = ["brand_id", "customer_id"]
_EARLIER: Final = "earlier"
"""Column of the row of an earlier table, beside its relationship."""


def score(
    histories: DataFrame,
    as_of: str,
    *,
    half_life_days: float | None = None,
    model: str | None = None,
    rubric: str | None = None,
    previous: DataFrame | None = None,
    refresh_days: float = 7.0,
) -> DataFrame:
    """The flat result table with one more column, `rejects`, row for row.

    Args:
        histories: One row a relationship: `brand_id`, `customer_id`, `interactions` (a list of
            structs with the contract's names) and, where known, `segment` and `as_of_time`; or
            lines of proto3 JSON in a column `request_json`.
        as_of: The moment of rows that set none, in RFC 3339. It must be given, since executors
            start at moments of their own and try again.
        half_life_days: The half-life, or None for the rubric's.
        model: Folder of another act detector, as each executor sees it.
        rubric: Another rubric file, as each executor sees it.
        previous: The flat result table of an earlier run with the same `half_life_days`; rows of
            it that still hold are kept and not scored again. Needs histories in columns.
        refresh_days: How far an earlier row's moment may lie before this one; 0 for the same.

    Raises:
        ConfigurationError: `as_of` is no time, or `previous` no result table.
    """
    as_of_us = parse_moment(as_of)
    if as_of_us is None:
        raise ConfigurationError("as_of must be an RFC 3339 time with an offset or Z")
    settings = Settings(as_of_us, half_life_days, Form.FLAT)
    if previous is not None:
        histories = _with_earlier(histories, previous)

    def outcomes(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        scorer = _scorer(model, rubric)
        answerer = LocalAnswerer(scorer, settings)
        for batch in batches:
            known = None
            if _EARLIER in batch.schema.names:
                policy = Policy(
                    scorer.detector.version, scorer.rubric.id, half_life_days, refresh_days
                )
                known = EarlierRows(_rows_beside(batch), policy)
                batch = batch.drop_columns([_EARLIER])  # noqa: PLW2901 - what the core knows
            for outcome in score_batches(iter([batch]), answerer, settings, known):
                yield outcome.replace_schema_metadata(None)

    return histories.mapInArrow(outcomes, from_arrow_schema(OUTCOMES[Form.FLAT]))


def _with_earlier(histories: DataFrame, previous: DataFrame) -> DataFrame:
    """Puts the earlier row of each relationship beside it, or null."""
    missing = [name for name in RESULT.names if name not in previous.columns]
    if missing:
        raise ConfigurationError(f"previous has no column {', '.join(missing)}")
    if not set(_KEYS) <= set(histories.columns):
        raise ConfigurationError(f"previous needs histories with {' and '.join(_KEYS)}")
    rows = previous.select(*_KEYS, sql.struct(*RESULT.names).alias(_EARLIER))
    return histories.join(rows.dropDuplicates(_KEYS), _KEYS, "left")


def _rows_beside(batch: pa.RecordBatch) -> Find:
    beside = batch[_EARLIER].drop_null()
    rows = pa.RecordBatch.from_struct_array(beside)
    found = {(row["brand_id"], row["customer_id"]): row for row in result_rows(rows)}
    return lambda brand_id, customer_id: found.get((brand_id, customer_id))


def scored(outcomes: DataFrame) -> DataFrame:
    """The flat result table: the rows that have a score."""
    return outcomes.where(sql.col(REJECTS_COLUMN).isNull()).select(*RESULT.names)


def rejected(outcomes: DataFrame) -> DataFrame:
    """Why the other rows have none: `field`, `reason` and `description`, with the ids of each row.

    The ids are null where they are missing or empty, or a line cannot be read at all.
    """
    each = outcomes.select(*_KEYS, sql.explode(REJECTS_COLUMN).alias("reject"))
    return each.select(*_KEYS, "reject.*")


def group(messages: DataFrame) -> DataFrame:
    """One row a relationship from a table with one row a message.

    The table names its columns and values as the contract does. `opt_out` and `consent` may be
    text: true or `all`, or channels apart by commas. A reply to a message that is not in the
    relationship answers nothing.
    """
    known = [name for name in _INTERACTION_NAMES if name in messages.columns]
    for name in ("opt_out", "consent"):
        if name in known and messages.schema[name].dataType.typeName() == "string":
            messages = messages.withColumn(name, _scope(name))
    together = sql.collect_list(sql.struct(*known)).alias("interactions")
    extra = [sql.max("segment").alias("segment")] if "segment" in messages.columns else []
    grouped = messages.groupBy(*_KEYS).agg(together, *extra)
    if "in_reply_to_id" not in known:
        return grouped
    return grouped.withColumn("interactions", sql.transform("interactions", _answering))


def _scope(name: str) -> Column:
    return sql.expr(
        f"CASE WHEN lower(coalesce({name}, '')) IN ('', 'false') THEN NULL "
        f"WHEN lower({name}) IN ('true', 'all') "
        "THEN named_struct('channels', CAST(array() AS ARRAY<STRING>)) "
        f"ELSE named_struct('channels', split({name}, ' *, *')) END"
    )


def _answering(item: Column) -> Column:
    ids = sql.col("interactions.interaction_id")
    reply = item["in_reply_to_id"]
    return item.withField("in_reply_to_id", sql.when(sql.array_contains(ids, reply), reply))


@functools.cache
def _scorer(model: str | None, rubric: str | None) -> Scorer:
    """Loaded once in each Python worker, which Spark uses again for task after task."""
    return load_scorer(
        None if model is None else Path(model), None if rubric is None else Path(rubric)
    )
