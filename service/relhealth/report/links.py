"""Which evidence rests on which message, in both directions, by the ids of the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from relhealth.domain.reading import Span
from relhealth.domain.score import EvidenceLine, RelationshipScore
from relhealth.domain.vocabulary import Trait

STANCE_NUMBER: Final = 0


@dataclass(frozen=True, slots=True)
class LinkedLine:
    """A line of evidence with its id in the page; `trait` is None for the stance's."""

    id: str
    trait: Trait | None
    line: EvidenceLine


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
            for position in linked.line.evidence.positions:
                by_message.setdefault(position, []).append(linked)
            for mention in linked.line.mentions:
                entry = Underlining(mention.span, linked.id)
                underlined.setdefault(mention.position, []).append(entry)
    return Links(
        by_trait,
        {position: tuple(lines) for position, lines in by_message.items()},
        {position: tuple(spans) for position, spans in underlined.items()},
    )


def _linked(trait: Trait | None, lines: tuple[EvidenceLine, ...]) -> tuple[LinkedLine, ...]:
    number = STANCE_NUMBER if trait is None else int(trait)
    return tuple(
        [LinkedLine(f"e-{number}-{n}", trait, line) for n, line in enumerate(lines, start=1)]
    )
