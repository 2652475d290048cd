"""The seven traits side by side: a row a trait.

Roles are spelled out because a phone lays the table out as blocks, which would take its meaning
from a screen reader.
"""

from __future__ import annotations

from typing import Final

from relhealth.domain.score import TraitScore
from relhealth.domain.vocabulary import TraitStatus
from relhealth.report.drawing import estimate_bar
from relhealth.report.facts import RelationshipReport
from relhealth.report.markup import Child, Markup, element
from relhealth.report.words import (
    STATUS_SENTENCES,
    TRAIT_MAXIMS,
    TRAIT_NAMES,
    percent,
    points,
    signed,
)

_NOTHING: Final = "\N{EN DASH}"
_HEADINGS: Final = (
    ("Trait", None),
    ("0 to 100, interval and prior", "bar-head"),
    ("Score", "number"),
    ("Brand", "number"),
    ("Customer", "number"),
    ("Evidence", "number"),
)


def traits_table(report: RelationshipReport) -> Markup:
    """Each trait's value with its interval, both parties' parts, and how much is evidence."""
    headings = [
        element("th", said, scope="col", role="columnheader", class_=name)
        for said, name in _HEADINGS
    ]
    rows = [_row(trait_score) for trait_score in report.score.traits]
    return element(
        "table",
        element("caption", "The tick marks what is assumed before any evidence."),
        element("thead", element("tr", *headings, role="row"), role="rowgroup"),
        element("tbody", *rows, role="rowgroup"),
        class_="traits",
        role="table",
    )


def _row(trait_score: TraitScore) -> Markup:
    estimate = trait_score.estimate
    status = trait_score.status
    return element(
        "tr",
        element(
            "th",
            element("a", TRAIT_NAMES[trait_score.trait], href=f"#trait-{int(trait_score.trait)}"),
            element("small", TRAIT_MAXIMS[trait_score.trait]),
            scope="row",
            role="rowheader",
        ),
        _cell(estimate_bar(estimate, trait_score.prior), class_="bar-cell"),
        _value(trait_score),
        _part("Brand", trait_score.brand_contribution, status),
        _part("Customer", trait_score.customer_contribution, status),
        _cell(
            _NOTHING if estimate is None else percent(estimate.coverage),
            class_="number",
            label="Evidence",
        ),
        role="row",
    )


def _value(trait_score: TraitScore) -> Markup:
    estimate = trait_score.estimate
    if estimate is None:
        return _cell(STATUS_SENTENCES[trait_score.status], class_="status")
    interval = f"{points(estimate.lower)}\N{EN DASH}{points(estimate.upper)}"
    return _cell(
        element("strong", points(estimate.value)),
        element("small", interval),
        class_="number value",
    )


def _part(label: str, value: float, status: TraitStatus) -> Markup:
    if status == TraitStatus.NOT_APPLICABLE:
        return _cell(_NOTHING, class_="number", label=label)
    tone = "gain" if value >= 0 else "loss"
    return _cell(signed(value), class_=f"number {tone}", label=label)


def _cell(*children: Child, class_: str, label: str | None = None) -> Markup:
    return element("td", *children, class_=class_, role="cell", data_label=label)
