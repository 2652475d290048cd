"""A scorer from the artefacts, located, verified and checked."""

from __future__ import annotations

from pathlib import Path

from relhealth.models.act_detector import load_detector
from relhealth.models.locate import detector_path, rubric_path
from relhealth.models.rubric import load_rubric
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
