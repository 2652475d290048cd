"""The Kaplan-Meier curve: how long customers wait for an answer, those still waiting included."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Final

from relhealth.domain.history import MICROSECONDS_PER_SECOND
from relhealth.domain.mirror import Mirror, SurvivalPoint
from relhealth.report.drawing import Scale, drawing, line, words_at
from relhealth.report.markup import Child, Markup, element
from relhealth.report.words import count, elapsed, percent

_HEIGHT: Final = 230
_TOP: Final = 12
_BOTTOM: Final = 196
_SHORTEST_SECONDS: Final = 60.0
_TICKS: Final = (
    (60.0, "1 min"),
    (600.0, "10 min"),
    (3_600.0, "1 h"),
    (6 * 3_600.0, "6 h"),
    (86_400.0, "1 day"),
    (7 * 86_400.0, "1 week"),
    (30 * 86_400.0, "30 days"),
    (365 * 86_400.0, "1 year"),
)
# In per cent, so that labels stay apart on the narrowest screen.
_TICK_SPACING: Final = 26.0


def survival(mirror: Mirror) -> Markup:
    """The curve with its band on a logarithmic axis of time, and the finding in words."""
    points = mirror.time_to_reply
    said = _said(mirror)
    if not points:
        return element("p", said)
    longest = max(_seconds(points[-1]), 10 * _SHORTEST_SECONDS)
    across = Scale(math.log(_SHORTEST_SECONDS), math.log(longest), start=1.0, end=99.0)
    steps = [*points, points[-1]]
    curve = drawing(
        _HEIGHT,
        *_axis(across),
        *[_band(across, a, b) for a, b in pairwise(steps)],
        *[step for a, b in pairwise(steps) for step in _step(across, a, b)],
        label=said,
        class_="survival",
    )
    return element(
        "figure",
        element("div", _gutter(), curve, class_="plot"),
        element("figcaption", said),
    )


def _said(mirror: Mirror) -> str:
    if not mirror.time_to_reply:
        return "Nothing called for an answer."
    waiting = mirror.time_to_reply[-1].unanswered.value
    calls = f"Of {count(mirror.response_rate.total, 'message')} that called for an answer"
    if mirror.median_reply_us is None:
        return f"{calls}, fewer than half were answered; {percent(waiting)} still wait at the end."
    half = elapsed(mirror.median_reply_us)
    return f"{calls}, half were answered within {half}; {percent(waiting)} still wait at the end."


def _axis(across: Scale) -> list[Child]:
    drawn: list[Child] = [
        line("0%", _down(share), "100%", _down(share), "grid") for share in (0.0, 0.5, 1.0)
    ]
    last = -_TICK_SPACING
    for seconds, name in _TICKS:
        place = across.share(math.log(seconds))
        if math.log(seconds) > across.high or place - last < _TICK_SPACING:
            continue
        anchor = "start" if place < _TICK_SPACING / 2 else "middle"
        anchor = "end" if place > 100 - _TICK_SPACING / 2 else anchor
        drawn.append(words_at(f"{place:.3f}%", _HEIGHT - 6, name, anchor=anchor, class_="tick"))
        drawn.append(line(f"{place:.3f}%", _BOTTOM, f"{place:.3f}%", _BOTTOM + 5, "grid"))
        last = place
    return drawn


def _gutter() -> Markup:
    names = [
        words_at("0%", _down(share) + 4, said, class_="tick")
        for share, said in ((1.0, "all waiting"), (0.5, "half"), (0.0, "none"))
    ]
    return drawing(_HEIGHT, *names, class_="gutter")


def _band(across: Scale, here: SurvivalPoint, after: SurvivalPoint) -> Markup:
    left, right = _place(across, here), _place(across, after)
    return element(
        "rect",
        x=f"{left:.3f}%",
        y=_down(here.unanswered.upper),
        width=f"{right - left:.3f}%",
        height=_down(here.unanswered.lower) - _down(here.unanswered.upper),
        class_="confidence",
    )


def _step(across: Scale, here: SurvivalPoint, after: SurvivalPoint) -> tuple[Markup, Markup]:
    left, right = f"{_place(across, here):.3f}%", f"{_place(across, after):.3f}%"
    y = _down(here.unanswered.value)
    return line(left, y, right, y, "curve"), line(
        right, y, right, _down(after.unanswered.value), "curve"
    )


def _place(across: Scale, point: SurvivalPoint) -> float:
    return across.share(math.log(max(_seconds(point), _SHORTEST_SECONDS)))


def _seconds(point: SurvivalPoint) -> float:
    return point.wait_us / MICROSECONDS_PER_SECOND


def _down(share: float) -> float:
    return _BOTTOM - share * (_BOTTOM - _TOP)
