"""An order that depends on what is said, when, and to what, and on ids only where nothing else can.

Interactions of one moment and the same content can still differ in what they answer, in who
answers them and in what stands in their thread. Their *labels* take that in, round by round, until
nothing more is told apart (the refinement of Weisfeiler and Leman): first as far as it was known at
their moment, so that what comes later never turns the order of what it can be told apart without;
then with all that came later. What is left alike is alike in every respect; then the smallest id
takes the lead, and labels are refined again. So many copies of one conversation at one moment that
this would take long are left to their ids.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

_MOST_LEADS: Final = 50
_NOTHING: Final = -1


@dataclass(frozen=True, slots=True)
class Ties:
    """What binds the items of a list together.

    Attributes:
        parents: Place of the item that each answers, or None.
        groups: What each stands in together with others, or None.
    """

    parents: Sequence[int | None]
    groups: Sequence[Hashable | None]


@dataclass(frozen=True, slots=True)
class _View:
    """What of the ties is looked at.

    Attributes:
        parents: Place of the item that each answers, or None.
        children: Places of the items that answer each.
        groups: What each stands in together with others, or None.
        before: Places of what came last before each in its group.
    """

    parents: Sequence[int | None]
    children: Sequence[Sequence[int]]
    groups: Sequence[Hashable | None]
    before: Sequence[Sequence[int]]


def canonical_order(
    moments: Sequence[int], contents: Sequence[tuple[Any, ...]], ids: Sequence[str], ties: Ties
) -> list[int]:
    """Places of the items in canonical order.

    First by moment; within one what is answered before its answer; then by content; then by ties;
    then by id.
    """
    depths = _depths(moments, ties.parents)
    labels = _ranks(zip(moments, depths, contents, strict=True))
    if len(set(labels)) < len(labels):
        labels = _refined(labels, _known_then(moments, ties))
        everything = _known_later(ties)
        labels = _refined(labels, everything)
        for _ in range(_MOST_LEADS):
            lead = _to_lead(labels, ids, ties)
            if lead is None:
                break
            ahead = [2 * label + (place != lead) for place, label in enumerate(labels)]
            labels = _refined(_ranks(ahead), everything)
    return sorted(range(len(ids)), key=lambda place: (labels[place], ids[place]))


def _known_then(moments: Sequence[int], ties: Ties) -> _View:
    """The ties as far as they were known at each item's own moment."""
    parents = [
        None if parent is None or moments[parent] > moments[place] else parent
        for place, parent in enumerate(ties.parents)
    ]
    at_once = [
        None if parent is None or moments[parent] != moments[place] else parent
        for place, parent in enumerate(parents)
    ]
    blocks: dict[Hashable, dict[int, list[int]]] = {}
    for place in sorted(range(len(moments)), key=moments.__getitem__):
        group = ties.groups[place]
        if group is not None:
            blocks.setdefault(group, {}).setdefault(moments[place], []).append(place)
    before: list[Sequence[int]] = [()] * len(moments)
    groups: list[Hashable | None] = [None] * len(moments)
    for group, by_moment in blocks.items():
        last: Sequence[int] = ()
        for moment, block in by_moment.items():
            for place in block:
                before[place] = last
                groups[place] = (group, moment)
            last = block
    return _View(parents, _children(at_once), groups, before)


def _known_later(ties: Ties) -> _View:
    """All ties."""
    nothing: list[Sequence[int]] = [()] * len(ties.parents)
    return _View(ties.parents, _children(ties.parents), ties.groups, nothing)


def _children(parents: Sequence[int | None]) -> list[list[int]]:
    children: list[list[int]] = [[] for _ in parents]
    for place, parent in enumerate(parents):
        if parent is not None:
            children[parent].append(place)
    return children


def _ranks(keys: Iterable[Any]) -> list[int]:
    """The place of each key among all distinct ones."""
    listed = list(keys)
    rank = {key: index for index, key in enumerate(sorted(set(listed)))}
    return [rank[key] for key in listed]


def _refined(labels: list[int], view: _View) -> list[int]:
    """Labels that tell apart whatever the view tells apart; their order among others stays."""
    while True:
        members: dict[Hashable, list[int]] = {}
        for group, label in zip(view.groups, labels, strict=True):
            members.setdefault(group, []).append(label)
        members.pop(None, None)
        within = [tuple(sorted(found)) for found in members.values()]
        ranks = dict(zip(members, _ranks(within), strict=True))
        finer = _ranks(
            (
                label,
                _NOTHING if parent is None else labels[parent],
                tuple(sorted([labels[child] for child in children])),
                min([labels[place] for place in before], default=_NOTHING),
                ranks.get(group, _NOTHING),
            )
            for label, parent, children, before, group in zip(
                labels, view.parents, view.children, view.before, view.groups, strict=True
            )
        )
        if max(finer, default=0) == max(labels, default=0):
            return finer
        labels = finer


def _to_lead(labels: list[int], ids: Sequence[str], ties: Ties) -> int | None:
    """The smallest id among the first that are alike but bound to different items, if any are."""
    answered = {parent for parent in ties.parents if parent is not None}
    sizes = Counter(ties.groups)
    alike: dict[int, list[int]] = {}
    for place, label in enumerate(labels):
        alike.setdefault(label, []).append(place)
    for _, places in sorted(alike.items()):
        groups = [g if sizes[g := ties.groups[p]] > 1 else None for p in places]
        bonds = {(ties.parents[p], g) for p, g in zip(places, groups, strict=True)}
        if len(places) > 1 and (len(bonds) > 1 or not answered.isdisjoint(places)):
            return min(places, key=lambda place: ids[place])
    return None


def _depths(moments: Sequence[int], parents: Sequence[int | None]) -> list[int]:
    """How many answers deep each item is within its own moment; all of a circle are at 0."""
    depths: dict[int, int] = {}
    for start in range(len(moments)):
        way: dict[int, None] = {}
        here: int | None = start
        while here is not None and here not in depths and here not in way:
            way[here] = None
            parent = parents[here]
            here = parent if parent is not None and moments[parent] == moments[here] else None
        chain = list(way)
        if here in way:
            begin = chain.index(here)
            depths.update(dict.fromkeys(chain[begin:], 0))
            del chain[begin:]
        depth = -1 if here is None else depths[here]
        for place in reversed(chain):
            depth += 1
            depths[place] = depth
    return [depths[place] for place in range(len(moments))]
