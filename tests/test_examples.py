"""The eight examples are valid requests, and the expectations speak of each of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from google.protobuf.json_format import Parse

from relhealth.domain.vocabulary import Band, Party, Stance, Trait
from relhealth.v1.relationship_health_pb2 import ScoreRelationshipRequest

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
