"""What every chart is drawn with: scales in per cent of the drawing, and bars on them.

Drawings have no view box: places are per cent and sizes are pixels, so that a chart fills any
width while its text and marks keep their size. Bars beside numbers are hidden from screen
readers, which read the numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from relhealth.domain.score import Estimate
from relhealth.report.markup import Child, Markup, element

POINTS_TOP: Final = 100.0
_ROW_HEIGHT: Final = 22
_MIDDLE: Final = _ROW_HEIGHT / 2
_STEP_HEIGHT: Final = 28
_BAR_MARGIN: Final = 5


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear scale from values to per cent of a drawing's width or height."""

    low: float
    high: float
    start: float = 0.0
    end: float = 100.0

    def at(self, value: float) -> str:
        """The place of a value; values beyond the ends stand at the ends."""
        return f"{self.share(value):.3f}%"

    def share(self, value: float) -> float:
        """The place of a value as a number of per cent."""
        reach = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.0
        return self.start + min(max(reach, 0.0), 1.0) * (self.end - self.start)


POINTS: Final = Scale(0.0, POINTS_TOP, start=1.0, end=99.0)


def drawing(height: float, *children: Child, label: str | None = None, class_: str) -> Markup:
    """An SVG of the full width; without a label it is decoration beside text that says it."""
    return element(
        "svg",
        *children,
        class_=class_,
        width="100%",
        height=height,
        role="img" if label else None,
        aria_label=label,
        aria_hidden=None if label else "true",
        focusable="false",
    )


def line(x1: str, y1: float | str, x2: str, y2: float | str, class_: str) -> Markup:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def words_at(x: str, y: float, text: str, *, anchor: str = "start", class_: str) -> Markup:
    """Words in a drawing; `anchor` is start, middle or end."""
    return element("text", text, x=x, y=y, text_anchor=anchor, class_=class_)


def dot(x: str, y: float | str, *, radius: int = 5) -> Markup:
    """Where a value stands."""
    return element("circle", cx=x, cy=y, r=radius, class_="dot")


def interval_marks(
    scale: Scale, value: float, bounds: tuple[float, float], y: float, *, radius: int = 5
) -> list[Markup]:
    """Where a value stands, on the interval in which it is known to be."""
    lower, upper = bounds
    interval = line(scale.at(lower), y, scale.at(upper), y, "interval")
    return [interval, dot(scale.at(value), y, radius=radius)]


def estimate_bar(estimate: Estimate | None, prior: float) -> Markup:
    """Where a value stands on 0 to 100, how far it is known, and what was assumed before."""
    marks: list[Child] = [
        line(POINTS.at(0), _MIDDLE, POINTS.at(POINTS_TOP), _MIDDLE, "track"),
        line(POINTS.at(prior), 3, POINTS.at(prior), _ROW_HEIGHT - 3, "prior"),
    ]
    if estimate is not None:
        marks += interval_marks(POINTS, estimate.value, (estimate.lower, estimate.upper), _MIDDLE)
    return drawing(_ROW_HEIGHT, *marks, class_="bar")


def step_bar(scale: Scale, before: float, after: float, *, whole: bool = False) -> Markup:
    """One step of a waterfall from `before` to `after`; `whole` marks where it starts or ends."""
    grid = [
        line(scale.at(tick), 0, scale.at(tick), _STEP_HEIGHT, "grid") for tick in tens_within(scale)
    ]
    if whole:
        mark = dot(scale.at(after), _STEP_HEIGHT / 2)
    else:
        mark = _span(scale, before, after, _STEP_HEIGHT)
    return drawing(_STEP_HEIGHT, *grid, mark, class_="bar")


def signed_bar(value: float, largest: float) -> Markup:
    """A signed number as a bar from the middle, `largest` reaching the edge."""
    scale = Scale(-largest, largest)
    middle = line(scale.at(0), 0, scale.at(0), _ROW_HEIGHT, "grid")
    return drawing(_ROW_HEIGHT, middle, _span(scale, 0.0, value, _ROW_HEIGHT), class_="bar")


def share_bar(share: float, bounds: tuple[float, float], reference: float | None) -> Markup:
    """A share of 0 to 1 with its interval and, where there is one, the reference beside it."""
    scale = Scale(0.0, 1.0, start=1.0, end=99.0)
    marks: list[Child] = [line(scale.at(0), _MIDDLE, scale.at(1), _MIDDLE, "track")]
    if reference is not None:
        marks.append(line(scale.at(reference), 2, scale.at(reference), _ROW_HEIGHT - 2, "prior"))
    marks += interval_marks(scale, share, bounds, _MIDDLE)
    return drawing(_ROW_HEIGHT, *marks, class_="bar")


def tens_within(scale: Scale) -> list[float]:
    """The multiples of ten on a scale of points."""
    first = math.ceil(scale.low / 10)
    return [10.0 * tick for tick in range(first, math.floor(scale.high / 10) + 1)]


def _span(scale: Scale, before: float, after: float, height: float) -> Markup:
    left, right = scale.share(min(before, after)), scale.share(max(before, after))
    return element(
        "rect",
        x=f"{left:.3f}%",
        y=_BAR_MARGIN,
        width=f"{max(right - left, 0.4):.3f}%",
        height=height - 2 * _BAR_MARGIN,
        class_="plus" if after >= before else "minus",
    )
