"""What belongs to one customer: interactions from anywhere, brought together as relationships."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from relhealth.crm.report import ImportReport, Skip
from relhealth.domain.history import Consent, Interaction, OptOut, Outcome, Rating
from relhealth.domain.vocabulary import Channel, Party, Purpose, SenderKind
from relhealth.wire.limits import DEFAULT_LIMITS


@dataclass(frozen=True, slots=True)
class Found:
    """An interaction and whose it is.

    Attributes:
        brand_id: None where the payload does not tell brands apart.
        customer_id: The system's own key.
        kind: What it was in the system, for the report.
    """

    brand_id: str | None
    customer_id: str
    kind: str
    interaction: Interaction


@dataclass(frozen=True, slots=True)
class Relationship:
    """All interactions of one brand with one customer, by time."""

    brand_id: str
    customer_id: str
    segment: str
    interactions: list[Interaction]


@dataclass(slots=True)
class Identities:
    """Which keys of a system mean the same person.

    Attributes:
        join_by_email: Whether people with the same e-mail address are one.
    """

    join_by_email: bool = False
    _merged_into: dict[str, str] = field(default_factory=dict)
    _by_email: dict[str, set[str]] = field(default_factory=dict)

    def merge(self, old: str, new: str) -> None:
        """`old` was merged into `new`, as the system says."""
        if old != new and self.canonical(new) != old:
            self._merged_into[old] = new

    def email(self, customer_id: str, address: str | None) -> None:
        """The address of a customer; joins only where joining by e-mail was asked for."""
        if self.join_by_email and address is not None:
            self._by_email.setdefault(address.strip().lower(), set()).add(customer_id)

    def settle(self) -> None:
        """Joins those with one address under the smallest of their keys."""
        for customers in self._by_email.values():
            smallest, *others = sorted({self.canonical(c) for c in customers}, key=_by_number)
            for other in others:
                self.merge(other, smallest)

    def canonical(self, customer_id: str) -> str:
        """The key that stands for a person."""
        seen = {customer_id}
        while (new := self._merged_into.get(customer_id)) is not None and new not in seen:
            seen.add(new)
            customer_id = new
        return customer_id


def _by_number(key: str) -> tuple[int, str]:
    return len(key), key


class Gathering:
    """Interactions by relationship, in a temporary SQLite file."""

    def __init__(self, brand_id: str, segment: str, *, one_brand: bool) -> None:
        """`brand_id` stands where a payload names none; with `one_brand`, everywhere."""
        self._brand_id = brand_id
        self._segment = segment
        self._one_brand = one_brand
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute(
            "CREATE TABLE interaction (brand TEXT, customer TEXT, id TEXT, sent INTEGER, kind TEXT,"
            " body TEXT, PRIMARY KEY (brand, customer, id))"
        )
        self._database.execute("CREATE TABLE person (brand TEXT, customer TEXT, person TEXT)")

    def close(self) -> None:
        """Drops the interactions."""
        self._database.close()

    def put(self, found: Found) -> None:
        """Adds an interaction; the same id again replaces it."""
        brand = self._brand_id if self._one_brand or not found.brand_id else found.brand_id
        item = found.interaction
        self._database.execute(
            "INSERT OR REPLACE INTO interaction VALUES (?, ?, ?, ?, ?, ?)",
            (brand, found.customer_id, item.interaction_id, item.sent_us, found.kind, _pack(item)),
        )

    def relationships(self, identities: Identities, report: ImportReport) -> Iterator[Relationship]:
        """All relationships, by brand and customer."""
        identities.settle()
        keys = self._database.execute("SELECT DISTINCT brand, customer FROM interaction").fetchall()
        self._database.executemany(
            "INSERT INTO person VALUES (?, ?, ?)",
            [(brand, key, identities.canonical(key)) for brand, key in keys],
        )
        self._database.execute("CREATE INDEX by_person ON person (brand, person)")
        people = self._database.execute(
            "SELECT DISTINCT brand, person FROM person ORDER BY brand, person"
        ).fetchall()
        for brand, person in people:
            # What went to two keys of one person was said to them once.
            rows = self._database.execute(
                "SELECT i.kind, min(i.body) FROM person p JOIN interaction i"
                " ON i.brand = p.brand AND i.customer = p.customer"
                " WHERE p.brand = ? AND p.person = ? GROUP BY i.id ORDER BY i.sent, i.id",
                (brand, person),
            ).fetchall()
            report.relationships += 1
            items = _newest(rows, person, report)
            yield Relationship(brand, person, self._segment, _with_known_parents(items))


def _newest(rows: list[tuple[str, str]], person: str, report: ImportReport) -> list[Interaction]:
    for _ in rows[: -DEFAULT_LIMITS.interactions]:
        report.skip(Skip.OVER_LIMIT, f"customer {person}")
    kept = rows[-DEFAULT_LIMITS.interactions :]
    report.mapped.update(kind for kind, _ in kept)
    return [_unpack(body) for _, body in kept]


def _with_known_parents(items: list[Interaction]) -> list[Interaction]:
    """An answer to what is not in the history (a note, another customer) answers nothing."""
    ids = {item.interaction_id for item in items}
    return [
        item
        if item.in_reply_to_id is None
        or (item.in_reply_to_id in ids and item.in_reply_to_id != item.interaction_id)
        else replace(item, in_reply_to_id=None)
        for item in items
    ]


def _pack(item: Interaction) -> str:
    return json.dumps(
        [
            item.interaction_id,
            item.sent_us,
            item.sender,
            item.text,
            item.recorded_us,
            item.sender_kind,
            item.channel,
            item.purpose,
            item.language,
            item.in_reply_to_id,
            item.thread_id,
            item.audience_size,
            _packed_outcome(item.outcome),
        ]
    )


def _packed_outcome(outcome: Outcome | None) -> list[object] | None:
    if isinstance(outcome, Rating):
        return ["rating", outcome.value, outcome.worst, outcome.best]
    if isinstance(outcome, OptOut):
        return ["opt_out", *outcome.channels]
    return None if outcome is None else ["consent", *outcome.channels]


def _unpack(body: str) -> Interaction:
    (
        interaction_id,
        sent_us,
        sender,
        text,
        recorded_us,
        sender_kind,
        channel,
        purpose,
        language,
        in_reply_to_id,
        thread_id,
        audience_size,
        outcome,
    ) = json.loads(body)
    return Interaction(
        interaction_id=interaction_id,
        sent_us=sent_us,
        sender=Party(sender),
        text=text,
        recorded_us=recorded_us,
        sender_kind=SenderKind(sender_kind),
        channel=Channel(channel),
        purpose=Purpose(purpose),
        language=language,
        in_reply_to_id=in_reply_to_id,
        thread_id=thread_id,
        audience_size=audience_size,
        outcome=_unpacked_outcome(outcome),
    )


def _unpacked_outcome(packed: list[str | float] | None) -> Outcome | None:
    if packed is None:
        return None
    name, *values = packed
    if name == "rating":
        value, worst, best = map(float, values)
        return Rating(value, worst, best)
    channels = tuple([Channel(int(number)) for number in values])
    return OptOut(channels) if name == "opt_out" else Consent(channels)
