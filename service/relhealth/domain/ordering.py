"""An order that depends on what is said, when, and to what, and on ids only where nothing else can.

Interactions of one moment and the same content can still differ in what they answer, in who
answers them and in what stands in their thread. That is learnt moment by moment, so that what comes
later never turns the order of what is told apart without it.

Where what is still alike is bound to different items, as are four messages in two threads, one
takes the lead, and what is bound to it is told apart from the rest. At that moment it is all the
same which one; so what came later may choose it, the earliest moment that tells them apart before
any after it, and the smallest id where none does.

Both are limited by the items they look at, not by the clock: what long chains of one message, or
many choices, would need beyond that is left to ids, the same in any order of the input. So is what
refinement takes to be alike though it is not: it takes many copies of one message, bound crosswise,
for that.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import chain
from typing import Any, Final

from relhealth.domain.refinement import Classes, Ties, Work, grouped

# Items looked at, for refinement and as many again for choices: about 0.3 s each at 5,000 items.
# A conversation of 2,500 messages that stands in two threads takes about 140,000 and 35,000.
_MOST_WORK: Final = 400_000
_MOST_WORK_PER_ITEM: Final = 20


def canonical_order(
    moments: Sequence[int], contents: Sequence[tuple[Any, ...]], ids: Sequence[str], ties: Ties
) -> list[int]:
    """Places of the items in canonical order.

    First by moment; within one what is answered before its answer; then by content; then by ties;
    then by id.
    """
    depths = _depths(moments, ties.parents)
    said = list(zip(moments, depths, contents, strict=True))
    classes = grouped(range(len(said)), said)
    if len(classes) == len(said):
        return [place for places in classes for place in places]
    labels = _told_apart(classes, moments, ids, ties)
    return sorted(range(len(ids)), key=lambda place: (labels[place], ids[place]))


def _told_apart(
    alike: Sequence[Sequence[int]], moments: Sequence[int], ids: Sequence[str], ties: Ties
) -> Sequence[int]:
    """Labels in canonical order; only what ids alone can put in order shares one."""
    classes = Classes(alike, ties, _most_work(len(ids)))
    blocks = grouped(range(len(moments)), moments)
    choice: _Choice | None = None
    for index, places in enumerate(blocks):
        classes.learn(places)
        while (undecided := classes.undecided()) is not None:
            if choice is None:
                choice = _Choice(alike, ties, blocks, ids)
            classes.lead(choice.ahead(undecided, classes, index))
    return classes.labels


def _most_work(count: int) -> Work:
    """Of refinement, and again of all choices.

    Choices look at what came later; so they take nothing from what refinement may still do.
    """
    return Work(max(_MOST_WORK, _MOST_WORK_PER_ITEM * count))


class _Choice:
    """Which of the items that are alike at a moment takes the lead of the others."""

    def __init__(
        self,
        alike: Sequence[Sequence[int]],
        ties: Ties,
        blocks: Sequence[Sequence[int]],
        ids: Sequence[str],
    ) -> None:
        self._ties = ties
        self._blocks = blocks
        self._ids = ids
        self._work = _most_work(len(ids))
        self._ever = self._known(alike, len(blocks))

    def ahead(self, alike: Sequence[int], then: Classes, moment: int) -> Sequence[int]:
        """The one that leads; all, in the order of their ids, where that would take long."""
        if self._work.is_spent:
            labels = self._ever.labels
            return sorted(alike, key=lambda place: (labels[place], self._ids[place]))
        lead = min(self._first(alike, then, moment), key=self._ids.__getitem__)
        self._ever.lead([lead])
        return [lead]

    def _first(self, alike: Sequence[int], then: Classes, moment: int) -> Sequence[int]:
        """The first by what came later, as soon as it tells them apart.

        Moment by moment, so that nothing after the one that does is of any account.
        """
        moments = moment + 1
        while not self._work.is_spent and len({self._ever.labels[place] for place in alike}) > 1:
            moments = bisect_left(
                range(len(self._blocks) + 1),
                True,
                lo=moments + 1,
                key=lambda count: len(set(self._labels(alike, then, count))) > 1,
            )
            labels = self._labels(alike, then, moments)
            least = min(labels)
            alike = [place for place, label in zip(alike, labels, strict=True) if label == least]
        return alike

    def _labels(self, places: Sequence[int], then: Classes, moments: int) -> list[int]:
        labels = self._known(then.in_order(), moments).labels
        return [labels[place] for place in places]

    def _known(self, classes: Sequence[Sequence[int]], moments: int) -> Classes:
        """The classes as what was known after so many moments tells them apart."""
        self._work.spend(len(self._ids))
        known = Classes(classes, self._ties, self._work)
        known.learn(chain.from_iterable(self._blocks[:moments]))
        return known


def _depths(moments: Sequence[int], parents: Sequence[int | None]) -> list[int]:
    """How many answers deep each item is within its moment; below 0 in circles, by their length."""
    depths: dict[int, int] = {}
    for start in range(len(moments)):
        way: dict[int, None] = {}
        here: int | None = start
        while here is not None and here not in depths and here not in way:
            way[here] = None
            parent = parents[here]
            here = parent if parent is not None and moments[parent] == moments[here] else None
        path = list(way)
        if here in way:
            begin = path.index(here)
            depths.update(dict.fromkeys(path[begin:], begin - len(path)))
            del path[begin:]
        depth = -1 if here is None else depths[here]
        for place in reversed(path):
            depth += 1
            depths[place] = depth
    return [depths[place] for place in range(len(moments))]
