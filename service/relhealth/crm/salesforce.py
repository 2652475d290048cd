"""Salesforce: cases, case comments, e-mails, messaging conversations, contacts.

Reads records of the REST API (``{"records": [...]}``, ``attributes.type``), CSV exports of the
objects (data loader, weekly export; the file's name or the id's prefix tells the object), and
``conversationEntries`` of the Connect API.

The customer is the case's contact; a case without one is the account's, and without that the
messaging user's. Merged contacts and cases follow ``MasterRecordId``. Who wrote a comment is
known from users: a user with a contact is a customer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar, Final

from relhealth.crm.adapter import Adapter, Desk
from relhealth.crm.fields import FieldValues, UpdateRequest
from relhealth.crm.gathering import Found
from relhealth.crm.records import Record
from relhealth.crm.report import Reject, Skip
from relhealth.crm.salesforce_found import found_on
from relhealth.crm.shape import Fields, Json, flag_at, group_at, groups_at, text_at, texts_at
from relhealth.crm.times import from_milliseconds, version_of
from relhealth.errors import ConfigurationError

# Key prefixes of standard objects.
_PREFIXES: Final = {
    "500": "Case",
    "00a": "CaseComment",
    "02s": "EmailMessage",
    "003": "Contact",
    "005": "User",
    "0Mw": "MessagingSession",
    "0PA": "MessagingEndUser",
}
_OBJECTS: Final = frozenset(_PREFIXES.values()) | {"ConversationEntry", "ContactHistory"}
_PARENTS: Final = {
    "CaseComment": "ParentId",
    "EmailMessage": "ParentId",
    "ConversationEntry": "ConversationId",
    "ContactHistory": "ContactId",
}
_SHORT_ID: Final = 15
_ID_PART: Final = 5
_CAPITAL_SIGNS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_WRITTEN_TO: Final = {"003": "Contact", "001": "Account"}


class Salesforce(Adapter):
    """Salesforce's Service Cloud objects."""

    name: ClassVar[str] = "salesforce"
    lists: ClassVar[frozenset[str]] = frozenset({"records", "conversationEntries"})
    batch_size: ClassVar[int] = 200

    def stage(self, record: Record, desk: Desk) -> None:
        """Recognises the object by its type, its file's name or its id's prefix."""
        if "clientTimestamp" in record.fields and "sender" in record.fields:
            _stage_entry(record, desk)
            return
        record = replace(record, fields=_with_long_ids(record.fields))
        fields = record.fields
        name = _object_of(record)
        record_id = text_at(fields, "Id")
        if name is None:
            desk.report.reject(record.place, "attributes.type", Reject.UNKNOWN_SHAPE, "record")
        elif record_id is None:
            desk.report.reject(record.place, "Id", Reject.NO_ID, name)
        elif name not in _OBJECTS:
            desk.report.skip(Skip.NOT_A_MESSAGE, f"{name} {record_id}")
        else:
            self._stage_object(record, name, record_id, desk)

    def _stage_object(self, record: Record, name: str, record_id: str, desk: Desk) -> None:
        fields = record.fields
        master = text_at(fields, "MasterRecordId")
        if name == "Contact":
            if master is not None:
                desk.identities.merge(record_id, master)
            elif not flag_at(fields, "IsDeleted"):
                desk.identities.email(record_id, text_at(fields, "Email"))
        changed = text_at(fields, "SystemModstamp") or text_at(fields, "LastModifiedDate")
        for key in fields:
            # A query inside a query gives the records that belong to this one.
            for inner in groups_at(fields, key, "records"):
                own = {"ParentId": record_id, "ContactId": record_id, **inner}
                self.stage(Record(record.place, "", own), desk)
        parent = text_at(fields, _PARENTS[name]) if name in _PARENTS else None
        version = version_of(changed)
        desk.stage.add(name, record_id, record.place, fields, parent=parent, version=version)

    def found(self, desk: Desk) -> Iterator[Found]:
        """What cases, comments, e-mails, conversations and contacts say."""
        return found_on(desk)

    def holds(self, customer_id: str) -> bool:
        """Contacts and accounts; who only sent messages has no record with fields."""
        return customer_id[:3] in _WRITTEN_TO

    def updates(self, values: Sequence[FieldValues]) -> list[UpdateRequest]:
        """``PATCH /composite/sobjects`` with up to 200 records; null clears a field."""
        records: list[Json] = []
        for value in values:
            entry: dict[str, Json] = {
                "attributes": {"type": _written_to(value.customer_id)},
                "id": value.customer_id,
                "Relhealth_Health__c": value.health,
                "Relhealth_Band__c": value.band_key,
                "Relhealth_Stance__c": value.stance_key,
                "Relhealth_As_Of__c": value.day.isoformat(),
            }
            records.append(entry)
        body: dict[str, Json] = {"allOrNone": False, "records": records}
        ids = tuple([value.customer_id for value in values])
        return [UpdateRequest("PATCH", "/services/data/v62.0/composite/sobjects", body, ids)]


def _written_to(customer_id: str) -> str:
    kind = _WRITTEN_TO.get(customer_id[:3])
    if kind is None:
        raise ConfigurationError(
            f"customer {customer_id!r} is no Salesforce Contact or Account: "
            f"those begin with {' or '.join(_WRITTEN_TO)}"
        )
    return kind


def _with_long_ids(fields: Fields) -> Fields:
    """The fields with ids of 18 signs; reports give 15, and the API the same ids with 18."""
    return {
        key: _long_id(value) if key.endswith("Id") and isinstance(value, str) else value
        for key, value in fields.items()
    }


def _long_id(short: str) -> str:
    """An id with the three signs that say which of its letters are capitals."""
    if len(short) != _SHORT_ID or not (short.isascii() and short.isalnum()):
        return short
    parts = [short[start : start + _ID_PART] for start in range(0, _SHORT_ID, _ID_PART)]
    capitals = [sum(sign.isupper() << place for place, sign in enumerate(part)) for part in parts]
    return short + "".join(_CAPITAL_SIGNS[number] for number in capitals)


def _object_of(record: Record) -> str | None:
    named = text_at(record.fields, "attributes", "type")
    if named is not None:
        return named
    if record.hint and record.hint not in Salesforce.lists:
        return record.hint
    return _PREFIXES.get((text_at(record.fields, "Id") or "")[:3])


def _stage_entry(record: Record, desk: Desk) -> None:
    """An entry of the Connect API, as the object of the same name."""
    fields = record.fields
    entry_id = text_at(fields, "identifier")
    session = next((r for r in texts_at(fields, "relatedRecords") if r.startswith("0Mw")), None)
    if entry_id is None:
        desk.report.reject(record.place, "identifier", Reject.NO_ID, "ConversationEntry")
        return
    own: dict[str, Json] = {
        "ConversationId": session,
        "ActorType": group_at(fields, "sender").get("role"),
        "ActorId": group_at(fields, "sender").get("subject"),
        "Message": fields.get("messageText"),
        "EntryTime": fields.get("clientTimestamp"),
        "EntryType": fields.get("entryType"),
    }
    version = version_of(text_at(fields, "serverReceivedTimestamp"), from_milliseconds)
    desk.stage.add(
        "ConversationEntry", entry_id, record.place, own, parent=session, version=version
    )
