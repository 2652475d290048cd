"""The fit of the rubric: exact gradients, no turned sign, the same numbers each time."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from relhealth.domain.rubric import Rubric
from relhealth.domain.vocabulary import Stance
from relhealth.errors import ArtefactError
from relhealth.models.locate import artefacts
from relhealth.models.rubric import load_rubric
from relhealth.training.judging import judge, recency_frequency_reciprocity, response_rate
from relhealth.training.rated import RatedHistory, labelled_reading, load_labels, load_rated
from relhealth.training.rubric_file import write_rubric
from relhealth.training.rubric_fit import (
    Design,
    _loss_and_gradient,
    cross_validate,
    design,
    fit,
    parameters,
    predict,
    with_parameters,
)

RATED = artefacts() / "training" / "rated"
START = artefacts() / "training" / "starting_rubric.toml"


@pytest.fixture(scope="module")
def start() -> Rubric:
    return load_rubric(START)


@pytest.fixture(scope="module")
def rated() -> tuple[RatedHistory, ...]:
    return load_rated(RATED / "histories.jsonl", RATED / "ratings.jsonl")[::5]


@pytest.fixture(scope="module")
def data(start: Rubric, rated: tuple[RatedHistory, ...]) -> Design:
    labels = load_labels(RATED / "acts.jsonl")
    return design(rated, [lambda item: labelled_reading(item.history, labels)], start)


def test_the_gradient_is_the_slope_of_the_loss(start: Rubric, data: Design) -> None:
    origin = parameters(start)
    theta = origin + np.linspace(-0.3, 0.3, len(origin))
    _, gradient = _loss_and_gradient(theta, data, origin, 0.05)
    step = 1e-6
    for index in range(0, len(theta), 3):
        moved = theta.copy()
        moved[index] += step
        above, _ = _loss_and_gradient(moved, data, origin, 0.05)
        moved[index] -= 2 * step
        below, _ = _loss_and_gradient(moved, data, origin, 0.05)
        assert gradient[index] == pytest.approx((above - below) / (2 * step), abs=1e-5)


def test_the_fit_agrees_better_than_its_start_on_held_out_histories(
    start: Rubric, data: Design
) -> None:
    origin = parameters(start)
    held_out = cross_validate(data, origin, 0.03, 6)
    before = np.mean((predict(origin, data).health - data.health) ** 2)
    assert np.mean((held_out.health - data.health) ** 2) < before


def test_no_sign_can_turn_and_shares_sum_to_one(start: Rubric, data: Design) -> None:
    turned = dataclasses.replace(data, health=1.0 - data.health, traits=1.0 - data.traits)
    fitted = with_parameters(start, fit(turned, parameters(start), 0.001))
    assert sum(t.weight for t in fitted.traits) == pytest.approx(1.0, abs=1e-9)
    for trait, original in zip(fitted.traits, start.traits, strict=True):
        assert 0.0 < trait.prior_mean < 1.0
        assert trait.prior_strength > 0.0
        for name, kind in trait.kinds.items():
            assert kind.weight >= 0.0
            assert kind.value == original.kinds[name].value


def test_the_fit_is_the_same_each_time(start: Rubric, data: Design) -> None:
    origin = parameters(start)
    assert np.array_equal(fit(data, origin, 0.03), fit(data, origin, 0.03))


def test_predictions_are_the_scores_of_the_scorer(
    start: Rubric, rated: tuple[RatedHistory, ...], data: Design
) -> None:
    from relhealth.models.load import load_scorer  # noqa: PLC0415 - only here
    from relhealth.scoring.options import ScoreOptions  # noqa: PLC0415

    labels = load_labels(RATED / "acts.jsonl")
    scorer = load_scorer(None, None)._replace(rubric=start, judge=None)
    predicted = predict(parameters(start), data)
    for index, item in enumerate(rated):
        reading = labelled_reading(item.history, labels)
        assert reading is not None
        score = scorer.score_read(item.history, reading, ScoreOptions(item.as_of_us))
        assert score.health.value == pytest.approx(100.0 * predicted.health[index], abs=1e-9)


def test_writing_keeps_comments_and_loads_again(start: Rubric, tmp_path: Path) -> None:
    path = tmp_path / "rubric.toml"
    path.write_text(START.read_text(encoding="utf-8"), encoding="utf-8")
    written = dataclasses.replace(start, evidence_scale=1.25, fitted_from="a test")
    write_rubric(written, path)
    assert load_rubric(path) == written
    assert "# below it health is not shown" in path.read_text(encoding="utf-8")
    assert [p.name for p in tmp_path.iterdir()] == ["rubric.toml"]


def test_the_shipped_rubric_differs_from_its_start_in_fitted_numbers_alone(start: Rubric) -> None:
    shipped = load_rubric(artefacts() / "rubric" / "rubric.toml")
    assert shipped.fitted_from != start.fitted_from
    for name in ("calls", "outreach", "episodes", "commitments", "wording", "bands"):
        assert getattr(shipped, name) == getattr(start, name)


def test_ratings_are_means_and_rare_ones_are_absent(tmp_path: Path) -> None:
    lines = (RATED / "histories.jsonl").read_text(encoding="utf-8").splitlines()[:1]
    customer = json.loads(lines[0])["history"]["customer_id"]
    traits = ("own_happiness", "time", "communication", "realism", "mistakes", "support")
    ratings = [
        {**dict.fromkeys(traits, 40), "forgiveness": None, "health": 50, "stance": "ENGAGED"},
        {**dict.fromkeys(traits, 60), "forgiveness": None, "health": 70, "stance": "UNKNOWN"},
    ]
    (tmp_path / "h.jsonl").write_text(lines[0] + "\n", encoding="utf-8")
    row = json.dumps({"id": customer, "ratings": ratings})
    (tmp_path / "r.jsonl").write_text(row + "\n", encoding="utf-8")
    (item,) = load_rated(tmp_path / "h.jsonl", tmp_path / "r.jsonl")
    assert item.health == pytest.approx(0.6)
    assert item.traits == (0.5, 0.5, 0.5, 0.5, 0.5, None, 0.5)
    assert item.stances == {Stance.ENGAGED: 1, Stance.UNKNOWN: 1}
    (tmp_path / "r.jsonl").write_text(json.dumps({"id": "x", "ratings": ratings}) + "\n")
    with pytest.raises(ArtefactError, match=customer):
        load_rated(tmp_path / "h.jsonl", tmp_path / "r.jsonl")


def test_the_judge_sets_rivals_beside_the_scores(rated: tuple[RatedHistory, ...]) -> None:
    from relhealth.models.load import load_scorer  # noqa: PLC0415

    labels = load_labels(RATED / "acts.jsonl")
    scorer = load_scorer(None, None)
    rivals = {"rfr": recency_frequency_reciprocity, "rate": response_rate(scorer)}
    verdict = judge(
        rated,
        scorer,
        lambda item: labelled_reading(item.history, labels) or scorer.read(item.history),
        rivals,
    )
    assert verdict.health.spearman is not None
    for rival in verdict.rivals.values():
        assert rival.spearman is not None
        assert verdict.health.spearman > rival.spearman
    assert 0.0 <= verdict.stance_accuracy <= 1.0
