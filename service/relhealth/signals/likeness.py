"""Which of the lines before a line is like it, without comparing it with all of them."""

from __future__ import annotations

import math
from typing import Any, Final

from relhealth.signals.wording import similarity

# Keeps a rounding error from asking for one feature too many in common.
_ROUNDING: Final = 1e-9


class Likeness:
    """Sets of features seen so far, by place, and which of them a new set is like.

    Of two sets whose Jaccard similarity is `least` or more, each holds at least the share `least`
    of the other's features. So among any `n - least * n + 1` of a set's features is one that the
    other holds too, and only the sets that hold one of the rarest so many need to be compared.
    """

    def __init__(self, least: float) -> None:
        self._least = least
        self._latest: dict[frozenset[Any], int] = {}
        # For each feature the sets that hold it, the one seen last at the end.
        self._holders: dict[Any, dict[frozenset[Any], None]] = {}

    def add(self, features: frozenset[Any], position: int) -> None:
        """Takes in the features of a line; positions ascend wherever `not_before` is asked for."""
        self._latest[features] = position
        for feature in features:
            holders = self._holders.setdefault(feature, {})
            holders.pop(features, None)
            holders[features] = None

    def find(self, features: frozenset[Any], not_before: int = 0) -> int | None:
        """The place of a line like this one at or after `not_before`; the same line first."""
        same = self._latest.get(features)
        if features and same is not None and same >= not_before:
            return same
        for feature in self._rarest(features):
            for other in reversed(self._holders.get(feature, {})):
                position = self._latest[other]
                if position < not_before:
                    break
                if similarity(features, other) >= self._least:
                    return position
        return None

    def _rarest(self, features: frozenset[Any]) -> list[Any]:
        in_common = math.ceil(self._least * len(features) - _ROUNDING)
        rarest = sorted(features, key=lambda f: (len(self._holders.get(f, ())), f))
        return rarest[: len(features) - in_common + 1]
