"""Patterns that are looked for only in texts that hold what every match of theirs holds."""

from __future__ import annotations

import re
from collections.abc import Iterator


class Phrases:
    """A regular expression, and clues of which every match holds at least one.

    Looking for a few plain words is much quicker than the expression, and most texts hold none.

    Attributes:
        clues: See above.
    """

    def __init__(self, pattern: str, *clues: str) -> None:
        """Case is ignored; `clues` are in lower case and ASCII."""
        self._pattern = re.compile(pattern, re.IGNORECASE)
        self.clues = clues

    def search(self, text: str, lower: str) -> re.Match[str] | None:
        """The first match in a text, of which `lower` is the lower case."""
        return self._pattern.search(text) if self._may_match(lower) else None

    def all(self, text: str, lower: str) -> Iterator[re.Match[str]]:
        """All matches in a text, of which `lower` is the lower case."""
        return self._pattern.finditer(text) if self._may_match(lower) else iter(())

    def _may_match(self, lower: str) -> bool:
        # Beyond ASCII a letter can match one that its lower case is not.
        return not lower.isascii() or any(clue in lower for clue in self.clues)
