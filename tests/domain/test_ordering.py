"""The canonical order: moments, answers, content, ties, and ids last; circles and crowds too."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from relhealth.domain.ordering import Ties, canonical_order

SAME = ("hello",)


def order(
    ids: str,
    *,
    moments: list[int] | None = None,
    contents: list[str] | None = None,
    parents: list[int | None] | None = None,
    groups: list[str | None] | None = None,
) -> str:
    """Ids in their order; by default all of one moment, alike and unbound."""
    count = len(ids)
    places = canonical_order(
        moments or [0] * count,
        [SAME] * count if contents is None else [(c,) for c in contents],
        ids,
        Ties(parents or [None] * count, groups or [None] * count),
    )
    return "".join(ids[place] for place in places)


def test_the_moment_comes_first() -> None:
    assert order("abc", moments=[3, 1, 2], contents=["x", "y", "z"]) == "bca"


def test_what_is_answered_comes_before_its_answer() -> None:
    assert order("abc", parents=[1, 2, None], contents=["x", "y", "z"]) == "cba"


def test_content_comes_before_ids() -> None:
    assert order("abc", contents=["z", "y", "x"]) == "cba"


def test_ids_decide_between_what_is_alike() -> None:
    assert order("cab") == "abc"


def test_who_is_answered_is_told_from_who_is_not() -> None:
    """Of two alike messages one has an answer, later: the same one leads whatever its id."""
    moments = [0, 0, 1]
    first = order("abz", moments=moments, parents=[None, None, 0])
    other = order("baz", moments=moments, parents=[None, None, 0])
    assert (first.index("a"), other.index("b")) in ((0, 0), (1, 1))


def test_answers_stand_as_what_they_answer() -> None:
    """Two pairs that are alike: the answers come in the order of what they answer."""
    for ids in ("abxy", "abyx", "bayx"):
        found = order(ids, moments=[0, 0, 1, 1], parents=[None, None, 0, 1])
        answers = {ids[2]: ids[0], ids[3]: ids[1]}
        assert [answers[i] for i in found[2:]] == list(found[:2])


def test_a_circle_has_no_beginning() -> None:
    """a answers b, b answers c, and c answers a: read in from wherever, the order is the same."""
    answers = {"a": "b", "b": "c", "c": "a"}
    orders = {
        order(ids, parents=[ids.index(answers[i]) for i in ids])
        for ids in ("abc", "acb", "bac", "bca", "cab", "cba")
    }
    assert len(orders) == 1


@given(st.permutations(range(6)), st.lists(st.integers(0, 5), min_size=6, max_size=6))
def test_the_order_of_the_input_is_of_no_account(shuffle: list[int], targets: list[int]) -> None:
    ids = "abcdef"
    parents = [None if t == i else t for i, t in enumerate(targets)]
    place = {old: new for new, old in enumerate(shuffle)}
    moved = [parents[old] for old in shuffle]
    again = [None if p is None else place[p] for p in moved]
    assert order("".join(ids[old] for old in shuffle), parents=again) == order(ids, parents=parents)


def test_a_crowd_at_one_moment_takes_no_time() -> None:
    count = 2_000
    ids = [f"{n:04}" for n in range(count)]
    begin = time.process_time()
    for groups in ([str(n) for n in range(count)], [str(n // 2) for n in range(count)]):
        ties = Ties([None] * count, groups)
        assert canonical_order([0] * count, [SAME] * count, ids, ties) == list(range(count))
    assert time.process_time() - begin < 20.0
