"""HubSpot: conversation threads and messages, engagements, contacts, marketing mail, feedback.

Reads pages of the CRM API v3 (objects with ``properties`` and ``associations=contacts``), the
conversations API (threads, messages), the older engagements, e-mail event and subscription
timeline APIs, and tables of engagements with a link table to contacts. Written numbers of times
are milliseconds since 1970.

The customer is the contact, by its record id; contacts that HubSpot merged are one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from relhealth.crm.adapter import Adapter, Desk
from relhealth.crm.fields import FieldValues, UpdateRequest
from relhealth.crm.gathering import Found
from relhealth.crm.hubspot_found import found_on, moment
from relhealth.crm.records import Record
from relhealth.crm.report import Reject, Skip
from relhealth.crm.shape import Fields, Json, flag_at, group_at, groups_at, text_at, texts_at
from relhealth.crm.times import version_of

# A property that only objects of the kind have. Notes, meetings and tasks are for colleagues.
_KINDS: Final = (
    ("email", ("hs_email_direction", "hs_email_text", "hs_email_html", "hs_email_status")),
    ("call", ("hs_call_",)),
    ("communication", ("hs_communication_",)),
    ("note", ("hs_note_body",)),
    ("meeting", ("hs_meeting_", "meeting_outcome", "web_conference_meeting_id")),
    ("task", ("hs_task_",)),
    ("feedback", ("hs_survey_", "hs_submission_")),
    ("ticket", ("hs_ticket_", "hs_pipeline_stage")),
    ("contact", ("email", "firstname", "lastname", "hs_email_optout")),
)
_ENGAGEMENTS: Final = frozenset({"email", "call", "communication"})
_ASIDE: Final = frozenset({"meeting", "task", "ticket", "engagement"})
_PREFIX: Final = "property_"


class HubSpot(Adapter):
    """HubSpot's CRM, conversations and e-mail APIs."""

    name: ClassVar[str] = "hubspot"
    lists: ClassVar[frozenset[str]] = frozenset({"results", "events", "timeline", "threads"})
    batch_size: ClassVar[int] = 100

    def stage(self, record: Record, desk: Desk) -> None:
        """Recognises a record by what only its kind has."""
        fields = record.fields
        if "conversationsThreadId" in fields:
            parent = text_at(fields, "conversationsThreadId")
            _keep(record, "message", fields, desk, parent, text_at(fields, "updatedAt"))
        elif "originalChannelId" in fields or "associatedContactId" in fields:
            _keep(record, "thread", fields, desk, None, text_at(fields, "latestMessageTimestamp"))
        elif "engagement" in fields:
            _stage_engagement(record, desk)
        elif "recipient" in fields and ({"changes", "created"} & fields.keys()):
            _stage_event(record, desk)
        elif "engagement_id" in fields and "contact_id" in fields:
            _stage_link(record, desk)
        elif "properties" in fields:
            _stage_object(record, group_at(fields, "properties"), desk)
        elif record.hint:
            _stage_row(record, desk)
        else:
            desk.report.reject(record.place, "properties", Reject.UNKNOWN_SHAPE, "record")

    def found(self, desk: Desk) -> Iterator[Found]:
        """Messages of threads, engagements, marketing mail, feedback and choices of contact."""
        return found_on(desk)

    def updates(self, values: Sequence[FieldValues]) -> list[UpdateRequest]:
        """``POST /crm/v3/objects/contacts/batch/update``; an empty string clears a property.

        A customer id with an ``@`` is an e-mail address: HubSpot is told by `idProperty`.
        """
        inputs: list[Json] = []
        for value in values:
            properties: dict[str, Json] = {
                "relhealth_health": "" if value.health is None else f"{value.health:.1f}",
                "relhealth_band": value.band_key,
                "relhealth_stance": value.stance_key,
                "relhealth_as_of": value.day.isoformat(),
            }
            entry: dict[str, Json] = {"id": value.customer_id, "properties": properties}
            if "@" in value.customer_id:
                entry["idProperty"] = "email"
            inputs.append(entry)
        ids = tuple([value.customer_id for value in values])
        path = "/crm/v3/objects/contacts/batch/update"
        return [UpdateRequest("POST", path, {"inputs": inputs}, ids)]


def _keep(
    record: Record,
    kind: str,
    fields: Fields,
    desk: Desk,
    parent: str | None = None,
    changed: str | None = None,
) -> None:
    desk.keep(record, kind, fields, parent, version_of(changed, moment))


def _kind_of(names: Fields) -> str | None:
    for kind, prefixes in _KINDS:
        if any(name.startswith(prefixes) for name in names):
            return kind
    return None


