"""A pool of short messages, each with the acts that it does, and detectors that know them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from relhealth.domain.acts import Act, BrandAct, acts_of
from relhealth.domain.reading import Reading, SoughtWords, Span
from relhealth.domain.vocabulary import Party
from relhealth.signals.opting_out import confirms_opt_out

_FOLDER = Path(__file__).parent / "messages"
SEPARATOR = "\n"


@dataclass(frozen=True)
class Line:
    text: str
    acts: frozenset[str]


def _read(name: str, party: Party) -> tuple[Line, ...]:
    lines: list[Line] = []
    for row in (_FOLDER / name).read_text(encoding="utf-8").splitlines():
        if not row.startswith("#"):
            acts, _, text = row.partition("|")
            line = Line(text.strip(), frozenset(acts.split()))
            assert line.acts <= set(acts_of(party)), row
            lines.append(line)
    return tuple(lines)


POOL = {
    Party.BRAND: _read("brand.txt", Party.BRAND),
    Party.CUSTOMER: _read("customer.txt", Party.CUSTOMER),
}
SMALL_TALK = tuple(
    line for line in POOL[Party.BRAND] if not line.acts and not confirms_opt_out(line.text)
)
"""What a brand says to no purpose; word that an opt-out is met serves one, if by no act."""
_KNOWN = {(party, line.text): line.acts for party, lines in POOL.items() for line in lines}


def lines_of(
    party: Party, *, only: set[str] | None = None, none_of: frozenset[str] = frozenset()
) -> tuple[Line, ...]:
    """The lines of a side that do at least one act of `only` and none of `none_of`."""
    return tuple(
        line
        for line in POOL[party]
        if (only is None or line.acts & only) and not line.acts & none_of
    )


def acts_in(party: Party, text: str) -> frozenset[str]:
    """The acts of a text that was put together from lines of the pool."""
    found: frozenset[str] = frozenset()
    for part in text.split(SEPARATOR) if text else ():
        found |= _KNOWN[party, part]
    return found


@dataclass(frozen=True)
class StandIn:
    """Reads the pool's own acts: with certainty, or with probabilities that vary by text and act.

    A graded one gives acts that are there 0.3 to 1 and others 0 to 0.09, always the same for the
    same line, so that the rules meet probabilities on both sides of their thresholds.
    """

    graded: bool
    version: str = "stand-in"
    thresholds: ClassVar = {party: (0.5,) * len(acts_of(party)) for party in Party}

    def read(
        self,
        texts: tuple[str, ...],
        senders: tuple[Party, ...],
        languages: tuple[str | None, ...],
    ) -> Reading:
        unread = tuple(language not in (None, "en") for language in languages)
        rows = [
            self._row(text, sender, dark)
            for text, sender, dark in zip(texts, senders, unread, strict=True)
        ]
        return Reading(tuple(rows), unread, SoughtWords(texts, self._spans))

    def _spans(self, text: str, act: Act) -> tuple[Span, ...]:
        party = Party.BRAND if isinstance(act, BrandAct) else Party.CUSTOMER
        return (Span(0, len(text)),) if act.name.lower() in acts_in(party, text) else ()

    def _row(self, text: str, sender: Party, dark: bool) -> tuple[float, ...]:  # noqa: FBT001
        names = acts_of(sender)
        if dark or not text:
            return (0.0,) * len(names)
        parts = text.split(SEPARATOR)
        return tuple([max([self._probability(p, sender, n) for p in parts]) for n in names])

    def _probability(self, line: str, sender: Party, name: str) -> float:
        there = name in acts_in(sender, line)
        if not self.graded:
            return 1.0 if there else 0.0
        share = zlib.crc32(f"{name}|{line}".encode()) / 2**32
        return 0.3 + 0.7 * share if there else 0.09 * share


EXACT = StandIn(graded=False)
GRADED = StandIn(graded=True)
