"""The rubric's file: read strictly, checked, and turned into the domain's values."""

from __future__ import annotations

import math
from pathlib import Path

from relhealth.domain.acts import CUSTOMER_ACTS
from relhealth.domain.rubric import Kind, Rubric, TraitRubric
from relhealth.domain.vocabulary import Band, Channel, Party, Stance, Trait
from relhealth.errors import RubricError
from relhealth.models.structure import structure
from relhealth.models.toml_file import read_toml
from relhealth.scoring.stance import ADVICE, FEATURES
from relhealth.traits.registry import TRAITS

_TOLERANCE = 1e-9
_HOURS_PER_DAY = 24.0


def load_rubric(path: Path) -> Rubric:
    """The rubric in a TOML file.

    Raises:
        RubricError: The file cannot be read, or has an unknown, missing or impossible entry; the
            message names the file and the key.
    """
    return rubric_of(read_toml(path, RubricError), path.name)


def rubric_of(entries: dict[str, object], name: str) -> Rubric:
    """The rubric in a parsed file of a given name."""
    if not isinstance(entries.get("traits"), dict):
        raise RubricError(f"{name}.traits: missing table")
    traits = _traits(entries["traits"], f"{name}.traits")
    rubric = structure(Rubric, {**entries, "traits": traits}, name)
    _check(rubric, name)
    return rubric


def _traits(table: object, path: str) -> list[dict[str, object]]:
    """The traits in their order; in the file each trait and kind is named by its key."""
    if not isinstance(table, dict):
        raise RubricError(f"{path}: must be a table")
    for key in table:
        if key not in [trait.key for trait in Trait]:
            raise RubricError(f"{path}.{key}: unknown key")
    return [_trait(trait, table.get(trait.key), f"{path}.{trait.key}") for trait in Trait]


def _trait(trait: Trait, table: object, path: str) -> dict[str, object]:
    if not isinstance(table, dict) or not isinstance(table.get("kinds"), dict):
        raise RubricError(f"{path}.kinds: missing table")
    kinds = {name: {"name": name, **entry} for name, entry in table["kinds"].items()}
    entries = {"trait": trait.name, **table, "kinds": kinds}
    structure(TraitRubric, entries, path)  # names what is wrong by the key that the file has
    return entries


def _check(rubric: Rubric, name: str) -> None:
    _check_traits(rubric, name)
    _check_bands(rubric, name)
    _check_context(rubric, name)
    _check_calls(rubric, name)
    _check_stance(rubric, name)
    _check_ranges(rubric, name)


def _require(holds: bool, path: str, what: str) -> None:  # noqa: FBT001
    if not holds:
        raise RubricError(f"{path}: {what}")


def _check_traits(rubric: Rubric, name: str) -> None:
    total = math.fsum([t.weight for t in rubric.traits])
    _require(abs(total - 1.0) <= _TOLERANCE, f"{name}.traits", "weights must sum to 1")
    for trait, judge in zip(rubric.traits, TRAITS, strict=True):
        path = f"{name}.traits.{trait.trait.key}"
        _require(trait.weight >= 0.0, f"{path}.weight", "must be 0 or more")
        _require(0.0 < trait.prior_mean < 1.0, f"{path}.prior_mean", "must be between 0 and 1")
        _require(trait.prior_strength > 0.0, f"{path}.prior_strength", "must be above 0")
        for required in judge.kinds:
            _require(required in trait.kinds, f"{path}.kinds.{required}", "missing key")
        for kind in trait.kinds.values():
            _check_kind(kind, f"{path}.kinds.{kind.name}", kind.name in judge.kinds)


def _check_kind(kind: Kind, path: str, known: bool) -> None:  # noqa: FBT001
    _require(known, path, "unknown key")
    _require(kind.weight >= 0.0, f"{path}.weight", "must be 0 or more")
    _require(kind.value in (None, 0.0, 1.0), f"{path}.value", "must be 0, 1 or absent")
    _require(kind.party in Party, f"{path}.party", "must be BRAND or CUSTOMER")


