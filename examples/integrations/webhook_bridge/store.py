"""What the bridge keeps: the latest version of each record, one file a customer.

An index knows whose a conversation is, who was merged into whom, who waits for a new score, and
what was written to the system last. To forget a customer, delete the customer's file.
"""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from urllib.parse import quote

from systems import Routed

_SCHEMA = """
CREATE TABLE IF NOT EXISTS thread (system TEXT, id TEXT, customer TEXT, PRIMARY KEY (system, id));
CREATE TABLE IF NOT EXISTS merged (system TEXT, old TEXT, new TEXT, PRIMARY KEY (system, old));
CREATE TABLE IF NOT EXISTS waiting (system TEXT, customer TEXT, since INTEGER,
                                    PRIMARY KEY (system, customer));
CREATE TABLE IF NOT EXISTS written (system TEXT, customer TEXT, fingerprint TEXT,
                                    PRIMARY KEY (system, customer));
"""


class Store:
    """The bridge's folder; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        # Messages are nobody else's to read.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._lock = threading.Lock()
        self._index = sqlite3.connect(
            folder / "index.sqlite", isolation_level=None, check_same_thread=False
        )
        self._index.executescript(_SCHEMA)
        self._turn = 0

    def file_of(self, system: str, customer: str) -> Path:
        """Where a customer's records lie."""
        folder = self._folder / system
        folder.mkdir(exist_ok=True)
        return folder / (quote(customer, safe="") + ".sqlite")

    def customer_of(self, system: str, routed: Routed) -> str | None:
        """Whose a payload is, by what it says or by its conversation; learns both."""
        customer = routed.customer_id
        if customer is None and routed.thread_id is not None:
            row = self._one("SELECT customer FROM thread WHERE system = ? AND id = ?",
                            system, routed.thread_id)  # fmt: skip
            customer = row
        if customer is None:
            return None
        customer = self._one("SELECT new FROM merged WHERE system = ? AND old = ?",
                             system, customer) or customer  # fmt: skip
        if routed.thread_id is not None:
            self._do("INSERT OR REPLACE INTO thread VALUES (?, ?, ?)",
                     system, routed.thread_id, customer)  # fmt: skip
        return customer

    def merge(self, system: str, old: str, new: str) -> None:
        """Remembers that one customer was merged into another."""
        self._do("INSERT OR REPLACE INTO merged VALUES (?, ?, ?)", system, old, new)
        self._do("UPDATE merged SET new = ? WHERE system = ? AND new = ?", new, system, old)
        self._do("UPDATE thread SET customer = ? WHERE system = ? AND customer = ?",
                 new, system, old)  # fmt: skip
        self._do("DELETE FROM waiting WHERE system = ? AND customer = ?", system, old)

    def merged_into(self, system: str, customer: str) -> list[str]:
        """Who was merged into a customer."""
        with self._lock:
            rows = self._index.execute(
                "SELECT old FROM merged WHERE system = ? AND new = ?", (system, customer)
            ).fetchall()
        return [old for (old,) in rows]

    def wait(self, system: str, customer: str) -> None:
        """Puts a customer in line for a new score; once is enough."""
        with self._lock:
            self._turn += 1
            self._index.execute(
                "INSERT OR REPLACE INTO waiting VALUES (?, ?, ?)", (system, customer, self._turn)
            )

    def waiting(self) -> list[tuple[str, str, int]]:
        """System, customer and turn of all in line."""
        with self._lock:
            return self._index.execute("SELECT * FROM waiting ORDER BY since").fetchall()

    def done(self, system: str, customer: str, turn: int, fingerprint: str | None) -> None:
        """Takes a customer out of line, unless something new came meanwhile."""
        self._do("DELETE FROM waiting WHERE system = ? AND customer = ? AND since = ?",
                 system, customer, turn)  # fmt: skip
        if fingerprint is not None:
            self._do("INSERT OR REPLACE INTO written VALUES (?, ?, ?)",
                     system, customer, fingerprint)  # fmt: skip

    def written(self, system: str, customer: str) -> str | None:
        """Fingerprint of what was written last."""
        return self._one("SELECT fingerprint FROM written WHERE system = ? AND customer = ?",
                         system, customer)  # fmt: skip

    def _one(self, statement: str, *values: object) -> str | None:
        with self._lock:
            row = self._index.execute(statement, values).fetchone()
        return None if row is None else str(row[0])

    def _do(self, statement: str, *values: object) -> None:
        with self._lock:
            self._index.execute(statement, values)
