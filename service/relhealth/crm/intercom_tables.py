"""Intercom: tables of conversations, parts and contacts to the shapes of its API.

The tables are those that warehouse connectors write, one row a version of a record.
"""

from __future__ import annotations

from typing import Final

from relhealth.crm.adapter import Desk
from relhealth.crm.records import Record
from relhealth.crm.report import Reject, Skip
from relhealth.crm.shape import Fields, Json, flag_at, text_at

_NAMES: Final = ("conversation", "contact", "admin", "user")


def is_table(record: Record) -> bool:
    """Whether a record is a row of one of the tables."""
    return record.hint.startswith(_NAMES) and "type" not in record.fields


def stage_opening(
    record: Record, conversation_id: str, opening: Fields, version: int, desk: Desk
) -> None:
    """Puts a conversation's first message on the stage, by the conversation's id.

    Its own id is no key: a campaign's message has the same one in every conversation that it
    opens, and a part of another conversation may have it, too.
    """
    fields = {**opening, "conversation_id": conversation_id}
    desk.stage.add(
        "opening",
        conversation_id,
        record.place,
        fields,
        parent=conversation_id,
        version=version,
    )


def stage_row(record: Record, desk: Desk) -> None:
    """Puts a row on the stage as the record that the API would give."""
    fields, name = record.fields, record.hint
    row_id = text_at(fields, "id")
    if name.startswith("conversation_contact"):
        _stage_link(record, desk)
    elif row_id is None:
        desk.report.reject(record.place, "id", Reject.NO_ID, name)
    elif name.startswith("conversation_part"):
        _stage_part(record, row_id, desk)
    elif name.startswith("conversation"):
        _stage_conversation(record, row_id, desk)
    elif name.startswith(("contact", "user")):
        desk.identities.email(row_id, text_at(fields, "email"))
        _stage_opt_out(record, row_id, desk)
    else:
        desk.report.skip(Skip.NOT_A_MESSAGE, f"{name} {row_id}")


def _stage_link(record: Record, desk: Desk) -> None:
    conversation_id = text_at(record.fields, "conversation_id")
    contact_id = text_at(record.fields, "contact_id")
    if conversation_id is not None and contact_id is not None:
        desk.stage.add("contact_of", conversation_id, record.place, {"contact": contact_id})


def _stage_part(record: Record, part_id: str, desk: Desk) -> None:
    fields = record.fields
    conversation_id = text_at(fields, "conversation_id")
    part: dict[str, Json] = {
        **fields,
        "author": {"type": fields.get("author_type"), "id": fields.get("author_id")},
    }
    version = desk.version(fields, "updated_at")
    desk.stage.add("part", part_id, record.place, part, parent=conversation_id, version=version)


def _stage_conversation(record: Record, conversation_id: str, desk: Desk) -> None:
    fields = record.fields
    author: Json = {"type": fields.get("source_author_type"), "id": fields.get("source_author_id")}
    rating: Json = {
        "rating": fields.get("conversation_rating_value"),
        "remark": fields.get("conversation_rating_remark"),
        "created_at": fields.get("conversation_rating_created_at"),
    }
    head: dict[str, Json] = {
        "source_type": fields.get("source_type"),
        "source_author": author,
        "conversation_rating": rating,
    }
    version = desk.version(fields, "updated_at")
    desk.stage.add("conversation", conversation_id, record.place, head, version=version)
    if text_at(fields, "source_id") is not None:
        opening: dict[str, Json] = {
            "part_type": "opening",
            "type": fields.get("source_type"),
            "delivered_as": fields.get("source_delivered_as"),
            "author": author,
            "body": fields.get("source_body"),
            "created_at": fields.get("created_at"),
        }
        stage_opening(record, conversation_id, opening, version, desk)


def _stage_opt_out(record: Record, contact_id: str, desk: Desk) -> None:
    fields = record.fields
    out = flag_at(fields, "unsubscribed_from_emails") or flag_at(fields, "marked_email_as_spam")
    changed = text_at(fields, "updated_at")
    if out and changed is not None:
        desk.report.note("opt-outs dated by their contact's last change")
        given: dict[str, Json] = {"contact": contact_id, "at": changed, "consent": False}
        version = desk.version(fields, "updated_at")
        desk.stage.add("subscription", f"{contact_id}/state", record.place, given, version=version)