def _check_bands(rubric: Rubric, name: str) -> None:
    lowest = [b.lowest_value for b in rubric.bands]
    path = f"{name}.bands"
    _require(lowest == sorted(lowest, reverse=True), path, "must be listed highest first")
    _require(bool(lowest) and lowest[-1] == 0.0, path, "the last must begin at 0")
    unlisted = Band.INSUFFICIENT_EVIDENCE
    _require(all(b.band != unlisted for b in rubric.bands), path, f"{unlisted.name} has no value")


def _check_context(rubric: Rubric, name: str) -> None:
    context = rubric.context
    path = f"{name}.context.answer"
    above = "must be above 0"
    _require(context.answer_information_ratio > 0.0, f"{path}_information_ratio", above)
    _require(context.answer_complaint_ratio > 0.0, f"{path}_complaint_ratio", above)


def _check_calls(rubric: Rubric, name: str) -> None:
    calls = rubric.calls
    for act, weight in calls.acts.items():
        _require(act in CUSTOMER_ACTS, f"{name}.calls.acts.{act}", "unknown key")
        _require(weight > 0.0, f"{name}.calls.acts.{act}", "must be above 0")
    _require(Channel.UNSPECIFIED in calls.paces, f"{name}.calls.paces.UNSPECIFIED", "missing key")
    for channel, pace in calls.paces.items():
        path = f"{name}.calls.paces.{channel.name}.half_credit_hours"
        _require(pace.half_credit_hours > 0.0, path, "must be above 0")
    hours = calls.business_hours
    path = f"{name}.calls.business_hours"
    _require(
        0.0 <= hours.opens_hour < hours.closes_hour <= _HOURS_PER_DAY,
        path,
        "must open before it closes",
    )
    _require(bool(hours.weekdays), f"{path}.weekdays", "must not be empty")


def _check_stance(rubric: Rubric, name: str) -> None:
    rules = rubric.stance
    path = f"{name}.stance"
    for feature in rules.feature_names:
        _require(feature in FEATURES, f"{path}.feature_names", f"unknown feature {feature}")
        _require(feature in rules.descriptions, f"{path}.descriptions.{feature}", "missing key")
    modelled = [s.name.lower() for s in Stance if s != Stance.OPTED_OUT]
    _require(sorted(rules.intercepts) == sorted(modelled), f"{path}.intercepts", "one a stance")
    for stance in modelled:
        row = rules.coefficients.get(stance)
        here = f"{path}.coefficients.{stance}"
        _require(row is not None and len(row) == len(rules.feature_names), here, "one a feature")
    for every in Stance:
        key = every.name.lower()
        _require(key in rules.advice, f"{path}.advice.{key}", "missing key")
        _require(rules.advice[key] in ADVICE, f"{path}.advice.{key}", "unknown advice")


def _check_ranges(rubric: Rubric, name: str) -> None:
    _require(rubric.half_life_days > 0.0, f"{name}.half_life_days", "must be above 0")
    _require(0.0 < rubric.credible_level < 1.0, f"{name}.credible_level", "must be 0 to 1")
    _require(rubric.evidence_scale > 0.0, f"{name}.evidence_scale", "must be above 0")
    correlation = rubric.trait_correlation
    _require(0.0 <= correlation <= 1.0, f"{name}.trait_correlation", "must be 0 to 1")
    _require(0.0 <= rubric.coverage_floor < 1.0, f"{name}.coverage_floor", "must be 0 to 1")
    _require(
        rubric.outreach.run_exponent >= 1.0, f"{name}.outreach.run_exponent", "must be 1 or more"
    )
    total = math.fsum(rubric.episodes.component_weights.values())
    path = f"{name}.episodes.component_weights"
    _require(abs(total - 1.0) <= _TOLERANCE, path, "must sum to 1")
