"""A scorer from the artefacts, located, verified and checked."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from relhealth.errors import RubricError
from relhealth.models.act_detector import load_detector
from relhealth.models.locate import detector_path, rubric_path
from relhealth.models.rubric import load_rubric
from relhealth.models.toml_file import read_toml
from relhealth.scoring.scorer import Scorer


def load_scorer(model: Path | None, rubric: Path | None) -> Scorer:
    """A scorer.

    Args:
        model: The act detector's folder; None takes the one that came with the code.
        rubric: The rubric's file; None takes the one that came with the code.

    Raises:
        ArtefactError: A file of the detector is missing, changed or does not fit.
        RubricError: The rubric cannot be read or has an impossible entry.
    """
    return Scorer.compiled(load_rubric(rubric_path(rubric)), load_detector(detector_path(model)))


def artefacts_digest(model: Path | None, rubric: Path | None) -> str:
    """A digest of what a scorer is made of, whatever it is called; comments do not change it.

    Args:
        model: As of `load_scorer`, which has verified it.
        rubric: As of `load_scorer`.

    Raises:
        RubricError: The rubric cannot be read.
    """
    entries = json.dumps(read_toml(rubric_path(rubric), RubricError), sort_keys=True)
    # The manifest has the hashes of the detector's files.
    manifest = (detector_path(model) / "manifest.json").read_bytes()
    return hashlib.sha256(manifest + entries.encode()).hexdigest()
