"""Law 9. With nothing pending, each trait moves monotonically towards its prior.

How the law is read: *pending* is an open call, a promise that is not yet due, and an episode that
has not ended by the first moment compared.
"""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from properties.histories import MINUTE_US, Told, histories
from properties.judging import LAW, TOLERANCE, Judge, judges
from relhealth.signals.commitments import Fate
from relhealth.signals.scene import Scene


def _is_pending(scene: Scene) -> bool:
    return (
        bool(scene.open_calls())
        or any(c.fate == Fate.OPEN for c in scene.commitments)
        or any(e.ended_us is None for e in scene.episodes)
    )


@LAW
@given(
    judge=judges(),
    told=histories(most=8),
    waits=st.lists(st.integers(1, 400 * 24 * 60), min_size=1, max_size=4),
    settled=st.integers(0, 30),
)
def test_settled_traits_move_towards_their_priors(
    judge: Judge, told: Told, waits: list[int], settled: int
) -> None:
    now_us = told.as_of_us + settled * 24 * 60 * MINUTE_US
    assume(not _is_pending(judge.scene(told.items, now_us)))
    before = judge.score(told.items, now_us)
    for wait in waits:
        now_us += wait * MINUTE_US
        after = judge.score(told.items, now_us)
        for old, new in zip(before.traits, after.traits, strict=True):
            away, closer = old.value - old.prior, new.value - new.prior
            assert away * closer >= -(TOLERANCE**2)  # at the prior only rounding has a sign
            assert abs(closer) <= abs(away) + TOLERANCE
        total = after.health.prior + sum(after.health.contributions)
        assert after.health.value == pytest.approx(total, abs=TOLERANCE)
        before = after
