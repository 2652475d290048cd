"""Law 8. The same history gives the same bytes: in any order of input, in any process."""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from properties.histories import Told, crowded, histories
from properties.judging import LAW, Judge, history_of, judges
from relhealth.scoring.options import ScoreOptions

_TESTS = Path(__file__).parents[1]
_IN_A_PROCESS = """
import hashlib
from properties.test_law_8_order import digest_of_many
print(digest_of_many())
"""


@LAW
@given(judge=judges(), told=st.one_of(histories(least=2), crowded()), data=st.data())
def test_any_order_of_input_gives_the_same_bytes(
    judge: Judge, told: Told, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(told.items))
    assert history_of(list(shuffled)) == history_of(told.items)
    scores = [
        judge.score(list(items), told.as_of_us, with_evidence=True)
        for items in (told.items, shuffled)
    ]
    assert pickle.dumps(scores[0]) == pickle.dumps(scores[1])


@LAW
@given(judge=judges(), told=st.one_of(histories(least=2), crowded()))
def test_what_lies_after_the_moment_changes_nothing_but_its_count(judge: Judge, told: Told) -> None:
    """A history that was read later and cut scores as the history did then."""
    for item in told.items:
        then = [i for i in told.items if i.sent_us <= item.sent_us]
        known = {i.interaction_id for i in then}
        if any(i.in_reply_to_id is not None and i.in_reply_to_id not in known for i in then):
            continue
        options = ScoreOptions(item.sent_us, with_evidence=True)
        cut = judge.scorer().score(history_of(told.items), options)
        whole = judge.scorer().score(history_of(then), options)
        assert cut.ignored_after_as_of_count == len(told.items) - len(then)
        assert (cut.health, cut.traits, cut.stance) == (whole.health, whole.traits, whole.stance)


def digest_of_many() -> str:
    """Of the scores of many generated histories, the same ones every time."""
    digest = hashlib.sha256()

    @LAW
    @given(judge=judges(), told=histories(most=8))
    def take(judge: Judge, told: Told) -> None:
        score = judge.score(told.items, told.as_of_us, with_evidence=True)
        digest.update(repr(score).encode())

    take._hypothesis_internal_use_seed = 1  # type: ignore[attr-defined]
    take()
    return digest.hexdigest()


def test_another_process_gives_the_same_bytes() -> None:
    """With other hash seeds, so that no set or map can leave its order in the sums."""
    digests = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(_TESTS)}
        environment.pop("RELHEALTH_LAWS", None)
        command = [sys.executable, "-c", _IN_A_PROCESS]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        digests.add(done.stdout.strip())
    assert len(digests) == 1
    assert all(len(d) == len(hashlib.sha256().hexdigest()) for d in digests)
