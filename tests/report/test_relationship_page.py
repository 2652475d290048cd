"""The page of one relationship, opened in a real browser."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from relhealth.domain.reading import Span
from relhealth.domain.score import Estimate
from relhealth.domain.vocabulary import Band, Party, TraitStatus
from relhealth.report.facts import RelationshipReport
from relhealth.report.links import Underlining
from relhealth.report.messages import underlined
from relhealth.report.relationship_page import relationship_page
from report.made import (
    APOLOGY,
    COMPLAINT,
    history_of,
    line,
    long_report,
    rated,
    sample_report,
    sample_score,
)

if TYPE_CHECKING:
    from report.conftest import Browser

HOSTILE = {
    "script": "<script>document.title='taken'</script><img src=x onerror=document.title='taken'>",
    "style": "</style></textarea><style>*{display:none}</style><svg onload=alert(1)>",
    "override": "\u202egnp.exe \u2067 he said \u202dand then some",
    "long": "A" * 10_000,
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈 café Z̸̛͓a͜l͠g͟o 🇳🇴" * 40,
    "controls": "a\x00b\x07c\x1bd\x85e\ufffe",
    "arabic": "متى يصل طلبي؟ شكرا",
}
HOVER = (
    "document.querySelector(arguments[0])"
    ".dispatchEvent(new PointerEvent('pointerover', {bubbles: true}))"
)


def hostile_report(text: str) -> RelationshipReport:
    report = sample_report()
    history = history_of(text, text, text, text, text, ids=(text[:250], text[:250]))
    return replace(report, history=history, score=sample_score(history))


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1440])
def test_the_page_is_sound(browser: Browser, width: int, dark: bool) -> None:  # noqa: FBT001
    browser.show(relationship_page(sample_report()), width=width, dark=dark)
    assert browser.complaints() == []
    assert browser.requests() == []
    assert browser.faults() == []
    assert browser.audit() == []


def test_the_faults_that_are_looked_for_can_be_found(browser: Browser) -> None:
    wide = (
        "<p style='width:500px'>a wide text</p>"
        "<svg><text y=20>one</text><text y=20>two</text></svg>"
    )
    browser.show(
        f"<!doctype html><html lang=en>{wide}<img src=http://127.0.0.1:9/x.png>", width=360
    )
    found = " ".join(browser.faults())
    assert "off screen" in found
    assert "overlap" in found
    assert browser.requests() == ["http://127.0.0.1:9/x.png"]
    assert any(entry.startswith("image-alt") for entry in browser.audit())


@pytest.mark.parametrize("name", sorted(HOSTILE))
@pytest.mark.parametrize("width", [360, 1440])
def test_hostile_text_stays_text(browser: Browser, name: str, width: int) -> None:
    text = HOSTILE[name]
    browser.show(relationship_page(hostile_report(text)), width=width)
    assert browser.complaints() == []
    assert browser.requests() == []
    assert browser.faults() == []
    assert "taken" not in browser.driver.title[:10]
    counts = browser.ask(
        "return ['script', 'style', 'img', 'textarea']"
        ".map((tag) => document.getElementsByTagName(tag).length)"
    )
    assert counts == [1, 1, 0, 0]
    if name != "controls":
        shown = browser.ask("return document.querySelector('#m-4 .text').textContent")
        assert shown == text


def test_evidence_and_messages_light_up_in_both_directions(browser: Browser) -> None:
    browser.show(relationship_page(sample_report()))
    lit = "return [...document.querySelectorAll('.lit')].map((n) => n.id || n.textContent)"
    browser.ask("document.querySelector('#e-5-1 .rests-on a').focus()")
    assert "m-2" in browser.ask(lit)
    browser.ask("document.querySelector('#m-2 .chips a[href=\"#e-5-1\"]').focus()")
    assert "e-5-1" in browser.ask(lit)
    assert "that was our mistake" in browser.ask(lit)
    assert "m-2" not in browser.ask(lit)
    browser.ask(HOVER, "#m-2 .place")
    assert {"e-2-1", "e-5-1"} <= set(browser.ask(lit))
    browser.ask(HOVER, "#e-2-1 .said")
    assert {"m-1", "m-2"} <= set(browser.ask(lit))
    browser.ask(HOVER, "h1")
    assert browser.ask(lit) == []


def test_the_list_of_messages_turns_to_what_evidence_rests_on(browser: Browser) -> None:
    browser.show(relationship_page(long_report(60)))
    last = "return [...document.querySelectorAll('.ledger li')].at(-2).id"
    line = browser.ask(last)
    message = browser.ask("return document.getElementById(arguments[0]).dataset.links", line)
    browser.ask(HOVER, f"#{line} .said")
    place = (
        "const list = document.getElementById('message-list').getBoundingClientRect();"
        "const item = document.getElementById(arguments[0]).getBoundingClientRect();"
        "return item.top >= list.top - 1 && item.bottom <= list.bottom + 1"
    )
    assert browser.ask(place, message)


def test_every_link_leads_somewhere_on_the_page(browser: Browser) -> None:
    browser.show(relationship_page(sample_report()))
    dangling = browser.ask(
        "return [...document.links].map((a) => a.getAttribute('href'))"
        ".filter((h) => !h.startsWith('#') || !document.getElementById(h.slice(1)))"
    )
    assert dangling == []
    duplicates = browser.ask(
        "const ids = [...document.querySelectorAll('[id]')].map((n) => n.id);"
        "return ids.filter((id, i) => ids.indexOf(id) !== i)"
    )
    assert duplicates == []


def test_a_keyboard_reaches_the_page_first_and_then_the_evidence(browser: Browser) -> None:
    browser.show(relationship_page(sample_report()))
    body = browser.driver.find_element(By.TAG_NAME, "body")
    body.send_keys(Keys.TAB)
    assert browser.ask("return document.activeElement.className") == "skip"
    browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
    reached = set()
    for _ in range(60):
        browser.driver.switch_to.active_element.send_keys(Keys.TAB)
        reached.update(browser.ask("return [...document.activeElement.classList]"))
    assert {"mention", "scroller"} <= reached


def test_words_that_carry_evidence_are_underlined(browser: Browser) -> None:
    browser.show(relationship_page(sample_report()))
    marked = browser.ask(
        "return [...document.querySelectorAll('.mention')].map("
        "(n) => [n.textContent, getComputedStyle(n).textDecorationLine])"
    )
    said = ["The parcel never came", "I'm sorry", "that was our mistake"]
    assert marked == [[words, "underline"] for words in said]


def test_blanks_between_words_of_different_evidence_are_no_link() -> None:
    # All of the text rests on one piece of evidence, each word on one more of its own.
    whole, first, second = Span(0, 9), Span(0, 4), Span(5, 9)
    marks = tuple(
        Underlining(span, name) for span, name in ((whole, "a"), (first, "b"), (second, "c"))
    )
    assert underlined("very late", marks).html.count("<a ") == 2


def test_texts_are_shown_only_where_allowed() -> None:
    withheld = relationship_page(sample_report(with_text=False))
    assert COMPLAINT not in withheld
    assert "that was our" not in withheld
    assert "22 characters" in withheld
    shown = relationship_page(sample_report())
    assert "that was our mistake" in shown
    assert APOLOGY.split(". ")[1] in shown


def test_what_was_not_judged_shows_no_number(browser: Browser) -> None:
    report = sample_report()
    health = report.score.health._replace(estimate=None, band=Band.INSUFFICIENT_EVIDENCE)
    bare = replace(report, score=report.score._replace(health=health), advice=None)
    browser.show(relationship_page(bare), width=360)
    assert browser.faults() == []
    assert browser.audit() == []
    text = browser.ask("return document.querySelector('.headline').textContent")
    assert text == "\N{EN DASH}Not enough is known"
    row = browser.ask("return document.querySelector('.traits tbody tr').textContent")
    assert "not applicable" in row
    assert not any(sign.isdigit() for sign in row)
    assert browser.ask("return document.querySelector('svg.trend')") is None
    small = browser.ask("return document.querySelector('.smalls li').textContent")
    assert small == "Own happinessnot judged"
    last = browser.ask("return document.querySelector('.waterfall tbody tr:last-child').innerHTML")
    assert "Support" in last
    assert "<strong>" not in last


def test_many_messages_and_long_shares_fit_a_phone(browser: Browser) -> None:
    report = long_report(40)
    sure = Estimate(0.3, 0.0, 0.9, 0.9, 0.999)
    traits = tuple(
        t._replace(status=TraitStatus.SCORED, estimate=sure, brand_contribution=-66.1)
        for t in report.score.traits
    )
    advice = sample_report().advice
    assert advice is not None
    about_all = replace(advice.actions[0], positions=tuple(range(40)))
    page = replace(
        report,
        score=report.score._replace(traits=traits),
        advice=replace(advice, actions=(about_all,)),
    )
    browser.show(relationship_page(page), width=360)
    assert browser.faults() == []
    action = browser.ask("return document.querySelector('.actions .rests-on').textContent")
    assert action.endswith("11, 12 and 28 more")


def test_what_comes_to_no_tenth_claims_nothing(browser: Browser) -> None:
    report = sample_report()
    said = "The customer means to leave."
    lines = (
        line("asks_only", Party.CUSTOMER, 1.3, (0,), "Came with a need and left with it met."),
        line("parts_warmly", Party.CUSTOMER, 0.04, (2,), "The customer last parted warmly."),
        line("leaves", Party.CUSTOMER, -0.04, (0,), said),
    )
    stance = report.score.stance._replace(evidence=lines)
    browser.show(relationship_page(replace(report, score=report.score._replace(stance=stance))))
    text = browser.ask("return document.getElementById('trait-0').textContent")
    assert said not in text
    assert "0.0 log odds2 items that hardly count." in text
    unseen = "return document.querySelector('#trait-0 .ledger li:last-child .number').className"
    assert browser.ask(unseen) == "number"


def test_a_rating_is_said_in_words(browser: Browser) -> None:
    report = sample_report()
    browser.show(relationship_page(replace(report, history=rated(report.history, 4.5))))
    assert "Rated 4.5 on a scale from 1 to 5." in browser.ask("return document.body.textContent")


def test_printing_shows_everything_and_no_navigation(browser: Browser) -> None:
    browser.show(relationship_page(sample_report()), dark=True)
    dark = {"name": "prefers-color-scheme", "value": "dark"}
    print_in_the_dark = {"media": "print", "features": [dark]}
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", print_in_the_dark)
    try:
        assert (
            browser.ask("return getComputedStyle(document.querySelector('nav')).display") == "none"
        )
        assert browser.ask("return document.querySelector('#m-5 .text').checkVisibility()")
        paper = "return getComputedStyle(document.documentElement).backgroundColor"
        assert browser.ask(paper) == "rgb(255, 255, 255)"
        assert browser.driver.print_page()
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_five_hundred_messages_open_at_once(browser: Browser) -> None:
    began = time.process_time()
    html = relationship_page(long_report(500))
    drawn = time.process_time() - began
    assert len(html.encode()) < 2_000_000
    assert drawn < 1.0
    browser.show(html, width=360)
    assert browser.faults() == []
    loaded = browser.ask(
        "return performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
    )
    assert loaded < 4000  # 600 ms on an idle machine; layout that is not linear takes far longer
