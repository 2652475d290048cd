"""The local page: a history goes in through a real browser, its report comes out."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from selenium.webdriver.common.by import By

from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.models.locate import rubric_path
from relhealth.models.rubric import load_rubric
from relhealth.report.local_server import LOOPBACK, serve_page
from relhealth.scoring.scorer import Scorer
from report.told_detector import ToldDetector

if TYPE_CHECKING:
    from report.conftest import Browser

ASKED, ANSWERED = "Where is my <b>parcel</b>?", "It arrives tomorrow."
HISTORY: dict[str, Any] = {
    "brand_id": "Fern & Co",
    "customer_id": "customer-7",
    "interactions": [
        {
            "interaction_id": "a",
            "sent_time": "2025-03-01T10:00:00Z",
            "sender": "SENDER_CUSTOMER",
            "channel": "CHANNEL_EMAIL",
            "text": ASKED,
        },
        {
            "interaction_id": "b",
            "sent_time": "2025-03-01T11:00:00Z",
            "sender": "SENDER_BRAND",
            "channel": "CHANNEL_EMAIL",
            "text": ANSWERED,
            "in_reply_to_id": "a",
        },
    ],
}
REQUEST = json.dumps({"history": HISTORY, "as_of_time": "2025-03-05T10:00:00Z"})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    acts = {ASKED: (CustomerAct.REQUEST,), ANSWERED: (BrandAct.HELP,)}
    scorer = Scorer(load_rubric(rubric_path(None)), ToldDetector(acts))
    server = serve_page(scorer, 0)
    yield server.server_port
    server.shutdown()
    server.server_close()


def ask(
    port: int, method: str, path: str = "/", body: str = "", **headers: str
) -> tuple[int, str, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=10)
    sent = {"Content-Type": "application/x-www-form-urlencoded"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    connection.request(method, path, body or None, sent)
    answer = connection.getresponse()
    return answer.status, answer.read().decode(), answer.headers


def test_a_pasted_history_becomes_a_report(browser: Browser, port: int) -> None:
    browser.open(f"http://{LOOPBACK}:{port}/", width=360)
    assert browser.faults() == []
    assert browser.audit() == []
    browser.ask("document.getElementById('history').value = arguments[0]", REQUEST)
    browser.follow(By.CSS_SELECTOR, ".send")
    assert browser.driver.find_element(By.TAG_NAME, "h1").text == "customer-7 and Fern & Co"
    assert ASKED in browser.ask("return document.querySelector('#m-1 .text').textContent")
    assert "answered by 2 after 1 h" in browser.ask("return document.body.textContent")
    assert browser.audit() == []
    assert [entry for entry in browser.complaints() if "favicon" not in entry] == []
    browser.follow(By.LINK_TEXT, "Another history")
    assert browser.driver.find_element(By.ID, "history").is_displayed()


def test_a_chosen_file_is_read_into_the_field(browser: Browser, port: int, tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    file.write_text(REQUEST, encoding="utf-8")
    browser.open(f"http://{LOOPBACK}:{port}/")
    browser.driver.find_element(By.ID, "file").send_keys(str(file))
    value = "return document.getElementById('history').value"
    assert browser.ask("return new Promise((r) => setTimeout(() => r(true), 200))")
    assert browser.ask(value) == REQUEST


def test_what_is_wrong_is_named_and_what_was_pasted_is_kept(browser: Browser, port: int) -> None:
    broken = json.dumps(HISTORY | {"interactions": [{"interaction_id": "</textarea><b>"}]})
    browser.open(f"http://{LOOPBACK}:{port}/")
    browser.ask("document.getElementById('history').value = arguments[0]", broken)
    browser.follow(By.CSS_SELECTOR, ".send")
    alert = browser.driver.find_element(By.CSS_SELECTOR, "[role=alert]").text
    assert "history.interactions[0].sent_time" in alert
    assert browser.ask("return document.getElementById('history').value") == broken
    assert browser.audit() == []


def test_text_is_withheld_unless_asked_for(port: int) -> None:
    status, page, _ = ask(port, "POST", body=urlencode({"history": REQUEST}))
    assert status == 200
    assert ANSWERED not in page
    _, page, _ = ask(port, "POST", body=urlencode({"history": REQUEST, "include_text": "1"}))
    assert ANSWERED in page


def test_a_moment_before_everything_is_an_error_of_its_field(port: int) -> None:
    early = json.dumps({"history": HISTORY, "as_of_time": "2001-01-01T00:00:00Z"})
    status, page, _ = ask(port, "POST", body=urlencode({"history": early}))
    assert status == 400
    assert "as_of_time" in page
    assert "lies before every interaction" in page


def test_only_this_machine_and_this_page_are_answered(port: int) -> None:
    body = urlencode({"history": REQUEST})
    assert ask(port, "POST", body=body, Origin="http://evil.example")[0] == 403
    assert ask(port, "POST", body=body, Origin="null")[0] == 403
    assert ask(port, "GET", Host="evil.example")[0] == 403
    assert ask(port, "POST", body=body, Origin=f"http://{LOOPBACK}:{port}")[0] == 200
    status, _, headers = ask(port, "GET", "/elsewhere")
    assert status == 404
    assert headers["Cache-Control"] == "no-store"


def test_a_body_that_is_too_large_is_not_read(port: int) -> None:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=10)
    connection.putrequest("POST", "/")
    connection.putheader("Content-Length", str(10**9))
    connection.endheaders()
    assert connection.getresponse().status == 413


def test_it_listens_on_the_loopback_alone(port: int) -> None:
    with pytest.raises(OSError, match=r"refused|unreachable|timed out"):
        http.client.HTTPConnection("127.0.0.2", port, timeout=1).request("GET", "/")
