"""Where the artefacts are: an explicit path, else packaged with the code, else the repository's.

An editable install does not see what the wheel packages, so a checkout finds its own `models/`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from relhealth.errors import ArtefactError

_PACKAGE: Final = Path(__file__).resolve().parent.parent
_PACKAGED: Final = _PACKAGE / "_artefacts"
_REPOSITORY: Final = _PACKAGE.parent.parent / "models"


def artefacts() -> Path:
    """The folder of the artefacts that came with the code.

    Raises:
        ArtefactError: There is none.
    """
    for folder in (_PACKAGED, _REPOSITORY):
        if (folder / "rubric").is_dir():
            return folder
    raise ArtefactError(f"no models in {_PACKAGED} or {_REPOSITORY}")


def rubric_path(explicit: Path | None) -> Path:
    """The rubric's file: `explicit`, or the one that came with the code."""
    return artefacts() / "rubric" / "rubric.toml" if explicit is None else explicit


def detector_path(explicit: Path | None) -> Path:
    """The act detector's folder: `explicit`, or the newest that came with the code.

    Raises:
        ArtefactError: There is none.
    """
    if explicit is not None:
        return explicit
    folder = artefacts() / "act_detector"
    versions = [p for p in folder.glob("*") if (p / "manifest.json").is_file()]
    if not versions:
        raise ArtefactError(f"no act detector in {folder}")
    # Versions are numbers: 10 comes after 9.
    return max(versions, key=lambda path: (len(path.name), path.name))
