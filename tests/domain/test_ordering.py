"""The canonical order: moments, answers, content, ties, and ids last; circles and crowds too."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import SupportsIndex, overload

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relhealth.domain.ordering import canonical_order
from relhealth.domain.refinement import Ties

SAME = ("hello",)


@dataclass(frozen=True)
class Items:
    """What an order puts in order, of few contents; ids go by the place."""

    moments: list[int]
    parents: list[int | None]
    groups: list[int | None]
    contents: list[str]

    def at(self, places: Sequence[int]) -> Items:
        """These places; groups are numbered as they appear."""
        moved = {old: new for new, old in enumerate(places)}
        numbers: dict[int, int] = {}
        groups = [self.groups[p] for p in places]
        return Items(
            [self.moments[p] for p in places],
            [None if (a := self.parents[p]) is None else moved.get(a) for p in places],
            [None if g is None else numbers.setdefault(g, len(numbers)) for g in groups],
            [self.contents[p] for p in places],
        )

    def until(self, moment: int) -> Items:
        return self.at([p for p, m in enumerate(self.moments) if m <= moment])

    def in_order(self) -> Items:
        ids = [f"{place:02}" for place in range(len(self.moments))]
        contents = [(content,) for content in self.contents]
        return self.at(
            canonical_order(self.moments, contents, ids, Ties(self.parents, self.groups))
        )


def alike(
    moments: Sequence[int],
    *,
    parents: dict[int, int] | None = None,
    groups: Sequence[int | None] | None = None,
) -> Items:
    """Items of one content, of which some answer another."""
    count = len(moments)
    answers = parents or {}
    return Items(
        list(moments),
        [answers.get(place) for place in range(count)],
        [None] * count if groups is None else list(groups),
        ["hello"] * count,
    )


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


def test_circles_are_told_apart_by_their_length() -> None:
    circles = alike([0] * 5, parents={0: 1, 1: 0, 2: 3, 3: 4, 4: 2})
    orders = [circles.at(shuffled).in_order() for shuffled in itertools.permutations(range(5))]
    assert all(found == orders[0] for found in orders)


@given(st.permutations(range(6)), st.lists(st.integers(0, 5), min_size=6, max_size=6))
def test_the_order_of_the_input_is_of_no_account(shuffle: list[int], targets: list[int]) -> None:
    ids = "abcdef"
    parents = [None if t == i else t for i, t in enumerate(targets)]
    place = {old: new for new, old in enumerate(shuffle)}
    moved = [parents[old] for old in shuffle]
    again = [None if p is None else place[p] for p in moved]
    assert order("".join(ids[old] for old in shuffle), parents=again) == order(ids, parents=parents)


@pytest.mark.parametrize(
    "items",
    [
        pytest.param(
            alike([0, 0, 0, 0, 1], parents={4: 2}, groups=[0, 1, 0, 1, 1]),
            id="one of four in two threads is answered from the other",
        ),
        pytest.param(
            alike([0, 0, 0, 0, 1, 2], groups=[0, 0, 1, 1, 0, 1]),
            id="one thread goes on, then the other",
        ),
        pytest.param(
            alike([0, 1, 0, 0, 2], parents={0: 4, 1: 3, 4: 1}, groups=[0] * 5),
            id="one of four answers what came after its answer",
        ),
        pytest.param(
            alike([0, 0, 1, 1, 2, 2], parents={2: 0, 3: 1, 4: 0, 5: 3}, groups=[0] * 6),
            id="two are answered, then one of them and the other's answer",
        ),
    ],
)
def test_what_comes_later_does_not_change_what_went_before(items: Items) -> None:
    says_the_same_at_each_moment(items)


def test_what_can_be_told_apart_is_told_apart_without_ids_at_each_moment() -> None:
    for seed in range(2_000):
        items = few_alike(random.Random(seed))
        says_the_same_at_each_moment(items)
        shuffled = random.Random(seed).sample(range(len(items.moments)), len(items.moments))
        assert items.at(shuffled).in_order() == items.in_order(), items


def says_the_same_at_each_moment(items: Items) -> None:
    for moment in items.moments:
        assert items.in_order().until(moment) == items.until(moment).in_order(), items


def few_alike(draw: random.Random) -> Items:
    """Up to nine of few moments, contents and groups, tied in any way, in circles, too."""
    count = draw.randint(2, 9)
    last = draw.choice((0, 1, 1, 2, 3, 5))
    contents = draw.choice(("x", "x", "x", "xy"))
    groups = [*range(draw.randint(1, 4)), *[None] * draw.randint(0, 1)]
    share = draw.random()
    return Items(
        [draw.randint(0, last) for _ in range(count)],
        [draw.randrange(count) if draw.random() < share else None for _ in range(count)],
        [draw.choice(groups) for _ in range(count)],
        [draw.choice(contents) for _ in range(count)],
    )


def test_a_crowd_at_one_moment_takes_no_time() -> None:
    count = 2_000
    ids = [f"{n:04}" for n in range(count)]
    begin = time.process_time()
    for groups in ([str(n) for n in range(count)], [str(n // 2) for n in range(count)]):
        ties = Ties([None] * count, groups)
        assert canonical_order([0] * count, [SAME] * count, ids, ties) == list(range(count))
    assert time.process_time() - begin < 20.0


def test_a_crowd_that_is_told_apart_one_by_one_later_takes_no_time() -> None:
    """Of 400 pairs, one more is told apart at each later moment."""
    count, pairs = 2_000, 400
    later = range(1, count - 2 * pairs + 1)
    groups = [p // 2 for p in range(2 * pairs)] + [p % pairs for p in later]
    begin = time.process_time()
    ordered = alike([0] * (2 * pairs) + list(later), groups=groups).in_order()
    assert ordered.moments == sorted(ordered.moments)
    assert time.process_time() - begin < 20.0


class Counted(list[int | None]):
    """A list that counts how often an item of it is read."""

    reads = 0

    @overload
    def __getitem__(self, index: SupportsIndex) -> int | None: ...
    @overload
    def __getitem__(self, index: slice) -> list[int | None]: ...
    def __getitem__(self, index: SupportsIndex | slice) -> int | list[int | None] | None:
        self.reads += 1
        return super().__getitem__(index)


def chain_and_fours(*, length: int, fours: int) -> Items:
    """A chain of messages alike, from thread to thread by their answers, and sets of four.

    A set stands in two threads, and one of it is answered after the chain: each set needs a choice,
    and for each look at what came later the whole chain can be told apart again from its ends.
    """
    chain = Items(
        [1] * length + [2] * length,
        [None] * length + list(range(length)),
        [*range(length), *range(1, length + 1)],
        ["x"] * length + ["y"] * length,
    )
    for number in range(fours):
        begin, thread = len(chain.moments), length + 1 + 2 * number
        chain.moments.extend((0, 0, 0, 0, 3))
        chain.parents.extend((None, None, None, None, begin))
        chain.groups.extend((thread, thread, thread + 1, thread + 1, None))
        chain.contents.extend([f"four {number}"] * 4 + [f"answer {number}"])
    return chain


@pytest.mark.parametrize(("length", "fours"), [(100, 20), (333, 66), (1_000, 0), (1_667, 333)])
def test_long_chains_alike_and_many_choices_take_limited_work(length: int, fours: int) -> None:
    items = chain_and_fours(length=length, fours=fours)
    parents, groups = Counted(items.parents), Counted(items.groups)
    Items(items.moments, parents, groups, items.contents).in_order()
    assert parents.reads + groups.reads < 2_500_000


@pytest.mark.parametrize(("length", "fours"), [(100, 20), (333, 66), (1_000, 0)])
def test_what_work_is_too_short_for_is_the_same_in_any_order_of_input(
    length: int, fours: int
) -> None:
    items = chain_and_fours(length=length, fours=fours)
    count = len(items.moments)
    ids = [f"{n:04}" for n in random.Random(1).sample(range(count), count)]
    orders = set()
    for seed in range(4):
        shuffled = random.Random(seed).sample(range(count), count) if seed else range(count)
        said = items.at(shuffled)
        shuffled_ids = [ids[place] for place in shuffled]
        contents = [(content,) for content in said.contents]
        places = canonical_order(
            said.moments, contents, shuffled_ids, Ties(said.parents, said.groups)
        )
        orders.add(tuple(shuffled_ids[place] for place in places))
    assert len(orders) == 1


def test_a_conversation_told_twice_is_told_apart_without_ids() -> None:
    """Each message stands in two threads; only the one that leads at first is left to ids."""
    count = 1_000
    items = alike(
        [place // 2 for place in range(count)],
        parents={place: place - 2 for place in range(2, count)},
        groups=[place % 2 for place in range(count)],
    )
    shuffled = random.Random(1).sample(range(count), count)
    assert items.at(shuffled).in_order() == items.in_order()
    assert len(set(items.in_order().groups[::2])) == 1
