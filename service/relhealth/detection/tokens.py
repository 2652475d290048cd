"""Text to tokens: the first step of the act detector, stated so that a kernel can repeat it.

Every rule looks at code points and at most a few neighbours, so the time is linear in the text's
length whatever the text is. Tokens keep their place in the original text; their form is folded.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

MAX_FORM: Final = 24
"""Code points of a word's form that count; longer words are told apart by these alone."""


class Kind(IntEnum):
    """What a token is."""

    WORD = 0
    NUMBER = 1
    MARK = 2
    LINK = 3
    HANDLE = 4
    SIGNATURE = 5
    BREAK = 6


@dataclass(frozen=True, slots=True)
class Token:
    """One token at its place.

    Attributes:
        form: Folded form, what features are made of.
        kind: What the token is.
        begin: First code point in the text.
        end: Code point after the last.
    """

    form: str
    kind: Kind
    begin: int
    end: int


_LETTER, _DIGIT, _SPACE, _LINE, _SKIP, _SYMBOL = range(6)

# First code point of each run of one class, and the class; a run ends where the next begins.
_RUNS: Final = (
    (0x00, _SKIP), (0x09, _SPACE), (0x0A, _LINE), (0x0B, _SPACE), (0x0D, _LINE), (0x0E, _SKIP),
    (0x20, _SPACE), (0x21, _SYMBOL), (0x30, _DIGIT), (0x3A, _SYMBOL), (0x41, _LETTER),
    (0x5B, _SYMBOL), (0x61, _LETTER), (0x7B, _SYMBOL), (0x7F, _SKIP), (0x85, _SPACE), (0x86, _SKIP),
    (0xA0, _SPACE), (0xA1, _SYMBOL), (0xAA, _LETTER), (0xAB, _SYMBOL), (0xAD, _SKIP),
    (0xAE, _SYMBOL), (0xB5, _LETTER), (0xB6, _SYMBOL), (0xBA, _LETTER), (0xBB, _SYMBOL),
    (0xC0, _LETTER), (0xD7, _SYMBOL), (0xD8, _LETTER), (0xF7, _SYMBOL), (0xF8, _LETTER),
    (0x300, _SKIP), (0x370, _LETTER), (0x2000, _SPACE), (0x200B, _SKIP), (0x2010, _SYMBOL),
    (0x2028, _LINE), (0x202A, _SKIP), (0x202F, _SPACE), (0x2030, _SYMBOL), (0x205F, _SPACE),
    (0x2060, _SKIP), (0x2070, _SYMBOL), (0x20D0, _SKIP), (0x2100, _SYMBOL), (0x2C00, _LETTER),
    (0x2E00, _SYMBOL), (0x3000, _SPACE), (0x3001, _SYMBOL), (0x3040, _LETTER), (0xD800, _SKIP),
    (0xE000, _SYMBOL), (0xF900, _LETTER), (0xFE00, _SKIP), (0xFE10, _SYMBOL), (0xFE70, _LETTER),
    (0xFEFF, _SKIP), (0xFF00, _SYMBOL), (0xFF66, _LETTER), (0xFFE0, _SYMBOL), (0x10000, _LETTER),
    (0x1F000, _SYMBOL), (0x1F3FB, _SKIP), (0x1F400, _SYMBOL), (0x20000, _LETTER),
    (0xE0000, _SKIP), (0xF0000, _SYMBOL),
)  # fmt: skip
_STARTS: Final = tuple(start for start, _ in _RUNS)
_CLASSES: Final = tuple(kind for _, kind in _RUNS)
_QUOTES: Final = {0x2018: 0x27, 0x2019: 0x27, 0x2BC: 0x27, 0x201C: 0x22, 0x201D: 0x22}
_CLASS_LOW: Final = tuple(_CLASSES[bisect_right(_STARTS, cp) - 1] for cp in range(0x300))


def _fold(cp: int) -> int:
    if cp < 0x80:
        return cp + 32 if 0x41 <= cp <= 0x5A else cp
    if 0xC0 <= cp <= 0xDE and cp != 0xD7:
        return cp + 32
    if 0xFF01 <= cp <= 0xFF5E:
        return _fold(cp - 0xFEE0)
    return _QUOTES.get(cp, cp)


