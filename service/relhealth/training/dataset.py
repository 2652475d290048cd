"""What a training run learns from: labelled messages, and texts with a teacher's soft labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from relhealth.domain.acts import acts_of
from relhealth.domain.vocabulary import Party
from relhealth.errors import ArtefactError
from relhealth.training.artefact import describe_file
from relhealth.training.json_lines import read_rows
from relhealth.training.messages import LabelledMessage, read_messages
from relhealth.training.rated import load_labels
from relhealth.training.sources import public_texts
from relhealth.training.variants import COUNT, Neighbours, load_neighbours, text_key, variant

OWN_SOURCE: Final = "written for this project"
VARIANT: Final = "variant"
_SOFT_LEVELS: Final = 200


@dataclass(frozen=True, slots=True, eq=False)
class SoftLabels:
    """Texts of one side with a teacher's probabilities.

    Attributes:
        texts: The texts.
        origins: For each text the one that it is a variant of; itself if it is none.
        sources: Short name of each text's source; `variant` of a labelled message's variants.
        probabilities: Probability of each act; shape (texts, acts of the side).
    """

    texts: tuple[str, ...]
    origins: tuple[str, ...]
    sources: tuple[str, ...]
    probabilities: NDArray[np.float64]

    def __add__(self, other: SoftLabels) -> SoftLabels:
        return SoftLabels(
            self.texts + other.texts,
            self.origins + other.origins,
            self.sources + other.sources,
            np.concatenate([self.probabilities, other.probabilities]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Everything that a training run learns from.

    Attributes:
        messages: Labelled messages.
        soft: Softly labelled texts by the side whose acts they are judged for.
        readings: By side and text a teacher's probabilities of a labelled message's acts.
        origins: For each file its name, sha256, messages, sources and licences.
    """

    messages: tuple[LabelledMessage, ...]
    soft: Mapping[Party, SoftLabels]
    readings: Mapping[Party, Mapping[str, NDArray[np.float64]]]
    origins: tuple[Mapping[str, Any], ...]


def gather(project: Path, data: Path | None) -> Dataset:
    """The project's own messages, and with a data folder those of other sources.

    Args:
        project: Folder of the project's training files.
        data: Folder with `acts/train.jsonl` and `public/`; None trains on the project's alone.

    Raises:
        ArtefactError: A file is missing or does not fit.
    """
    parts = {path: read_messages(path) for path in sorted(project.glob("messages*.jsonl"))}
    if not parts:
        raise ArtefactError(f"{project}: no messages to train on")
    path = project / "rated" / "acts.jsonl"
    parts[path] = _of_histories(project / "rated" / "histories.jsonl", path)
    references: dict[Party, SoftLabels] = {}
    if data is not None:
        path = data / "acts" / "train.jsonl"
        parts[path] = tuple(m for m in read_messages(path) if m.source != OWN_SOURCE)
        texts = public_texts(data)
        path = project / "references.jsonl"
        parts[path] = _referenced(path, texts)
        labelled = frozenset(message.text for part in parts.values() for message in part)
        references = {party: _soft(project, party, texts, labelled) for party in Party}
    messages = tuple(message for part in parts.values() for message in part)
    judged = {party: _judged(project, party, messages) for party in Party}
    neighbours = load_neighbours(project / "neighbours.tsv")
    soft = {party: _variants(party, found, neighbours) for party, found in judged.items()}
    soft |= {party: soft[party] + found for party, found in references.items()}
    readings = {
        party: {text: levels[0] for text, levels in found.items()}
        for party, found in judged.items()
    }
    origins = tuple(describe_file(path, part) for path, part in parts.items())
    return Dataset(messages, soft, readings, origins)


def _of_histories(histories: Path, acts: Path) -> tuple[LabelledMessage, ...]:
    """The labelled messages of the rated histories: lines of `customer_id`, `interaction_id`."""
    labelled = load_labels(acts)
    messages = []
    for row in read_rows(histories):
        history = row["history"]
        for interaction in history["interactions"]:
            key = (history["customer_id"], interaction["interaction_id"])
            if key in labelled:
                messages.append(
                    LabelledMessage(
                        key="/".join(key),
                        party=Party[interaction["sender"].removeprefix("SENDER_")],
                        text=interaction["text"],
                        acts=labelled[key],
                        source=f"{OWN_SOURCE}: histories",
                        licence="project",
                    )
                )
    return tuple(messages)


def _referenced(path: Path, texts: Mapping[str, str]) -> tuple[LabelledMessage, ...]:
    """Labelled messages whose text is elsewhere: lines of `ref`, `sender`, `acts`."""
    messages = []
    for row in read_rows(path):
        if row["ref"] not in texts:
            raise ArtefactError(f"{path.name}: the data folder lacks {row['ref']}")
        messages.append(
            LabelledMessage(
                key=row["ref"],
                party=Party[row["sender"].removeprefix("SENDER_")],
                text=texts[row["ref"]],
                acts=frozenset(row["acts"]),
                source=row["source"],
                licence=row["licence"],
            )
        )
    return tuple(messages)


def _soft(
    project: Path, party: Party, texts: Mapping[str, str], labelled: frozenset[str]
) -> SoftLabels:
    """Soft labels of one side: references in a text file, probabilities as bytes beside it.

    Texts that have been labelled since are left out: they would count twice.
    """
    name = f"soft_{party.name.lower()}"
    references = (project / f"{name}.refs").read_text(encoding="utf-8").split()
    raw = np.frombuffer((project / f"{name}.u8").read_bytes(), dtype=np.uint8)
    levels = raw.reshape(len(references), len(acts_of(party)))
    missing = [reference for reference in references if reference not in texts]
    if missing:
        raise ArtefactError(f"{name}.refs: the data folder lacks {missing[0]}")
    kept = [place for place, ref in enumerate(references) if texts[ref] not in labelled]
    found = tuple(texts[references[place]] for place in kept)
    return SoftLabels(
        found,
        found,
        tuple(references[place].split(":")[0] for place in kept),
        levels[kept].astype(np.float64) / _SOFT_LEVELS,
    )


def _judged(
    project: Path, party: Party, messages: Iterable[LabelledMessage]
) -> dict[str, NDArray[np.float64]]:
    """By text of one side's messages a teacher's probabilities, of itself and of its variants.

    Shape of each (1 + COUNT, acts). A message that is new or has changed since has none.
    """
    name = f"variants_{party.name.lower()}"
    keys = np.frombuffer((project / f"{name}.keys.u32").read_bytes(), dtype="<u4")
    raw = np.frombuffer((project / f"{name}.u8").read_bytes(), dtype=np.uint8)
    levels = raw.reshape(len(keys), 1 + COUNT, len(acts_of(party)))
    places = {int(key): place for place, key in enumerate(keys)}
    texts = dict.fromkeys([m.text for m in messages if m.party == party])
    return {
        text: levels[places[key]] / _SOFT_LEVELS
        for text in texts
        if (key := text_key(text)) in places
    }


def _variants(
    party: Party, judged: Mapping[str, NDArray[np.float64]], neighbours: Neighbours
) -> SoftLabels:
    """The variants of messages, with a teacher's probabilities."""
    none = np.zeros((0, len(acts_of(party))))
    places = [(text, number) for text in judged for number in range(COUNT)]
    return SoftLabels(
        tuple(variant(text, number, neighbours) for text, number in places),
        tuple(text for text, _ in places),
        (VARIANT,) * len(places),
        np.concatenate([none, *(rows[1:] for rows in judged.values())]),
    )
