"""Tokens to hashed features: what the act detector weighs.

A feature is an observation on a run of neighbouring tokens of one sentence (a word, a pair, a word
under a negation, a word's stem or ending) or on the message as a whole. It is known by a 32-bit
key, made of the hashes of the forms that spell it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from relhealth.detection.tokens import Kind, Token, tokenise

MAX_SENTENCE: Final = 60
"""Tokens after which a sentence is cut, whether or not it has ended."""

NEGATORS: Final = frozenset(
    "not no never cannot cant dont wont didnt doesnt isnt arent wasnt without nothing none nobody "
    "neither nor hardly unable aint".split()
)
CLAUSE_ENDS: Final = frozenset((",", "but", ".", ";"))
"""What a negation does not reach beyond."""
NEGATED: Final = 3
"""Words after a negation that stand under it, unless a clause ends before."""

_ENDS: Final = frozenset((".", "!", "?", "!+", "?+", "\u2026"))
_ASKS: Final = frozenset(("?", "?+"))
_GOLDEN: Final = 0x9E3779B97F4A7C15
"""2**64 over the golden ratio, and odd: what is multiplied by it keeps all its bits."""
_WHOLE, _HALF = 0xFFFFFFFFFFFFFFFF, 0xFFFFFFFF
_OPEN: Final = "<s>"
_CLOSE: Final = "</s>"
_STEM, _LONG_STEM, _ENDING = 4, 6, 3
_SHORT: Final = 2


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature at its place.

    Attributes:
        key: 32-bit key.
        begin: First token of the sentence that it looks at.
        end: Token after the last.
    """

    key: int
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Message:
    """A message as the detector sees it.

    Attributes:
        sentences: Its sentences, each with at least one token.
        context: Keys of what holds for the message as a whole, repeats left out.
    """

    sentences: tuple[tuple[Token, ...], ...]
    context: tuple[int, ...]


def key_of(kind: str, *forms: str) -> int:
    """Key of a feature: the hash of its kind, stirred with that of each form in turn, folded."""
    value = hash_of(kind)
    for form in forms:
        value = _stirred(value, hash_of(form))
    return (value >> 32) ^ (value & _HALF)


@lru_cache(maxsize=1 << 16)
def hash_of(form: str) -> int:
    """64 bits of a form's UTF-8 bytes, eight of them at a time, the last filled up with zeros."""
    spelt, value = form.encode("utf-8", "surrogatepass"), 0
    for place in range(0, len(spelt), 8):
        value = _stirred(value, int.from_bytes(spelt[place : place + 8], "little"))
        value ^= value >> 32
    return value


def _stirred(value: int, other: int) -> int:
    return ((value ^ other) * _GOLDEN) & _WHOLE


def parse(text: str) -> Message:
    """Sentences and context of a text, in time linear in its length."""
    tokens = tokenise(text)
    start = 0
    while start < len(tokens) and tokens[start].kind == Kind.HANDLE:
        start += 1
    sentences = tuple(_sentences(tokens[start:]))
    context = dict.fromkeys(_context(text, tokens, start, sentences))
    return Message(sentences, tuple(context))


def _sentences(tokens: tuple[Token, ...]) -> Iterator[tuple[Token, ...]]:
    """Sentences; marks that follow the last one without a word of their own are part of it."""
    done: tuple[Token, ...] = ()
    current: list[Token] = []
    has_word = False
    for i, token in enumerate(tokens):
        if token.kind != Kind.BREAK:
            current.append(token)
            has_word = has_word or token.kind == Kind.WORD
        following = tokens[i + 1] if i + 1 < len(tokens) else None
        if (has_word and _ends(token, following)) or len(current) >= MAX_SENTENCE:
            if done:
                yield done
            done, current, has_word = tuple(current), [], False
    if has_word or not done:
        if done:
            yield done
        done = tuple(current)
    else:
        done = (*done, *current)
    if done:
        yield done


def _ends(token: Token, following: Token | None) -> bool:
    if token.kind == Kind.BREAK:
        return True
    if token.form not in _ENDS or token.kind != Kind.MARK:
        return False
    return following is None or following.kind != Kind.WORD or following.begin > token.end


def _context(
    text: str, tokens: tuple[Token, ...], start: int, sentences: tuple[tuple[Token, ...], ...]
) -> Iterator[int]:
    words = [token for token in tokens if token.kind == Kind.WORD]
    yield key_of("M", "words", str(min(8, len(words) // 5)))
    yield key_of("M", "sentences", str(min(6, len(sentences))))
    yield key_of("M", "loud", str(min(3, sum(_is_loud(text, token) for token in words))))
    if start:
        yield key_of("M", "handle")
    previous = _OPEN
    for sentence in sentences:
        for token in sentence:
            yield key_of("g", token.form)
            yield key_of("G", previous, token.form)
            previous = token.form


def _is_loud(text: str, token: Token) -> bool:
    """Whether a word of three or more code points is all ASCII capitals."""
    return token.end - token.begin > _SHORT and all(
        "A" <= text[place] <= "Z" for place in range(token.begin, min(token.end, token.begin + 24))
    )


def features(sentence: tuple[Token, ...]) -> Iterator[Feature]:
    """Features of a sentence, repeats included."""
    yield from _words(sentence)
    yield from _negated(sentence)
    yield from _parts(sentence)


def context_keys(message: Message, position: int) -> Iterator[int]:
    """Keys of what the sentence at `position` stands in: its place, its neighbours, the message."""
    sentences = message.sentences
    sentence = sentences[position]
    before = sentences[position - 1][0].form if position else _OPEN
    last = position + 1 == len(sentences)
    yield key_of("P", "place", _place(position, len(sentences)))
    yield key_of("P", "length", str(min(6, len(sentence) // 4)))
    yield key_of("P", "before", before)
    yield key_of("P", "after", _CLOSE if last else sentences[position + 1][0].form)
    if sentence[-1].form in _ASKS:
        yield key_of("P", "asks", sentence[0].form)
    if position and sentences[position - 1][-1].form in _ASKS:
        yield key_of("P", "answers")
    yield from message.context


def _words(sentence: tuple[Token, ...]) -> Iterator[Feature]:
    previous = _OPEN
    for i, token in enumerate(sentence):
        yield Feature(key_of("1", token.form), i, i + 1)
        yield Feature(key_of("2", previous, token.form), max(0, i - 1), i + 1)
        previous = token.form
    yield Feature(key_of("2", previous, _CLOSE), len(sentence) - 1, len(sentence))


def _negated(sentence: tuple[Token, ...]) -> Iterator[Feature]:
    left, negator = 0, 0
    for i, token in enumerate(sentence):
        if token.form in NEGATORS or token.form.endswith("n't"):
            left, negator = NEGATED, i
            continue
        if left and token.kind == Kind.WORD:
            yield Feature(key_of("n", token.form), negator, i + 1)
        left = 0 if token.form in CLAUSE_ENDS else max(0, left - 1)


def _parts(sentence: tuple[Token, ...]) -> Iterator[Feature]:
    for i, token in enumerate(sentence):
        length = len(token.form)
        if token.kind != Kind.WORD or length <= _STEM:
            continue
        yield Feature(key_of("p", token.form[:_STEM]), i, i + 1)
        if length >= _LONG_STEM:
            yield Feature(key_of("f", token.form[-_ENDING:]), i, i + 1)
        if length > _LONG_STEM:
            yield Feature(key_of("p", token.form[:_LONG_STEM]), i, i + 1)


def _place(position: int, count: int) -> str:
    if count == 1:
        return "only"
    if position == 0:
        return "first"
    return "last" if position == count - 1 else "middle"