def _class(cp: int) -> int:
    return _CLASS_LOW[cp] if cp < 0x300 else _CLASSES[bisect_right(_STARTS, cp) - 1]


_AT, _DOT, _SLASH, _HASH = 0x40, 0x2E, 0x2F, 0x23
_APOSTROPHE: Final = 0x27
_INNER: Final = frozenset(map(ord, ".,:/"))
_MAIL: Final = frozenset(map(ord, "._-"))
_EYES: Final = frozenset(map(ord, ":;="))
_NOSES: Final = frozenset(map(ord, "-'"))
_MOUTHS: Final = frozenset(map(ord, ")(dp/|]"))
_LINKS: Final = ("http://", "https://", "www.")
_SIGNS: Final = frozenset("^/*~-\u2013\u2014")
_DASHES: Final = frozenset("-\u2013\u2014")
_MAX_NAME: Final = 12


class _Scan:
    """The visible code points of a text, folded, with their classes and places."""

    __slots__ = ("classes", "codes", "places")

    def __init__(self, text: str, kept: tuple[tuple[int, int], ...]) -> None:
        self.codes: list[int] = []
        self.classes: list[int] = []
        self.places: list[int] = []
        for begin, end in kept:
            for place in range(begin, end):
                code = _fold(ord(text[place]))
                kind = _class(code)
                if kind != _SKIP:
                    self.codes.append(code)
                    self.classes.append(kind)
                    self.places.append(place)

    def at(self, i: int) -> int:
        return self.codes[i] if i < len(self.codes) else -1

    def kind(self, i: int) -> int:
        return self.classes[i] if 0 <= i < len(self.classes) else -1

    def token(self, form: str, kind: Kind, i: int, j: int) -> Token:
        return Token(form, kind, self.places[i], self.places[j - 1] + 1)


def tokenise(text: str) -> tuple[Token, ...]:
    """Tokens of the message's own words, in order; quoted lines and mail footers are left out."""
    scan = _Scan(text, _own_lines(text))
    tokens: list[Token] = []
    i, n = 0, len(scan.codes)
    while i < n:
        kind = scan.classes[i]
        if kind == _SPACE:
            i += 1
            continue
        form, token_kind, j = _next(scan, i, kind)
        tokens.append(scan.token(form, token_kind, i, j))
        i = j
    return _sign(text, tokens)


def _next(scan: _Scan, i: int, kind: int) -> tuple[str, Kind, int]:
    if kind == _LINE:
        return "\n", Kind.BREAK, i + 1
    if kind == _LETTER:
        return _word(scan, i)
    if kind == _DIGIT:
        return _number(scan, i)
    return _mark(scan, i)


def _word(scan: _Scan, i: int) -> tuple[str, Kind, int]:
    if scan.codes[i] in (0x68, 0x77) and _is_link(scan, i):
        j = i
        while scan.kind(j) not in (-1, _SPACE, _LINE):
            j += 1
        return "<url>", Kind.LINK, j
    form: list[int] = []
    j = i
    while scan.kind(j) == _LETTER or (scan.at(j) == _APOSTROPHE and scan.kind(j + 1) == _LETTER):
        code = scan.codes[j]
        if len(form) < MAX_FORM and not (len(form) > 1 and form[-1] == code == form[-2]):
            form.append(code)
        j += 1
    return "".join(map(chr, form)), Kind.WORD, j


def _is_link(scan: _Scan, i: int) -> bool:
    head = "".join(map(chr, scan.codes[i : i + 8]))
    return head.startswith(_LINKS)


def _number(scan: _Scan, i: int) -> tuple[str, Kind, int]:
    j = i
    while scan.kind(j) == _DIGIT or (scan.at(j) in _INNER and scan.kind(j + 1) == _DIGIT):
        j += 1
    return f"#{min(j - i, 4)}", Kind.NUMBER, j


