"""Which of the lines before a line is like it, without comparing it with all of them."""

from __future__ import annotations

import math
from typing import Final

# Keeps a rounding error from asking for one feature too many in common.
_ROUNDING: Final = 1e-9


class Likeness:
    """Sets of features seen so far, by place, and which of them a new set is like.

    Two sets are alike from a Jaccard similarity of `least` on; an empty one is like none. Each of
    two alike then holds at least the share `least` of the other's features. So among any
    `n - least * n + 1` of a set's features is one that the other holds too, and only the sets that
    hold one of the rarest so many need to be compared.
    """

    def __init__(self, least: float) -> None:
        self._least = least
        self._latest: dict[frozenset[str], int] = {}
        # For each feature the set that holds it or, of several, all, the one seen last at the end.
        self._holders: dict[str, frozenset[str] | dict[frozenset[str], None]] = {}
        self._held: dict[str, int] = {}  # by how many sets each feature is held

    def add(self, features: frozenset[str], position: int) -> None:
        """Takes in the features of a line; positions ascend wherever `not_before` is asked for."""
        holders, held = self._holders, self._held
        if features in self._latest:
            for feature in features:
                holding = holders[feature]
                if isinstance(holding, dict):
                    del holding[features]
                    holding[features] = None
        else:
            for feature in features:
                holding = holders.setdefault(feature, features)
                if holding is features:
                    held[feature] = 1
                    continue
                held[feature] += 1
                if isinstance(holding, dict):
                    holding[features] = None
                else:
                    holders[feature] = {holding: None, features: None}
        self._latest[features] = position

    def find(self, features: frozenset[str], not_before: int = 0) -> int | None:
        """The place of a line like this one at or after `not_before`; the same line first."""
        latest = self._latest
        same = latest.get(features)
        if features and same is not None and same >= not_before:
            return same
        size = len(features)
        unlike: set[frozenset[str]] = set()  # a line that shares many features is compared once
        for feature in self._rarest(features):
            holding = self._holders[feature]
            others = (holding,) if isinstance(holding, frozenset) else reversed(holding)
            for other in others:
                position = latest[other]
                if position < not_before:
                    break
                if other in unlike:
                    continue
                if self._alike(features, size, other):
                    return position
                unlike.add(other)
        return None

    def _alike(self, features: frozenset[str], size: int, other: frozenset[str]) -> bool:
        # Sets of very different sizes cannot be alike, whatever they hold.
        larger = len(other)
        smaller, larger = (size, larger) if size < larger else (larger, size)
        if smaller / larger < self._least:
            return False
        common = len(features & other)
        return common / (smaller + larger - common) >= self._least

    def _rarest(self, features: frozenset[str]) -> list[str]:
        """Those seen before among the rarest of which a set that is alike must hold one."""
        held = self._held
        seen = [(held[feature], feature) for feature in features if feature in held]
        in_common = math.ceil(self._least * len(features) - _ROUNDING)
        few = len(seen) - in_common + 1  # those never seen are the rarest, and held by none
        return [feature for _, feature in sorted(seen)[:few]] if few > 0 else []
