"""Freshdesk: tickets with conversations, contacts and satisfaction ratings (API v2).

Reads tickets of ``GET /api/v2/tickets/ID?include=conversations,requester``, lists of tickets,
conversations, contacts and satisfaction ratings, and objects of the form
``{"ticket": ..., "conversations": [...]}``. The customer is the ticket's requester.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from relhealth.crm.adapter import Adapter, Desk
from relhealth.crm.fields import FieldValues, UpdateRequest
from relhealth.crm.gathering import Found
from relhealth.crm.records import Record
from relhealth.crm.report import Reject, Skip
from relhealth.crm.shape import Fields, flag_at, group_at, groups_at, number_at, text_at
from relhealth.crm.stage import Staged
from relhealth.domain.history import Rating
from relhealth.domain.vocabulary import Channel, Party, SenderKind

# https://developers.freshdesk.com/api/#tickets and #conversations, "source".
_TICKET_CHANNELS: Final = {
    "1": Channel.EMAIL,
    "2": Channel.EMAIL,  # portal: answered by e-mail
    "3": Channel.PHONE,
    "5": Channel.SOCIAL_PUBLIC,  # twitter
    "6": Channel.SOCIAL_PUBLIC,  # facebook
    "7": Channel.CHAT,
    "9": Channel.EMAIL,  # feedback widget: answered by e-mail
    "10": Channel.EMAIL,  # outbound e-mail
    "13": Channel.SOCIAL_DIRECT,  # WhatsApp
}
_OUTBOUND: Final = "10"
_CONVERSATION_CHANNELS: Final = {
    "5": Channel.SOCIAL_PUBLIC,
    "7": Channel.SOCIAL_PUBLIC,
    "8": Channel.EMAIL,
    "9": Channel.PHONE,
}
# Ratings run from extremely unhappy to extremely happy.
_RATINGS: Final = {103: 3, 102: 2, 101: 1, 100: 0, -101: -1, -102: -2, -103: -3}
_WORST: Final = -3.0
_BEST: Final = 3.0


class Freshdesk(Adapter):
    """Freshdesk's API v2."""

    name: ClassVar[str] = "freshdesk"
    lists: ClassVar[frozenset[str]] = frozenset({"tickets", "results", "contacts"})
    batch_size: ClassVar[int] = 1

    def stage(self, record: Record, desk: Desk) -> None:
        """Recognises tickets, conversations, contacts and ratings by their fields."""
        fields = record.fields
        ticket = group_at(fields, "ticket")
        if ticket:
            _stage_ticket(record, {**ticket}, groups_at(fields, "conversations"), desk)
        elif "requester_id" in fields:
            _stage_ticket(record, dict(fields), groups_at(fields, "conversations"), desk)
        elif "ratings" in fields:
            desk.keep(record, "rating", fields)
        elif "incoming" in fields:
            desk.keep(record, "conversation", fields, text_at(fields, "ticket_id"))
        elif "email" in fields or "other_emails" in fields:
            _stage_contact(fields, desk)
        else:
            desk.report.reject(record.place, "record", Reject.UNKNOWN_SHAPE, "record")

    def found(self, desk: Desk) -> Iterator[Found]:
        """Each ticket's description, conversations and ratings."""
        for ticket in desk.stage.all("ticket"):
            yield from _of_ticket(ticket, desk)
        for orphan in desk.stage.all("conversation"):
            if desk.stage.get("ticket", text_at(orphan.fields, "ticket_id")) is None:
                desk.reject(orphan, "ticket_id", Reject.PARENT_NOT_FOUND)
        for rating in desk.stage.all("rating"):
            yield from _of_rating(rating, desk)

    def updates(self, values: Sequence[FieldValues]) -> list[UpdateRequest]:
        """``PUT /api/v2/contacts/ID`` with custom fields; null clears a field."""
        return [
            UpdateRequest(
                "PUT",
                f"/api/v2/contacts/{value.path_part}",
                {
                    "custom_fields": {
                        "relhealth_health": value.health,
                        "relhealth_band": value.band_key,
                        "relhealth_stance": value.stance_key,
                        "relhealth_as_of": value.day.isoformat(),
                    }
                },
                (value.customer_id,),
            )
            for value in values
        ]