def _mark(scan: _Scan, i: int) -> tuple[str, Kind, int]:
    code = scan.codes[i]
    if code == _AT and (scan.kind(i + 1) in (_LETTER, _DIGIT) or scan.at(i + 1) == 0x5F):
        return _handle(scan, i)
    if code in (0x21, 0x3F):
        return _shout(scan, i)
    if code in _EYES and (end := _smiley(scan, i)):
        mouth = scan.codes[end - 1]
        return chr(code) + chr(mouth), Kind.MARK, end
    j = i
    while scan.at(j) == code:
        j += 1
    if code == 0x2026 or (code == _DOT and j - i > 1):
        return "\u2026", Kind.MARK, j
    return chr(code), Kind.MARK, j


def _handle(scan: _Scan, i: int) -> tuple[str, Kind, int]:
    mail = scan.kind(i - 1) in (_LETTER, _DIGIT) and scan.places[i - 1] + 1 == scan.places[i]
    j = i + 1
    while (
        scan.kind(j) in (_LETTER, _DIGIT)
        or scan.at(j) == 0x5F
        or (mail and scan.at(j) in _MAIL and scan.kind(j + 1) in (_LETTER, _DIGIT))
    ):
        j += 1
    return ("<mail>", Kind.LINK, j) if mail else ("<at>", Kind.HANDLE, j)


def _shout(scan: _Scan, i: int) -> tuple[str, Kind, int]:
    j = i
    asked = False
    while scan.at(j) in (0x21, 0x3F):
        asked = asked or scan.codes[j] == 0x3F
        j += 1
    return ("?" if asked else "!") + ("+" if j - i > 1 else ""), Kind.MARK, j


def _smiley(scan: _Scan, i: int) -> int:
    """Where the smiley that starts at `i` ends; 0 where none does."""
    j = i + 2 if scan.at(i + 1) in _NOSES else i + 1
    if scan.at(j) not in _MOUTHS or scan.kind(j + 1) == _LETTER or scan.at(j + 1) == _SLASH:
        return 0
    return j + 1


def _sign(text: str, tokens: list[Token]) -> tuple[Token, ...]:
    """The tokens with the agent's mark at the end (`^AB`, `-Ann`) made one token."""
    last = len(tokens) - 1
    floor = max(0, last - 6)
    while last > floor and (
        tokens[last].kind in (Kind.BREAK, Kind.LINK, Kind.NUMBER) or tokens[last].form in "/()"
    ):
        last -= 1
    if last < 1 or not _is_signature(text, tokens, last):
        return tuple(tokens)
    sign = Token("<sig>", Kind.SIGNATURE, tokens[last - 1].begin, tokens[last].end)
    return (*tokens[: last - 1], sign, *tokens[last + 1 :])


def _is_signature(text: str, tokens: list[Token], last: int) -> bool:
    mark, name = tokens[last - 1], tokens[last]
    if name.kind != Kind.WORD or mark.form not in _SIGNS or name.end - name.begin > _MAX_NAME:
        return False
    if last > 1 and tokens[last - 2].end == mark.begin:
        return False
    gap = name.begin - mark.end
    initial = text[name.begin]
    upper = "A" <= initial <= "Z" or "\u00c0" <= initial <= "\u00de"
    return (upper or mark.form == "^") and gap <= (1 if mark.form in _DASHES else 0)


def _own_lines(text: str) -> tuple[tuple[int, int], ...]:
    """Ranges of the text that its sender wrote: no quoted lines, nothing below a mail footer."""
    if "\n" not in text:
        return ((0, len(text)),)
    kept: list[tuple[int, int]] = []
    begin = 0
    for line in text.split("\n"):
        end = min(begin + len(line) + 1, len(text))
        bare = line[:80].strip(" \t\r")
        if _cuts(bare, line):
            if kept:
                break
        elif bare and not bare.startswith(">"):
            kept.append((begin, end))
        begin = end
    return tuple(kept)


def _cuts(bare: str, line: str) -> bool:
    head = bare[:24].lower()
    return (
        bare in ("--", "---")
        or head.startswith(("-----original message", "__________", "sent from my "))
        or (head.startswith("on ") and line.rstrip(" \t\r").endswith("wrote:"))
    )
