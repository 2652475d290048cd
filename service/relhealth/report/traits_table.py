"""The seven traits side by side: a row a trait."""

from __future__ import annotations

from typing import Final

from relhealth.domain.score import TraitScore
from relhealth.domain.vocabulary import TraitStatus
from relhealth.report.drawing import estimate_bar
from relhealth.report.facts import RelationshipReport
from relhealth.report.markup import Markup, element
from relhealth.report.tables import NOTHING, Column, Heading, cell, row, row_heading, table
from relhealth.report.words import (
    STATUS_SENTENCES,
    TRAIT_MAXIMS,
    TRAIT_NAMES,
    percent,
    points,
    signed,
    tone,
)

_HEADINGS: Final = (
    Heading("Trait"),
    Heading("0 to 100, interval and prior"),
    Heading("Score", Column.NUMBER),
    Heading("Brand", Column.NUMBER),
    Heading("Customer", Column.NUMBER),
    Heading("Evidence", Column.NUMBER),
)


def traits_table(report: RelationshipReport) -> Markup:
    """Each trait's value with its interval, both parties' parts, and how much is evidence."""
    caption = "The tick marks what is assumed before any evidence."
    rows = [_row(trait_score) for trait_score in report.score.traits]
    return table("traits stacked", caption, _HEADINGS, rows)


def _row(trait_score: TraitScore) -> Markup:
    estimate = trait_score.estimate
    status = trait_score.status
    name = element("a", TRAIT_NAMES[trait_score.trait], href=f"#trait-{int(trait_score.trait)}")
    coverage = NOTHING if estimate is None else percent(estimate.coverage)
    return row(
        row_heading(name, element("small", TRAIT_MAXIMS[trait_score.trait])),
        cell(estimate_bar(estimate, trait_score.prior), class_="bar-cell"),
        _value(trait_score),
        _part("Brand", trait_score.brand_contribution, status),
        _part("Customer", trait_score.customer_contribution, status),
        cell(coverage, class_="number", label="Evidence"),
    )


def _value(trait_score: TraitScore) -> Markup:
    estimate = trait_score.estimate
    if estimate is None:
        return cell(STATUS_SENTENCES[trait_score.status], class_="status")
    interval = f"{points(estimate.lower)}\N{EN DASH}{points(estimate.upper)}"
    return cell(
        element("strong", points(estimate.value)),
        element("small", interval),
        class_="number value",
    )


def _part(label: str, value: float, status: TraitStatus) -> Markup:
    if status == TraitStatus.NOT_APPLICABLE:
        return cell(NOTHING, class_="number", label=label)
    return cell(signed(value), class_=f"number {tone(value) or ''}".rstrip(), label=label)
