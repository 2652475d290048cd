"""The relationships of a brand as a table that sorts by any column and opens each page."""

from __future__ import annotations

from relhealth.report.brand_facts import Row
from relhealth.report.markup import Markup, element, scroller
from relhealth.report.tables import NOTHING
from relhealth.report.words import BAND_NAMES, STANCE_NAMES, day, points


def relationships_table(rows: tuple[Row, ...]) -> Markup:
    """A row a relationship; `data-sort` holds what its cell sorts by."""
    names = ("Customer", "Health", "Band", "Stance", "Unanswered", "Interactions", "Last")
    numbers = {"Health", "Unanswered", "Interactions", "Last"}
    heads = [
        element(
            "th",
            element("button", name, type="button"),
            scope="col",
            class_="number" if name in numbers else None,
        )
        for name in names
    ]
    table = element(
        "table",
        element("caption", "A heading sorts by its column; a second time, the other way."),
        element("thead", element("tr", *heads)),
        element("tbody", *[_relationship(row) for row in rows]),
        class_="relationships",
    )
    return scroller(table, "Relationships")


def _relationship(row: Row) -> Markup:
    estimate = row.estimate
    health = NOTHING if estimate is None else points(estimate.value)
    return element(
        "tr",
        element(
            "th",
            element("a", element("bdi", row.customer_id), href=row.page),
            scope="row",
            data_sort=row.customer_id,
        ),
        _sorted_cell(health, "" if estimate is None else f"{estimate.value:.9f}", number=True),
        _sorted_cell(BAND_NAMES[row.band], str(int(row.band))),
        _sorted_cell(STANCE_NAMES[row.stance], STANCE_NAMES[row.stance]),
        _sorted_cell(str(row.open_count), str(row.open_count), number=True),
        _sorted_cell(str(row.interaction_count), str(row.interaction_count), number=True),
        _sorted_cell(day(row.last_us), str(row.last_us), number=True),
    )


def _sorted_cell(shown: str, value: str, *, number: bool = False) -> Markup:
    return element("td", shown, class_="number" if number else None, data_sort=value)
