"""Zendesk: the messages of chats, as tables of chats and their events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from relhealth.crm.adapter import Desk
from relhealth.crm.gathering import Found
from relhealth.crm.report import Reject, Skip
from relhealth.crm.shape import Fields, text_at
from relhealth.crm.stage import Staged
from relhealth.crm.zendesk_people import Author, author_of
from relhealth.domain.vocabulary import Channel, Party, SenderKind

_BOT_SOURCE: Final = '"type":"zd:answerBot"'
_STAFF_PREFIX: Final = "agent:"


def found_in_chats(desk: Desk) -> Iterator[Found]:
    """The messages of every chat whose ticket, and so whose customer, is known."""
    for event in desk.stage.all("chat_event"):
        fields = event.fields
        if text_at(fields, "type") != "ChatMessage":
            desk.skip(Skip.SYSTEM_EVENT, event)
            continue
        ticket = _ticket_of(text_at(fields, "chat_id") or "", desk)
        if ticket is None:
            desk.reject(event, "chat_id", Reject.PARENT_NOT_FOUND)
        else:
            yield from _of_event(event, ticket, desk)


def _ticket_of(chat_id: str, desk: Desk) -> Staged | None:
    for chat in desk.stage.of("chat", chat_id):
        ticket = desk.stage.get("ticket", text_at(chat.fields, "ticket_id"))
        if ticket is not None:
            return ticket
    return None


def _of_event(event: Staged, ticket: Staged, desk: Desk) -> Iterator[Found]:
    customer = text_at(ticket.fields, "requester_id")
    if customer is None:
        desk.reject(event, "requester_id", Reject.NO_CUSTOMER)
        return
    author = _author(event.fields, customer, desk)
    if author is None:
        desk.reject(event, "actor_id", Reject.UNKNOWN_AUTHOR)
        return
    yield from desk.message(
        event,
        customer,
        desk.time(event, "created_at"),
        author.party,
        desk.words(text_at(event.fields, "message"), None, channel=Channel.CHAT),
        brand_id=text_at(ticket.fields, "brand_id"),
        sender_kind=author.kind,
        channel=Channel.CHAT,
        thread_id=ticket.record_id,
    )


def _author(fields: Fields, customer: str, desk: Desk) -> Author | None:
    actor = text_at(fields, "actor_id")
    if _BOT_SOURCE in (text_at(fields, "original_message") or "").replace(" ", ""):
        return Author(Party.BRAND, SenderKind.BOT)
    if actor is not None and actor.startswith(_STAFF_PREFIX):
        return Author(Party.BRAND, desk.kind_of_sender(actor.removeprefix(_STAFF_PREFIX)))
    return author_of(actor, customer, {}, desk)
