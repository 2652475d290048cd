"""Words: how many, which ones tell something, and how alike two lines are."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_NOISE: Final = re.compile(r"https?://\S+|@\w+|[\^*/-]\s?[A-Za-z]{1,3}$")
_LONGEST_KEPT: Final = 2_000
_SHORTEST_TELLING_WORD: Final = 4
_DIGITS: Final = re.compile(r"\d+")
# Words of four letters and more that any message may hold, whatever it is about.
_COMMON: Final = frozenset(
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


def words(text: str) -> tuple[str, ...]:
    """The words of a text in lower case, without links, handles and an agent's initials."""
    return _short_words(text) if len(text) <= _LONGEST_KEPT else _words(text)


@lru_cache(maxsize=1024)
def _short_words(text: str) -> tuple[str, ...]:
    """The same for texts short enough to keep: several signals and moments ask for each."""
    return _words(text)


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(_NOISE.sub(" ", text.lower())))


def word_count(text: str) -> int:
    """How many words a text has, links, handles and an agent's initials left out."""
    return len(words(text))


def telling_words(text: str) -> frozenset[str]:
    """The words of a text that say what it is about."""
    return frozenset([w for w in words(text) if _is_telling(w)])


def _is_telling(word: str) -> bool:
    if len(word) >= _SHORTEST_TELLING_WORD and word not in _COMMON:
        return True
    # Most words are letters throughout, and one question answers for all of them.
    return not word.isalpha() and any(c.isdigit() for c in word)


def word_pairs(text: str) -> frozenset[tuple[str, str]]:
    """The neighbouring words of a text; what near-duplicate lines have in common.

    All numbers are alike: a form letter stays one whatever order it is about.
    """
    found = words(_DIGITS.sub("0", text))
    return frozenset(pairwise(found))


def similarity(one: frozenset[object], other: frozenset[object]) -> float:
    """Jaccard similarity, 0 to 1; two empty sets have nothing in common."""
    if not one or not other:
        return 0.0
    return len(one & other) / len(one | other)


def share_taken_up(call: frozenset[str], answer: frozenset[str]) -> float:
    """The share of a call's telling words that its answer takes up, 0 to 1."""
    return len(call & answer) / len(call) if call else 0.0
