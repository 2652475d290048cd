"""The waterfall from what was assumed before any evidence to health, a step a trait."""

from __future__ import annotations

import math
from typing import Final

from relhealth.domain.score import HealthScore
from relhealth.domain.vocabulary import Trait
from relhealth.report.drawing import Scale, step_bar, tens_within
from relhealth.report.markup import Markup, element
from relhealth.report.tables import Column, Heading, cell, row, row_heading, table
from relhealth.report.words import TRAIT_NAMES, count, percent, points, signed

_NARROWEST_SPAN: Final = 10.0
_HEADINGS: Final = (
    Heading("Step"),
    Heading("Step as a bar", Column.BAR),
    Heading("Points", Column.NUMBER),
)


def waterfall(health: HealthScore, weights: tuple[float, ...]) -> Markup:
    """From the prior, trait by trait, to health; every step with its points."""
    reached = [health.prior]
    for contribution in health.contributions:
        reached.append(reached[-1] + contribution)
    scale = _scale(reached)
    steps = [
        _step(
            TRAIT_NAMES[trait],
            f"{percent(weights[trait - 1])} of health",
            step_bar(scale, reached[trait - 1], reached[trait]),
            signed(health.contributions[trait - 1]),
        )
        for trait in Trait
    ]
    end = step_bar(scale, health.value, health.value, whole=True)
    start = step_bar(scale, health.prior, health.prior, whole=True)
    rows = [_end("Assumed before any evidence", start, points(health.prior)), *steps]
    if health.estimate is not None:
        rows.append(_end("Health", end, points(health.value)))
    return table("waterfall", _caption(scale, health), _HEADINGS, rows)


def _end(name: str, mark: Markup, number: str) -> Markup:
    return row(
        row_heading(element("strong", name)),
        cell(mark, class_="bar-cell"),
        cell(element("strong", number), class_="number"),
    )


def _step(name: str, note: str, bar: Markup, number: str) -> Markup:
    return row(
        row_heading(name, element("small", note)),
        cell(bar, class_="bar-cell"),
        cell(number, class_="number"),
    )


def _scale(reached: list[float]) -> Scale:
    low = 10.0 * math.floor(min(reached) / 10)
    high = 10.0 * math.ceil(max(reached) / 10)
    return Scale(low, max(high, low + _NARROWEST_SPAN), start=2.0, end=98.0)


def _caption(scale: Scale, health: HealthScore) -> str:
    ticks = tens_within(scale)
    sum_ = (
        "The steps from the prior say too little for a score."
        if health.estimate is None
        else "The prior and the steps add up to health."
    )
    return (
        f"{sum_} The bars run from {ticks[0]:.0f} to {ticks[-1]:.0f} points, "
        f"a hairline every {count(10, 'point')}."
    )
