"""An order that depends on what is said, when, and to what, and on ids only where nothing else can.

Interactions of one moment and the same content can still differ in what they answer, in who
answers them and in what stands in their thread. Their *labels* take that in, round by round, until
nothing more is told apart (the refinement of Weisfeiler and Leman). What is left alike is alike in
every respect; then the smallest id takes the lead, and labels are refined again. So many copies of
one conversation at one moment that this would take long are left to their ids.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

_MOST_LEADS: Final = 50


@dataclass(frozen=True, slots=True)
class Ties:
    """What binds the items of a list together.

    Attributes:
        parents: Place of the item that each answers, or None.
        groups: What each stands in together with others, or None.
    """

    parents: Sequence[int | None]
    groups: Sequence[Hashable | None]


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
        labels = _refined(labels, ties)
        for _ in range(_MOST_LEADS):
            lead = _to_lead(labels, ids, ties)
            if lead is None:
                break
            ahead = [2 * label + (place != lead) for place, label in enumerate(labels)]
            labels = _refined(_ranks(ahead), ties)
    return sorted(range(len(ids)), key=lambda place: (labels[place], ids[place]))


def _ranks(keys: Iterable[Any]) -> list[int]:
    """The place of each key among all distinct ones."""
    listed = list(keys)
    rank = {key: index for index, key in enumerate(sorted(set(listed)))}
    return [rank[key] for key in listed]


def _refined(labels: list[int], ties: Ties) -> list[int]:
    """Labels that tell apart whatever the ties tell apart; their order among others stays."""
    while True:
        children: list[list[int]] = [[] for _ in labels]
        members: dict[Hashable, list[int]] = {}
        for place, label in enumerate(labels):
            parent, group = ties.parents[place], ties.groups[place]
            if parent is not None:
                children[parent].append(label)
            if group is not None:
                members.setdefault(group, []).append(label)
        within = {group: tuple(sorted(found)) for group, found in members.items()}
        group_ranks = dict(zip(within, _ranks(within.values()), strict=True))
        finer = _ranks(
            (
                label,
                -1 if (parent := ties.parents[place]) is None else labels[parent],
                tuple(sorted(children[place])),
                -1 if (group := ties.groups[place]) is None else group_ranks[group],
            )
            for place, label in enumerate(labels)
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
