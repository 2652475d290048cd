"""Plain e-mail: mbox files and folders of EML files.

The brand is known by its addresses and domains (`own_addresses`); the customer is the other
address. A message that the brand sent to several customers belongs to each of them. Threads come
from `References` and `In-Reply-To`, copies in several folders are one by their `Message-ID`.
"""

from __future__ import annotations

import hashlib
import mailbox
import re
from collections.abc import Iterator, Sequence
from email.utils import getaddresses
from pathlib import Path
from typing import ClassVar, Final

from relhealth.crm.adapter import Adapter, Desk
from relhealth.crm.gathering import Found
from relhealth.crm.mail_message import MailError, fields_of
from relhealth.crm.records import Record, files_of
from relhealth.crm.report import Place, Reject, Skip
from relhealth.crm.shape import Fields, flag_at, text_at, texts_at
from relhealth.crm.stage import Staged
from relhealth.crm.times import from_mail_date
from relhealth.domain.history import OptOut
from relhealth.domain.vocabulary import Channel, Party, Purpose, SenderKind
from relhealth.errors import ConfigurationError

_SUFFIXES: Final = (".mbox", ".mbx", ".eml")
_MBOX_START: Final = b"From "
# An mbox file marks lines that look like the start of a message; they are no quotes.
_ESCAPED: Final = re.compile(rb"^>(>*From )", re.MULTILINE)
_MACHINES: Final = ("no-reply", "noreply", "no_reply", "donotreply", "do-not-reply")
_FOLDERS: Final = {
    "spam": Skip.SPAM,
    "junk": Skip.SPAM,
    "trash": Skip.DELETED,
    "deleted": Skip.DELETED,
    "drafts": Skip.DRAFT,
}
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
        for path in files_of(paths, _SUFFIXES):
            for number, content in enumerate(_messages_in(path), start=1):
                desk.report.records += 1
                place = Place(str(path), number)
                try:
                    fields = fields_of(content)
                except MailError:
                    desk.report.reject(place, "message", Reject.MALFORMED, "e-mail")
                    continue
                named = text_at(fields, "message_id")
                message_id = named or hashlib.sha256(content).hexdigest()
                folders = {**fields, "id": message_id}
                self.stage(Record(place, path.stem, folders, path.parts), desk)

    def stage(self, record: Record, desk: Desk) -> None:
        """Puts a message on the stage; a report of failed delivery marks what failed."""
        fields = record.fields
        for failed in texts_at(fields, "failed_ids"):
            desk.stage.add("failed", failed, record.place, {})
        message_id = text_at(fields, "id") or ""
        own = {**fields, "folder": _folder_reason(record)}
        desk.stage.add("email", message_id, record.place, own)

    def found(self, desk: Desk) -> Iterator[Found]:
        """Every message between the brand and somebody else."""
        for message in desk.stage.all("email"):
            yield from _of_message(message, desk)


def _messages_in(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        is_mbox = stream.read(len(_MBOX_START)) == _MBOX_START
    if not is_mbox:
        yield path.read_bytes()
        return
    box = mailbox.mbox(path, create=False)
    try:
        for key in box.iterkeys():
            yield _ESCAPED.sub(rb"\1", box.get_bytes(key))
    finally:
        box.close()


def _folder_reason(record: Record) -> str | None:
    places = {part.lower() for part in record.folders[-2:]} | {record.hint.lower()}
    places |= {label.lower() for label in texts_at(record.fields, "labels")}
    return next((reason.name for name, reason in _FOLDERS.items() if name in places), None)


def _is_own(address: str, own: frozenset[str]) -> bool:
    domain = address.rpartition("@")[2]
    return address in own or domain in own or f"@{domain}" in own


def _addresses(fields: Fields, *names: str) -> list[str]:
    headers = [header for name in names for header in texts_at(fields, name)]
    found = [address.lower() for _, address in getaddresses(headers) if "@" in address]
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
    others = [a for a in _addresses(fields, "to", "cc") if not _is_own(a, own)]
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
    return Skip.FAILED_DELIVERY if failed or flag_at(fields, "is_report") else None


def _with_customer(
    message: Staged, customer: str, desk: Desk, *, by_brand: bool
) -> Iterator[Found]:
    fields = message.fields
    text = desk.words(text_at(fields, "text"), text_at(fields, "html"), channel=Channel.EMAIL)
    subject = text_at(fields, "subject") or ""
    unsubscribes = not by_brand and _UNSUBSCRIBE in (subject.strip().lower(), text.strip().lower())
    references = texts_at(fields, "references")
    parent = text_at(fields, "in_reply_to") or (references[-1] if references else None)
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
        thread_id=references[0] if references else (parent or message.record_id),
        outcome=OptOut((Channel.EMAIL,)) if unsubscribes else None,
    )


def _kind_of(fields: Fields, desk: Desk) -> SenderKind:
    address = next(iter(_addresses(fields, "from")), "")
    if flag_at(fields, "automatic") or address.startswith(_MACHINES):
        return SenderKind.BOT
    return desk.kind_of_sender(address)


def _purpose(fields: Fields, *, by_brand: bool) -> Purpose:
    """A list's mail that can be unsubscribed from advertises."""
    listed = by_brand and flag_at(fields, "list")
    return Purpose.MARKETING if listed else Purpose.UNSPECIFIED
