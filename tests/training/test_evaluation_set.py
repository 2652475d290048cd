"""What measures the detector and the judgement, and no training run sees."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from relhealth.domain.acts import acts_of
from relhealth.domain.vocabulary import Party
from relhealth.models.locate import artefacts
from relhealth.training.dataset import gather
from relhealth.training.messages import read_messages
from relhealth.training.rated import labelled_reading, load_labels, load_rated

FOLDER = Path(__file__).parents[2] / "models" / "evaluation"
RARE_ACTS = FOLDER / "rare_acts.jsonl"
HISTORIES = FOLDER / "histories"
RATED_FILES = ("histories.jsonl", "ratings.jsonl")
COUNTS = {"rare_acts.jsonl": 900, "letters.jsonl": 280, "notes.jsonl": 260}
LEAST = 18
RARE = {
    Party.BRAND: "ownership deflection overpromise engagement_bait goodwill commitment resolution "
    "empathy redirect explanation promotion",
    Party.CUSTOMER: "forgiveness own_mistake opt_out ultimatum compensation_demand churn_intent "
    "advocacy patience suggestion abuse unresolved",
}


def words(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


def rows(path: Path, party: Party) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line["sender"] == f"SENDER_{party.name}"]


def test_training_shares_no_text_with_them() -> None:
    learnt_from = {words(m.text) for m in gather(artefacts() / "training", None).messages}
    for name, count in COUNTS.items():
        measured_on = {words(m.text) for m in read_messages(FOLDER / name)}
        assert len(measured_on) == count
        assert not learnt_from & measured_on


@pytest.mark.parametrize("party", [Party.BRAND, Party.CUSTOMER])
def test_each_rare_act_has_messages_and_near_misses(party: Party) -> None:
    for column in ("acts", "near_misses"):
        counts = Counter(act for row in rows(RARE_ACTS, party) for act in row[column])
        assert all(counts[act] >= LEAST for act in RARE[party].split())


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("party", [Party.BRAND, Party.CUSTOMER])
def test_acts_are_in_the_order_of_a_reading(name: str, party: Party) -> None:
    acts = acts_of(party)
    for row in rows(FOLDER / name, party):
        near_misses = row.get("near_misses", [])
        for labelled in (row["acts"], near_misses):
            assert labelled == [act for act in acts if act in labelled]
        assert not set(row["acts"]) & set(near_misses)


SHORTEST_OWN_WORDS = 4  # "dm sent" says everybody


def test_training_shares_no_words_with_the_rated_conversations() -> None:
    rated = load_rated(*[HISTORIES / name for name in RATED_FILES])
    said = {words(text) for item in rated for text in item.history.texts}
    learnt_from = {words(m.text) for m in gather(artefacts() / "training", None).messages}
    shared = {text for text in said & learnt_from if len(text.split()) >= SHORTEST_OWN_WORDS}
    assert not shared
    fitted = load_rated(*[artefacts() / "training" / "rated" / n for n in RATED_FILES])
    assert not {i.history.customer_id for i in rated} & {i.history.customer_id for i in fitted}


def test_each_rated_conversation_is_labelled_and_has_two_readers() -> None:
    rated = load_rated(*[HISTORIES / name for name in RATED_FILES])
    labels = load_labels(HISTORIES / "acts.jsonl")
    assert len(rated) == 135
    for item in rated:
        assert sum(item.stances.values()) == 2
        assert labelled_reading(item.history, labels) is not None
