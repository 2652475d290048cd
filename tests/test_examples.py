"""The eight examples are valid requests, and score as their expectations say."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from google.protobuf.json_format import Parse

from relhealth.domain.score import RelationshipScore
from relhealth.domain.vocabulary import Band, Party, Stance, Trait
from relhealth.models.load import load_scorer
from relhealth.v1.relationship_health_pb2 import ScoreRelationshipRequest
from relhealth.wire.json_reading import read_request_line
from relhealth.wire.parsing import parse_request

EXAMPLES = Path(__file__).parents[1] / "examples"
EXPECTATIONS = json.loads((EXAMPLES / "expectations.json").read_text(encoding="utf-8"))
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.jsonl"))


def test_every_example_has_its_expectation_and_its_sentence() -> None:
    assert sorted(EXPECTATIONS["examples"]) == NAMES
    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    for name, expected in EXPECTATIONS["examples"].items():
        assert f"({name}.jsonl)" in readme
        assert expected["says"] in readme


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_one_request_with_a_fixed_moment(name: str) -> None:
    lines = (EXAMPLES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1
    request = Parse(lines[0], ScoreRelationshipRequest())
    assert request.HasField("as_of_time")
    assert 6 <= len(request.history.interactions) <= 20
    assert max(i.sent_time.seconds for i in request.history.interactions) <= (
        request.as_of_time.seconds
    )


@pytest.mark.parametrize("name", NAMES)
def test_expectations_use_names_that_exist(name: str) -> None:
    expected = EXPECTATIONS["examples"][name]
    traits = {trait.key for trait in Trait}
    assert set(expected["bands"]) <= {f"BAND_{band.name}" for band in Band}
    assert set(expected["stances"]) <= {f"STANCE_{stance.name}" for stance in Stance}
    for path in expected["above_prior"] + expected["below_prior"]:
        trait, _, party = path.partition(".")
        assert trait in traits
        assert party.upper() in {"", *(p.name for p in Party)}
    assert {key for pair in expected["lower"] for key in pair} <= traits


@pytest.fixture(scope="module")
def scores() -> dict[str, RelationshipScore]:
    scorer = load_scorer(None, None)
    found = {}
    for name in NAMES:
        request = read_request_line((EXAMPLES / f"{name}.jsonl").read_bytes())
        history, options = parse_request(request, 0)
        found[name] = scorer.score(history, options)
    return found


def points(score: RelationshipScore, path: str) -> float:
    """How far a trait, or one party's part of it, lies from what is assumed."""
    name, _, party = path.partition(".")
    trait = score.traits[Trait[name.upper()] - 1]
    if party == "brand":
        return trait.brand_contribution
    return trait.customer_contribution if party == "customer" else trait.value - trait.prior


@pytest.mark.parametrize("name", NAMES)
def test_an_example_scores_as_it_must(name: str, scores: dict[str, RelationshipScore]) -> None:
    expected = EXPECTATIONS["examples"][name]
    score = scores[name]
    assert f"BAND_{score.health.band.name}" in expected["bands"]
    assert f"STANCE_{score.stance.label.name}" in expected["stances"]
    assert all(points(score, path) > 0 for path in expected["above_prior"])
    assert all(points(score, path) < 0 for path in expected["below_prior"])
    values = {trait.trait.key: trait.value for trait in score.traits}
    assert all(values[low] < values[high] for low, high in expected["lower"])
    if "reasons" in expected:
        assert set(expected["reasons"]) <= set(score.health.reasons)
    if "advice" in expected:
        assert score.stance.advice == expected["advice"]


def test_the_examples_stand_in_their_order(scores: dict[str, RelationshipScore]) -> None:
    tiers = EXPECTATIONS["tiers"]
    for above, below in pairwise(tiers):
        worst = min(scores[name].health.value for name in above)
        assert all(scores[name].health.value < worst for name in below)
    for trait, names in EXPECTATIONS["lowest"].items():
        values = {n: s.traits[Trait[trait.upper()] - 1].value for n, s in scores.items()}
        assert min(values, key=values.__getitem__) in names
