"""Patterns that are looked for only in texts that hold what every match of theirs holds."""

from __future__ import annotations

import re


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
        # Beyond ASCII a letter can match one that its lower case is not.
        if not lower.isascii():
            return self._pattern.search(text)
        for clue in self.clues:
            if clue in lower:
                return self._pattern.search(text)
        return None
