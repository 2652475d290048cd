"""What a training run gathers: nothing twice, nothing without its text."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from relhealth.domain.acts import acts_of
from relhealth.domain.vocabulary import Party
from relhealth.errors import ArtefactError
from relhealth.training.dataset import gather
from relhealth.training.variants import text_key, variant

ACTS = len(acts_of(Party.CUSTOMER))


def write_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def zipped(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()))


def labelled(text: str, *acts: str, **more: str) -> dict[str, Any]:
    return {"sender": "SENDER_CUSTOMER", "text": text, "acts": list(acts), **more}


def project(folder: Path) -> Path:
    write_rows(folder / "messages.jsonl", [labelled("Late again", "complaint")])
    history = {
        "customer_id": "h1",
        "interactions": [
            {"interaction_id": "1", "sender": "SENDER_CUSTOMER", "text": "Thanks, it works"},
            {"interaction_id": "2", "sender": "SENDER_CUSTOMER", "rating": {"value": 5}},
        ],
    }
    write_rows(folder / "rated" / "histories.jsonl", [{"history": history}])
    row = {"customer_id": "h1", "interaction_id": "1", "acts": ["gratitude", "resolution"]}
    write_rows(folder / "rated" / "acts.jsonl", [row])
    reference = {"ref": "xci:0", "sender": "SENDER_CUSTOMER", "acts": [], "source": "x"}
    write_rows(folder / "references.jsonl", [{**reference, "licence": "MIT"}])
    for side, references in (("brand", []), ("customer", ["xci:0", "mdg:0"])):
        acts = len(acts_of(Party[side.upper()]))
        (folder / f"soft_{side}.refs").write_text("\n".join(references), encoding="utf-8")
        levels = np.arange(len(references) * acts, dtype=np.uint8)
        (folder / f"soft_{side}.u8").write_bytes(levels.tobytes())
        write_judgements(folder, Party[side.upper()], "Late again" if references else None)
    (folder / "neighbours.tsv").write_text("late\ttardy\n", encoding="utf-8")
    return folder


def write_judgements(folder: Path, party: Party, text: str | None) -> None:
    """A teacher's judgements of a text and its three variants: 0, 1, 2 … in steps of 1/200."""
    keys = np.array([] if text is None else [text_key(text)], dtype="<u4")
    levels = np.arange(len(keys) * 4 * len(acts_of(party)), dtype=np.uint8)
    name = f"variants_{party.name.lower()}"
    (folder / f"{name}.keys.u32").write_bytes(keys.tobytes())
    (folder / f"{name}.u8").write_bytes(levels.tobytes())


def sources(folder: Path) -> Path:
    write_rows(
        folder / "acts" / "train.jsonl", [labelled("Ours", source="written for this project")]
    )
    zipped(folder / "public" / "ibm_twitter_care.jsonl.gz", "")
    zipped(folder / "public" / "xci_complaints.csv.gz", "tweet\nat the gate\n")
    zipped(folder / "public" / "sap_travel.csv.gz", "Description\n")
    zipped(folder / "public" / "multidogo_customer_sentences.tsv.gz", "a\tb\ton hold\n")
    zipped(folder / "public" / "goemotions_train.tsv.gz", "")
    return folder


def test_messages_come_from_the_project_its_histories_and_the_sources(tmp_path: Path) -> None:
    found = gather(project(tmp_path / "project"), sources(tmp_path / "data"))
    assert {m.text: m.acts for m in found.messages} == {
        "Late again": {"complaint"},
        "Thanks, it works": {"gratitude", "resolution"},
        "at the gate": set(),
    }
    histories = next(m for m in found.messages if m.text == "Thanks, it works")
    assert histories.key == "h1/1"
    assert [origin["messages"] for origin in found.origins] == [1, 1, 0, 1]


def test_a_text_with_labels_is_not_learnt_softly_too(tmp_path: Path) -> None:
    soft = gather(project(tmp_path / "project"), sources(tmp_path / "data")).soft[Party.CUSTOMER]
    assert soft.texts[3:] == ("on hold",)
    assert soft.sources == ("variant", "variant", "variant", "mdg")
    assert soft.probabilities[3] == pytest.approx(np.arange(ACTS, 2 * ACTS) / 200)


def test_a_message_brings_its_variants_with_a_teachers_judgements(tmp_path: Path) -> None:
    found = gather(project(tmp_path), None)
    soft = found.soft[Party.CUSTOMER]
    neighbours = {"late": ("tardy",)}
    assert soft.texts == tuple(variant("Late again", number, neighbours) for number in range(3))
    assert soft.origins == ("Late again",) * 3
    levels = np.arange(4 * ACTS).reshape(4, ACTS) / 200
    assert soft.probabilities == pytest.approx(levels[1:])
    assert list(found.readings[Party.CUSTOMER]) == ["Late again"]
    assert found.readings[Party.CUSTOMER]["Late again"] == pytest.approx(levels[0])


def test_a_message_that_has_changed_since_has_no_variants(tmp_path: Path) -> None:
    folder = project(tmp_path)
    write_rows(folder / "messages.jsonl", [labelled("Late once more", "complaint")])
    found = gather(folder, None)
    assert not found.soft[Party.CUSTOMER].texts
    assert not found.readings[Party.CUSTOMER]


def test_a_reference_without_its_text_is_named(tmp_path: Path) -> None:
    data = sources(tmp_path / "data")
    zipped(data / "public" / "xci_complaints.csv.gz", "tweet\n")
    with pytest.raises(ArtefactError, match="xci:0"):
        gather(project(tmp_path / "project"), data)
