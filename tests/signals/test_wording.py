"""Quick ways to the words of a text, held to the plain one."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from relhealth.scoring import stance
from relhealth.signals import due, episodes, talk
from relhealth.signals.likeness import Likeness
from relhealth.signals.phrases import Phrases
from relhealth.signals.wording import telling_words, word_pairs, words

WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
NOISE = re.compile(r"https?://\S+|@\w+|[\^*/-]\s?[A-Za-z]{1,3}$")
TEXTS = st.one_of(
    st.text(max_size=40),
    st.text("aB'7_@^*/- \n.\u2019\u0130\u212a\u00e9", max_size=30),
    st.from_regex(r"\w+ https?://\w+ \w+ \^\w\w", alphabet=st.characters(codec="ascii")),
)
PHRASES = {
    "asks pardon": episodes.ASKS_PARDON,
    "better from now": episodes.BETTER_FROM_NOW,
    "span": due._SPAN,
    "weekday": due._WEEKDAY,
    "soon": due._SOON,
    **{f"askable {place}": phrases for place, phrases in enumerate(talk.ASKABLE)},
}
LEAST = 0.6


def plain_words(text: str) -> list[str]:
    return WORD.findall(NOISE.sub(" ", text.lower()))


@given(TEXTS)
@example("Don''t 'quote' rock'n'roll' ''")
@example("see https://a.b/c'd @me it's late ^JK\n")
@example("\u212a and \u0130 -ab")
def test_words_are_those_of_the_plain_way(text: str) -> None:
    assert words(text) == plain_words(text)


@given(TEXTS)
def test_pairs_see_all_numbers_alike(text: str) -> None:
    found = plain_words(re.sub(r"\d+", "0", text))
    assert word_pairs(words(text)) == {f"{a} {b}" for a, b in pairwise(found)}


def test_codes_tell_and_common_words_do_not() -> None:
    assert telling_words(words("Would you please send order 7 to me")) == {"send", "order", "7"}


@pytest.mark.parametrize("name", PHRASES)
@given(data=st.data())
def test_no_match_is_missed_for_want_of_a_clue(name: str, data: st.DataObject) -> None:
    phrases: Phrases = PHRASES[name]
    text = data.draw(st.from_regex(phrases._pattern))
    assert phrases.search(text, text.lower()) is not None


@given(st.from_regex(stance._FRIENDLY))
def test_no_smile_is_missed(text: str) -> None:
    assert stance.is_friendly(text)


@given(st.lists(st.frozensets(st.sampled_from("abcdefgh"), max_size=6), max_size=12))
def test_a_line_like_an_earlier_one_is_found(lines: list[frozenset[str]]) -> None:
    said = Likeness(LEAST)
    for position, line in enumerate(lines):
        alike = {
            place
            for place, other in enumerate(lines[:position])
            if line and other and len(line & other) / len(line | other) >= LEAST
        }
        found = said.find(line)
        assert (found is None) == (not alike)
        assert found is None or found in alike
        said.add(line, position)
