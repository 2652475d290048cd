"""Work on a long history looks often at whether to go on, and stops when told to."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from relhealth.domain.history import History
from relhealth.scoring.actions import ActionOptions, recommend
from relhealth.scoring.change import ChangeOptions, explain_change
from relhealth.scoring.options import ScoreOptions
from relhealth.scoring.scorer import Scorer
from relhealth.scoring.sketch import sketch
from scoring.scripts import at, brand, customer, history, scorer

HOURS = 150
LONG = history(
    *(
        customer(hour, "complaint request: where is my order")
        if hour % 2
        else brand(hour, "apology commitment: it comes tomorrow")
        for hour in range(HOURS)
    )
)
WORKS: dict[str, Callable[[Scorer, History], object]] = {
    "score": lambda s, h: s.score(h, ScoreOptions(at(HOURS), with_evidence=True)),
    "recommend": lambda s, h: recommend(s, h, ActionOptions(at(HOURS))),
    "explain": lambda s, h: explain_change(
        s, h, ChangeOptions(at(HOURS / 2), at(HOURS), trend_point_count=5)
    ),
    "sketch": lambda s, h: sketch(s, h, at(HOURS)),
}


class Left(Exception):  # noqa: N818 - stands for whatever a caller raises
    """Nobody waits any more."""


class Patience:
    """Lasts for some looks."""

    def __init__(self, looks: float) -> None:
        self.looks = 0
        self._most = looks

    def __call__(self) -> None:
        self.looks += 1
        if self.looks > self._most:
            raise Left


@pytest.mark.parametrize("work", WORKS.values(), ids=WORKS)
def test_work_can_be_given_up_at_any_look_and_is_the_same_where_it_is_not(
    work: Callable[[Scorer, History], object],
) -> None:
    endless = Patience(float("inf"))
    assert work(scorer().watched(endless), LONG) == work(scorer(), LONG)
    assert endless.looks >= 7 + HOURS // 64
    for looks in range(0, endless.looks, endless.looks // 5):
        patience = Patience(looks)
        with pytest.raises(Left):
            work(scorer().watched(patience), LONG)
        assert patience.looks == looks + 1


def test_nothing_more_is_read_once_it_is_given_up() -> None:
    given_up = scorer().watched(Patience(1))
    with pytest.raises(Left):
        given_up.read(LONG)
    assert given_up.detector.texts_read == 2 * 64  # type: ignore[attr-defined]


def test_few_characters_are_read_at_once() -> None:
    long = history(*(customer(hour, "x" * 99_000) for hour in range(10)))
    counted = Patience(float("inf"))
    assert scorer().watched(counted).read(long) == scorer().read(long)
    assert counted.looks == 4
    huge = history(customer(0, "x" * 500_000), customer(1, "x"))
    assert scorer().read(huge).unread == (False, False)
