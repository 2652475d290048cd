"""What an import mapped, what it left out on purpose, and what it could not use.

Nothing here holds a text that somebody wrote: only kinds, reasons, ids and places.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

EXAMPLES: Final = 5


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a record stands: a file and its line, or its number in the file, from 1."""

    file: str
    line: int


class Skip(StrEnum):
    """Why a record is no interaction, as it should be."""

    PRIVATE_NOTE = "internal note, not seen by the customer"
    DELETED = "deleted or redacted"
    SPAM = "spam"
    FAILED_DELIVERY = "never delivered"
    DRAFT = "draft or scheduled, not sent"
    SYSTEM_EVENT = "event of the system without words (assigned, closed, snoozed, ...)"
    MERGE_NOTICE = "notice that tickets were merged"
    NO_WORDS = "without words of its own (empty, or only quotes and signature)"
    NO_RATING = "rating asked for but not given"
    OLDER_VERSION = "older version of a record that came again"
    NOT_A_MESSAGE = "holds no words that passed between the two"
    REPEATED_IN_MESSAGES = "says again what a message of the same ticket says"
    OTHER_PARTIES = "between others than the brand and one customer"
    OVER_LIMIT = "beyond the newest 5,000 of its relationship"


class Reject(StrEnum):
    """Why a record could not be used, though it should."""

    MALFORMED = "cannot be read"
    UNKNOWN_SHAPE = "is of no known shape"
    NO_ID = "has no id"
    NO_TIME = "has no time"
    BAD_TIME = "has a time that cannot be read"
    NO_CUSTOMER = "names no customer"
    NO_BRAND = "names no brand"
    PARENT_NOT_FOUND = "belongs to a record that was not handed in"
    UNKNOWN_AUTHOR = "was written by somebody who is not known as customer or brand"
    UNKNOWN_DIRECTION = "does not say who sent it"
    UNKNOWN_VALUE = "has a value that is not mapped"
    UNKNOWN_SCALE = "is a rating on a scale that is not known"


@dataclass(frozen=True, slots=True)
class Rejection:
    """One record that could not be used.

    Attributes:
        field: The field that is missing or wrong.
        record: Kind and id of the record, as far as known.
    """

    place: Place
    field: str
    reason: Reject
    record: str

    def __str__(self) -> str:
        where = f"{self.place.file}:{self.place.line}: {self.record}"
        return f"{where} {self.reason.value} ({self.field})"


@dataclass(slots=True)
class ImportReport:
    """Counts by kind and reason, with a few ids each.

    Attributes:
        on_rejection: Called with every rejection as it comes; only counts and the first few of
            each reason are kept here.
    """

    on_rejection: Callable[[Rejection], None] | None = None
    records: int = 0
    relationships: int = 0
    mapped: Counter[str] = field(default_factory=Counter)
    skipped: Counter[Skip] = field(default_factory=Counter)
    rejected: Counter[tuple[Reject, str]] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    skipped_examples: dict[Skip, list[str]] = field(default_factory=dict)

    def skip(self, reason: Skip, record: str) -> None:
        """Counts a record that is left out on purpose."""
        self.skipped[reason] += 1
        examples = self.skipped_examples.setdefault(reason, [])
        if len(examples) < EXAMPLES:
            examples.append(record)

    def reject(self, place: Place, field_name: str, reason: Reject, record: str) -> None:
        """Counts a record that could not be used, and hands it on."""
        self.rejected[reason, field_name] += 1
        if self.on_rejection is not None:
            self.on_rejection(Rejection(place, field_name, reason, record))

    def note(self, what: str) -> None:
        """Counts something done on the way that a reader of the histories should know."""
        self.notes[what] += 1

    def lines(self) -> list[str]:
        """The report to read."""
        total = self.mapped.total()
        lines = [
            f"{self.records} records: {self.relationships} relationships, {total} interactions"
        ]
        lines += [f"  mapped    {count:>6}  {kind}" for kind, count in sorted(self.mapped.items())]
        lines += [
            f"  skipped   {count:>6}  {reason.value}: {', '.join(self.skipped_examples[reason])}"
            + (", ..." if count > EXAMPLES else "")
            for reason, count in sorted(self.skipped.items())
        ]
        lines += [
            f"  rejected  {count:>6}  {reason.value} ({name})"
            for (reason, name), count in sorted(self.rejected.items())
        ]
        lines += [f"  note      {count:>6}  {what}" for what, count in sorted(self.notes.items())]
        return lines

    def as_json(self) -> dict[str, object]:
        """The report for programs."""
        return {
            "records": self.records,
            "relationships": self.relationships,
            "interactions": self.mapped.total(),
            "mapped": dict(sorted(self.mapped.items())),
            "skipped": [
                {"reason": r.name, "count": c, "examples": self.skipped_examples[r]}
                for r, c in sorted(self.skipped.items())
            ],
            "rejected": [
                {"reason": r.name, "field": name, "count": c}
                for (r, name), c in sorted(self.rejected.items())
            ],
            "notes": dict(sorted(self.notes.items())),
        }
