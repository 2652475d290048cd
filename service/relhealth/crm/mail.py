"""Plain e-mail: mbox files and folders of EML files.

The brand is known by its addresses and domains (`own_addresses`); the customer is the other
address. A message that the brand sent to several customers belongs to each of them. Threads come
from `References` and `In-Reply-To`, copies in several folders are one by their `Message-ID`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from email.utils import getaddresses
from pathlib import Path
from typing import IO, ClassVar, Final

from relhealth.crm.adapter import Adapter, Desk
from relhealth.crm.gathering import Found
from relhealth.crm.mail_message import MailError, fields_of
from relhealth.crm.records import BROKEN_ARCHIVE, Record, files_of, opened
from relhealth.crm.report import Place, Reject, Skip
from relhealth.crm.shape import Fields, flag_at, text_at, texts_at
from relhealth.crm.stage import Staged
from relhealth.crm.times import from_mail_date
from relhealth.domain.history import OptOut
from relhealth.domain.vocabulary import Channel, Party, Purpose, SenderKind
from relhealth.errors import ConfigurationError

_SUFFIXES: Final = (".mbox", ".mbx", ".eml")
_MBOX_START: Final = b"From "
_POSTMARK: Final = re.compile(
    rb"From .*\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b.*\d\d:\d\d.*\b\d{4}\b", re.IGNORECASE
)
# An mbox file marks lines that look like the start of a message; they are no quotes.
_ESCAPED: Final = re.compile(rb"^>(>*From )", re.MULTILINE)
_MACHINES: Final = ("no-reply", "noreply", "no_reply", "donotreply", "do-not-reply")
# Mail servers themselves, of which old ones tell a failure in plain words.
_POSTMEN: Final = frozenset({"mailer-daemon", "postmaster"})
_FOLDERS: Final = {
    "spam": Skip.SPAM,
    "junk": Skip.SPAM,
    "trash": Skip.DELETED,
    "deleted": Skip.DELETED,
    "junk e-mail": Skip.SPAM,
    "junk email": Skip.SPAM,
    "bulk mail": Skip.SPAM,
    "deleted items": Skip.DELETED,
    "deleted messages": Skip.DELETED,
    "bin": Skip.DELETED,
    "drafts": Skip.DRAFT,
}
_LONGEST_CHAIN: Final = 1_000
_UNSUBSCRIBE: Final = "unsubscribe"


class Mail(Adapter):
    """E-mail as files."""

    name: ClassVar[str] = "email"

    def read(self, paths: Sequence[Path], desk: Desk) -> None:
        """Puts the messages of mbox and EML files on the stage, one at a time."""
        if not desk.options.own_addresses:
            raise ConfigurationError(
                "--own-address: say which addresses or domains are the brand's, such as example.com"
            )
        for path in files_of(paths, _SUFFIXES, _is_bare_mbox):
            number = 0
            try:
                for number, content in enumerate(_messages_in(path), start=1):
                    desk.report.records += 1
                    self._read_one(path, Place(str(path), number), content, desk)
            except BROKEN_ARCHIVE:
                place = Place(str(path), number + 1)
                desk.report.reject(place, "file", Reject.MALFORMED, "archive from here on")

    def _read_one(self, path: Path, place: Place, content: bytes, desk: Desk) -> None:
        try:
            fields = fields_of(content)
        except MailError:
            desk.report.reject(place, "message", Reject.MALFORMED, "e-mail")
            return
        message_id = text_at(fields, "message_id") or hashlib.sha256(content).hexdigest()
        hint = Path(path.name.removesuffix(".gz")).stem
        self.stage(Record(place, hint, {**fields, "id": message_id}, path.parts), desk)

    def stage(self, record: Record, desk: Desk) -> None:
        """Puts a message on the stage; a report of failed delivery marks what failed."""
        fields = record.fields
        for failed in texts_at(fields, "failed_ids"):
            desk.stage.add("failed", failed, record.place, {})
        message_id = text_at(fields, "id") or ""
        folder = _folder_reason(record)
        # Of several copies the one counts that was kept, and the sender's, which names everybody.
        version = 2 * (folder is None) + bool(texts_at(fields, "bcc"))
        own = {**fields, "folder": folder}
        desk.stage.add("email", message_id, record.place, own, version=version)

    def found(self, desk: Desk) -> Iterator[Found]:
        """Every message between the brand and somebody else."""
        for message in desk.stage.all("email"):
            yield from _of_message(message, desk)


def _messages_in(path: Path) -> Iterator[bytes]:
    with opened(path) as stream:
        if stream.peek(len(_MBOX_START)).startswith(_MBOX_START):
            yield from _split(stream)
        else:
            yield stream.read()


def _is_bare_mbox(path: Path) -> bool:
    """Whether a file is a mailbox as Thunderbird and Apple Mail name them, without a suffix."""
    if path.suffix:
        return False
    with path.open("rb") as stream:
        return stream.read(len(_MBOX_START)) == _MBOX_START


def _split(stream: IO[bytes]) -> Iterator[bytes]:
    """The messages of a mailbox.

    Not every program marks a line that begins with "From ": one without a moment is a sentence.
    """
    dated = _POSTMARK.match(stream.readline()) is not None
    lines: list[bytes] = []
    for line in stream:
        if line.startswith(_MBOX_START) and (not dated or _POSTMARK.match(line)):
            yield _message_of(lines)
            lines = []
        else:
            lines.append(line)
    yield _message_of(lines)


def _message_of(lines: list[bytes]) -> bytes:
    return _ESCAPED.sub(rb"\1", b"".join(lines).rstrip(b"\r\n"))


def _folder_reason(record: Record) -> str | None:
    places = {part.lower() for part in record.folders[-2:]} | {record.hint.lower()}
    places |= {label.lower() for label in texts_at(record.fields, "labels")}
    return next((reason.name for name, reason in _FOLDERS.items() if name in places), None)


def _is_own(address: str, own: frozenset[str]) -> bool:
    domain = address.rpartition("@")[2]
    return address in own or domain in own or f"@{domain}" in own


def _addresses(fields: Fields, *names: str) -> list[str]:
    headers = [header for name in names for header in texts_at(fields, name)]
    # Each by itself, or one that ends in the middle of a group would swallow the next.
    pairs = [pair for header in headers for pair in getaddresses([header])]
    found = [address.lower() for _, address in pairs if "@" in address]
    return list(dict.fromkeys(found))


def _of_message(message: Staged, desk: Desk) -> Iterator[Found]:
    fields = message.fields
    reason = _unwanted(message, desk)
    if reason is not None:
        desk.skip(reason, message)
        return
    own = desk.options.own_addresses
    senders = _addresses(fields, "from")
    if not senders:
        desk.reject(message, "From", Reject.UNKNOWN_AUTHOR)
        return
    by_brand = _is_own(senders[0], own)
    # Whom a copy went to unseen is known from the sender's copy alone.
    receivers = ("to", "cc", "bcc") if by_brand else ("to", "cc")
    others = [a for a in _addresses(fields, *receivers) if not _is_own(a, own)]
    ours = [a for a in _addresses(fields, "to", "cc", "delivered_to") if _is_own(a, own)]
    replies = [a for a in _addresses(fields, "reply_to") if not _is_own(a, own)]
    if by_brand and not others and ours and replies:
        # A form on the brand's site, mailed by the brand to itself: the reply goes to who wrote.
        yield from _with_customer(message, replies[0], desk, by_brand=False)
    elif by_brand:
        if not others:
            desk.skip(Skip.OTHER_PARTIES, message)
        for customer in others:
            yield from _with_customer(message, customer, desk, by_brand=True)
    elif ours:
        yield from _with_customer(message, senders[0], desk, by_brand=False)
    else:
        desk.skip(Skip.OTHER_PARTIES, message)


def _unwanted(message: Staged, desk: Desk) -> Skip | None:
    fields = message.fields
    folder = text_at(fields, "folder")
    if folder is not None:
        return Skip[folder]
    if flag_at(fields, "spam"):
        return Skip.SPAM
    failed = desk.stage.get("failed", message.record_id) is not None
    sender = next(iter(_addresses(fields, "from")), "")
    by_postman = sender.partition("@")[0] in _POSTMEN
    is_notice = flag_at(fields, "is_report") or by_postman
    return Skip.FAILED_DELIVERY if failed or is_notice else None


def _with_customer(
    message: Staged, customer: str, desk: Desk, *, by_brand: bool
) -> Iterator[Found]:
    fields = message.fields
    text = desk.words(text_at(fields, "text"), text_at(fields, "html"), channel=Channel.EMAIL)
    subject = text_at(fields, "subject") or ""
    unsubscribes = not by_brand and _UNSUBSCRIBE in (subject.strip().lower(), text.strip().lower())
    parent = _parent_of(fields)
    yield from desk.message(
        message,
        customer,
        desk.time(message, "date", read=lambda text: from_mail_date(text, desk.options.zone)),
        Party.BRAND if by_brand else Party.CUSTOMER,
        text or subject,
        sender_kind=_kind_of(fields, desk),
        channel=Channel.EMAIL,
        purpose=_purpose(fields, by_brand=by_brand),
        in_reply_to_id=None if parent is None else f"email:{parent}",
        thread_id=_thread_of(message, desk),
        outcome=OptOut((Channel.EMAIL,)) if unsubscribes else None,
    )


def _parent_of(fields: Fields) -> str | None:
    references = texts_at(fields, "references")
    return text_at(fields, "in_reply_to") or (references[-1] if references else None)


def _thread_of(message: Staged, desk: Desk) -> str:
    """The id of the mail that began it; programs that name only the last one lead there, too."""
    seen: set[str] = set()
    here: Staged | None = message
    thread = message.record_id
    while here is not None and thread not in seen and len(seen) < _LONGEST_CHAIN:
        seen.add(thread)
        references = texts_at(here.fields, "references")
        thread = references[0] if references else (_parent_of(here.fields) or thread)
        here = desk.stage.get("email", thread)
    return thread


def _kind_of(fields: Fields, desk: Desk) -> SenderKind:
    address = next(iter(_addresses(fields, "from")), "")
    if flag_at(fields, "automatic") or address.startswith(_MACHINES):
        return SenderKind.BOT
    return desk.kind_of_sender(address)


def _purpose(fields: Fields, *, by_brand: bool) -> Purpose:
    """A list's mail that can be unsubscribed from advertises."""
    listed = by_brand and flag_at(fields, "list")
    return Purpose.MARKETING if listed else Purpose.UNSPECIFIED
