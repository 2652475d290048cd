"""The rubric's file: what is wrong in it is named by its key."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest

from relhealth.domain.vocabulary import Channel, Party, Trait
from relhealth.errors import RubricError
from relhealth.models.locate import rubric_path
from relhealth.models.rubric import load_rubric, rubric_of
from relhealth.traits.registry import TRAITS

ENTRIES = tomllib.loads(rubric_path(None).read_text(encoding="utf-8"))


def changed(path: str, value: object = None) -> dict[str, Any]:
    """The shipped entries with one of them set, or, for None, left out."""
    entries: dict[str, Any] = copy.deepcopy(ENTRIES)
    *way, last = path.split(".")
    table: Any = entries
    for key in way:
        table = table[int(key)] if key.isdigit() else table[key]
    if value is None:
        del table[last]
    else:
        table[last] = value
    return entries


def test_the_shipped_rubric_is_read() -> None:
    rubric = load_rubric(rubric_path(None))
    assert [t.trait for t in rubric.traits] == list(Trait)
    assert rubric.id
    assert rubric.fitted_from
    assert set(rubric.calls.paces) == set(Channel)
    for judge, trait in zip(TRAITS, rubric.traits, strict=True):
        assert set(trait.kinds) == set(judge.kinds)


def test_every_trait_judges_both_parties() -> None:
    for trait in load_rubric(rubric_path(None)).traits:
        assert {kind.party for kind in trait.kinds.values()} == set(Party), trait.trait


UNKNOWN = [
    ("colour", "red", "colour"),
    ("calls.patience", 1.0, "calls.patience"),
    ("calls.acts.whistle", 1.0, "calls.acts.whistle"),
    ("traits.courage", {"weight": 0.0}, "traits.courage"),
    ("traits.time.colour", 1.0, "traits.time.colour"),
    (
        "traits.time.kinds.humming",
        {"party": "BRAND", "value": 1.0, "weight": 1.0, "description": "x"},
        "traits.time.kinds.humming",
    ),
    ("traits.time.kinds.answer.colour", 1.0, "traits.time.kinds.answer.colour"),
    ("episodes.component_weights.charm", 0.1, "episodes.component_weights"),
]
MISSING = [
    "id",
    "half_life_days",
    "bands",
    "calls",
    "calls.acts",
    "calls.paces.UNSPECIFIED",
    "outreach.run_exponent",
    "stance.advice.opted_out",
    "traits.support",
    "traits.support.kinds",
    "traits.support.weight",
    "traits.support.kinds.praise",
    "traits.support.kinds.praise.weight",
    "traits.support.kinds.praise.party",
]
MISTYPED = [
    ("half_life_days", "a year"),
    ("half_life_days", True),
    ("default_max_evidence_count", 2.5),
    ("bands", {"HEALTHY": 65.0}),
    ("opt_out_cap", "SO_SO"),
    ("calls.business_hours.weekdays", 5),
    ("calls.paces.EMAIL.business_hours", 1),
    ("traits.mistakes.kinds.apology.weight", "much"),
    ("traits.mistakes.kinds.apology.party", "VENDOR"),
    ("traits.mistakes", 3),
]
IMPOSSIBLE = [
    ("half_life_days", 0.0),
    ("credible_level", 1.0),
    ("evidence_scale", 0.0),
    ("coverage_floor", -0.1),
    ("context.answer_information_ratio", 0.0),
    ("context.answer_complaint_ratio", -0.3),
    ("outreach.run_exponent", 0.9),
    ("calls.acts.praise", 0.0),
    ("calls.paces.EMAIL.half_credit_hours", 0.0),
    ("traits.time.prior_mean", 1.0),
    ("traits.time.prior_mean", 0.0),
    ("traits.time.prior_strength", 0.0),
    ("traits.time.kinds.answer.weight", -1.0),
    ("traits.time.kinds.praise_acknowledged.value", 0.5),
]


def complaint(entries: dict[str, Any]) -> str:
    with pytest.raises(RubricError) as caught:
        rubric_of(entries, "rubric.toml")
    return str(caught.value)


@pytest.mark.parametrize(("path", "value", "named"), UNKNOWN, ids=[row[0] for row in UNKNOWN])
def test_what_is_unknown_is_named(path: str, value: object, named: str) -> None:
    assert f"rubric.toml.{named}" in complaint(changed(path, value))


@pytest.mark.parametrize("path", MISSING)
def test_what_is_missing_is_named(path: str) -> None:
    assert f"rubric.toml.{path}" in complaint(changed(path))


@pytest.mark.parametrize(("path", "value"), MISTYPED, ids=[f"{p} = {v}" for p, v in MISTYPED])
def test_what_is_mistyped_is_named(path: str, value: object) -> None:
    assert f"rubric.toml.{path}" in complaint(changed(path, value))


@pytest.mark.parametrize(("path", "value"), IMPOSSIBLE, ids=[f"{p} = {v}" for p, v in IMPOSSIBLE])
def test_what_is_impossible_is_named(path: str, value: object) -> None:
    assert f"rubric.toml.{path}" in complaint(changed(path, value))


def test_trait_weights_sum_to_one() -> None:
    weight = ENTRIES["traits"]["time"]["weight"]
    assert "rubric.toml.traits: weights must sum to 1" in complaint(
        changed("traits.time.weight", weight + 0.01)
    )


def test_bands_are_listed_from_the_highest_to_zero() -> None:
    assert "rubric.toml.bands" in complaint(changed("bands", ENTRIES["bands"][::-1]))
    assert "rubric.toml.bands" in complaint(changed("bands", ENTRIES["bands"][:-1]))


def test_a_stance_needs_a_coefficient_a_feature() -> None:
    short = ENTRIES["stance"]["coefficients"]["engaged"][:-1]
    named = "rubric.toml.stance.coefficients.engaged"
    assert named in complaint(changed("stance.coefficients.engaged", short))


def test_numbers_that_are_none_are_refused(tmp_path: Path) -> None:
    for bad in ("nan", "inf"):
        text = rubric_path(None).read_text(encoding="utf-8")
        line = next(row for row in text.splitlines() if row.startswith("half_life_days"))
        file = tmp_path / "rubric.toml"
        file.write_text(text.replace(line, f"half_life_days = {bad}"), encoding="utf-8")
        with pytest.raises(RubricError, match="half_life_days"):
            load_rubric(file)


def test_a_file_that_is_no_toml_or_absent_is_named(tmp_path: Path) -> None:
    file = tmp_path / "rubric.toml"
    with pytest.raises(RubricError, match=r"rubric\.toml"):
        load_rubric(file)
    file.write_text("half_life_days = = 3", encoding="utf-8")
    with pytest.raises(RubricError, match=r"rubric\.toml"):
        load_rubric(file)
