"""Chatwoot: conversations, messages, contacts and satisfaction surveys; API and webhooks.

Reads answers of the application API (conversations with ``payload``, messages of a conversation,
contacts), and webhooks (``message_created``, ``message_updated``, ``conversation_...``). Times
are in seconds since 1970, or ISO 8601. The customer is the conversation's contact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from relhealth.crm.adapter import Adapter, Desk
from relhealth.crm.fields import FieldValues, UpdateRequest
from relhealth.crm.gathering import Found
from relhealth.crm.records import Record
from relhealth.crm.report import Reject, Skip
from relhealth.crm.shape import Fields, Json, flag_at, group_at, groups_at, number_at, text_at
from relhealth.crm.stage import Staged
from relhealth.crm.times import from_iso, from_seconds, version_of
from relhealth.domain.history import Rating
from relhealth.domain.vocabulary import Channel, Party, SenderKind

_CHANNELS: Final = {
    "Channel::WebWidget": Channel.CHAT,
    "Channel::Api": Channel.CHAT,
    "Channel::Email": Channel.EMAIL,
    "Channel::Sms": Channel.SMS,
    "Channel::TwilioSms": Channel.SMS,
    "Channel::Whatsapp": Channel.SOCIAL_DIRECT,
    "Channel::FacebookPage": Channel.SOCIAL_DIRECT,
    "Channel::Instagram": Channel.SOCIAL_DIRECT,
    "Channel::TwitterProfile": Channel.SOCIAL_DIRECT,
    "Channel::Telegram": Channel.SOCIAL_DIRECT,
    "Channel::Line": Channel.SOCIAL_DIRECT,
    "Channel::Voice": Channel.PHONE,
}
_WORST: Final = 1.0
_BEST: Final = 5.0
_TYPES: Final = {"0": "incoming", "1": "outgoing", "2": "activity", "3": "template"}
_MACHINES: Final = frozenset({"agent_bot", "agentbot", "captain_assistant", "captain::assistant"})


class Chatwoot(Adapter):
    """Chatwoot's application API and webhooks."""

    name: ClassVar[str] = "chatwoot"
    lists: ClassVar[frozenset[str]] = frozenset({"payload"})
    batch_size: ClassVar[int] = 1

    def stage(self, record: Record, desk: Desk) -> None:
        """Recognises messages, conversations and contacts by their fields."""
        fields = record.fields
        listed = groups_at(fields, "data", "payload")
        if listed:
            for conversation in listed:
                self.stage(Record(record.place, "payload", conversation), desk)
        elif "message_type" in fields and "content_type" in fields:
            _stage_message(record, fields, desk)
        elif "messages" in fields or "inbox_id" in fields:
            _stage_conversation(record, fields, desk)
        elif text_at(fields, "event") is not None:
            desk.report.skip(Skip.SYSTEM_EVENT, f"webhook {text_at(fields, 'event')}")
        elif {"email", "phone_number"} & fields.keys() and "id" in fields:
            desk.identities.email(text_at(fields, "id") or "", text_at(fields, "email"))
            desk.report.skip(Skip.NOT_A_MESSAGE, f"contact {text_at(fields, 'id')}")
        else:
            desk.report.reject(record.place, "message_type", Reject.UNKNOWN_SHAPE, "record")

    def found(self, desk: Desk) -> Iterator[Found]:
        """Every message and every answered survey."""
        for message in desk.stage.all("message"):
            yield from _of_message(message, desk)

    def updates(self, values: Sequence[FieldValues]) -> list[UpdateRequest]:
        """``PUT .../contacts/ID`` with custom attributes; the account stands in the path."""
        requests: list[UpdateRequest] = []
        for value in values:
            attributes: dict[str, Json] = {
                "relhealth_health": value.health,
                "relhealth_band": value.band_key,
                "relhealth_stance": value.stance_key,
                "relhealth_as_of": value.day.isoformat(),
            }
            body: dict[str, Json] = {"custom_attributes": attributes}
            path = f"/api/v1/accounts/{{account_id}}/contacts/{value.path_part}"
            requests.append(UpdateRequest("PUT", path, body, (value.customer_id,)))
        return requests


def _version(fields: Fields) -> int:
    """When a message last changed; one that was deleted or answered counts as later."""
    changed = text_at(fields, "updated_at") or text_at(fields, "created_at")
    return version_of(changed, _moment) + bool(group_at(fields, "content_attributes"))


def _stage_message(record: Record, fields: Fields, desk: Desk) -> None:
    message_id = text_at(fields, "id")
    conversation = group_at(fields, "conversation")
    # A webhook names the conversation by its number in the account, as its messages do.
    conversation_id = text_at(fields, "conversation_id") or text_at(conversation, "id")
    if message_id is None or conversation_id is None:
        desk.report.reject(record.place, "id", Reject.NO_ID, "message")
        return
    if conversation:
        _stage_head(record, conversation_id, conversation, desk)
    sender = group_at(fields, "sender")
    if text_at(sender, "type") == "contact" or _type_of(fields) == "incoming":
        contact_id = text_at(sender, "id")
        if contact_id is not None:
            _stage_contact(record, conversation_id, contact_id, sender, desk)
    own = {key: value for key, value in fields.items() if key != "conversation"}
    own["conversation_id"] = conversation_id
    desk.stage.add(
        "message", message_id, record.place, own, parent=conversation_id, version=_version(fields)
    )


