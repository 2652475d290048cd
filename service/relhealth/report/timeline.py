"""The timeline: every interaction by party and channel, with waits, failings and promises.

The axis blends order and time, so that messages minutes apart within months stay apart while
longer waits are still wider.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from relhealth.domain.history import History
from relhealth.domain.vocabulary import Channel, Party
from relhealth.report.drawing import drawing, line, words_at
from relhealth.report.facts import Promise, RelationshipReport, Span, Wait
from relhealth.report.links import message_id
from relhealth.report.markup import Child, Markup, element, scroller
from relhealth.report.words import CHANNEL_NAMES, count, day, elapsed, year
from relhealth.signals.commitments import Fate

_ORDER_SHARE: Final = 0.6
_START: Final = 2.0
_END: Final = 96.0
_ROW: Final = 58
_CUSTOMER_LANE: Final = 28
_BRAND_LANE: Final = 46
_AXIS: Final = 26
# In pixels, so that dates stay apart on the narrowest screen, of 320 with its margins.
_NARROWEST: Final = 288
_TICK_SPACING: Final = 80
_PIXELS_A_CHARACTER: Final = 7
_PIXELS_A_MESSAGE: Final = 9
_FATES: Final = {
    Fate.OPEN: ("\N{WHITE FLAG}", "pending"),
    Fate.KEPT: ("\N{CHECK MARK}", "kept"),
    Fate.BROKEN: ("\N{MULTIPLICATION X}", "broken"),
    Fate.UNKNOWN: ("?", "pending"),
}


@dataclass(frozen=True, slots=True)
class _Axes:
    """Where a position lies, in per cent across and pixels down."""

    history: History
    as_of_us: int
    channels: tuple[Channel, ...]

    def across(self, position: int) -> float:
        times = self.history.sent_us
        span_us = max(self.as_of_us - times[0], 1)
        order = position / len(times)
        moment = (times[position] - times[0]) / span_us
        blend = _ORDER_SHARE * order + (1 - _ORDER_SHARE) * moment
        return _START + blend * (_END - _START)

    def across_at(self, moment_us: int) -> float:
        """The place of any moment, between those of its neighbours; `as_of` is the end."""
        times = self.history.sent_us
        after = bisect_right(times, moment_us)
        if after == 0:
            return _START
        left_us, left = times[after - 1], self.across(after - 1)
        right_us, right = (
            (times[after], self.across(after)) if after < len(times) else (self.as_of_us, _END)
        )
        if right_us <= left_us:
            return left
        return left + min((moment_us - left_us) / (right_us - left_us), 1.0) * (right - left)

    def down(self, position: int) -> float:
        row = self.channels.index(self.history.channels[position])
        is_brand = self.history.senders[position] == Party.BRAND
        return row * _ROW + (_BRAND_LANE if is_brand else _CUSTOMER_LANE)

    @property
    def height(self) -> int:
        return len(self.channels) * _ROW


def timeline(report: RelationshipReport) -> Markup:
    """The figure with its caption, which says in words what it shows."""
    history = report.history
    channels = tuple(sorted(set(history.channels)))
    axes = _Axes(history, report.score.as_of_us, channels)
    marks = drawing(
        axes.height + _AXIS,
        *[_episode(axes, span) for span in report.episodes],
        *_axis(axes),
        *_rows(axes),
        *_waits(axes, report.waits),
        *_promises(axes, report.promises),
        *[_mark(axes, position) for position in range(len(history))],
        label=_said(report),
        class_="timeline",
    )
    width = f"min-width:{_PIXELS_A_MESSAGE * len(history)}px"
    wide = element("div", _channel_names(axes), marks, style=width)
    scrolled = scroller(wide, "Timeline")
    return element("figure", scrolled, element("figcaption", _said(report)), _legend())


def _channel_names(axes: _Axes) -> Markup:
    """The names of the rows, which stay in sight while the drawing moves beneath them."""
    names = [
        element("span", CHANNEL_NAMES[channel], style=f"height:{_ROW}px")
        for channel in axes.channels
    ]
    return element("div", *names, class_="channels", aria_hidden="true")


def _rows(axes: _Axes) -> list[Child]:
    return [
        line("0%", top + lane, f"{_END}%", top + lane, "lane")
        for top in range(0, axes.height, _ROW)
        for lane in (_CUSTOMER_LANE, _BRAND_LANE)
    ]


def _mark(axes: _Axes, position: int) -> Markup:
    x, y = f"{axes.across(position):.3f}%", axes.down(position)
    link = message_id(position)
    if axes.history.senders[position] == Party.CUSTOMER:
        return element("circle", cx=x, cy=y, r=5, class_="customer-mark", data_links=link)
    return element(
        "rect",
        x=x,
        y=y - 5,
        width=10,
        height=10,
        transform="translate(-5 0)",
        class_="brand-mark",
        data_links=link,
    )


def _waits(axes: _Axes, waits: tuple[Wait, ...]) -> list[Child]:
    """A line from each call to its answer; open ones end where the next on their lane begins."""
    drawn: list[Child] = []
    ends: dict[float, float] = {}
    for wait in reversed(waits):
        x, y = axes.across(wait.call), axes.down(wait.call)
        if wait.answer is None:
            drawn.append(line(f"{x:.3f}%", y, f"{ends.get(y, _END):.3f}%", y, "open-wait"))
            ends[y] = x
        else:
            answered = f"{axes.across(wait.answer):.3f}%"
            drawn.append(line(f"{x:.3f}%", y, answered, y, "wait"))
            drawn.append(line(answered, y, answered, axes.down(wait.answer), "wait"))
    return drawn


def _episode(axes: _Axes, span: Span) -> Markup:
    left = axes.across(span.first) - 1.0
    right = _END if span.is_open else axes.across(span.last) + 1.0
    return element(
        "rect",
        x=f"{left:.3f}%",
        y=18,
        width=f"{right - left:.3f}%",
        height=axes.height - 18,
        class_="episode",
    )


def _promises(axes: _Axes, promises: tuple[Promise, ...]) -> list[Child]:
    """A line for each promise until it is due, and its end; ends of one place are drawn once."""
    drawn = [_promise(axes, promise) for promise in promises]
    ends = dict.fromkeys(end for _, end in drawn)
    return [*[until for until, _ in drawn], *ends]


def _promise(axes: _Axes, promise: Promise) -> tuple[Markup | None, Markup]:
    made = axes.across(promise.position)
    known = promise.until_us is not None
    end = axes.across_at(promise.until_us) if promise.until_us is not None else made
    y = axes.down(promise.position) + 8
    sign, state = _FATES[promise.fate]
    until = line(f"{made:.3f}%", y, f"{end:.3f}%", y, f"promise {state}") if known else None
    return until, words_at(
        f"{end:.3f}%", y + 4, sign, anchor="middle", class_=f"promise-end {state}"
    )


def _axis(axes: _Axes) -> list[Child]:
    ticks: list[Child] = []
    width = max(_NARROWEST, _PIXELS_A_MESSAGE * len(axes.history))
    spacing, character = 100 * _TICK_SPACING / width, 100 * _PIXELS_A_CHARACTER / width
    last, last_day = -spacing, ""
    # Within one year it goes without saying; beyond, each year's first date says it.
    said_year = year(axes.as_of_us)
    has_years = year(axes.history.sent_us[0]) != said_year
    end_label = f"as of {day(axes.as_of_us, with_year=has_years)}"
    y = axes.height + 18
    for position, sent_us in enumerate(axes.history.sent_us):
        x = axes.across(position)
        label = day(sent_us, with_year=has_years and year(sent_us) != said_year)
        room = 100 - character * (len(label) + 1 + len(end_label))
        if x - last >= spacing and x < room and day(sent_us) != last_day:
            ticks.append(words_at(f"{x:.3f}%", y, label, class_="tick"))
            ticks.append(line(f"{x:.3f}%", 18, f"{x:.3f}%", axes.height, "grid"))
            last, last_day, said_year = x, day(sent_us), year(sent_us)
    end = f"{_END}%"
    ticks.append(line(end, 0, end, axes.height, "as-of"))
    ticks.append(words_at("100%", y, end_label, anchor="end", class_="tick"))
    return ticks


def _said(report: RelationshipReport) -> str:
    history = report.history
    mine = sum(1 for sender in history.senders if sender == Party.CUSTOMER)
    sides = f"{mine} by the customer and {len(history) - mine} by the brand"
    parts = [f"{count(len(history), 'interaction')} {_days(history)}, {sides}"]
    still_open = [wait for wait in report.waits if wait.answer is None]
    if still_open:
        first_us = history.sent_us[still_open[0].call]
        waited = elapsed(report.score.as_of_us - first_us)
        parts.append(f"{count(len(still_open), 'message')} unanswered, the oldest for {waited}")
    if report.episodes:
        parts.append(count(len(report.episodes), "failing"))
    if report.promises:
        kept = sum(1 for promise in report.promises if promise.fate == Fate.KEPT)
        parts.append(f"{count(len(report.promises), 'promise')}, {kept} kept")
    return "; ".join(parts) + "."


def _days(history: History) -> str:
    first, last = day(history.sent_us[0]), day(history.sent_us[-1])
    return f"on {first}" if first == last else f"from {first} to {last}"


def _legend() -> Markup:
    return element(
        "p",
        *[
            element("span", element("i", class_=f"key {name}"), said)
            for name, said in (
                ("key-customer", "customer"),
                ("key-brand", "brand"),
                ("key-wait", "wait for an answer"),
                ("key-open", "still open"),
                ("key-episode", "failing and what followed"),
                ("key-promise", "promise until it is due"),
            )
        ],
        element("span", "Spacing follows order and time together."),
        class_="legend",
        aria_hidden="true",
    )
