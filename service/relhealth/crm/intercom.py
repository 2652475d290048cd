"""Intercom: conversations with their parts, contacts, ratings; REST answers and webhooks.

Reads conversations of ``GET /conversations/ID`` and lists of them, contacts, notifications
(``notification_event``) of any conversation or contact topic in any order, and tables of
conversations, parts and contacts. Parts of a conversation that arrive one webhook at a time merge
by their ids, the last version counts. Times are in seconds since 1970.

The customer is the conversation's contact, by Intercom's own id.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from relhealth.crm.adapter import Adapter, Desk
from relhealth.crm.fields import FieldValues, UpdateRequest
from relhealth.crm.gathering import Found
from relhealth.crm.intercom_tables import is_table, stage_opening, stage_row
from relhealth.crm.records import Record
from relhealth.crm.report import Reject, Skip
from relhealth.crm.shape import Fields, Json, flag_at, group_at, groups_at, number_at, text_at
from relhealth.crm.stage import Staged
from relhealth.crm.times import from_iso, from_seconds, version_of
from relhealth.domain.history import MICROSECONDS_PER_SECOND, Consent, OptOut, Outcome, Rating
from relhealth.domain.vocabulary import Channel, Party, Purpose, SenderKind

_CUSTOMER_TYPES: Final = frozenset({"user", "lead", "contact", "visitor"})
_BRAND_TYPES: Final = frozenset({"admin", "team", "bot", "operator", "workflow", "campaign"})
_MACHINE_TYPES: Final = frozenset({"bot", "operator", "workflow", "campaign"})
_CHANNELS: Final = {
    "conversation": Channel.CHAT,
    "chat": Channel.CHAT,
    "messenger": Channel.CHAT,
    "email": Channel.EMAIL,
    "sms": Channel.SMS,
    "push": Channel.PUSH,
    "phone_call": Channel.PHONE,
    "phone_switch": Channel.PHONE,
    "twitter": Channel.SOCIAL_DIRECT,
    "facebook": Channel.SOCIAL_DIRECT,
    "instagram": Channel.SOCIAL_DIRECT,
    "whatsapp": Channel.SOCIAL_DIRECT,
}
_WORST: Final = 1.0
_BEST: Final = 5.0
_DELETED_BODY: Final = "this message was deleted"


class Intercom(Adapter):
    """Intercom's REST API and webhooks."""

    name: ClassVar[str] = "intercom"
    lists: ClassVar[frozenset[str]] = frozenset({"conversations", "contacts", "admins"})
    batch_size: ClassVar[int] = 1

    def stage(self, record: Record, desk: Desk) -> None:
        """Recognises notifications, conversations and contacts by their type."""
        fields = record.fields
        kind = text_at(fields, "type")
        if kind == "notification_event":
            _stage_notification(record, desk)
        elif is_table(record):
            stage_row(record, desk)
        elif kind == "conversation" or "conversation_parts" in fields or "source" in fields:
            _stage_conversation(record, fields, desk)
        elif kind in _CUSTOMER_TYPES or "unsubscribed_from_emails" in fields:
            _stage_contact(record, fields, desk)
        elif kind in _BRAND_TYPES:
            desk.report.skip(Skip.NOT_A_MESSAGE, f"{kind} {text_at(fields, 'id')}")
        elif kind == "ping" or text_at(fields, "topic") == "ping":
            desk.report.skip(Skip.SYSTEM_EVENT, "ping")
        else:
            desk.report.reject(record.place, "type", Reject.UNKNOWN_SHAPE, "record")

    def found(self, desk: Desk) -> Iterator[Found]:
        """Every part of every conversation, and what contacts decided about being contacted."""
        for kind in ("opening", "part"):
            for part in desk.stage.all(kind):
                yield from _of_part(part, desk)
        for conversation in desk.stage.all("conversation"):
            yield from _of_rating(conversation, desk)
        for choice in desk.stage.all("subscription"):
            yield from _of_subscription(choice, desk)

    def updates(self, values: Sequence[FieldValues]) -> list[UpdateRequest]:
        """``PUT /contacts/ID`` with custom attributes; null clears one."""
        requests: list[UpdateRequest] = []
        for value in values:
            attributes: dict[str, Json] = {
                "relhealth_health": value.health,
                "relhealth_band": value.band_key,
                "relhealth_stance": value.stance_key,
                "relhealth_as_of_at": value.as_of_us // MICROSECONDS_PER_SECOND,
            }
            body: dict[str, Json] = {"custom_attributes": attributes}
            path = f"/contacts/{value.path_part}"
            requests.append(UpdateRequest("PUT", path, body, (value.customer_id,)))
        return requests


