"""A brand's page, opened in a real browser."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.by import By

from relhealth.report.brand_page import brand_page
from report.made_brand import NONE, sample_brand

if TYPE_CHECKING:
    from report.conftest import Browser

NAMES = "return [...document.querySelectorAll('.relationships tbody th')].map((n) => n.textContent)"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1440])
def test_the_page_is_sound(browser: Browser, width: int, dark: bool) -> None:  # noqa: FBT001
    browser.show(brand_page(sample_brand()), width=width, dark=dark)
    assert browser.complaints() == []
    assert browser.requests() == []
    assert browser.faults() == []
    assert browser.audit() == []


def test_headings_sort_and_what_is_unknown_stays_last(browser: Browser) -> None:
    browser.show(brand_page(sample_brand()))
    health = browser.driver.find_elements(By.CSS_SELECTOR, ".relationships th button")[1]
    health.click()
    assert browser.ask(NAMES) == ["bo", "di", "ada", "cy"]
    assert health.find_element(By.XPATH, "..").get_attribute("aria-sort") == "ascending"
    health.click()
    assert browser.ask(NAMES) == ["ada", "di", "bo", "cy"]
    waiting = browser.driver.find_elements(By.CSS_SELECTOR, ".relationships th button")[4]
    waiting.send_keys("\n")
    assert browser.ask(NAMES) == ["ada", "cy", "di", "bo"]


def test_hostile_names_stay_text(browser: Browser) -> None:
    hostile = ("<script>alert(1)</script>", "\u202ereversed", "W" * 300, "👩‍👩‍👧‍👦" * 30)
    report = sample_brand(*hostile)
    named = replace(report, brand_id="<img src=x>" + "W" * 300)
    browser.show(brand_page(named), width=360)
    assert browser.complaints() == []
    assert browser.faults() == []
    assert set(hostile) <= set(browser.ask(NAMES))
    assert browser.ask("return document.getElementsByTagName('img').length") == 0


def test_what_there_is_nothing_of_is_not_shown_as_none(browser: Browser) -> None:
    report = sample_brand()
    mirror = replace(report.mirror, response_rate=NONE, time_to_reply=(), median_reply_us=None)
    browser.show(brand_page(replace(report, mirror=mirror)))
    first = browser.ask("return document.querySelector('#conduct-table tbody tr').textContent")
    assert "nothing to count" in first
    assert "%" not in first
    assert "Nothing called for an answer." in browser.ask("return document.body.textContent")
    assert browser.audit() == []
