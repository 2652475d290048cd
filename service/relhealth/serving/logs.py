"""Logs: one JSON object a line on standard error, never with a text or id of a customer."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Final

_START: Final = "%Y-%m-%dT%H:%M:%S"


def log(level: str, event: str, **facts: str | float | bool | None) -> None:
    """Writes one line: time in UTC, level, process, event and its facts.

    A line goes out in one write, so that the lines of several processes do not mix.
    """
    now = time.time()
    moment = f"{time.strftime(_START, time.gmtime(now))}.{int(now % 1 * 1_000):03d}Z"
    line = {"time": moment, "level": level, "process": os.getpid(), "event": event, **facts}
    try:
        os.write(sys.stderr.fileno(), (json.dumps(line) + "\n").encode())
    except (OSError, ValueError):
        return  # nobody listens; serving goes on