def _stage_notification(record: Record, desk: Desk) -> None:
    topic = text_at(record.fields, "topic") or ""
    item = group_at(record.fields, "data", "item")
    if topic == "conversation.deleted":
        conversation_id = text_at(item, "id") or text_at(item, "conversation_id")
        if conversation_id is not None:
            desk.stage.add("deleted", conversation_id, record.place, {})
            for kind in ("opening", "part"):
                desk.stage.drop(kind, conversation_id)
    elif topic.startswith(("contact.merged", "contact.user.merged")):
        old, new = text_at(item, "merged_contact", "id"), text_at(item, "id")
        if old is not None and new is not None:
            desk.identities.merge(old, new)
    elif topic.endswith((".unsubscribed", ".subscribed")):
        _stage_subscription(record, item, topic, desk)
    elif text_at(item, "type") == "conversation":
        _stage_conversation(record, item, desk)
    elif text_at(item, "type") in _CUSTOMER_TYPES:
        _stage_contact(record, item, desk)
    else:
        desk.report.skip(Skip.SYSTEM_EVENT, f"notification {topic}")


def _stage_subscription(record: Record, item: Fields, topic: str, desk: Desk) -> None:
    contact = group_at(item, "contact") or dict(item)
    contact_id, when = text_at(contact, "id"), text_at(record.fields, "created_at")
    if contact_id is None or when is None:
        desk.report.reject(record.place, "data.item.id", Reject.NO_ID, f"notification {topic}")
        return
    given: dict[str, Json] = {
        "contact": contact_id,
        "at": when,
        "consent": not topic.endswith(".unsubscribed"),
    }
    desk.stage.add("subscription", f"{contact_id}/{when}", record.place, given, parent=contact_id)


def _stage_contact(record: Record, fields: Fields, desk: Desk) -> None:
    contact_id = text_at(fields, "id")
    if contact_id is None:
        desk.report.reject(record.place, "id", Reject.NO_ID, "contact")
        return
    desk.identities.email(contact_id, text_at(fields, "email"))
    changed = text_at(fields, "updated_at")
    if (
        flag_at(fields, "unsubscribed_from_emails") or flag_at(fields, "marked_email_as_spam")
    ) and changed is not None:
        # The state is known to hold when the contact last changed; when it began is not.
        desk.report.note("opt-outs dated by their contact's last change")
        given: dict[str, Json] = {"contact": contact_id, "at": changed, "consent": False}
        version = version_of(changed, _moment)
        desk.stage.add("subscription", f"{contact_id}/state", record.place, given, version=version)


def _stage_conversation(record: Record, fields: Fields, desk: Desk) -> None:
    conversation_id = text_at(fields, "id")
    if conversation_id is None:
        desk.report.reject(record.place, "id", Reject.NO_ID, "conversation")
        return
    version = version_of(text_at(fields, "updated_at"), _moment)
    opening = group_at(fields, "source") or group_at(fields, "conversation_message")
    head = {k: v for k, v in fields.items() if k not in ("conversation_parts", "source")}
    head["source_type"] = opening.get("type")
    head["source_author"] = opening.get("author")
    desk.stage.add("conversation", conversation_id, record.place, head, version=version)
    _stage_emails(fields, desk)
    parts = groups_at(fields, "conversation_parts", "conversation_parts")
    if opening:
        first = {**opening, "created_at": fields.get("created_at"), "part_type": "opening"}
        stage_opening(record, conversation_id, first, version, desk)
    for part in parts:
        _add_part(record, conversation_id, part, desk)


def _stage_emails(fields: Fields, desk: Desk) -> None:
    for contact in (group_at(fields, "user"), *groups_at(fields, "contacts", "contacts")):
        contact_id = text_at(contact, "id")
        if contact_id is not None:
            desk.identities.email(contact_id, text_at(contact, "email"))


def _add_part(record: Record, conversation_id: str, part: Fields, desk: Desk) -> None:
    part_id = text_at(part, "id")
    if part_id is None:
        desk.report.reject(record.place, "conversation_parts.id", Reject.NO_ID, "part")
        return
    fields = {**part, "conversation_id": conversation_id}
    version = version_of(text_at(part, "updated_at"), _moment)
    desk.stage.add("part", part_id, record.place, fields, parent=conversation_id, version=version)


def _moment(written: str) -> int:
    """REST and webhooks write seconds, tables a time in UTC."""
    return from_seconds(written) if written.isdigit() else from_iso(written)


