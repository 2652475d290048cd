"""The head of the page: health in a number, a picture and a few sentences."""

from __future__ import annotations

from typing import Final

from relhealth.domain.rubric import BandThreshold
from relhealth.domain.score import HealthScore, StanceScore
from relhealth.domain.vocabulary import Band, Stance
from relhealth.report.drawing import POINTS, POINTS_TOP, drawing, interval_marks, line, words_at
from relhealth.report.facts import RelationshipReport
from relhealth.report.markup import Child, Markup, element
from relhealth.report.words import (
    BAND_NAMES,
    STANCE_NAMES,
    STANCE_SENTENCES,
    listed,
    percent,
    points,
    spelled,
)

_HEIGHT: Final = 62
_LINE: Final = 24


def summary(report: RelationshipReport) -> Markup:
    """Health with its interval, band and stance, in a picture and in sentences."""
    health = report.score.health
    value = "\N{EN DASH}" if health.estimate is None else points(health.estimate.value)
    of = None if health.estimate is None else element("span", "of 100")
    return element(
        "section",
        element(
            "div",
            element("p", value, of, class_="big number"),
            element("p", BAND_NAMES[health.band], class_="band"),
            class_="headline",
        ),
        element(
            "div",
            _scale(health, report.bands),
            element("p", _health_sentence(health)),
            _cap_sentence(health),
            _stance_sentence(report.score.stance),
            class_="sentences",
        ),
        class_="summary",
        id="summary",
        aria_label="Health",
    )


def _scale(health: HealthScore, bands: tuple[BandThreshold, ...]) -> Markup:
    drawn: list[Child] = []
    ceiling = POINTS_TOP
    for threshold in bands:
        left, right = POINTS.share(threshold.lowest_value), POINTS.share(ceiling)
        is_here = threshold.band == health.band_before_cap and health.estimate is not None
        drawn.append(
            element(
                "rect",
                x=f"{left + 0.2:.3f}%",
                y=8,
                width=f"{max(right - left - 0.4, 0):.3f}%",
                height=32,
                class_="zone here" if is_here else "zone",
            )
        )
        middle = f"{(left + right) / 2:.3f}%"
        name = BAND_NAMES[threshold.band].lower()
        drawn.append(words_at(middle, _HEIGHT - 6, name, anchor="middle", class_="tick"))
        ceiling = threshold.lowest_value
    drawn.append(line(POINTS.at(health.prior), 4, POINTS.at(health.prior), 44, "prior"))
    estimate = health.estimate
    if estimate is not None:
        bounds = estimate.lower, estimate.upper
        drawn += interval_marks(POINTS, estimate.value, bounds, _LINE, radius=7)
    return drawing(_HEIGHT, *drawn, class_="health")


def _health_sentence(health: HealthScore) -> str:
    estimate = health.estimate
    if estimate is None:
        return (
            "The record says too little to show a health score. Before any evidence, "
            f"{points(health.prior)} points are assumed."
        )
    return (
        f"Health is {points(estimate.value)} of 100, and with {percent(estimate.credible_level)} "
        f"probability between {points(estimate.lower)} and {points(estimate.upper)}. "
        f"Of that, {percent(estimate.coverage)} rests on evidence, the rest on the "
        f"{points(health.prior)} points assumed before any."
    )


def _cap_sentence(health: HealthScore) -> Markup | None:
    if not health.reasons or health.band == Band.INSUFFICIENT_EVIDENCE:
        return None
    reasons = listed(tuple([spelled(reason).lower() for reason in health.reasons]))
    if health.band == health.band_before_cap:
        held = f"{reasons.capitalize()}: the band could be no better, and by points it is not."
    else:
        before = BAND_NAMES[health.band_before_cap].lower()
        held = f"Held at {BAND_NAMES[health.band].lower()} by {reasons}; by points {before}."
    return element("p", held, class_="cap")


def _stance_sentence(stance: StanceScore) -> Markup:
    ranked = sorted(Stance, key=lambda s: -stance.probabilities[s - 1])
    others = [
        f"{STANCE_NAMES[s].lower()} {percent(stance.probabilities[s - 1])}"
        for s in ranked
        if s != stance.label and round(stance.probabilities[s - 1], 2) > 0
    ]
    label = (
        f"{STANCE_NAMES[stance.label]}, {percent(stance.probabilities[stance.label - 1])} sure. "
    )
    return element(
        "p",
        element("strong", label),
        f"{STANCE_SENTENCES[stance.label]} ",
        f"Advice: {spelled(stance.advice).lower()}. " if stance.advice else None,
        element("small", f"Otherwise {listed(tuple(others))}.") if others else None,
    )
