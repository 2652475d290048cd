"""The evidence of every trait, each line with its points and the messages it rests on."""

from __future__ import annotations

from relhealth.domain.score import RelationshipScore, TraitScore
from relhealth.report.links import STANCE_NUMBER, LinkedLine, Links, message_id, message_links
from relhealth.report.markup import Markup, element
from relhealth.report.words import (
    PARTY_NAMES,
    STATUS_SENTENCES,
    TRAIT_MAXIMS,
    TRAIT_NAMES,
    signed,
    spelled,
    tone,
)


def evidence(score: RelationshipScore, links: Links) -> Markup:
    """Trait by trait, then what the stance rests on."""
    return element(
        "div",
        *[_trait(trait_score, links) for trait_score in score.traits],
        _stance(links),
        class_="evidence",
    )


def _trait(trait_score: TraitScore, links: Links) -> Markup:
    lines = links.by_trait[int(trait_score.trait)]
    return element(
        "section",
        element(
            "h3",
            TRAIT_NAMES[trait_score.trait],
            " ",
            element("small", TRAIT_MAXIMS[trait_score.trait]),
        ),
        _lines(lines, unit="points")
        if lines
        else element("p", f"{spelled(STATUS_SENTENCES[trait_score.status])}.", class_="none"),
        id=f"trait-{int(trait_score.trait)}",
    )


def _stance(links: Links) -> Markup | None:
    lines = links.by_trait[STANCE_NUMBER]
    if not lines:
        return None
    return element(
        "section",
        element("h3", "Stance ", element("small", "in log odds, not points")),
        _lines(lines, unit="log odds"),
        id="trait-0",
    )


def _lines(lines: tuple[LinkedLine, ...], *, unit: str) -> Markup:
    return element("ul", *[_line(linked, unit) for linked in lines], class_="ledger")


def _line(linked: LinkedLine, unit: str) -> Markup:
    value = linked.contribution
    party = element("span", PARTY_NAMES[linked.party], class_="party") if linked.party else None
    times = (
        f" {linked.times}\N{NO-BREAK SPACE}times\N{NO-BREAK SPACE}over."
        if linked.times > 1
        else None
    )
    return element(
        "li",
        element(
            "span",
            signed(value),
            element("span", f" {unit}", class_="spoken"),
            class_=f"number {tone(value) or ''}".rstrip(),
        ),
        element("span", party, linked.summary or spelled(linked.kind), times, class_="said"),
        _rests_on(linked.positions),
        id=linked.id,
        tabindex="-1",
        data_links=" ".join([message_id(p) for p in linked.positions]) or None,
    )


def _rests_on(positions: tuple[int, ...]) -> Markup | None:
    if not positions:
        return None
    spoken = element("span", "Messages ", class_="spoken")
    return element("span", spoken, *message_links(positions), class_="rests-on")
