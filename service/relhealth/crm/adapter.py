"""What every system's adapter is: two halves, payloads to interactions and scores to updates."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from functools import partial
from pathlib import Path
from typing import ClassVar

from relhealth.crm.fields import FieldValues, UpdateRequest
from relhealth.crm.gathering import Found, Identities
from relhealth.crm.records import Record, files_of, read_records
from relhealth.crm.report import ImportReport, Place, Reject, Skip
from relhealth.crm.shape import Fields, text_at
from relhealth.crm.stage import Stage, Staged
from relhealth.crm.times import BadTimeError, from_iso, version_of
from relhealth.crm.words import from_html, limited, own_words, tidy
from relhealth.domain.history import Interaction, Outcome
from relhealth.domain.vocabulary import Channel, Party, Purpose, SenderKind


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the caller of an import says beside the files.

    Attributes:
        brand_id: The brand of everything; None takes the payload's own where it has one, else the
            system's name.
        join_by_email: Whether people with the same e-mail address are one customer.
        zone: Of written times without an offset.
        bots: Keys of senders that are machines, as the system writes them.
        own_addresses: The brand's e-mail addresses and domains, in lower case.
        mapping: The mapping file of a table.
    """

    brand_id: str | None = None
    segment: str = ""
    join_by_email: bool = False
    zone: tzinfo = UTC
    bots: frozenset[str] = frozenset()
    own_addresses: frozenset[str] = frozenset()
    mapping: Path | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """What an adapter works with during one import."""

    options: ImportOptions
    report: ImportReport
    stage: Stage
    identities: Identities = field(default_factory=Identities)

    def skip(self, reason: Skip, record: Staged) -> None:
        """Leaves a staged record out."""
        self.report.skip(reason, str(record))

    def reject(self, record: Staged, field_name: str, reason: Reject) -> None:
        """Rejects a staged record."""
        self.report.reject(record.place, field_name, reason, str(record))

    def time(
        self, record: Staged, *path: str, read: Callable[[str], int] | None = None
    ) -> int | None:
        """The time at a path of a staged record; None where it is rejected for it.

        Args:
            record: What the time is read from.
            path: Keys that lead to the time.
            read: How the system writes times; None: ISO 8601, without an offset in the option's
                zone.
        """
        text = text_at(record.fields, *path)
        if text is None:
            self.reject(record, ".".join(path), Reject.NO_TIME)
            return None
        try:
            return read(text) if read is not None else from_iso(text, self.options.zone)
        except BadTimeError:
            self.reject(record, ".".join(path), Reject.BAD_TIME)
            return None

    def version(self, fields: Fields, *path: str) -> int:
        """The time at a path as a record's version; 0, before all others, where there is none."""
        return version_of(text_at(fields, *path), partial(from_iso, zone=self.options.zone))

    def keep(
        self,
        record: Record,
        kind: str,
        fields: Fields,
        parent: str | None = None,
        version: int | None = None,
    ) -> str | None:
        """Stages a record under its `id`, by default with its last change as its version.

        Returns:
            The id; None where it has none, and is rejected.
        """
        record_id = text_at(fields, "id")
        if record_id is None:
            self.report.reject(record.place, "id", Reject.NO_ID, kind)
            return None
        if version is None:
            version = self.version(fields, "updated_at")
        self.stage.add(kind, record_id, record.place, fields, parent=parent, version=version)
        return record_id

    def message(
        self,
        record: Staged,
        customer_id: str,
        sent_us: int | None,
        sender: Party,
        text: str,
        *,
        brand_id: str | None = None,
        recorded_us: int | None = None,
        sender_kind: SenderKind = SenderKind.HUMAN,
        channel: Channel = Channel.UNSPECIFIED,
        purpose: Purpose = Purpose.UNSPECIFIED,
        in_reply_to_id: str | None = None,
        thread_id: str | None = None,
        language: str | None = None,
        audience_size: int | None = None,
        outcome: Outcome | None = None,
    ) -> Iterator[Found]:
        """A staged record as an interaction; skipped where it says nothing.

        Nothing comes where `sent_us` is None: the record was rejected for its time. Its id is the
        record's kind and id, since ids of two kinds may be equal.
        """
        if sent_us is None:
            return
        if not text and outcome is None:
            self.skip(Skip.NO_WORDS, record)
            return
        item = Interaction(
            interaction_id=f"{record.kind}:{record.record_id}",
            sent_us=sent_us,
            sender=sender,
            text=text,
            recorded_us=max(sent_us, sent_us if recorded_us is None else recorded_us),
            sender_kind=sender_kind,
            channel=channel,
            purpose=purpose,
            in_reply_to_id=in_reply_to_id,
            thread_id=thread_id,
            language=language,
            audience_size=audience_size,
            outcome=outcome,
        )
        yield Found(brand_id, customer_id, record.kind, item)

    def words(
        self, plain: str | None, html: str | None, *, channel: Channel = Channel.UNSPECIFIED
    ) -> str:
        """A message's own words; quotes and signatures are cut where mail programs add them."""
        is_mail = channel in (Channel.EMAIL, Channel.UNSPECIFIED)
        text = from_html(html, cut_quotes=is_mail) if html else tidy(plain or "")
        text = own_words(text) if is_mail else text
        if len(text) > len(limited(text)):
            self.report.note("text cut at 100,000 characters")
        return limited(text)

    def kind_of_sender(self, key: str | None) -> SenderKind:
        """Whether the caller named this sender as a machine."""
        return SenderKind.BOT if key is not None and key in self.options.bots else SenderKind.HUMAN


class Adapter(ABC):
    """One system.

    Attributes:
        name: As the command line calls it.
        lists: Keys of a JSON object under which the system's API puts its records.
        batch_size: How many customers one update takes; 0: the system has no fields to write.
    """

    name: ClassVar[str]
    lists: ClassVar[frozenset[str]] = frozenset()
    batch_size: ClassVar[int] = 0

    def read(self, paths: Sequence[Path], desk: Desk) -> None:
        """Puts the records of files and folders on the stage."""
        for path in files_of(paths):
            for record in read_records(path, self.lists, desk.report):
                self.stage(record, desk)

    @abstractmethod
    def stage(self, record: Record, desk: Desk) -> None:
        """Recognises one record and puts it on the stage, or skips or rejects it."""

    @abstractmethod
    def found(self, desk: Desk) -> Iterator[Found]:
        """Joins what lies on the stage into interactions."""

    def holds(self, customer_id: str) -> bool:  # noqa: ARG002 - most systems say so only when written to
        """Whether the system can have a record of this customer to write fields into."""
        return True

    def updates(self, values: Sequence[FieldValues]) -> list[UpdateRequest]:
        """Requests that write these values, at most `batch_size` of them, into the system."""
        raise NotImplementedError(f"{self.name} has no fields to write")


def payload(fields: Fields, hint: str = "") -> Record:
    """A record that came in a message instead of a file, such as a webhook."""
    return Record(Place("payload", 1), hint, fields)
