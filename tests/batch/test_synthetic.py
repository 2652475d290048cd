from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from relhealth.batch.synthetic.__main__ import main
from relhealth.batch.synthetic.generate import SMALL_AUDIENCE, Plan, generate
from relhealth.domain.history import History, OptOut
from relhealth.domain.vocabulary import Party
from relhealth.models.load import load_scorer
from relhealth.scoring.options import ScoreOptions

AS_OF_US = 1_770_000_000_000_000


def all_of(plan: Plan) -> list[object]:
    return [generate(plan, index) for index in range(plan.relationships)]


@pytest.mark.parametrize("relationships", [1, 10, 101])
def test_the_mean_number_of_interactions_is_exact(relationships: int) -> None:
    plan = Plan(relationships, interactions_per_relationship=9)
    sizes = [len(generate(plan, index).interactions) for index in range(relationships)]
    assert sum(sizes) == 9 * relationships
    assert min(sizes) >= 1


def test_the_same_seed_gives_the_same_and_another_other_relationships() -> None:
    plan = Plan(5)
    assert all_of(plan) == all_of(Plan(5))
    assert all_of(plan) != all_of(Plan(5, seed=2))
    assert generate(plan, 3) == generate(Plan(50), 3)


def test_opt_outs_are_planted_where_the_conduct_says() -> None:
    plan = Plan(20, conducts=("pestering_after_opt_out", "owning"))
    for index in range(20):
        found = generate(plan, index)
        outs = [i for i in found.interactions if isinstance(i.outcome, OptOut)]
        expected = found.conduct == "pestering_after_opt_out" and len(found.interactions) > 1
        assert len(outs) == expected
        assert all(out.sender == Party.CUSTOMER for out in outs)


def test_the_planted_bias_is_there_and_absent_without() -> None:
    for factor in (0.5, 1.0):
        plan = Plan(600, conducts=("ordinary",), small_audience_factor=factor)
        rates = {True: [0, 0], False: [0, 0]}
        for index in range(plan.relationships):
            found = generate(plan, index)
            group = rates[found.audience_size < SMALL_AUDIENCE]
            group[0] += found.answered
            group[1] += found.calls
        small, large = (answered / calls for answered, calls in (rates[True], rates[False]))
        assert small / large == pytest.approx(factor, abs=0.05)


def test_the_command_writes_table_and_truth(tmp_path: Path) -> None:
    table, truth = tmp_path / "h.parquet", tmp_path / "t.parquet"
    arguments = ["--relationships", "12", "--interactions", "5", "--truth", str(truth)]
    assert main([str(table), *arguments]) == 0
    planted = pq.read_table(truth)
    histories = pq.read_table(table)
    assert planted["customer_id"].to_pylist() == histories["customer_id"].to_pylist()
    sizes = [len(row) for row in histories["interactions"].to_pylist()]
    assert planted["interactions"].to_pylist() == sizes


@pytest.mark.slow
def test_scores_tell_good_conduct_from_bad() -> None:
    scorer = load_scorer(None, None)
    means = {}
    for conduct in ("owning", "promise_keeping", "deflecting", "ignoring", "promise_breaking",
                    "pestering_after_opt_out", "begging"):  # fmt: skip
        plan = Plan(12, interactions_per_relationship=12, conducts=(conduct,))
        values = []
        for index in range(plan.relationships):
            found = generate(plan, index)
            history = History.of(found.brand_id, found.customer_id, "", found.interactions)
            values.append(scorer.score(history, ScoreOptions(AS_OF_US)).health.value)
        means[conduct] = sum(values) / len(values)
    worst_of_good = min(means.pop("owning"), means.pop("promise_keeping"))
    assert worst_of_good > max(means.values()) + 10
