"""The trend: health over time between the bands, and each trait's course beside it."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from relhealth.domain.rubric import BandThreshold
from relhealth.domain.score import TraitScore
from relhealth.domain.vocabulary import Party
from relhealth.report.drawing import POINTS_TOP, Scale, dot, drawing, line, words_at
from relhealth.report.facts import RelationshipReport
from relhealth.report.markup import Child, Markup, element
from relhealth.report.words import BAND_NAMES, TRAIT_NAMES, day, points

_HEIGHT: Final = 220
_TOP: Final = 14
_BOTTOM: Final = 182
_SMALL: Final = 44


def trend(report: RelationshipReport) -> Markup:
    """Health as a curve over the bands, seven small curves below, and the ends in words.

    What is not shown as a number is not drawn either.
    """
    smalls = element("ul", *[_small(report, one) for one in report.score.traits], class_="smalls")
    if report.score.health.estimate is None:
        too_little = "The record says too little for a curve of health."
        return element("figure", element("figcaption", too_little), smalls)
    first, last = report.trend[0], report.trend[-1]
    said = (
        f"Health went from {points(first.health)} on {day(first.as_of_us)} to "
        f"{points(last.health)} on {day(last.as_of_us)}."
    )
    return element(
        "figure",
        element("div", _gutter(report.bands), _curve(report, said), class_="plot"),
        element("figcaption", said, " Marks below the curve are interactions."),
        smalls,
    )


def _curve(report: RelationshipReport, said: str) -> Markup:
    first_us, last_us = report.trend[0].as_of_us, report.trend[-1].as_of_us
    across = Scale(first_us, last_us, start=1.0, end=99.0)
    places = [(across.at(p.as_of_us), _down(p.health)) for p in report.trend]
    return drawing(
        _HEIGHT,
        *[
            line("0%", _down(b.lowest_value), "100%", _down(b.lowest_value), "grid")
            for b in report.bands
        ],
        *_joined(places),
        dot(*places[-1]),
        *_rug(report, across),
        words_at("0%", _HEIGHT - 4, day(first_us), class_="tick"),
        words_at("100%", _HEIGHT - 4, day(last_us), anchor="end", class_="tick"),
        label=said,
        class_="trend",
    )


def _gutter(bands: tuple[BandThreshold, ...]) -> Markup:
    """The names of the bands beside the curve, each where it begins."""
    names = [
        words_at(
            "0%",
            _down(threshold.lowest_value) + 4,
            f"{BAND_NAMES[threshold.band].lower()} {threshold.lowest_value:.0f}",
            class_="tick",
        )
        for threshold in bands
    ]
    return drawing(_HEIGHT, *names, class_="gutter")


def _joined(places: list[tuple[str, float]]) -> list[Child]:
    return [line(x1, y1, x2, y2, "curve") for (x1, y1), (x2, y2) in pairwise(places)]


def _rug(report: RelationshipReport, across: Scale) -> list[Child]:
    marks: list[Child] = []
    for sent_us, sender in zip(report.history.sent_us, report.history.senders, strict=True):
        x = across.at(sent_us)
        name = "rug-brand" if sender == Party.BRAND else "rug-customer"
        marks.append(line(x, _BOTTOM + 4, x, _BOTTOM + 12, name))
    return marks


def _small(report: RelationshipReport, trait_score: TraitScore) -> Markup:
    name = element("span", TRAIT_NAMES[trait_score.trait])
    if trait_score.estimate is None:
        return element("li", name, element("span", "not judged", class_="number"))
    index = trait_score.trait - 1
    across = Scale(report.trend[0].as_of_us, report.trend[-1].as_of_us, start=2.0, end=98.0)
    places = [
        (across.at(point.as_of_us), _SMALL - 4 - point.traits[index] / POINTS_TOP * (_SMALL - 8))
        for point in report.trend
    ]
    first, last = report.trend[0].traits[index], report.trend[-1].traits[index]
    return element(
        "li",
        name,
        element("span", f"{points(first)} \N{RIGHTWARDS ARROW} {points(last)}", class_="number"),
        drawing(_SMALL, *_joined(places), class_="small-curve"),
    )


def _down(value: float) -> float:
    return _BOTTOM - value / POINTS_TOP * (_BOTTOM - _TOP)
