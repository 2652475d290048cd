"""Rows of the flat table, from scores as from responses."""

from __future__ import annotations

import pyarrow as pa
import pytest

from relhealth.batch.decode import rows_of
from relhealth.batch.schema import HISTORIES
from relhealth.batch.synthetic.generate import Plan, generate
from relhealth.batch.synthetic.tables import history_row
from relhealth.batch.table import flat_row, outline_of, outline_of_response
from relhealth.domain.score import PackedScore, strongest
from relhealth.models.load import load_scorer
from relhealth.scoring.options import ScoreOptions
from relhealth.wire.encoding import encode_score
from relhealth.wire.parsing import parse_history

AS_OF_US = 1_770_000_000_000_000
ROWS = [history_row(generate(Plan(25, interactions_per_relationship=12), i)) for i in range(25)]
BATCH = pa.RecordBatch.from_pylist(ROWS, schema=HISTORIES)


@pytest.mark.parametrize("most_lines", [None, 0, 1])
def test_scores_and_responses_make_the_same_rows(most_lines: int | None) -> None:
    compiled = load_scorer(None, None)
    options = ScoreOptions(AS_OF_US, with_evidence=True, max_evidence_count=most_lines)
    for row in rows_of(BATCH):
        history = parse_history(row.request().history)
        plain = compiled._replace(judge=None).score(history, options)
        packed = compiled.score_or_pack(history, compiled.read(history), options)
        assert isinstance(packed, PackedScore)
        expected = outline_of_response(encode_score(plain))
        assert outline_of(plain) == expected
        assert outline_of(packed) == expected
        assert flat_row(outline_of(packed)) == flat_row(expected)


def test_the_first_of_equals_is_the_strongest_and_nothing_moves_nothing() -> None:
    assert strongest([(1.0, "a"), (1.0, "b"), (-2.0, "c"), (-2.0, "d")]) == ("a", "c")
    assert strongest([(0.0, "a")]) == strongest([]) == (None, None)
    assert strongest([(2.0, "a"), (1.0, "b")]) == ("a", None)
