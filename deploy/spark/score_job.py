"""A Spark job: scores a table of histories or of messages into the flat result table.

deploy/spark/submit.sh --input histories/ --output scores/ --as-of 2026-01-31T00:00:00Z
"""

from __future__ import annotations

import argparse
import sys

from pyspark.sql import DataFrame, SparkSession

from relhealth.batch import spark as relationships


def main() -> int:
    """Runs the job; gives 1 where some rows were rejected."""
    options = _options()
    session = SparkSession.builder.appName("relhealth-score").getOrCreate()
    given = _read(session, options.input)
    histories = given if _is_grouped(given) else relationships.group(given)
    if options.partitions is not None:
        histories = histories.repartition(options.partitions)
    previous = None if options.previous is None else session.read.parquet(options.previous)
    outcomes = relationships.score(
        histories,
        options.as_of,
        half_life_days=options.half_life,
        previous=previous,
        refresh_days=options.refresh_after,
    )
    # Scored once, read twice: kept beside the result, so that a lost executor recomputes nothing.
    outcomes.write.mode("overwrite").parquet(options.output + ".outcomes")
    kept = session.read.parquet(options.output + ".outcomes")
    relationships.scored(kept).write.mode("overwrite").parquet(options.output)
    rejects = relationships.rejected(kept)
    rejects.write.mode("overwrite").json(options.output + ".rejects")
    return 1 if rejects.head(1) else 0


def _read(session: SparkSession, path: str) -> DataFrame:
    if path.endswith((".jsonl", ".jsonl.gz")):
        return session.read.text(path).withColumnRenamed("value", "request_json")
    return session.read.parquet(path)


def _is_grouped(given: DataFrame) -> bool:
    return bool({"interactions", "request_json"} & set(given.columns))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Scores relationships on Spark.")
    parser.add_argument(
        "--input", required=True, help="Parquet of histories or messages, or .jsonl"
    )
    parser.add_argument("--output", required=True, help="folder for the flat result table")
    parser.add_argument("--as-of", required=True, help="RFC 3339; one moment for every executor")
    parser.add_argument("--half-life", type=float, help="days; left out: the rubric's")
    parser.add_argument("--previous", help="result table of an earlier run: score what changed")
    parser.add_argument(
        "--refresh-after", type=float, default=7.0, help="days that an earlier row holds"
    )
    parser.add_argument("--partitions", type=int, help="spread the work over so many tasks")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
