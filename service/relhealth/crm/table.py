"""Any table: one row a message, with a mapping file that says which column means what.

The mapping is a TOML file::

    [columns]                      # field of the history = column of the table
    customer_id = "Customer"
    sent_time = "Date"
    sender = "Direction"
    text = "Message"

    [constants]                    # fields that are the same in every row
    channel = "email"

    [values.sender]                # what a cell means, where it is not the field's own word
    in = "customer"
    out = "brand"

    [time]
    format = "%d.%m.%Y %H:%M"      # or iso, epoch_seconds, epoch_milliseconds
    zone = "Europe/Berlin"

    [text]
    html = true
    cut_quotes = true

    [rating]
    min = 1
    max = 5

    [[skip]]                       # rows that are no interactions
    column = "Type"
    values = ["note"]
    reason = "private_note"
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import IntEnum
from pathlib import Path
from typing import ClassVar, Final, TypeVar

from relhealth.crm.adapter import Adapter, Desk
from relhealth.crm.gathering import Found
from relhealth.crm.records import Record, files_of
from relhealth.crm.report import Reject
from relhealth.crm.shape import flag_at, number_at, text_at
from relhealth.crm.stage import Staged
from relhealth.crm.table_mapping import Mapping, read_mapping
from relhealth.domain.history import Consent, OptOut, Outcome, Rating
from relhealth.domain.vocabulary import Channel, Party, Purpose, SenderKind
from relhealth.errors import ConfigurationError

_MOST_FOLLOWERS: Final = 2**31 - 1
_EnumT = TypeVar("_EnumT", bound=IntEnum)


class _UnmappedError(ValueError):
    """A cell that means nothing; its only argument is the field."""


def _audience(row: Staged) -> int | None:
    """Followers, of which there is a whole number that is not negative; None for an empty cell."""
    if text_at(row.fields, "audience_size") is None:
        return None
    number = number_at(row.fields, "audience_size")
    if number is None or not number.is_integer() or not 0 <= number <= _MOST_FOLLOWERS:
        raise _UnmappedError("audience_size")
    return int(number)


class Table(Adapter):
    """A table with a mapping file."""

    name: ClassVar[str] = "csv"

    def __init__(self) -> None:
        self._mapping = Mapping()
        self._names: Counter[str] = Counter()
        self._filled: set[str] = set()

    def read(self, paths: Sequence[Path], desk: Desk) -> None:
        """Puts the rows of the tables on the stage."""
        if desk.options.mapping is None:
            raise ConfigurationError("--mapping: a csv import needs a mapping file")
        self._mapping = read_mapping(desk.options.mapping)
        self._names.update(path.name for path in files_of(paths))
        super().read(paths, desk)
        for name, column in self._mapping.columns.items():
            if desk.report.records and name not in self._filled:
                desk.report.note(f"no row has anything in column {column!r} ({name})")

    def stage(self, record: Record, desk: Desk) -> None:
        """Puts a row on the stage under the names of the history's fields."""
        mapping = self._mapping
        row = dict(mapping.constants)
        row |= {name: record.fields.get(column) for name, column in mapping.columns.items()}
        self._filled |= {name for name, cell in row.items() if cell}
        row_id = text_at(row, "interaction_id") or self._place_of(record)
        row["interaction_id"] = row_id
        for rule in mapping.skips:
            if (text_at(record.fields, rule.column) or "") in rule.values:
                desk.report.skip(rule.reason, f"row {row_id}")
                return
        # A table may number the messages of each customer from 1 on.
        owner = [text_at(row, name) or "" for name in ("brand_id", "customer_id")]
        desk.stage.add("row", "/".join([*owner, row_id]), record.place, row)

    def _place_of(self, record: Record) -> str:
        """File and line; a file's folders, too, where another file has the same name."""
        place = record.place
        name = Path(place.file).name
        return f"{name if self._names[name] < 2 else place.file}:{place.line}"  # noqa: PLR2004

    def found(self, desk: Desk) -> Iterator[Found]:
        """Every row that is not skipped."""
        for staged in desk.stage.all("row"):
            row = replace(staged, record_id=text_at(staged.fields, "interaction_id") or "")
            try:
                yield from self._of_row(row, desk)
            except _UnmappedError as error:
                desk.reject(row, str(error), Reject.UNKNOWN_VALUE)

    def _of_row(self, row: Staged, desk: Desk) -> Iterator[Found]:
        fields = row.fields
        customer = text_at(fields, "customer_id")
        sender = self._member(row, "sender", Party)
        if customer is None:
            desk.reject(row, "customer_id", Reject.NO_CUSTOMER)
            return
        if sender is None:
            desk.reject(row, "sender", Reject.UNKNOWN_DIRECTION)
            return
        read = self._mapping.reader(desk.options.zone)
        is_late = text_at(fields, "recorded_time") is not None
        parent = text_at(fields, "in_reply_to_id")
        yield from desk.message(
            row,
            customer,
            desk.time(row, "sent_time", read=read),
            sender,
            self._words(row, desk),
            brand_id=text_at(fields, "brand_id"),
            recorded_us=desk.time(row, "recorded_time", read=read) if is_late else None,
            sender_kind=self._member(row, "sender_kind", SenderKind) or SenderKind.HUMAN,
            channel=self._member(row, "channel", Channel) or Channel.UNSPECIFIED,
            purpose=self._member(row, "purpose", Purpose) or Purpose.UNSPECIFIED,
            language=text_at(fields, "language"),
            in_reply_to_id=None if parent is None else f"row:{parent}",
            thread_id=text_at(fields, "thread_id"),
            audience_size=_audience(row),
            outcome=self._outcome(row),
        )

    def _words(self, row: Staged, desk: Desk) -> str:
        text = text_at(row.fields, "text")
        channel = Channel.EMAIL if self._mapping.cut_quotes else Channel.CHAT
        return desk.words(
            None if self._mapping.html else text,
            text if self._mapping.html else None,
            channel=channel,
        )

    def _member(self, row: Staged, name: str, kind: type[_EnumT]) -> _EnumT | None:
        """What a cell says, as a member of a closed set; None where the cell is empty."""
        cell = text_at(row.fields, name)
        if cell is None:
            return None
        word = self._mapping.values.get(name, {}).get(cell, cell)
        for member in kind:
            # Both the proto's name, SENDER_BRAND, and the plain word, brand.
            if word.lower() in (member.name.lower(), f"{name}_{member.name}".lower()):
                return member
        raise _UnmappedError(name)

    def _outcome(self, row: Staged) -> Outcome | None:
        scale = self._mapping.rating
        if text_at(row.fields, "rating") is not None and scale is not None:
            value = number_at(row.fields, "rating")
            rating = None if value is None else Rating.on_scale(value, *scale)
            if rating is None:
                raise _UnmappedError("rating")
            return rating
        if self._says_yes(row, "opt_out"):
            return OptOut(())
        return Consent(()) if self._says_yes(row, "consent") else None

    def _says_yes(self, row: Staged, name: str) -> bool:
        """Whether a cell is true; an empty one is not, and one that says neither is refused."""
        cell = text_at(row.fields, name)
        if cell is None:
            return False
        said = flag_at({name: self._mapping.values.get(name, {}).get(cell, cell)}, name)
        if said is None:
            raise _UnmappedError(name)
        return said
