"""What to do next, with what each candidate adds to health over doing nothing."""

from __future__ import annotations

from typing import Final

from relhealth.domain.advice import Action, Recommendation
from relhealth.report.drawing import signed_bar
from relhealth.report.links import message_links
from relhealth.report.markup import Markup, element, fragment
from relhealth.report.tables import Column, Heading, cell, row, row_heading, table
from relhealth.report.words import listed, signed, spelled

_HEADINGS: Final = (
    Heading("Action"),
    Heading("Gain as a bar", Column.BAR),
    Heading("Gain", Column.NUMBER),
)


def next_actions(advice: Recommendation) -> Markup:
    """The candidates, best first, and what is not permitted."""
    largest = max([1.0, *[abs(action.health_gain) for action in advice.actions]])
    days = f"{advice.horizon_days:g} day" + ("" if advice.horizon_days == 1 else "s")
    forbidden = None
    if advice.impermissible:
        names = listed(tuple([spelled(name).lower() for name in advice.impermissible]))
        forbidden = element("p", f"Not permitted: {names}.", class_="cap")
    caption = f"Points of health after {days}, over doing nothing until then."
    rows = [_action(action, largest) for action in advice.actions]
    return fragment(table("actions", caption, _HEADINGS, rows), forbidden)


def _action(action: Action, largest: float) -> Markup:
    noun = " Messages " if len(action.positions) > 1 else " Message "
    about = element("span", noun, *message_links(action.positions), class_="rests-on")
    return row(
        row_heading(
            element("strong", spelled(action.name)),
            element("span", f" {action.summary}"),
            about if action.positions else None,
        ),
        cell(signed_bar(action.health_gain, largest), class_="bar-cell"),
        cell(signed(action.health_gain), class_="number"),
    )
