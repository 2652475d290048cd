"""How far a run is: a bar on a terminal, log lines elsewhere, on standard error."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final, TextIO

from relhealth.batch.core import Counts

_BAR_WIDTH: Final = 24
_TERMINAL_SECONDS: Final = 0.2
_LOG_SECONDS: Final = 10.0


class Progress:
    """Shows a run's progress. The clock can be replaced, for tests."""

    def __init__(
        self,
        sink: TextIO,
        clock: Callable[[], float] = time.monotonic,
        command: str = "relhealth score",
    ) -> None:
        self._sink = sink
        self._command = command
        self._clock = clock
        self._terminal = sink.isatty()
        self._began = clock()
        self._shown = self._began
        self._first_share: float | None = None

    def show(self, counts: Counts, share: float) -> None:
        """Shows what this process has done so far, where something is due.

        Args:
            counts: What was done.
            share: How far the input has been read, from 0 to 1.
        """
        now = self._clock()
        if self._first_share is None:
            self._first_share = share
        if now - self._shown < (_TERMINAL_SECONDS if self._terminal else _LOG_SECONDS):
            return
        self._shown = now
        line = self._line(counts, share, now - self._began)
        if self._terminal:
            filled = round(share * _BAR_WIDTH)
            bar = "#" * filled + "-" * (_BAR_WIDTH - filled)
            self._sink.write(f"\r[{bar}] {line}\x1b[K")
        else:
            self._sink.write(f"{self._command}: {line}\n")
        self._sink.flush()

    def say(self, note: str) -> None:
        """Says something for people to know."""
        if self._terminal:
            self._sink.write("\r\x1b[K")
        self._sink.write(f"{note}\n")
        self._sink.flush()

    def end(self, counts: Counts) -> None:
        """Says what was done."""
        if self._terminal:
            self._sink.write("\r\x1b[K")
        self._sink.write(
            f"{self._command}: {counts.scored:,} scored, {counts.reused:,} unchanged, "
            f"{counts.rejected:,} rejected, {counts.interactions:,} interactions\n"
        )
        self._sink.flush()

    def _line(self, counts: Counts, share: float, seconds: float) -> str:
        rows = counts.scored + counts.reused + counts.rejected
        text = f"{share:4.0%}  {rows:,} relationships"
        if seconds > 0:
            text += (
                f"  {rows / seconds:,.0f}/s  {counts.interactions / seconds:,.0f} interactions/s"
            )
        read = share - (self._first_share or 0.0)
        if read > 0 and share < 1:
            left = timedelta(seconds=round(seconds * (1 - share) / read))
            text += f"  {left} left"
        return text