def _stage_conversation(record: Record, fields: Fields, desk: Desk) -> None:
    conversation_id = text_at(fields, "id")
    if conversation_id is None:
        desk.report.reject(record.place, "id", Reject.NO_ID, "conversation")
        return
    _stage_head(record, conversation_id, fields, desk)
    for message in groups_at(fields, "messages"):
        whole = {**message, "conversation_id": conversation_id, "conversation": {}}
        _stage_message(record, whole, desk)


def _stage_head(record: Record, conversation_id: str, fields: Fields, desk: Desk) -> None:
    contact = group_at(fields, "meta", "sender")
    contact_id = text_at(contact, "id") or text_at(fields, "contact_inbox", "contact_id")
    if contact_id is not None:
        _stage_contact(record, conversation_id, contact_id, contact, desk)
    channel = text_at(fields, "channel") or text_at(fields, "meta", "channel")
    if channel is not None:
        desk.stage.add("channel", conversation_id, record.place, {"name": channel})


def _stage_contact(
    record: Record, conversation_id: str, contact_id: str, contact: Fields, desk: Desk
) -> None:
    desk.stage.add("contact of", conversation_id, record.place, {"contact": contact_id})
    desk.identities.email(contact_id, text_at(contact, "email"))
    if flag_at(contact, "blocked"):
        desk.stage.add("blocked", contact_id, record.place, {})


def _type_of(fields: Fields) -> str:
    written = text_at(fields, "message_type") or ""
    return _TYPES.get(written, written)


def _moment(written: str) -> int:
    is_number = written.replace(".", "", 1).isdigit()
    return from_seconds(written) if is_number else from_iso(written.removesuffix(" UTC"))


def _of_message(message: Staged, desk: Desk) -> Iterator[Found]:
    fields = message.fields
    conversation_id = text_at(fields, "conversation_id") or ""
    link = desk.stage.get("contact of", conversation_id)
    customer = None if link is None else text_at(link.fields, "contact")
    reason = _unwanted(fields)
    if reason is None and customer is not None and desk.stage.get("blocked", customer) is not None:
        reason = Skip.SPAM
    if reason is not None:
        desk.skip(reason, message)
        return
    if customer is None:
        desk.reject(message, "conversation.meta.sender.id", Reject.NO_CUSTOMER)
        return
    if text_at(fields, "content_type") == "input_csat":
        yield from _of_survey(message, customer, desk)
        return
    head = desk.stage.get("channel", conversation_id)
    name = "" if head is None else text_at(head.fields, "name") or ""
    channel = _CHANNELS.get(name, Channel.UNSPECIFIED)
    incoming = _type_of(fields) == "incoming"
    html = text_at(fields, "content_attributes", "email", "html_content", "full")
    parent = text_at(fields, "content_attributes", "in_reply_to")
    yield from desk.message(
        message,
        customer,
        desk.time(message, "created_at", read=_moment),
        Party.CUSTOMER if incoming else Party.BRAND,
        desk.words(text_at(fields, "content"), html, channel=channel),
        sender_kind=SenderKind.HUMAN if incoming else _kind_of_brand(fields, desk),
        channel=channel,
        in_reply_to_id=None if parent is None else f"message:{parent}",
        thread_id=conversation_id,
    )


def _unwanted(fields: Fields) -> Skip | None:
    if flag_at(fields, "private"):
        return Skip.PRIVATE_NOTE
    if flag_at(fields, "content_attributes", "deleted"):
        return Skip.DELETED
    if text_at(fields, "status") == "failed":
        return Skip.FAILED_DELIVERY
    return Skip.SYSTEM_EVENT if _type_of(fields) == "activity" else None


def _kind_of_brand(fields: Fields, desk: Desk) -> SenderKind:
    sender = (text_at(fields, "sender", "type") or text_at(fields, "sender_type") or "").lower()
    rule = text_at(fields, "content_attributes", "automation_rule_id") is not None
    if sender in _MACHINES or rule or _type_of(fields) == "template":
        return SenderKind.BOT
    return desk.kind_of_sender(text_at(fields, "sender", "id"))


def _of_survey(message: Staged, customer: str, desk: Desk) -> Iterator[Found]:
    """The answer to a satisfaction survey, dated by the message's last change."""
    fields = message.fields
    answer = group_at(fields, "content_attributes", "submitted_values", "csat_survey_response")
    value = number_at(answer, "rating")
    if value is None:
        desk.skip(Skip.NO_RATING, message)
        return
    rating = Rating.on_scale(value, _WORST, _BEST)
    if rating is None:
        desk.reject(message, "csat_survey_response.rating", Reject.UNKNOWN_SCALE)
        return
    when = "updated_at" if text_at(fields, "updated_at") is not None else "created_at"
    yield from desk.message(
        message,
        customer,
        desk.time(message, when, read=_moment),
        Party.CUSTOMER,
        desk.words(text_at(answer, "feedback_message"), None, channel=Channel.CHAT),
        thread_id=text_at(fields, "conversation_id"),
        outcome=rating,
    )
