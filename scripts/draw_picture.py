"""Draws docs/report.png, the picture in the README, from an example in a headless Chromium."""

from __future__ import annotations

import base64
import sys
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from relhealth.cli import main as relhealth

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "examples" / "public_shaming_for_voucher.jsonl"
PICTURE = ROOT / "docs" / "report.png"
WIDTH, HEIGHT = 1120, 1590
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking")


def main() -> int:
    """Draws the picture; gives the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        code = relhealth(["report", str(EXAMPLE), "--output", str(page), "--include-text"])
        if code == 0:
            PICTURE.write_bytes(_photograph(page, folder))
        return code


def _photograph(page: Path, folder: str) -> bytes:
    options = Options()
    options.binary_location = "/usr/bin/chromium"
    for flag in (*FLAGS, f"--user-data-dir={folder}/profile", "--hide-scrollbars"):
        options.add_argument(flag)
    browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    try:
        light = {"features": [{"name": "prefers-color-scheme", "value": "light"}]}
        size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", light)
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        browser.get(page.as_uri())
        shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    finally:
        browser.quit()
    return base64.b64decode(shot["data"])


if __name__ == "__main__":
    sys.exit(main())
