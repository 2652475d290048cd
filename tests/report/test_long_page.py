"""The page of a long relationship: five hundred interactions over years, in a real browser."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from relhealth.models.load import load_scorer
from relhealth.report.build import report_of
from relhealth.report.facts import RelationshipReport
from relhealth.report.relationship_page import relationship_page
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.json_reading import read_request_line
from relhealth.wire.parsing import parse_request

if TYPE_CHECKING:
    from report.conftest import Browser

EXAMPLES = Path(__file__).parents[2] / "examples"
LENGTH = 500
START = 1_640_995_200  # 1 January 2022
DAY = 86_400


def history_of(length: int, step_seconds: int) -> pb.RelationshipHistory:
    """The examples' conversations over and over, with as much time between two messages."""
    told = [
        interaction
        for file in sorted(EXAMPLES.glob("*.jsonl"))
        for interaction in read_request_line(file.read_bytes()).history.interactions
    ]
    history = pb.RelationshipHistory(brand_id="b", customer_id="c")
    for number, message in enumerate(itertools.islice(itertools.cycle(told), length)):
        added = history.interactions.add(
            interaction_id=str(number),
            sender=message.sender,
            channel=message.channel,
            text=message.text or "Hello",
        )
        added.sent_time.seconds = START + number * step_seconds
    return history


def report_on(history: pb.RelationshipHistory) -> RelationshipReport:
    as_of = Timestamp(seconds=history.interactions[-1].sent_time.seconds + DAY)
    request = pb.ScoreRelationshipRequest(history=history, as_of_time=as_of)
    return report_of(load_scorer(None, None), *parse_request(request, 0), with_text=True)


@pytest.fixture(scope="module")
def report() -> RelationshipReport:
    return report_on(history_of(LENGTH, DAY * 3 // 2))


@pytest.fixture(scope="module")
def page(report: RelationshipReport) -> str:
    return relationship_page(report)


@pytest.mark.parametrize(("width", "dark"), [(360, True), (1440, False), (1440, True)])
def test_a_long_page_is_sound(browser: Browser, page: str, width: int, dark: bool) -> None:  # noqa: FBT001
    browser.show(page, width=width, dark=dark)
    assert browser.complaints() == []
    assert browser.faults() == []
    assert browser.audit() == []


@pytest.mark.parametrize("width", [360, 1440])
def test_the_timeline_begins_with_the_newest_and_keeps_its_names(
    browser: Browser, page: str, width: int
) -> None:
    browser.show(page, width=width)
    is_in_sight = (
        "const frame = document.querySelector('figure > .scroller').getBoundingClientRect();"
        "const box = document.querySelector(arguments[0]).getBoundingClientRect();"
        "return box.left >= frame.left - 1 && box.right <= frame.right + 1"
    )
    newest, oldest = f".timeline [data-links='m-{LENGTH}']", ".timeline [data-links='m-1']"
    assert browser.ask(is_in_sight, newest)
    assert not browser.ask(is_in_sight, oldest)
    assert browser.ask(is_in_sight, ".channels span")
    browser.ask("document.querySelector('figure > .scroller').scrollLeft = 0")
    assert browser.ask(is_in_sight, oldest)
    assert browser.ask(is_in_sight, ".channels span")


def test_the_timelines_dates_say_their_years(browser: Browser, page: str) -> None:
    browser.show(page)
    dates = browser.ask(
        "return [...document.querySelectorAll('.timeline .tick')].map((n) => n.textContent)"
    )
    years = [date[-4:] for date in dates if date[-4:].isdigit()]
    assert years == ["2022", "2023", "2024", "2024"]  # the last is that of the score
    assert dates[0] == "1 Jan 2022"
    assert dates[-1] == "as of 20 Jan 2024"


@pytest.mark.parametrize("width", [320, 360, 1440])
def test_few_messages_of_many_years_have_their_dates_apart(browser: Browser, width: int) -> None:
    browser.show(relationship_page(report_on(history_of(5, 300 * DAY))), width=width)
    assert browser.faults() == []


def test_what_weighs_most_is_told_and_not_summed(
    browser: Browser, page: str, report: RelationshipReport
) -> None:
    browser.show(page)
    lines = browser.ask(
        "return [...document.querySelectorAll('.evidence section')].map((s) => [s.id,"
        "[...s.querySelectorAll('li')].map((li) => [li.querySelector('.number').firstChild.data,"
        "li.querySelector('.said').textContent])])"
    )
    for number, trait in enumerate(report.score.traits, start=1):
        (told,) = [lines for id_, lines in lines if id_ == f"trait-{number}"]
        points = [float(p.replace("\N{MINUS SIGN}", "-")) for p, _ in told]
        assert len(told) <= 14
        assert sum(points) == pytest.approx(trait.value - trait.prior, abs=0.06 * len(told))
        summed = [p for p, (_, said) in zip(points, told, strict=True) if "summed" in said]
        assert len(summed) <= 1
        assert all(abs(p) < max(map(abs, points)) for p in summed)


def test_a_keyboard_reaches_the_messages_and_turns_the_list(browser: Browser, page: str) -> None:
    browser.show(page)
    browser.driver.find_element(By.LINK_TEXT, "Messages").send_keys(Keys.ENTER)
    browser.driver.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.ask("return document.activeElement.closest('#message-list') !== null")
    place = (
        "const list = document.getElementById('message-list').getBoundingClientRect();"
        "const link = [...document.querySelectorAll('.evidence .rests-on a')].at(arguments[0]);"
        "link.focus({preventScroll: true});"
        "const item = document.getElementById(link.dataset.links).getBoundingClientRect();"
        "return item.top >= list.top - 1 && item.bottom <= list.bottom + 1"
    )
    assert browser.ask(place, 0)
    assert browser.ask(place, -1)


def test_headings_lead_through_the_page_without_a_gap(browser: Browser, page: str) -> None:
    browser.show(page)
    levels = browser.ask(
        "return [...document.querySelectorAll('h1, h2, h3')]"
        ".map((n) => [+n.nodeName[1], n.textContent])"
    )
    assert [said for level, said in levels if level == 3][-1] == "Messages"
    assert all(after - before <= 1 for (before, _), (after, _) in itertools.pairwise(levels))
