"""The small parts: cuts, types, progress, metrics."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relhealth.batch.chunks import ChunkSize, chunks_of
from relhealth.batch.conform import conform
from relhealth.batch.core import Counts
from relhealth.batch.decode import rows_of
from relhealth.batch.metrics import publish, registry_of
from relhealth.batch.progress import Progress
from relhealth.batch.schema import HISTORIES, INTERACTION
from relhealth.batch.sources import Read
from relhealth.batch.synthetic.generate import Plan, generate
from relhealth.batch.synthetic.tables import history_row
from relhealth.errors import ConfigurationError

ROWS = [history_row(generate(Plan(30, interactions_per_relationship=6), i)) for i in range(30)]
BATCH = pa.RecordBatch.from_pylist(ROWS, schema=HISTORIES)


@settings(deadline=None)
@given(
    cuts=st.lists(st.integers(0, 30), max_size=6),
    rows=st.integers(1, 12),
    interactions=st.integers(1, 80),
)
def test_chunks_hang_on_the_rows_alone(cuts: list[int], rows: int, interactions: int) -> None:
    size = ChunkSize(rows, interactions)
    bounds = [0, *sorted(cuts), 30]
    reads = [Read(BATCH.slice(begin, end - begin), end / 30) for begin, end in pairwise(bounds)]
    chunks = list(chunks_of(reads, size))
    whole = list(chunks_of([Read(BATCH, 1.0)], size))
    assert [c.batch.to_pylist() for c in chunks] == [c.batch.to_pylist() for c in whole]
    assert [c.number for c in chunks] == list(range(len(chunks)))
    assert [row for c in chunks for row in c.batch.to_pylist()] == BATCH.to_pylist()
    for chunk in chunks:
        counts = [len(row) for row in chunk.batch["interactions"].to_pylist()]
        assert len(counts) <= rows
        assert len(counts) == 1 or sum(counts) <= interactions


def test_fields_go_by_name_and_missing_ones_are_null() -> None:
    moment = datetime(2025, 1, 2, 3, tzinfo=UTC)
    kind = pa.struct([("text", pa.large_string()), ("sent_time", pa.timestamp("ns"))])
    array = pa.array([{"text": "Hello", "sent_time": moment.replace(tzinfo=None)}, None], kind)
    first, second = conform(array, INTERACTION, "x").to_pylist()
    assert first["sent_time"] == int(moment.timestamp() * 1_000_000)
    assert (first["text"], first["channel"], first["rating"]) == ("Hello", None, None)
    assert second is None


@pytest.mark.parametrize(
    ("array", "complaint"),
    [
        (pa.array([{"txt": "Hello"}]), r"x\.txt is not known"),
        (pa.array(["Hello"]), "not a struct"),
        (pa.array([{"sent_time": "2025"}]), r"x\.sent_time is string, not a timestamp"),
    ],
)
def test_what_does_not_conform_is_named(array: pa.Array, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        conform(array, INTERACTION, "x")


def test_ids_that_became_floating_numbers_are_whole_again_where_they_are_exact() -> None:
    assert conform(pa.array([17.0, None]), pa.string(), "x").to_pylist() == ["17", None]
    for kind, largest in ((pa.float32(), 2.0**24), (pa.float64(), 2.0**53)):
        assert conform(pa.array([largest - 1], kind), pa.string(), "x").to_pylist()
        with pytest.raises(ConfigurationError, match="cannot keep exactly"):
            conform(pa.array([largest, 1.0], kind), pa.string(), "x")


def test_slices_of_a_batch_read_as_the_rows_that_they_are() -> None:
    whole = [row.request() for row in rows_of(BATCH)]
    parts = [
        row.request() for begin in (0, 7, 14, 21, 28) for row in rows_of(BATCH.slice(begin, 7))
    ]
    assert parts == whole


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_shows_rate_and_what_is_left(terminal: bool) -> None:  # noqa: FBT001
    now = [0.0]
    sink = Terminal() if terminal else io.StringIO()
    progress = Progress(sink, lambda: now[0])
    progress.show(Counts(), 0.0)
    assert sink.getvalue() == ""
    now[0] = 20.0
    progress.show(Counts(scored=900, rejected=100, interactions=20_000), 0.25)
    text = sink.getvalue()
    assert "25%  1,000 relationships  50/s  1,000 interactions/s  0:01:00 left" in text
    assert ("\r[######" in text) == terminal
    assert text.endswith("\n") != terminal


def test_metrics_say_what_became_of_the_run(tmp_path: Path) -> None:
    file = tmp_path / "run.prom"
    counts = Counts(scored=5, reused=2, rejected=1, interactions=60)
    publish(registry_of(counts, 1.5, succeeded=True), file, None)
    text = file.read_text()
    assert 'relhealth_batch_relationships{outcome="rejected"} 1.0' in text
    assert "relhealth_batch_duration_seconds 1.5" in text
    assert "relhealth_batch_success 1.0" in text
    publish(registry_of(counts, 1.5, succeeded=False), file, None)
    assert "relhealth_batch_success 0.0" in file.read_text()
    assert "last_success" not in file.read_text()
