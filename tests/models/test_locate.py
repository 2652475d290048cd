"""Which artefacts are taken where nobody names them."""

from __future__ import annotations

from pathlib import Path

import pytest

from relhealth.models import locate


def test_the_newest_detector_is_the_one_with_the_highest_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("2", "9", "10", "11"):
        folder = tmp_path / "act_detector" / version
        folder.mkdir(parents=True)
        if version != "11":
            (folder / "manifest.json").touch()
    monkeypatch.setattr(locate, "artefacts", lambda: tmp_path)
    assert locate.detector_path(None).name == "10"
    assert locate.detector_path(Path("mine")) == Path("mine")
