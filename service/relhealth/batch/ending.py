"""How a run ends: its exit codes, and in order when it is told to end.

A run that is told to end unwinds, so that it leaves no scratch files behind.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

EXIT_REJECTED: Final = 1
"""Something that was read was refused."""

EXIT_NOTHING: Final = 2
"""Nothing could be done with what was read."""

_EXIT_TERMINATED: Final = 128 + signal.SIGTERM


@contextmanager
def ended_in_order() -> Iterator[None]:
    """While it lasts, SIGTERM unwinds this process as an interrupt does, with exit code 143."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(_EXIT_TERMINATED)
