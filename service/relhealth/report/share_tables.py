"""Tables of shares with their intervals: conduct, bands, stances, and the follower audit."""

from __future__ import annotations

from typing import Final

from relhealth.domain.mirror import AudienceGroup, FollowerAudit, Mirror, Proportion
from relhealth.report.drawing import share_bar
from relhealth.report.markup import Child, Markup, element
from relhealth.report.tables import NOTHING, Column, Heading, cell, row, row_heading, table
from relhealth.report.words import BAND_NAMES, STANCE_NAMES, elapsed, percent

_HEADINGS: Final = (
    Heading("What"),
    Heading("Share as a bar", Column.BAR),
    Heading("Share", Column.NUMBER),
    Heading("Count", Column.NUMBER),
)
_GROUP_HEADINGS: Final = (
    Heading("Followers"),
    Heading("Share as a bar", Column.BAR),
    Heading("Answered", Column.NUMBER),
    Heading("Count", Column.NUMBER),
    Heading("Half within", Column.NUMBER),
)


def conduct(mirror: Mirror) -> Markup:
    """How the brand treats its customers, the response rate beside its reference."""
    reference = mirror.reference_response_rate
    asked = "messages that call for an answer and get one"
    rows = (
        ("Answered", asked, mirror.response_rate, reference),
        ("Talk share", "of all words, the brand's", mirror.talk_share, None),
        ("Begging", "the brand's messages that beg for attention", mirror.begging_rate, None),
        ("Canned", "the brand's messages that repeat a line", mirror.canned_share, None),
        ("Owned", "complaints whose failing the brand owned", mirror.complaints_owned, None),
        ("Praise acknowledged", "praise that got a reply", mirror.praise_acknowledged, None),
    )
    caption = (
        f"The tick beside the answers is the reference of {percent(reference)} that brands are "
        "said to answer. Bars are intervals."
    )
    return table(
        "shares stacked",
        caption,
        _HEADINGS,
        [_share_row(*entry) for entry in rows],
        id_="conduct-table",
    )


def standing(mirror: Mirror) -> Markup:
    """The shares of the bands and of the stances."""
    bands = [_share_row(BAND_NAMES[band], None, share, None) for band, share in mirror.bands]
    stances = [
        _share_row(STANCE_NAMES[stance], None, share, None) for stance, share in mirror.stances
    ]
    return element(
        "div",
        table("shares stacked", "By band of health.", _HEADINGS, bands),
        table("shares stacked", "By what the customer wants.", _HEADINGS, stances),
        class_="columns",
    )


def _share_row(
    name: str, meaning: str | None, proportion: Proportion, reference: float | None
) -> Markup:
    note = element("small", meaning) if meaning else None
    return row(row_heading(name, note), *_share_cells(proportion, reference))


def _share_cells(proportion: Proportion, reference: float | None) -> list[Child]:
    share = proportion.share
    if share is None:
        return [
            cell(class_="bar-cell"),
            cell(NOTHING, class_="number value"),
            cell("nothing to count", class_="number count"),
        ]
    interval = f"{round(100 * share.lower)}\N{EN DASH}{percent(share.upper)}"
    bar = share_bar(share.value, (share.lower, share.upper), reference)
    return [
        cell(bar, class_="bar-cell"),
        cell(
            element("strong", percent(share.value)),
            element("small", interval),
            class_="number value",
        ),
        cell(f"{proportion.count:,} of {proportion.total:,}", class_="number count"),
    ]


def follower_audit(audit: FollowerAudit) -> Markup:
    """The finding in a sentence, and the groups that it rests on."""
    rows = [_group(group) for group in audit.groups]
    caption = "Share of messages answered, by the customer's audience."
    return element(
        "div",
        element("p", audit.summary),
        table("shares stacked", caption, _GROUP_HEADINGS, rows) if rows else None,
    )


def _group(group: AudienceGroup) -> Markup:
    median_us = group.median_reply_us
    return row(
        row_heading(_size(group.smallest, group.largest)),
        *_share_cells(group.response_rate, None),
        cell(
            NOTHING if median_us is None else elapsed(median_us),
            class_="number count",
            label="half within",
        ),
    )


def _size(smallest: int | None, largest: int | None) -> str:
    if smallest is None:
        return "unknown"
    if largest is None:
        return f"{smallest:,} and more"
    return f"{smallest:,} to {largest:,}"
