"""Which of the lines before a line is like it, without comparing it with all of them."""

from __future__ import annotations

import math
from typing import Any, Final

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
        self._latest: dict[frozenset[Any], int] = {}
        # For each feature the sets that hold it, the one seen last at the end.
        self._holders: dict[Any, dict[frozenset[Any], None]] = {}

    def add(self, features: frozenset[Any], position: int) -> None:
        """Takes in the features of a line; positions ascend wherever `not_before` is asked for."""
        holders = self._holders
        if features in self._latest:
            for feature in features:
                del holders[feature][features]
        self._latest[features] = position
        for feature in features:
            if feature in holders:
                holders[feature][features] = None
            else:
                holders[feature] = {features: None}

    def find(self, features: frozenset[Any], not_before: int = 0) -> int | None:
        """The place of a line like this one at or after `not_before`; the same line first."""
        latest = self._latest
        same = latest.get(features)
        if features and same is not None and same >= not_before:
            return same
        size = len(features)
        for feature in self._rarest(features):
            for other in reversed(self._holders[feature]):
                position = latest[other]
                if position < not_before:
                    break
                if self._alike(features, size, other):
                    return position
        return None

    def _alike(self, features: frozenset[Any], size: int, other: frozenset[Any]) -> bool:
        # Sets of very different sizes cannot be alike, whatever they hold.
        larger = len(other)
        smaller, larger = (size, larger) if size < larger else (larger, size)
        if smaller / larger < self._least:
            return False
        common = len(features & other)
        return common / (smaller + larger - common) >= self._least

    def _rarest(self, features: frozenset[Any]) -> list[Any]:
        """Those seen before among the rarest of which a set that is alike must hold one."""
        holders = self._holders
        seen = [(len(holders[f]), f) for f in features if f in holders]
        in_common = math.ceil(self._least * len(features) - _ROUNDING)
        few = len(seen) - in_common + 1  # those never seen are the rarest, and held by none
        return [feature for _, feature in sorted(seen)[:few]] if few > 0 else []
