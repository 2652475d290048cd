"""Items in ordered classes that ties tell apart, round by round, until nothing more is told apart.

The refinement of Weisfeiler and Leman: what is of one class can still differ in the classes of what
it answers, of what answers it and of what stands in its group. Only what can have changed is looked
at again, so that ties which are learnt bit by bit cost about as much as all at once.

A chain of items that are alike takes a round for every two of them, and each round looks at all
that are left. So work is counted, and refinement ends with the round in which it is spent: what a
round does, and how much work that is, depend neither on ids nor on where items stand in the list.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import groupby
from typing import Any, Final

_NOTHING: Final = -1
# Reading who is in a group takes a few hundredths of what a look at an item does, for each of them.
_MEMBERS_PER_LOOK: Final = 50


@dataclass(frozen=True, slots=True)
class Ties:
    """What binds the items of a list together.

    Attributes:
        parents: Place of the item that each answers, or None.
        groups: What each stands in together with others, or None.
    """

    parents: Sequence[int | None]
    groups: Sequence[Hashable | None]


class Work:
    """How many items may still be looked at, for one purpose.

    Attributes:
        left: How many; below 0 after the round in which it was spent.
    """

    __slots__ = ("left",)

    def __init__(self, items: int) -> None:
        self.left = items

    @property
    def is_spent(self) -> bool:
        """Whether nothing more may be begun."""
        return self.left <= 0

    def spend(self, items: int) -> None:
        """Takes what was looked at from what is left."""
        self.left -= items


class Classes:
    """Items in ordered classes, told apart by the ties that were learnt so far.

    Once the work is spent nothing more is learnt, and nothing is undecided.

    Attributes:
        labels: Of each item, how many are in its class and in those before, less one.
    """

    __slots__ = (
        "_children", "_doubtful", "_is_known", "_members", "_places", "_ties", "_watched", "_work",
        "labels",
    )  # fmt: skip

    def __init__(self, classes: Iterable[Sequence[int]], ties: Ties, work: Work) -> None:
        count = len(ties.parents)
        self.labels = [_NOTHING] * count
        self._places: dict[int, Sequence[int]] = {}
        self._ties = ties
        self._work = work
        self._children: list[list[int]] = [[] for _ in range(count)]
        self._is_known = [False] * count
        self._members: dict[Hashable, list[int]] = {}
        self._watched: dict[Hashable, list[int]] = {}
        self._doubtful: list[int] = []
        self._put(0, classes)

    def in_order(self) -> list[Sequence[int]]:
        """The places of the items of each class."""
        return [self._places[label] for label in sorted(self._places)]

    def learn(self, places: Iterable[int]) -> None:
        """Takes in what binds these items to one another and to those learnt before."""
        if self._work.is_spent:
            return
        new = list(places)
        for place in new:
            self._is_known[place] = True
            parent = self._ties.parents[place]
            if parent is not None:
                self._children[parent].append(place)
            group = self._ties.groups[place]
            if group is not None:
                self._members.setdefault(group, []).append(place)
                self._watched.setdefault(group, []).append(place)
        self._refine(self._around(new).union(new))

    def undecided(self) -> Sequence[int] | None:
        """The first that are alike but bound to different items, if any are."""
        while self._doubtful and not self._work.is_spent:
            places = self._places[self._doubtful[0]]
            if len(places) > 1 and self._are_bound_apart(places):
                return places
            heappop(self._doubtful)
        return None

    def lead(self, ahead: Sequence[int]) -> None:
        """Puts some items of one class before its others, in this order."""
        label = self.labels[ahead[0]]
        self._work.spend(len(self._places[label]))
        others = sorted(set(self._places[label]).difference(ahead))
        parts = [[place] for place in ahead] + ([others] if others else [])
        self._refine(self._around(self._split(label, parts)))

    def _refine(self, touched: Iterable[int]) -> None:
        """Tells apart what it can where something about these items is new, in whole rounds."""
        while not self._work.is_spent and (dirty := {self.labels[place] for place in touched}):
            alike = {label: p for label in dirty if len(p := self._places[label]) > 1}
            ranks = self._ranks_of_groups(alike.values())
            parts = {label: self._parts(places, ranks) for label, places in alike.items()}
            moved = [p for label, found in parts.items() for p in self._split(label, found)]
            touched = self._around(moved)

    def _ranks_of_groups(self, classes: Iterable[Sequence[int]]) -> dict[Hashable, int]:
        """Ranks, by who is in them, of the groups that can tell apart what is in a class."""
        apart = [places for places in classes if self._are_of_many(places)]
        groups = {self._ties.groups[place] for places in apart for place in places} - {None}
        labels = self.labels
        self._work.spend(sum(len(self._members[g]) for g in groups) // _MEMBERS_PER_LOOK)
        who = {g: tuple(sorted([labels[p] for p in self._members[g]])) for g in groups}
        rank = {members: index for index, members in enumerate(sorted(set(who.values())))}
        return {group: rank[members] for group, members in who.items()}

    def _parts(self, places: Sequence[int], ranks: dict[Hashable, int]) -> list[list[int]]:
        """The items of a class by what tells them apart."""
        self._work.spend(sum(1 + len(self._children[place]) for place in places))
        return grouped(places, {place: self._key(place, ranks) for place in places})

    def _key(self, place: int, ranks: dict[Hashable, int]) -> tuple[Any, ...]:
        labels, groups = self.labels, self._ties.groups
        parent = self._known_parent(place)
        children = self._children[place]
        return (
            _NOTHING if parent is None else labels[parent],
            tuple(sorted([labels[child] for child in children])),
            ranks.get(groups[place], _NOTHING),
            parent is not None and groups[parent] == groups[place],
        )

    def _split(self, label: int, parts: Sequence[Sequence[int]]) -> list[int]:
        """Puts parts in the place of a class; the items whose label that changes."""
        self._put(label + 1 - sum(map(len, parts)), parts)
        for places in parts:
            if len(places) > 1:
                heappush(self._doubtful, self.labels[places[0]])
        return [place for places in parts[:-1] for place in places]

    def _put(self, begin: int, classes: Iterable[Sequence[int]]) -> None:
        """Makes classes from where `begin` items are in those before."""
        for places in classes:
            begin += len(places)
            label = begin - 1
            self._places[label] = places
            for place in places:
                self.labels[place] = label

    def _are_bound_apart(self, places: Sequence[int]) -> bool:
        """Whether items that are alike answer, are answered by or stand with different ones."""
        if self._children[places[0]]:
            return True
        bonds = (self._bond(place) for place in places)
        first = next(bonds)
        return any(bond != first for bond in bonds)

    def _bond(self, place: int) -> tuple[int | None, Hashable | None]:
        group = self._ties.groups[place]
        is_alone = len(self._members.get(group, ())) <= 1
        return self._known_parent(place), None if is_alone else group

    def _known_parent(self, place: int) -> int | None:
        parent = self._ties.parents[place]
        return parent if parent is not None and self._is_known[parent] else None

    def _bound(self, place: int) -> list[int]:
        """What it answers and what answers it."""
        parent = self._known_parent(place)
        return self._children[place] + ([] if parent is None else [parent])

    def _around(self, places: Sequence[int]) -> set[int]:
        """All that is bound to some items or stands in their groups."""
        around = {other for place in places for other in self._bound(place)}
        around.update(self._told_by({self._ties.groups[place] for place in places}))
        self._work.spend(len(around))
        return around

    def _told_by(self, groups: Iterable[Hashable | None]) -> list[int]:
        """Those of some groups that are alike with others who are not in theirs."""
        watched = [self._watched[group] for group in groups if group in self._watched]
        labels = {self.labels[place] for places in watched for place in places}
        is_apart = {label: self._are_of_many(self._places[label]) for label in labels}
        for places in watched:
            # Classes only ever get smaller: what is alike within the group alone stays so.
            places[:] = [place for place in places if is_apart[self.labels[place]]]
        return [place for places in watched for place in places]

    def _are_of_many(self, places: Sequence[int]) -> bool:
        """Whether items are of more than one group."""
        groups = self._ties.groups
        return any(groups[place] != groups[places[0]] for place in places)


def grouped(places: Iterable[int], keys: Mapping[int, Any] | Sequence[Any]) -> list[list[int]]:
    """Places in the order of their keys, those of equal keys together."""
    in_order = sorted(places, key=keys.__getitem__)
    return [list(alike) for _, alike in groupby(in_order, keys.__getitem__)]
