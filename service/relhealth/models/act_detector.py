"""The act detector's folder: weights, thresholds and calibration, verified by hash and loaded."""

from __future__ import annotations

import hashlib
import json
import sys
from array import array
from pathlib import Path
from typing import Any, Final

from relhealth.detection.detector import ActDetector
from relhealth.detection.weights import DetectorWeights, SideWeights
from relhealth.domain.acts import acts_of
from relhealth.domain.vocabulary import Party
from relhealth.errors import ArtefactError

FORMAT: Final = 2
"""Version of the features and of the files' layout; weights of another do not fit the code."""


def load_detector(folder: Path) -> ActDetector:
    """The act detector in a folder.

    Raises:
        ArtefactError: A file is missing, changed or does not fit; the message names it.
    """
    return ActDetector.of(load_weights(folder))


def load_weights(folder: Path) -> DetectorWeights:
    """The weights in a folder, each file checked against the manifest's hash.

    Raises:
        ArtefactError: A file is missing, changed or does not fit; the message names it.
    """
    manifest = _json(_read(folder / "manifest.json"), folder / "manifest.json")
    if manifest.get("format") != FORMAT:
        raise ArtefactError(f"{folder / 'manifest.json'}: format must be {FORMAT}")
    files = {name: _verified(folder / name, digest) for name, digest in _hashes(manifest, folder)}
    sides = {party: _side(folder, files, party) for party in Party}
    return DetectorWeights(str(manifest.get("version")), sides)


def _hashes(manifest: dict[str, Any], folder: Path) -> list[tuple[str, str]]:
    hashes = manifest.get("files")
    if not isinstance(hashes, dict):
        raise ArtefactError(f"{folder / 'manifest.json'}: files must be a table of hashes")
    return [(str(name), str(digest)) for name, digest in hashes.items()]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ArtefactError(f"{path}: cannot be read") from error


def _verified(path: Path, digest: str) -> bytes:
    content = _read(path)
    if hashlib.sha256(content).hexdigest() != digest:
        raise ArtefactError(f"{path}: has changed since it was made (hash differs)")
    return content


def _json(content: bytes, path: Path) -> dict[str, Any]:
    try:
        entries = json.loads(content)
    except ValueError as error:
        raise ArtefactError(f"{path}: no JSON") from error
    if not isinstance(entries, dict):
        raise ArtefactError(f"{path}: must be a table")
    return entries


def _side(folder: Path, files: dict[str, bytes], party: Party) -> SideWeights:
    name = party.name.lower()
    try:
        acts = _json(files[f"{name}.json"], folder / f"{name}.json")
        keys = little_endian(array("I", files[f"{name}.keys.u32"]))
        weights = little_endian(array("h", files[f"{name}.weights.i16"]))
        columns = {
            field: _column(acts, field, party)
            for field in ("scales", "biases", "slopes", "offsets", "thresholds")
        }
    except KeyError as error:
        raise ArtefactError(f"{folder}: lacks {error.args[0]}") from error
    except (TypeError, ValueError) as error:
        raise ArtefactError(f"{folder / name}: does not fit the acts") from error
    if len(weights) != len(keys) * len(acts_of(party)):
        raise ArtefactError(f"{folder / name}: keys and weights do not fit")
    return SideWeights(keys=keys, weights=weights, **columns)


def little_endian(numbers: array[int]) -> array[int]:
    """The numbers with their bytes as in the files, or back again; a copy where they differ."""
    if sys.byteorder == "little":
        return numbers
    swapped = array(numbers.typecode, numbers)
    swapped.byteswap()
    return swapped


def _column(acts: dict[str, Any], field: str, party: Party) -> tuple[float, ...]:
    """One number an act, in the order of the side's acts."""
    return tuple([float(acts[act][field]) for act in acts_of(party)])
