"""The messages in order, with the words that carried evidence underlined and linked to it."""

from __future__ import annotations

from itertools import pairwise

from relhealth.domain.history import (
    Consent,
    History,
    OptOut,
    Outcome,
    Rating,
)
from relhealth.domain.vocabulary import Channel, Party, SenderKind, Trait
from relhealth.report.facts import RelationshipReport
from relhealth.report.links import LinkedLine, Links, Underlining, message_id
from relhealth.report.markup import Child, Markup, element, fragment
from relhealth.report.words import (
    CHANNEL_NAMES,
    PARTY_NAMES,
    TRAIT_NAMES,
    count,
    elapsed,
    listed,
    machine_time,
    minute,
)


def messages(report: RelationshipReport, links: Links) -> Markup:
    """The list under its heading; each message is a target of the evidence that rests on it."""
    waits = {wait.call: wait.answer for wait in report.waits}
    items = [
        _message(report, links, position, _waited(report, waits, position))
        for position in range(len(report.history))
    ]
    return element(
        "section",
        element("h3", "Messages", id="messages-heading"),
        element("ol", *items, class_="messages", id="message-list"),
        class_="conversation",
        id="messages",
        aria_labelledby="messages-heading",
    )


def _message(report: RelationshipReport, links: Links, position: int, waited: str | None) -> Markup:
    history = report.history
    lines = links.by_message.get(position, ())
    is_brand = history.senders[position] == Party.BRAND
    return element(
        "li",
        _heading(history, position, waited),
        _body(report, links, position),
        _evidence_of(lines),
        id=message_id(position),
        class_=f"message {'brand' if is_brand else 'customer'}",
        data_links=" ".join(dict.fromkeys(line.id for line in lines)) or None,
        tabindex="-1",
    )


def _heading(history: History, position: int, waited: str | None) -> Markup:
    sender = PARTY_NAMES[history.senders[position]]
    if history.sender_kinds[position] == SenderKind.BOT:
        sender += " (automatic)"
    sent_us = history.sent_us[position]
    return element(
        "p",
        element("span", str(position + 1), class_="place"),
        element("strong", sender),
        element("span", CHANNEL_NAMES[history.channels[position]]),
        element("time", minute(sent_us), datetime=machine_time(sent_us)),
        element("span", waited, class_="open" if waited.startswith("no") else None)
        if waited
        else None,
        class_="message-head",
    )


def _waited(report: RelationshipReport, waits: dict[int, int | None], position: int) -> str | None:
    if position not in waits:
        return None
    sent_us = report.history.sent_us
    answer = waits[position]
    end_us = report.score.as_of_us if answer is None else sent_us[answer]
    waited = elapsed(end_us - sent_us[position])
    if answer is None:
        return f"no answer for {waited}"
    return f"answered by {answer + 1} after {waited}"


def _body(report: RelationshipReport, links: Links, position: int) -> Markup:
    text = report.history.texts[position]
    outcome = report.history.outcomes[position]
    said = None if outcome is None else element("p", _outcome(outcome), class_="outcome")
    if not text:
        return fragment(said)
    if not report.with_text:
        return fragment(said, element("p", f"{count(len(text), 'character')}", class_="withheld"))
    words = underlined(text, links.underlined.get(position, ()))
    return fragment(said, element("div", words, class_="text", dir="auto"))


def underlined(text: str, marks: tuple[Underlining, ...]) -> Markup:
    """The text with the marked words as links to their evidence; overlaps become pieces.

    A piece of blanks between two words is no link: nobody could see it or hear its name.
    """
    if not marks:
        return fragment(text)
    inside = [(max(m.span.begin, 0), min(m.span.end, len(text)), m.evidence_id) for m in marks]
    edges = sorted({0, len(text), *[b for b, _, _ in inside], *[e for _, e, _ in inside]})
    pieces: list[Child] = []
    for begin, end in pairwise(edges):
        ids = [id_ for b, e, id_ in inside if b <= begin and end <= e]
        piece = text[begin:end]
        pieces.append(_mark(piece, list(dict.fromkeys(ids))) if ids and piece.strip() else piece)
    return fragment(*pieces)


def _mark(piece: str, ids: list[str]) -> Markup:
    return element("a", piece, class_="mention", href=f"#{ids[0]}", data_links=" ".join(ids))


def _evidence_of(lines: tuple[LinkedLine, ...]) -> Markup | None:
    """A link a trait, with the points of all its evidence that rests on the message."""
    if not lines:
        return None
    by_trait: dict[Trait | None, list[LinkedLine]] = {}
    for linked in lines:
        by_trait.setdefault(linked.trait, []).append(linked)
    return element(
        "ul",
        *[element("li", _chip(trait, alike)) for trait, alike in by_trait.items()],
        class_="chips",
        aria_label="Evidence that rests on this message",
    )


def _chip(trait: Trait | None, lines: list[LinkedLine]) -> Markup:
    return element(
        "a",
        "Stance" if trait is None else TRAIT_NAMES[trait],
        href=f"#{lines[0].id}",
        data_links=" ".join([linked.id for linked in lines]),
    )


def _outcome(outcome: Outcome) -> str:
    match outcome:
        case Rating(value, worst, best):
            return f"Rated {value:g} on a scale from {worst:g} to {best:g}."
        case OptOut(channels):
            return f"Asked not to be contacted {_where(channels)}."
        case Consent(channels):
            return f"Agreed to be contacted {_where(channels)}."


def _where(channels: tuple[Channel, ...]) -> str:
    if not channels:
        return "on any channel"
    return f"by {listed(tuple([CHANNEL_NAMES[channel] for channel in channels]))}"
