"""A real headless Chromium that pages are opened in, and the questions that tests ask of it.

Needs Chromium, its driver and axe-core (`npm ci --prefix tests/report`); see `programs`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions
from selenium.webdriver.support.wait import WebDriverWait

from programs import missing

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
FAULTS = (Path(__file__).parent / "faults.js").read_text(encoding="utf-8")


class Browser:
    """A page at a time, in a window of any size."""

    def __init__(self, driver: webdriver.Chrome, folder: Path) -> None:
        self.driver = driver
        self._folder = folder

    def show(self, html: str, *, width: int = 1440, dark: bool = False) -> None:
        """Opens a page from a file of its own."""
        path = self._folder / "page.html"
        path.write_text(html, encoding="utf-8")
        self.open(path.as_uri(), width=width, dark=dark)

    def open(self, url: str, *, width: int = 1440, dark: bool = False) -> None:
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self._cdp("Emulation.setEmulatedMedia", {"features": [scheme, still]})
        self._cdp("Emulation.setDeviceMetricsOverride", size)
        self.complaints()
        self.requests()
        self.driver.get(url)

    def follow(self, by: str, what: str) -> None:
        """Clicks what leads to another page, and waits until that one is there."""
        left = self.driver.find_element(By.TAG_NAME, "html")
        self.driver.find_element(by, what).click()
        # While one page gives way to the other the driver may know neither.
        patience = WebDriverWait(self.driver, 30, ignored_exceptions=[WebDriverException])
        patience.until(expected_conditions.staleness_of(left))
        patience.until(
            lambda driver: driver.execute_script("return document.readyState") == "complete"
        )

    def complaints(self) -> list[str]:
        """What the console has said since the last question."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """The addresses asked for since the last question, the page's own file left out."""
        events = [json.loads(e["message"])["message"] for e in self.driver.get_log("performance")]
        sent = [e["params"] for e in events if e["method"] == "Network.requestWillBeSent"]
        return [
            p["request"]["url"]
            for p in sent
            if p["request"]["url"] != p["documentURL"] or p["type"] != "Document"
        ]

    def ask(self, script: str, *arguments: object) -> Any:  # noqa: ANN401  whatever the page says
        """The value of a script's `return`."""
        return self.driver.execute_script(script, *arguments)  # type: ignore[no-untyped-call]

    def faults(self) -> list[str]:
        """What is wrong with the page's layout."""
        return cast("list[str]", self.ask(FAULTS))

    def audit(self) -> list[str]:
        """What axe-core finds, with the places."""
        self.ask(AXE.read_text(encoding="utf-8"))
        found = self.driver.execute_async_script(  # type: ignore[no-untyped-call]
            "const done = arguments[0];"
            "axe.run().then((r) => done(r.violations.map("
            "(v) => v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.html).join(' | '))));"
        )
        return cast("list[str]", found)

    def _cdp(self, command: str, arguments: dict[str, object]) -> None:
        self.driver.execute_cdp_cmd(command, arguments)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None or not AXE.exists():
        missing("chromium, chromium-driver and npm ci --prefix tests/report")
    options = Options()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield Browser(chrome, tmp_path_factory.mktemp("pages"))
    finally:
        chrome.quit()
