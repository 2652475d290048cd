"""Variants of messages, which a teacher has judged: other words in the same place, and parts.

A word-feature model learns from them which words stand for each other and which part of a message
does an act. Texts are made anew from the message, so that only the judgements need to be kept.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Final

COUNT: Final = 3
"""Variants of a message that a teacher has judged."""

_WORD: Final = re.compile(r"(?<![\w@/.])[A-Za-z](?:[A-Za-z'\u2019]*[A-Za-z])?(?![\w/@])")
_DROPPED: Final = 0.06
_SWAPPED_WHOLE: Final = 0.25
_SWAPPED_PART: Final = 0.12
_SHORTEST_PART: Final = 3
_LONGEST_SHARE: Final = 0.7
_LEAST_WORDS: Final = 6
"""Words of a message below which it is not cut into parts."""

Neighbours = Mapping[str, Sequence[str]]
"""Lower-case words by the word that they can stand for, the nearest first."""


def load_neighbours(path: Path) -> Neighbours:
    """Lines of a word, a tab, and its neighbours with a space between."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return {word: tuple(others.split(" ")) for word, others in rows}


def text_key(text: str) -> int:
    """32 bits by which the judgements of a text's variants are found."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "little")


def variant(text: str, number: int, neighbours: Neighbours) -> str:
    """The variant `number` of a text: whole if even, a part if odd; always the same one."""
    chance = Random(f"{number}:{text}")  # noqa: S311 - it has to be foreseeable
    words = text.split()
    share = _SWAPPED_WHOLE
    if number % 2 == 1 and len(words) >= _LEAST_WORDS:
        words = _part(words, chance)
        share = _SWAPPED_PART
    kept = [word for word in words if chance.random() >= _DROPPED]
    return " ".join([_swapped(word, share, neighbours, chance) for word in kept or words])


def _part(words: Sequence[str], chance: Random) -> list[str]:
    longest = max(_SHORTEST_PART, int(_LONGEST_SHARE * len(words)))
    length = _SHORTEST_PART + _below(longest - _SHORTEST_PART + 1, chance)
    start = _below(len(words) - length + 1, chance)
    return list(words[start : start + length])


def _swapped(word: str, share: float, neighbours: Neighbours, chance: Random) -> str:
    def other(match: re.Match[str]) -> str:
        found = match.group()
        near = neighbours.get(found.lower().replace("\u2019", "'"))
        if near is None or chance.random() >= share:
            return found
        # The nearer the likelier: the lesser of two draws.
        chosen = near[min(_below(len(near), chance), _below(len(near), chance))]
        return chosen.capitalize() if found[0].isupper() else chosen

    return _WORD.sub(other, word)


def _below(count: int, chance: Random) -> int:
    """A whole number below `count`, by `random()` alone, which Python keeps the same."""
    return int(chance.random() * count)
