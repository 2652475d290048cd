"""The evaluation messages measure every rare act, and no training run sees them."""

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

FILE = Path(__file__).parents[2] / "models" / "evaluation" / "rare_acts.jsonl"
LEAST = 18
RARE = {
    Party.BRAND: "ownership deflection overpromise engagement_bait goodwill commitment resolution "
    "empathy redirect explanation promotion",
    Party.CUSTOMER: "forgiveness own_mistake opt_out ultimatum compensation_demand churn_intent "
    "advocacy patience suggestion abuse unresolved",
}


def words(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


def rows(party: Party) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line["sender"] == f"SENDER_{party.name}"]


def test_training_shares_no_text_with_it() -> None:
    learnt_from = {words(m.text) for m in gather(artefacts() / "training", None).messages}
    measured_on = {words(m.text) for m in read_messages(FILE)}
    assert len(measured_on) == 900
    assert not learnt_from & measured_on


@pytest.mark.parametrize("party", [Party.BRAND, Party.CUSTOMER])
def test_each_rare_act_has_messages_and_near_misses(party: Party) -> None:
    for column in ("acts", "near_misses"):
        counts = Counter(act for row in rows(party) for act in row[column])
        assert all(counts[act] >= LEAST for act in RARE[party].split())


@pytest.mark.parametrize("party", [Party.BRAND, Party.CUSTOMER])
def test_acts_are_in_the_order_of_a_reading(party: Party) -> None:
    names = acts_of(party)
    for row in rows(party):
        for column in ("acts", "near_misses"):
            assert row[column] == [name for name in names if name in row[column]]
        assert not set(row["acts"]) & set(row["near_misses"])
