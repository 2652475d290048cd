"""Spark gives the table that files give."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from batch.conftest import AS_OF_US, Run
from programs import program
from relhealth.batch.engine import LocalEngine
from relhealth.batch.schema import RESULT
from relhealth.domain.history import MICROSECONDS_PER_DAY
from relhealth.errors import ConfigurationError
from relhealth.models.load import load_scorer
from relhealth.scoring.scorer import Scorer
from relhealth.wire.times import format_moment

pyspark = pytest.importorskip("pyspark.sql")

pytestmark = pytest.mark.slow


def real() -> Scorer:
    return load_scorer(None, None)


@pytest.fixture(scope="module")
def session() -> Iterator[object]:
    program("java", "default-jre-headless")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = pyspark.SparkSession.builder.master("local[2]")
    for name, value in (
        ("spark.ui.enabled", "false"),
        ("spark.sql.shuffle.partitions", "3"),
        ("spark.sql.session.timeZone", "Asia/Kathmandu"),
        ("spark.sql.execution.arrow.maxRecordsPerBatch", "7"),
    ):
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


def rows(path: Path) -> list[dict[str, object]]:
    table = pq.read_table(path).cast(RESULT)
    return table.sort_by([("brand_id", "ascending"), ("customer_id", "ascending")]).to_pylist()


@pytest.mark.parametrize("name", ["histories.parquet", "messages.parquet", "histories.jsonl"])
def test_spark_gives_the_same_table(
    name: str, session: object, tables: Path, tmp_path: Path, run: Run
) -> None:
    from relhealth.batch import spark  # noqa: PLC0415 - needs the extra `spark`

    run(tmp_path / "files.parquet", tables / "histories.jsonl", engine=LocalEngine(real, 1))
    if name.endswith(".jsonl"):
        given = session.read.text(str(tables / name)).withColumnRenamed("value", "request_json")
    else:
        given = session.read.parquet(str(tables / name))
    if name.startswith("messages"):
        given = spark.group(given)
    outcomes = spark.score(given.repartition(3), format_moment(AS_OF_US))
    spark.scored(outcomes).write.parquet(str(tmp_path / "spark"))
    assert rows(tmp_path / "spark") == rows(tmp_path / "files.parquet")


def test_spark_names_what_it_cannot_score(session: object) -> None:
    from relhealth.batch import spark  # noqa: PLC0415 - needs the extra `spark`

    lines = session.createDataFrame([('{"brand_id": "b", "customer_id": "c"}',)], ["request_json"])
    outcomes = spark.score(lines, "2026-01-01T00:00:00Z")
    assert spark.scored(outcomes).count() == 0
    rejects = spark.rejected(outcomes).collect()
    assert [(row.brand_id, row.customer_id, row.reason) for row in rejects] == [
        ("b", "c", "NO_INTERACTIONS")
    ]


def test_spark_keeps_the_rows_of_an_earlier_table(
    session: object, tables: Path, tmp_path: Path
) -> None:
    from relhealth.batch import spark  # noqa: PLC0415 - needs the extra `spark`

    given = session.read.parquet(str(tables / "histories.parquet"))
    first = tmp_path / "first"
    spark.scored(spark.score(given, format_moment(AS_OF_US))).write.parquet(str(first))
    # A mark that no score has: it stays where a row is kept, and goes where one is scored anew.
    earlier = session.read.parquet(str(first))
    kept = pyspark.functions.col("customer_id") < sorted(r["customer_id"] for r in rows(first))[25]
    marked = earlier.withColumn("coverage", pyspark.functions.lit(-1.0)).withColumn(
        "input_digest",
        pyspark.functions.when(kept, pyspark.functions.col("input_digest")).otherwise("changed"),
    )
    later = format_moment(AS_OF_US + 3 * MICROSECONDS_PER_DAY)
    second = tmp_path / "second"
    spark.scored(spark.score(given, later, previous=marked)).write.parquet(str(second))
    old = {row["customer_id"]: row for row in rows(first)}
    found = rows(second)
    reused = [row for row in found if row["coverage"] == -1.0]
    assert (len(found), len(reused)) == (40, 25)
    assert all(
        row | {"coverage": old[row["customer_id"]]["coverage"]} == old[row["customer_id"]]
        for row in reused
    )
    stale = format_moment(AS_OF_US + 8 * MICROSECONDS_PER_DAY)
    again = spark.scored(spark.score(given, stale, previous=marked))
    assert again.where(pyspark.functions.col("coverage") < 0).count() == 0


def test_spark_refuses_an_earlier_table_that_is_none(session: object, tables: Path) -> None:
    from relhealth.batch import spark  # noqa: PLC0415 - needs the extra `spark`

    given = session.read.parquet(str(tables / "histories.parquet"))
    with pytest.raises(ConfigurationError, match="previous has no column as_of_time"):
        spark.score(given, format_moment(AS_OF_US), previous=given)
