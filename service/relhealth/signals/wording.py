"""Words: how many, which ones tell something, and how alike two lines are."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_NOISE: Final = re.compile(r"https?://\S+|@\w+|[\^*/-]\s?[A-Za-z]{1,3}$")
# What stands before an agent's initials, and how near the end of a text it stands.
_BEFORE_INITIALS: Final = frozenset("^*/-")
_LONGEST_INITIALS: Final = 6
# Lower case for ASCII letters; what is part of no word becomes a space.
_LETTERS: Final = bytes(
    [
        ord(c) if c.isascii() and (c.isalnum() or c == "'") else ord(" ")
        for c in map(chr, range(256))
    ]
).lower()
_SHORTEST_TELLING_WORD: Final = 4
_DIGITS: Final = re.compile(r"\d+")
# Words of four letters and more that any message may hold, whatever it is about.
COMMON_WORDS: Final = frozenset(
    """
    about after again also another anything back because been before being both came can't come
    could does doing don't done down each even ever every from getting give going good have having
    hello help here hope i've into it's just keep know like look made make many more most much
    need never next okay once only other over please really right said same sent should since some
    something soon sorry still such sure take team than thank thanks that their them then there
    these they thing think this those time today told trying very want we're well were what when
    where which while will with would you're your yours
    """.split()  # noqa: SIM905 - a list of words reads best as words
)


def words(text: str) -> list[str]:
    """The words of a text in lower case, without links, handles and an agent's initials."""
    if _is_noisy(text):
        text = _NOISE.sub(" ", text.lower())
    if not text.isascii():
        return _WORD.findall(text.lower())
    letters = text.encode().translate(_LETTERS)
    if b"'" in letters:
        letters = _inner_apostrophes(letters)
    return letters.decode().split()


def _is_noisy(text: str) -> bool:
    """Whether a text may hold a link, a handle or an agent's initials; most hold none."""
    if "@" in text or "://" in text:
        return True
    return not _BEFORE_INITIALS.isdisjoint(text[-_LONGEST_INITIALS:])


def _inner_apostrophes(letters: bytes) -> bytes:
    """Without the apostrophes that do not stand between two letters of a word."""
    letters = letters.replace(b"''", b"  ").replace(b" '", b"  ").replace(b"' ", b"  ")
    return letters.strip(b"'")


def is_telling(word: str) -> bool:
    """Whether a word says what its text is about."""
    if len(word) >= _SHORTEST_TELLING_WORD and word not in COMMON_WORDS:
        return True
    # Most words are letters throughout, and one question tells.
    return not word.isalpha() and any(c.isdigit() for c in word)


def telling_words(said: list[str]) -> frozenset[str]:
    """Those of a text's words that say what it is about."""
    return frozenset([word for word in said if is_telling(word)])


def alike(word: str) -> str:
    """What stands for all words that differ from a word in their numbers alone."""
    return word if word.isalpha() else _DIGITS.sub("0", word)


def word_pairs(said: list[str]) -> frozenset[str]:
    """The neighbouring words of a text; what near-duplicate lines have in common.

    All numbers are alike: a form letter stays one whatever order it is about.
    """
    return frozenset([f"{word} {following}" for word, following in pairwise(map(alike, said))])


class Words:
    """The words of a history's texts, each text split when it is first asked for."""

    def __init__(self, texts: tuple[str, ...]) -> None:
        self._texts = texts
        self._said: list[list[str] | None] = [None] * len(texts)
        self._telling: list[frozenset[str] | None] = [None] * len(texts)

    def said(self, position: int) -> list[str]:
        """The words of the text at `position`, in order."""
        found = self._said[position]
        if found is None:
            found = self._said[position] = words(self._texts[position])
        return found

    def telling(self, position: int) -> frozenset[str]:
        """Those of them that say what the text is about."""
        found = self._telling[position]
        if found is None:
            found = self._telling[position] = telling_words(self.said(position))
        return found

    def failing(self, position: int) -> frozenset[str]:
        """What tells one failing from another: all words where none is telling."""
        return self.telling(position) or frozenset(self.said(position))


def share_taken_up(call: frozenset[str], answer: frozenset[str]) -> float:
    """The share of a call's telling words that its answer takes up, 0 to 1."""
    return len(call & answer) / len(call) if call else 0.0
