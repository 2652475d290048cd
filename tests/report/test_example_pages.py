"""The pages of the examples, scored by the shipped model, opened in a real browser."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.by import By

from relhealth.domain.history import History, Interaction
from relhealth.domain.vocabulary import Party
from relhealth.models.load import load_scorer
from relhealth.report.build import report_of
from relhealth.report.relationship_page import relationship_page
from relhealth.scoring.options import ScoreOptions
from relhealth.scoring.scorer import Scorer
from relhealth.wire.json_reading import read_request_line
from relhealth.wire.parsing import parse_request
from report.made import DAY_US, START_US

if TYPE_CHECKING:
    from report.conftest import Browser

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.jsonl"))


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return load_scorer(None, None)


@pytest.mark.parametrize("name", NAMES)
def test_the_page_of_an_example_is_sound(browser: Browser, scorer: Scorer, name: str) -> None:
    request = read_request_line((EXAMPLES / f"{name}.jsonl").read_bytes())
    history, options = parse_request(request, 0)
    html = relationship_page(report_of(scorer, history, options, with_text=True))
    for width, dark in ((360, False), (1440, True)):
        browser.show(html, width=width, dark=dark)
        assert browser.complaints() == []
        assert browser.requests() == []
        assert browser.faults() == []
    assert browser.audit() == []
    health = f"{report_of(scorer, history, options, with_text=True).score.health.value:.1f}"
    assert health in browser.ask("return document.querySelector('.big').textContent")
    texts = browser.ask("return [...document.querySelectorAll('.text')].map((n) => n.textContent)")
    assert texts == [text for text in history.texts if text]


def relhealth(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "relhealth.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_wait_reads_alike_in_evidence_and_beside_the_message(scorer: Scorer) -> None:
    asked = Interaction("a", START_US, Party.CUSTOMER, "Where is my parcel?", START_US)
    late_us = START_US + 55 * DAY_US + 14 * 3_600_000_000
    history = History.of("b", "c", "", [asked])
    page = relationship_page(report_of(scorer, history, ScoreOptions(late_us), with_text=True))
    assert "No real answer to a request for 55 days so far." in page
    assert "no answer for 55 days" in page
    assert "1 interaction on 19 Feb 2025" in page


def test_the_command_writes_a_page_without_what_was_said(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = relhealth("report", EXAMPLES / "failure_denied.jsonl", "--output", page)
    assert done.returncode == 0, done.stderr
    html = page.read_text(encoding="utf-8")
    assert "cust-5567" in html
    assert "mortgage" not in html
    done = relhealth(
        "report", EXAMPLES / "failure_denied.jsonl", "--output", page, "--include-text"
    )
    assert "mortgage" in page.read_text(encoding="utf-8")
    again = tmp_path / "again.html"
    relhealth("report", EXAMPLES / "failure_denied.jsonl", "--output", again, "--include-text")
    assert again.read_bytes() == page.read_bytes()


def test_several_histories_want_a_choice(tmp_path: Path) -> None:
    lines = [(EXAMPLES / f"{name}.jsonl").read_text(encoding="utf-8") for name in NAMES[:2]]
    file = tmp_path / "two.jsonl"
    file.write_text("".join(lines) + '{"brand_id": 3}\n', encoding="utf-8")
    page = tmp_path / "page.html"
    refused = relhealth("report", file, "--output", page)
    assert refused.returncode == 2
    assert "--customer" in refused.stderr
    assert not page.exists()
    chosen = relhealth("report", file, "--output", page, "--customer", "u-88213")
    assert chosen.returncode == 0, chosen.stderr
    assert "u-88213" in page.read_text(encoding="utf-8")
    missing = relhealth("report", file, "--output", page, "--customer", "nobody")
    assert missing.returncode == 2


def test_a_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "broken.jsonl"
    file.write_text('{"brand_id": "a", "nothing": 1}\n', encoding="utf-8")
    refused = relhealth("report", file, "--output", tmp_path / "page.html")
    assert refused.returncode == 1
    assert f"{file}:1: " in refused.stderr
    assert "nothing" in refused.stderr


def test_a_brand_gets_its_mirror_and_a_page_for_each_relationship(
    browser: Browser, tmp_path: Path
) -> None:
    lines = []
    for name in NAMES:
        request = json.loads((EXAMPLES / f"{name}.jsonl").read_text(encoding="utf-8"))
        request["history"]["brand_id"] = "One & Only"
        request["as_of_time"] = "2025-12-01T00:00:00Z"
        lines.append(json.dumps(request))
    other = (EXAMPLES / f"{NAMES[0]}.jsonl").read_text(encoding="utf-8")
    file, page = tmp_path / "brand.jsonl", tmp_path / "the mirror.html"
    file.write_text("\n".join([*lines, other]), encoding="utf-8")
    done = relhealth("report", file, "--brand", "--output", page)
    assert done.returncode == 1
    assert f"{file}:{len(NAMES) + 1}: history.brand_id" in done.stderr
    for width, dark in ((360, True), (1440, False)):
        browser.open(page.as_uri(), width=width, dark=dark)
        assert browser.complaints() == []
        assert browser.faults() == []
        assert browser.audit() == []
    links = browser.driver.find_elements(By.CSS_SELECTOR, ".relationships tbody a")
    assert len(links) == len(NAMES)
    customer = links[2].text
    browser.follow(By.LINK_TEXT, customer)
    assert browser.driver.find_element(By.TAG_NAME, "h1").text == f"{customer} and One & Only"
    browser.follow(By.LINK_TEXT, "Back to the brand's mirror")
    assert browser.driver.find_element(By.TAG_NAME, "h1").text == "One & Only in its mirror"
