"""Readings of rated histories by detectors that have not seen them."""

from __future__ import annotations

from pathlib import Path

import pytest

from properties.judging import history_of
from relhealth.detection.detector import ActDetector
from relhealth.domain.acts import BrandAct
from relhealth.domain.history import History
from relhealth.domain.vocabulary import Stance
from relhealth.errors import ArtefactError
from relhealth.training.cross_reading import (
    cross_read,
    load_readings,
    recorded_reading,
    write_readings,
)
from relhealth.training.dataset import Dataset
from relhealth.training.detector import train_detector
from relhealth.training.rated import RatedHistory
from training.test_act_training import RECIPE, made, message
from traits.telling import brand, us

# Nothing but its own label tells that a text of these words apologises.
ONLY_HERE = "Grumbly snorfles befell thee"
OTHERS = "What caused the delay?"


def rated(history: History) -> RatedHistory:
    return RatedHistory(history, us(10), (None,) * 7, 0.5, {Stance.UNKNOWN: 1})


def cross_readings() -> tuple[Dataset, list[RatedHistory]]:
    own = tuple(message(200 + place, ONLY_HERE, "apology") for place in range(8))
    items = [rated(history_of([brand(0, text)])) for text in (ONLY_HERE, OTHERS)]
    return Dataset((*made(), *own), {}, {}, ()), items


def test_a_text_is_read_by_a_detector_that_has_not_seen_it() -> None:
    dataset, items = cross_readings()
    shipped = train_detector(dataset, RECIPE, "all")
    history = items[0].history
    seeing = ActDetector.of(shipped).read(history.texts, history.senders, history.languages)
    readings = list(cross_read(items, dataset, RECIPE, shipped, 2))
    assert [found.texts[0] for found, _ in readings] == [ONLY_HERE, OTHERS]
    known = seeing.probabilities[0][BrandAct.APOLOGY]
    unknown = readings[0][1].probabilities[0][BrandAct.APOLOGY]
    assert known > unknown + 0.2


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    dataset, items = cross_readings()
    shipped = train_detector(dataset, RECIPE, "all")
    readings = list(cross_read(items, dataset, RECIPE, shipped, 2))[:1]
    write_readings(readings, tmp_path / "readings.jsonl")
    rows = load_readings(tmp_path / "readings.jsonl")
    (history, reading) = readings[0]
    recorded = recorded_reading(history, rows)
    assert recorded.unread == reading.unread
    assert recorded.probabilities[0] == pytest.approx(reading.probabilities[0], abs=0.005)
    with pytest.raises(ArtefactError, match="read the histories again"):
        recorded_reading(items[1].history, rows)
