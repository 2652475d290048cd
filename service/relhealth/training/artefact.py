"""Writes the act detector's folder: raw numbers, readable settings and a manifest of hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from relhealth.detection.weights import DetectorWeights, SideWeights
from relhealth.domain.acts import acts_of
from relhealth.domain.vocabulary import Party
from relhealth.models.act_detector import FORMAT, little_endian
from relhealth.training.messages import LabelledMessage


def write_detector(
    folder: Path, weights: DetectorWeights, data: Sequence[Mapping[str, Any]]
) -> None:
    """Writes weights, thresholds, calibration and manifest; the same bytes for the same weights.

    Args:
        folder: Where to; made if need be.
        weights: What to write.
        data: What it was trained on: for each file its name, hash, messages, sources, licences.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, bytes] = {}
    for party, side in sorted(weights.sides.items()):
        name = party.name.lower()
        files[f"{name}.json"] = _text(_acts(side, party))
        files[f"{name}.keys.u32"] = little_endian(side.keys).tobytes()
        files[f"{name}.weights.i16"] = little_endian(side.weights).tobytes()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    manifest = {
        "format": FORMAT,
        "version": weights.version,
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        "trained_on": list(data),
    }
    (folder / "manifest.json").write_bytes(_text(manifest))


def describe_file(path: Path, messages: Sequence[LabelledMessage]) -> dict[str, Any]:
    """A manifest's entry for a file of messages: name, hash, number, sources and licences."""
    return {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "messages": len(messages),
        "sources": sorted({m.source for m in messages}),
        "licences": sorted({m.licence for m in messages}),
    }


def _acts(side: SideWeights, party: Party) -> dict[str, dict[str, float]]:
    fields = ("scales", "biases", "slopes", "offsets", "thresholds")
    return {
        act: {field: float(f"{getattr(side, field)[column]:.6g}") for field in fields}
        for column, act in enumerate(acts_of(party))
    }


def _text(entries: Mapping[str, Any]) -> bytes:
    return (json.dumps(entries, indent=1, ensure_ascii=False) + "\n").encode()
