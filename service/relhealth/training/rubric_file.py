"""Writes fitted numbers into the rubric's file; its comments and its order stay."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import tomlkit

from relhealth.atomic_files import write_atomically
from relhealth.domain.rubric import Rubric

_HEAD = """\
# The rubric: every number of the judgement. Validated at start; GetScoringModel returns its kinds.
# Weights, priors and shares of health, context, the stance's coefficients, evidence_scale and
# trait_correlation are fitted to rated histories by `relhealth model fit`; the rules are set by
# hand. Shares, probabilities and prior means are 0 to 1; durations name their unit.
"""


def write_rubric(rubric: Rubric, path: Path) -> None:
    """Replaces the fitted numbers of the file at `path`: whole, or not at all."""
    text = path.read_text(encoding="utf-8")
    document = tomlkit.parse(_HEAD + text[text.index("\nid = ") :])
    document["fitted_from"] = rubric.fitted_from
    document["evidence_scale"] = rubric.evidence_scale
    document["trait_correlation"] = rubric.trait_correlation
    document["context"].update(dataclasses.asdict(rubric.context))
    traits = document["traits"]
    for trait in rubric.traits:
        table = traits[trait.trait.key]
        table["weight"] = trait.weight
        table["prior_mean"] = trait.prior_mean
        table["prior_strength"] = trait.prior_strength
        for kind in trait.kinds.values():
            table["kinds"][kind.name]["weight"] = kind.weight
    stance = document["stance"]
    for name, intercept in rubric.stance.intercepts.items():
        stance["intercepts"][name] = intercept
        stance["coefficients"][name] = list(rubric.stance.coefficients[name])
    write_atomically(path, tomlkit.dumps(document).encode())
