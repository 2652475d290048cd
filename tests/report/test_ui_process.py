"""`relhealth serve --ui` as a process."""

from __future__ import annotations

import http.client
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PATIENCE_SECONDS = 30.0


@pytest.fixture
def service(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    log, ready = tmp_path / "log", tmp_path / "ready"
    command = [sys.executable, "-m", "relhealth.cli", "serve", "--address", "127.0.0.1:0"]
    command += ["--metrics-address", "", "--ui", "--ui-port", "0", "--ready-file", str(ready)]
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stderr=errors)
        try:
            wait_for(ready.exists)
            yield process, log
        finally:
            process.terminate()
            assert process.wait(PATIENCE_SECONDS) == 0


def wait_for(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def ports(log: Path) -> list[int]:
    """Every port that the page was served on, oldest first."""
    found = re.findall(r"http://127\.0\.0\.1:(\d+)/", log.read_text(encoding="utf-8"))
    return [int(port) for port in found]


def title(port: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/")
    page = connection.getresponse().read().decode()
    return page.split("<title>")[1].split("<")[0]


def test_the_page_is_served_beside_the_service_and_outlives_a_reload(
    service: tuple[subprocess.Popen[bytes], Path],
) -> None:
    process, log = service
    assert title(ports(log)[0]) == "Relationship health"
    process.send_signal(signal.SIGHUP)
    wait_for(lambda: len(ports(log)) == 2)
    assert title(ports(log)[1]) == "Relationship health"
    assert "child died" not in log.read_text(encoding="utf-8")