def _stage_object(record: Record, properties: Fields, desk: Desk) -> None:
    fields = record.fields
    kind = _kind_of(properties)
    own: dict[str, Json] = {
        **properties,
        "id": fields.get("id"),
        "archived": fields.get("archived"),
        "contacts": [
            link.get("id") for link in groups_at(fields, "associations", "contacts", "results")
        ],
    }
    _stage_kind(record, kind, own, desk, text_at(fields, "updatedAt"))


def _stage_row(record: Record, desk: Desk) -> None:
    """A row of a table, named by its table."""
    fields = record.fields
    own: dict[str, Json] = {key.removeprefix(_PREFIX): value for key, value in fields.items()}
    own["id"] = fields.get("engagement_id") or fields.get("id")
    own["archived"] = fields.get("_fivetran_deleted") or fields.get("is_deleted")
    named = record.hint.removeprefix("engagement_").split("_")[0]
    kind: str | None = named
    linking = record.hint.startswith("ticket_") and "id" not in fields
    if linking or record.hint.startswith("engagement_data"):
        kind = "engagement"
    elif record.hint.startswith("email_event"):
        kind = "email event"
    _stage_kind(record, kind, own, desk, text_at(own, "hs_lastmodifieddate"))


def _stage_kind(
    record: Record, kind: str | None, own: Fields, desk: Desk, changed: str | None
) -> None:
    name = f"{kind} {text_at(own, 'id')}"
    if kind in _ENGAGEMENTS or kind == "feedback":
        _keep(record, kind or "", own, desk, None, changed)
    elif kind == "note":
        desk.report.skip(Skip.PRIVATE_NOTE, name)
    elif kind in _ASIDE:
        desk.report.skip(Skip.NOT_A_MESSAGE, name)
    elif kind == "contact":
        _stage_contact(record, own, desk, changed)
    elif kind == "email event":
        desk.report.reject(record.place, "recipient", Reject.NO_CUSTOMER, name)
    else:
        desk.report.reject(record.place, "properties", Reject.UNKNOWN_SHAPE, name)


def _stage_contact(record: Record, own: Fields, desk: Desk, changed: str | None) -> None:
    contact_id = text_at(own, "id")
    if contact_id is None:
        desk.report.reject(record.place, "id", Reject.NO_ID, "contact")
        return
    email = text_at(own, "email")
    when = changed or text_at(own, "lastmodifieddate")
    _keep(record, "contact", {**own, "changed": when}, desk, None, when)
    desk.identities.email(contact_id, email)
    if email is not None:
        desk.stage.add("address", email.lower(), record.place, {"contact": contact_id})
    # "76340251:1661707291575;46897301" and "123;456": ids, some with the moment of the merge.
    merged = text_at(own, "hs_merged_object_ids") or text_at(own, "hs_calculated_merged_vids")
    for entry in (merged or "").split(";"):
        old = entry.partition(":")[0].strip()
        if old:
            desk.identities.merge(old, contact_id)


def _stage_engagement(record: Record, desk: Desk) -> None:
    """An engagement of the older API, as the newer API would give it."""
    head = group_at(record.fields, "engagement")
    metadata = group_at(record.fields, "metadata")
    kind = (text_at(head, "type") or "").upper()
    own: dict[str, Json] = {
        "id": head.get("id"),
        "archived": flag_at(head, "active") is False,
        "contacts": list[Json](texts_at(record.fields, "associations", "contactIds")),
        "hs_timestamp": head.get("timestamp"),
        "hs_createdate": head.get("createdAt"),
    }
    if kind.endswith("EMAIL"):
        own |= {
            "hs_email_direction": kind,
            "hs_email_status": metadata.get("status"),
            "hs_email_text": metadata.get("text"),
            "hs_email_html": metadata.get("html"),
            "hs_email_subject": metadata.get("subject"),
            "hs_email_from_email": text_at(metadata, "from", "email"),
        }
        name = "email"
    elif kind == "CALL":
        own |= {
            "hs_call_direction": metadata.get("direction"),
            "hs_call_status": metadata.get("status"),
            "hs_call_body": metadata.get("body"),
        }
        name = "call"
    else:
        name = kind.lower()
    _stage_kind(record, name, own, desk, text_at(head, "lastUpdated"))


def _stage_event(record: Record, desk: Desk) -> None:
    """A marketing mail's fate, or a change of subscriptions."""
    fields = record.fields
    when = text_at(fields, "timestamp") or text_at(fields, "created") or ""
    event_id = text_at(fields, "id") or f"{text_at(fields, 'recipient')}/{when}"
    kind = "subscription" if "changes" in fields else "mail event"
    sent_by = text_at(fields, "sentBy", "id")
    _keep(record, kind, {**fields, "id": event_id}, desk, sent_by)


def _stage_link(record: Record, desk: Desk) -> None:
    engagement = text_at(record.fields, "engagement_id") or ""
    contact = text_at(record.fields, "contact_id") or ""
    link = f"{engagement}/{contact}"
    desk.stage.add("link", link, record.place, {"contact": contact}, parent=engagement)