def _customer_of(conversation: Staged, desk: Desk) -> str | None:
    fields = conversation.fields
    author = group_at(fields, "source_author")
    if text_at(author, "type") in _CUSTOMER_TYPES:
        return text_at(author, "id")
    for contact in groups_at(fields, "contacts", "contacts"):
        return text_at(contact, "id")
    link = desk.stage.get("contact_of", conversation.record_id)
    linked = None if link is None else text_at(link.fields, "contact")
    return linked if linked is not None else text_at(fields, "user", "id")


def _of_part(part: Staged, desk: Desk) -> Iterator[Found]:
    fields = part.fields
    conversation_id = text_at(fields, "conversation_id") or ""
    conversation = desk.stage.get("conversation", conversation_id)
    body = text_at(fields, "body")
    reason = _unwanted(
        fields, body, is_deleted=desk.stage.get("deleted", conversation_id) is not None
    )
    if reason is not None:
        desk.skip(reason, part)
        return
    if conversation is None:
        desk.reject(part, "conversation_id", Reject.PARENT_NOT_FOUND)
        return
    customer = _customer_of(conversation, desk)
    if customer is None:
        desk.reject(part, "contacts", Reject.NO_CUSTOMER)
        return
    author = text_at(fields, "author", "type")
    if author not in _CUSTOMER_TYPES | _BRAND_TYPES:
        desk.reject(part, "author.type", Reject.UNKNOWN_AUTHOR)
        return
    channel = _CHANNELS.get(
        text_at(fields, "type") or "",
        _CHANNELS.get(text_at(conversation.fields, "source_type") or "", Channel.CHAT),
    )
    is_customer = author in _CUSTOMER_TYPES
    yield from desk.message(
        part,
        customer,
        desk.time(part, "created_at", read=_moment),
        Party.CUSTOMER if is_customer else Party.BRAND,
        desk.words(None, body, channel=channel),
        sender_kind=SenderKind.HUMAN if is_customer else _kind_of_brand(fields, author, desk),
        channel=channel,
        purpose=_purpose(fields),
        thread_id=conversation_id,
    )


def _unwanted(fields: Fields, body: str | None, *, is_deleted: bool) -> Skip | None:
    if is_deleted or flag_at(fields, "redacted"):
        return Skip.DELETED
    if "note" in (text_at(fields, "part_type") or ""):
        return Skip.PRIVATE_NOTE
    if body is None:
        opening = text_at(fields, "part_type") in ("opening", "comment")
        return Skip.NO_WORDS if opening else Skip.SYSTEM_EVENT
    return Skip.DELETED if _DELETED_BODY in body.lower()[: len(_DELETED_BODY) + 20] else None


def _kind_of_brand(fields: Fields, author: str | None, desk: Desk) -> SenderKind:
    machine = author in _MACHINE_TYPES or flag_at(fields, "author", "from_ai_agent")
    automatic = text_at(fields, "delivered_as") in ("automated", "operator_initiated")
    if machine or automatic:
        return SenderKind.BOT
    return desk.kind_of_sender(text_at(fields, "author", "id"))


def _purpose(fields: Fields) -> Purpose:
    campaign = text_at(fields, "delivered_as") == "campaigns_initiated"
    return Purpose.MARKETING if campaign else Purpose.UNSPECIFIED


def _of_rating(conversation: Staged, desk: Desk) -> Iterator[Found]:
    given = group_at(conversation.fields, "conversation_rating")
    value = number_at(given, "rating")
    if value is None or desk.stage.get("deleted", conversation.record_id) is not None:
        return
    record = Staged("rating", conversation.record_id, 0, conversation.place, given)
    customer = text_at(given, "contact", "id") or _customer_of(conversation, desk)
    if customer is None:
        desk.reject(record, "contact", Reject.NO_CUSTOMER)
        return
    rating = Rating.on_scale(value, _WORST, _BEST)
    if rating is None:
        desk.reject(record, "rating", Reject.UNKNOWN_SCALE)
        return
    yield from desk.message(
        record,
        customer,
        desk.time(record, "created_at", read=_moment),
        Party.CUSTOMER,
        desk.words(text_at(given, "remark"), None, channel=Channel.CHAT),
        thread_id=conversation.record_id,
        outcome=rating,
    )


def _of_subscription(choice: Staged, desk: Desk) -> Iterator[Found]:
    fields = choice.fields
    customer = text_at(fields, "contact") or ""
    channels = (Channel.EMAIL,)
    outcome: Outcome = Consent(channels) if flag_at(fields, "consent") else OptOut(channels)
    sent = desk.time(choice, "at", read=_moment)
    yield from desk.message(choice, customer, sent, Party.CUSTOMER, "", outcome=outcome)
