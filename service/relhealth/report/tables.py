"""Tables whose meaning survives any layout.

Roles are spelled out because a phone lays some tables out as blocks, which would take their
meaning from a screen reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from relhealth.report.markup import Child, Markup, element

NOTHING: Final = "\N{EN DASH}"


class Column(Enum):
    """What a column holds, which decides how its heading stands."""

    WORDS = None
    NUMBER = "number"
    BAR = "bar"


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's heading; that of bars beside their numbers is for screen readers alone."""

    said: str
    column: Column = Column.WORDS

    def cell(self) -> Markup:
        """The heading's cell."""
        is_bar = self.column == Column.BAR
        return element(
            "th",
            element("span", self.said, class_="spoken") if is_bar else self.said,
            scope="col",
            role="columnheader",
            class_=self.column.value,
        )


def table(
    name: str,
    caption: str,
    headings: tuple[Heading, ...],
    rows: list[Markup],
    id_: str | None = None,
) -> Markup:
    """A table of a class, with its caption."""
    head = element("tr", *[heading.cell() for heading in headings], role="row")
    return element(
        "table",
        element("caption", caption),
        element("thead", head, role="rowgroup"),
        element("tbody", *rows, role="rowgroup"),
        class_=name,
        role="table",
        id=id_,
    )


def row(heading: Markup, *cells: Child) -> Markup:
    """A row: what it is about, then its cells."""
    return element("tr", heading, *cells, role="row")


def row_heading(*children: Child) -> Markup:
    """What a row is about."""
    return element("th", *children, scope="row", role="rowheader")


def cell(*children: Child, class_: str, label: str | None = None) -> Markup:
    """A cell; `label` stands before it where a phone hides the headings."""
    return element("td", *children, class_=class_, role="cell", data_label=label)