def _stage_ticket(
    record: Record, ticket: Fields, conversations: Sequence[Fields], desk: Desk
) -> None:
    own = {key: value for key, value in ticket.items() if key != "conversations"}
    ticket_id = desk.keep(record, "ticket", own)
    for conversation in conversations:
        desk.keep(record, "conversation", {**conversation, "ticket_id": ticket_id}, ticket_id)
    _stage_contact(group_at(ticket, "requester"), desk)


def _stage_contact(contact: Fields, desk: Desk) -> None:
    contact_id = text_at(contact, "id")
    if contact_id is not None:
        desk.identities.email(contact_id, text_at(contact, "email"))


def _of_ticket(ticket: Staged, desk: Desk) -> Iterator[Found]:
    fields = ticket.fields
    customer = text_at(fields, "requester_id")
    conversations = list(desk.stage.of("conversation", ticket.record_id))
    reason = _unwanted(fields)
    if reason is not None:
        for record in (ticket, *conversations):
            desk.skip(reason, record)
        return
    if customer is None:
        desk.reject(ticket, "requester_id", Reject.NO_CUSTOMER)
        return
    source = text_at(fields, "source") or ""
    channel = _TICKET_CHANNELS.get(source, Channel.UNSPECIFIED)
    html, plain = text_at(fields, "description"), text_at(fields, "description_text")
    yield from desk.message(
        ticket,
        customer,
        desk.time(ticket, "created_at"),
        Party.BRAND if source == _OUTBOUND else Party.CUSTOMER,
        desk.words(plain, html, channel=channel) or (text_at(fields, "subject") or ""),
        channel=channel,
        thread_id=ticket.record_id,
    )
    for conversation in conversations:
        yield from _of_conversation(conversation, customer, channel, desk)


def _unwanted(fields: Fields) -> Skip | None:
    if flag_at(fields, "spam"):
        return Skip.SPAM
    return Skip.DELETED if flag_at(fields, "deleted") else None


def _of_conversation(
    record: Staged, customer: str, ticket_channel: Channel, desk: Desk
) -> Iterator[Found]:
    fields = record.fields
    reason = _unwanted(fields)
    if reason is None and flag_at(fields, "private"):
        reason = Skip.PRIVATE_NOTE
    if reason is None and (number_at(fields, "email_failure_count") or 0) > 0:
        reason = Skip.FAILED_DELIVERY
    incoming = flag_at(fields, "incoming")
    if reason is not None:
        desk.skip(reason, record)
        return
    if incoming is None:
        desk.reject(record, "incoming", Reject.UNKNOWN_DIRECTION)
        return
    channel = _CONVERSATION_CHANNELS.get(text_at(fields, "source") or "", ticket_channel)
    by_brand = desk.kind_of_sender(text_at(fields, "user_id"))
    yield from desk.message(
        record,
        customer,
        desk.time(record, "created_at"),
        Party.CUSTOMER if incoming else Party.BRAND,
        desk.words(text_at(fields, "body_text"), text_at(fields, "body"), channel=channel),
        sender_kind=SenderKind.HUMAN if incoming else by_brand,
        channel=channel,
        thread_id=text_at(fields, "ticket_id"),
    )


def _of_rating(record: Staged, desk: Desk) -> Iterator[Found]:
    fields = record.fields
    ticket_id = text_at(fields, "ticket_id")
    ticket = desk.stage.get("ticket", ticket_id)
    customer = text_at(fields, "user_id")
    if customer is None and ticket is not None:
        customer = text_at(ticket.fields, "requester_id")
    if customer is None:
        desk.reject(record, "user_id", Reject.NO_CUSTOMER)
        return
    number = number_at(fields, "ratings", "default_question")
    value = None if number is None else _RATINGS.get(int(number))
    if value is None:
        desk.reject(record, "ratings.default_question", Reject.UNKNOWN_SCALE)
        return
    yield from desk.message(
        record,
        customer,
        desk.time(record, "created_at"),
        Party.CUSTOMER,
        desk.words(text_at(fields, "feedback"), None, channel=Channel.CHAT),
        thread_id=ticket_id,
        outcome=Rating(float(value), _WORST, _BEST),
    )
