"""The evaluation messages measure rare acts, letters and notes, and no training run sees them."""

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

FOLDER = Path(__file__).parents[2] / "models" / "evaluation"
RARE_ACTS = FOLDER / "rare_acts.jsonl"
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
