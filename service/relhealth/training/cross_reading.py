"""How rated histories read to detectors that have not seen them.

A detector reads the texts that it learnt from better than any others, and weights fitted to such
readings would trust it too much. So the rubric is fitted to these: the histories are divided into
folds, and each fold is read by a detector that was fitted to everything but the fold's own texts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from relhealth.detection.detector import ActDetector
from relhealth.detection.weights import DetectorWeights
from relhealth.domain.acts import acts_of
from relhealth.domain.history import History
from relhealth.domain.reading import Reading
from relhealth.errors import ArtefactError
from relhealth.training.dataset import Dataset
from relhealth.training.detector import refit_without
from relhealth.training.json_lines import read_rows
from relhealth.training.rated import RatedHistory
from relhealth.training.recipe import Recipe

_DIGITS = 2

Rows = dict[tuple[str, str], dict[str, float] | None]
"""By customer and interaction id the probability of each act; None where a text is unread."""


def cross_read(
    rated: Sequence[RatedHistory],
    dataset: Dataset,
    recipe: Recipe,
    shipped: DetectorWeights,
    folds: int,
) -> Iterator[tuple[History, Reading]]:
    """Each history with its reading by a detector fitted without its fold's texts.

    Calibration is that of `shipped`, which was made on texts that a fit had not seen.
    """
    held_out = [[item.history for item in rated[fold::folds]] for fold in range(folds)]
    refitted = refit_without(dataset, recipe, shipped, [_texts(fold) for fold in held_out])
    for histories, weights in zip(held_out, refitted, strict=True):
        detector = ActDetector.of(weights)
        for history in histories:
            yield history, detector.read(history.texts, history.senders, history.languages)


def _texts(histories: Sequence[History]) -> frozenset[str]:
    return frozenset([text.strip() for history in histories for text in history.texts])


def write_readings(readings: Sequence[tuple[History, Reading]], path: Path) -> None:
    """A JSON line a message, by customer and interaction id: probabilities in hundredths."""
    lines = [
        json.dumps(_row(history, reading, place))
        for history, reading in sorted(readings, key=lambda found: found[0].customer_id)
        for place in range(len(history))
    ]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _row(history: History, reading: Reading, place: int) -> dict[str, object]:
    names = acts_of(history.senders[place])
    found = {
        name: round(probability, _DIGITS)
        for name, probability in zip(names, reading.probabilities[place], strict=True)
        if round(probability, _DIGITS) > 0.0
    }
    return {
        "customer_id": history.customer_id,
        "interaction_id": history.ids[place],
        "acts": None if reading.unread[place] else found,
    }


def load_readings(path: Path) -> Rows:
    """What `write_readings` wrote."""
    return {(row["customer_id"], row["interaction_id"]): row["acts"] for row in read_rows(path)}


def recorded_reading(history: History, rows: Rows) -> Reading:
    """The reading of a history from rows.

    Raises:
        ArtefactError: A message has no row.
    """
    found: list[tuple[float, ...]] = []
    unread: list[bool] = []
    for interaction_id, sender in zip(history.ids, history.senders, strict=True):
        key = (history.customer_id, interaction_id)
        if key not in rows:
            raise ArtefactError(f"no reading of {key[0]}, {key[1]}: read the histories again")
        acts = rows[key]
        unread.append(acts is None)
        found.append(tuple([(acts or {}).get(name, 0.0) for name in acts_of(sender)]))
    return Reading(tuple(found), tuple(unread))
