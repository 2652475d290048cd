"""Law 6. Followers change nothing; ids change only their echoes.

Compared are the bytes of the whole response, with and without evidence.
"""

from __future__ import annotations

import pickle
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from properties.histories import Told, crowded, histories
from properties.judging import LAW, Judge, history_of, judges
from relhealth.domain.history import History, Interaction
from relhealth.domain.score import RelationshipScore
from relhealth.scoring.options import ScoreOptions


def _score(judge: Judge, history: History, as_of_us: int) -> RelationshipScore:
    return judge.scorer().score(history, ScoreOptions(as_of_us, with_evidence=True))


@LAW
@given(judge=judges(), told=histories(), followers=st.lists(st.integers(0, 10**8), min_size=12))
def test_audience_size_changes_no_byte(judge: Judge, told: Told, followers: list[int]) -> None:
    famous = [
        replace(item, audience_size=size) for item, size in zip(told.items, followers, strict=False)
    ]
    plain = _score(judge, history_of(told.items), told.as_of_us)
    assert pickle.dumps(_score(judge, history_of(famous), told.as_of_us)) == pickle.dumps(plain)


def _renamed(items: list[Interaction], names: dict[str, str]) -> list[Interaction]:
    threads = {"one": "z-thread", "two": "a-thread", None: None}
    return [
        replace(
            item,
            interaction_id=names[item.interaction_id],
            in_reply_to_id=None if item.in_reply_to_id is None else names[item.in_reply_to_id],
            thread_id=threads[item.thread_id],
        )
        for item in items
    ]


@LAW
@given(judge=judges(), told=st.one_of(histories(least=2), crowded()), data=st.data())
def test_ids_change_only_their_echoes(judge: Judge, told: Told, data: st.DataObject) -> None:
    """All ids change, those of threads too, and with them the order among equals."""
    ids = [item.interaction_id for item in told.items]
    names = dict(zip(ids, data.draw(st.permutations([f"id-{i}" for i in ids])), strict=True))
    plain = _score(judge, history_of(told.items), told.as_of_us)
    history = History.of("other brand", "another", "", _renamed(told.items, names))
    other = _score(judge, history, told.as_of_us)
    echoes = {"ids": plain.ids, "brand_id": plain.brand_id, "customer_id": plain.customer_id}
    assert other._replace(**echoes) == plain
