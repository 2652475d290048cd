"""A run that is given the table of an earlier one scores only what changed."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from batch.conftest import AS_OF_US, Run
from batch.standin import load
from relhealth.batch.core import Form, Settings
from relhealth.batch.engine import LocalEngine
from relhealth.domain.history import MICROSECONDS_PER_DAY
from relhealth.errors import ConfigurationError
from relhealth.scoring.scorer import Scorer


def other() -> Scorer:
    return load("other")


def later(days: float) -> Settings:
    return Settings(AS_OF_US + round(days * MICROSECONDS_PER_DAY), form=Form.FLAT)


@pytest.fixture
def first(tables: Path, tmp_path: Path, run: Run) -> Path:
    run(tmp_path / "first.parquet", tables / "histories.jsonl")
    return tmp_path / "first.parquet"


def test_nothing_changed_gives_the_same_bytes(
    first: Path, tables: Path, tmp_path: Path, run: Run
) -> None:
    second = tmp_path / "second.parquet"
    counts = run(second, tables / "histories.jsonl", previous=first, settings=later(3))
    assert (counts.scored, counts.reused) == (0, 40)
    assert second.read_bytes() == first.read_bytes()


def test_what_changed_is_scored_and_only_that(
    first: Path, tables: Path, tmp_path: Path, run: Run
) -> None:
    histories = [json.loads(line) for line in (tables / "histories.jsonl").open()]
    histories[4]["interactions"][0]["text"] += " And one thing more."
    histories[5]["interactions"][0]["audience_size"] = 7  # never read by a score
    source = tmp_path / "changed.jsonl"
    source.write_text("".join(json.dumps(history) + "\n" for history in histories))
    second = tmp_path / "second.parquet"
    counts = run(second, source, previous=first, settings=later(3))
    assert (counts.scored, counts.reused) == (1, 39)
    pairs = zip(pq.read_table(first).to_pylist(), pq.read_table(second).to_pylist(), strict=True)
    changed = [new["customer_id"] for old, new in pairs if old != new]
    assert changed == [histories[4]["customer_id"]]


@pytest.mark.parametrize(("days", "reused"), [(0, 40), (7, 40), (7.01, 0), (-1, 0)])
def test_rows_hold_for_as_long_as_asked(
    days: float, reused: int, first: Path, tables: Path, tmp_path: Path, run: Run
) -> None:
    output = tmp_path / "second.parquet"
    source = tables / "histories.parquet"
    counts = run(output, source, previous=first, settings=later(days), refresh_days=7)
    assert (counts.reused, counts.scored) == (reused, 40 - reused)


def test_another_model_scores_everything(
    first: Path, tables: Path, tmp_path: Path, run: Run
) -> None:
    output = tmp_path / "second.parquet"
    engine = LocalEngine(other, 1)
    counts = run(output, tables / "histories.jsonl", previous=first, engine=engine)
    assert (counts.scored, counts.reused) == (40, 0)


def test_another_half_life_is_refused(first: Path, tables: Path, tmp_path: Path, run: Run) -> None:
    settings = Settings(AS_OF_US, 30.0, Form.FLAT)
    with pytest.raises(ConfigurationError, match="another --half-life"):
        run(tmp_path / "b.parquet", tables / "histories.jsonl", previous=first, settings=settings)


def test_what_is_no_result_table_is_refused(tables: Path, tmp_path: Path, run: Run) -> None:
    for table in ("histories.parquet", "histories.jsonl"):
        with pytest.raises(ConfigurationError, match="--previous"):
            run(tmp_path / "b.parquet", tables / "histories.jsonl", previous=tables / table)
