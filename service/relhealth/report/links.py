"""Which evidence rests on which message, in both directions, by the ids of the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from relhealth.domain.evidence import REMAINDER
from relhealth.domain.reading import Mention, Span
from relhealth.domain.score import EvidenceLine, RelationshipScore
from relhealth.domain.vocabulary import Party, Trait
from relhealth.report.markup import Child, element
from relhealth.report.words import count, shows

STANCE_NUMBER: Final = 0
_MOST_MESSAGES_NAMED: Final = 12
_MOST_LINES: Final = 12


@dataclass(frozen=True, slots=True)
class LinkedLine:
    """Lines of evidence that read alike, as one line of the page.

    Attributes:
        id: Its id in the page.
        trait: None for the stance's.
        contribution: The sum of the lines'.
        times: How many lines it stands for.
        positions: The interactions it rests on, ascending.
    """

    id: str
    trait: Trait | None
    kind: str
    party: Party | None
    summary: str
    contribution: float
    times: int
    positions: tuple[int, ...]
    mentions: tuple[Mention, ...]


@dataclass(frozen=True, slots=True)
class Underlining:
    """Words of one message and the evidence that they carry."""

    span: Span
    evidence_id: str


@dataclass(frozen=True, slots=True)
class Links:
    """The page's evidence by trait and by message.

    Attributes:
        by_trait: Lines by the trait's number, the stance's under `STANCE_NUMBER`.
        by_message: By position, the lines that rest on it, in the order of the page.
        underlined: By position, the words that carry evidence.
    """

    by_trait: dict[int, tuple[LinkedLine, ...]]
    by_message: dict[int, tuple[LinkedLine, ...]]
    underlined: dict[int, tuple[Underlining, ...]]


def message_id(position: int) -> str:
    """The id of a message in the page."""
    return f"m-{position + 1}"


def message_links(positions: Sequence[int]) -> list[Child]:
    """Links to messages by their numbers; of many the first, and how many more there are."""
    shown: list[Child] = []
    for number, position in enumerate(positions[:_MOST_MESSAGES_NAMED]):
        target = message_id(position)
        shown.append(", " if number else None)
        shown.append(element("a", str(position + 1), href=f"#{target}", data_links=target))
    if len(positions) > _MOST_MESSAGES_NAMED:
        shown.append(f" and {len(positions) - _MOST_MESSAGES_NAMED} more")
    return shown


def link(score: RelationshipScore) -> Links:
    """Gives every line of evidence an id and collects what rests on each message."""
    by_trait = {
        int(trait_score.trait): _linked(trait_score.trait, trait_score.evidence)
        for trait_score in score.traits
    }
    by_trait[STANCE_NUMBER] = _linked(None, score.stance.evidence)
    by_message: dict[int, list[LinkedLine]] = {}
    underlined: dict[int, list[Underlining]] = {}
    for number in sorted(by_trait, key=lambda n: (n == STANCE_NUMBER, n)):
        for linked in by_trait[number]:
            for position in linked.positions:
                by_message.setdefault(position, []).append(linked)
            for mention in linked.mentions:
                entry = Underlining(mention.span, linked.id)
                underlined.setdefault(mention.position, []).append(entry)
    return Links(
        by_trait,
        {position: tuple(lines) for position, lines in by_message.items()},
        {position: tuple(spans) for position, spans in underlined.items()},
    )


def _linked(trait: Trait | None, lines: Sequence[EvidenceLine]) -> tuple[LinkedLine, ...]:
    """Lines that read alike become one; the heaviest first, then the rest of them as one.

    What hardly counts comes last, as one, too: its sentences would claim too much.
    """
    alike: dict[tuple[str, Party | None, str], list[EvidenceLine]] = {}
    for line in lines:
        key = (line.evidence.kind, line.evidence.party, line.summary)
        alike.setdefault(key, []).append(line)
    number = STANCE_NUMBER if trait is None else int(trait)
    sums = {key: math.fsum([one.evidence.contribution for one in alike[key]]) for key in alike}
    told = sorted([key for key in alike if shows(sums[key])], key=lambda key: -abs(sums[key]))
    # A rest of one would be no shorter than what it stands for.
    most = _MOST_LINES if len(told) > _MOST_LINES + 1 else len(told)
    merged = [
        _merged(f"e-{number}-{n}", trait, alike[key], sums[key])
        for n, key in enumerate(told[:most], start=1)
    ]
    lighter = [sums[key] for key in told[most:]]
    if lighter:
        counted = f"{len(lighter)} lighter pieces of evidence, summed."
        merged.append(_summed(f"e-{number}-{len(merged) + 1}", trait, counted, lighter))
    untold = [sums[key] for key in alike if not shows(sums[key])]
    if untold:
        counted = count(len(untold), "item that hardly counts", "items that hardly count")
        merged.append(_summed(f"e-{number}-{len(merged) + 1}", trait, f"{counted}.", untold))
    return tuple(merged)


def _summed(id_: str, trait: Trait | None, summary: str, contributions: list[float]) -> LinkedLine:
    """One line for what is not told line by line."""
    return LinkedLine(
        id=id_,
        trait=trait,
        kind=REMAINDER,
        party=None,
        summary=summary,
        contribution=math.fsum(contributions),
        times=1,
        positions=(),
        mentions=(),
    )


def _merged(
    id_: str, trait: Trait | None, lines: list[EvidenceLine], contribution: float
) -> LinkedLine:
    first = lines[0]
    positions = sorted({position for line in lines for position in line.evidence.positions})
    return LinkedLine(
        id=id_,
        trait=trait,
        kind=first.evidence.kind,
        party=first.evidence.party,
        summary=first.summary,
        contribution=contribution,
        times=len(lines),
        positions=tuple(positions),
        mentions=tuple([mention for line in lines for mention in line.mentions]),
    )
