"""Records waiting to be joined: the latest version of each, whatever order they came in."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from relhealth.crm.report import ImportReport, Place, Skip
from relhealth.crm.shape import Fields


@dataclass(frozen=True, slots=True)
class Staged:
    """A record on the stage.

    Attributes:
        record_id: Unique among its kind.
        version: Grows with each change of the record.
    """

    kind: str
    record_id: str
    version: int
    place: Place
    fields: Fields

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id}"


class Stage:
    """Records by kind and id, in SQLite.

    Without a file they lie in a temporary one that is gone when the stage is closed. With a file
    they stay, for records that arrive one at a time; what is replaced or dropped is overwritten.
    """

    def __init__(self, report: ImportReport, file: Path | None = None) -> None:
        self._report = report
        self._database = sqlite3.connect("" if file is None else file, isolation_level=None)
        if file is None:
            self._database.execute("PRAGMA journal_mode = OFF")
            self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("PRAGMA secure_delete = ON")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS record (kind TEXT, id TEXT, parent TEXT, version INTEGER,"
            " file TEXT, line INTEGER, body TEXT, PRIMARY KEY (kind, id))"
        )
        self._database.execute("CREATE INDEX IF NOT EXISTS by_parent ON record (kind, parent, id)")

    def close(self) -> None:
        """Closes the database; a temporary one is gone with it."""
        self._database.close()

    def drop(self, kind: str, parent: str) -> None:
        """Forgets the records of a kind that belong to a parent."""
        self._database.execute("DELETE FROM record WHERE kind = ? AND parent = ?", (kind, parent))

    def absorb(self, file: Path) -> None:
        """Takes over the records of another stage's file, where none of the same id is here."""
        self._database.execute("ATTACH ? AS other", (str(file),))
        self._database.execute("INSERT OR IGNORE INTO record SELECT * FROM other.record")
        self._database.execute("DETACH other")

    def add(
        self,
        kind: str,
        record_id: str,
        place: Place,
        fields: Fields,
        *,
        parent: str | None = None,
        version: int = 0,
    ) -> None:
        """Keeps a record unless a later version is there; of equals, the larger by its text."""
        body = _storable(json.dumps(fields, ensure_ascii=False, sort_keys=True))
        record_id = _storable(record_id)
        parent = None if parent is None else _storable(parent)
        row = self._database.execute(
            "SELECT version, body FROM record WHERE kind = ? AND id = ?", (kind, record_id)
        ).fetchone()
        if row is not None:
            if body != row[1]:
                self._report.skip(Skip.OLDER_VERSION, f"{kind} {record_id}")
            if (version, body) <= tuple(row):
                return
        self._database.execute(
            "INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?, ?, ?)",
            (kind, record_id, parent, version, place.file, place.line, body),
        )

    def get(self, kind: str, record_id: str | None) -> Staged | None:
        """The record of an id."""
        if record_id is None:
            return None
        return next(self._staged("kind = ? AND id = ?", kind, record_id), None)

    def all(self, kind: str) -> Iterator[Staged]:
        """All records of a kind, by id."""
        return self._staged("kind = ? ORDER BY id", kind)

    def of(self, kind: str, parent: str) -> Iterator[Staged]:
        """The records of a kind that belong to a parent, by id."""
        return self._staged("kind = ? AND parent = ? ORDER BY id", kind, parent)

    def _staged(self, where: str, *values: str) -> Iterator[Staged]:
        rows = self._database.execute(
            f"SELECT kind, id, version, file, line, body FROM record WHERE {where}",  # noqa: S608 - fixed texts
            values,
        )
        for kind, record_id, version, file, line, body in rows:
            yield Staged(kind, record_id, version, Place(file, line), json.loads(body))


def _storable(text: str) -> str:
    """The text without halves of surrogate pairs, which exports leave when they cut an emoji."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text
