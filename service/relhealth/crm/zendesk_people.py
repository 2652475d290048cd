"""Zendesk: who wrote, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from relhealth.crm.adapter import Desk
from relhealth.crm.shape import Fields, text_at
from relhealth.domain.vocabulary import Channel, Party, SenderKind

# https://developer.zendesk.com/documentation/ticketing/reference-guides/via-types/
_CHANNELS: Final = {
    "email": Channel.EMAIL,
    "web": Channel.EMAIL,  # a form, answered by e-mail
    "web_service": Channel.UNSPECIFIED,
    "help_center": Channel.EMAIL,
    "closed_ticket": Channel.EMAIL,
    "chat": Channel.CHAT,
    "chat_transcript": Channel.CHAT,
    "native_messaging": Channel.CHAT,
    "web_widget": Channel.EMAIL,
    "mobile_sdk": Channel.CHAT,
    "mobile": Channel.CHAT,
    "voice": Channel.PHONE,
    "phone": Channel.PHONE,
    "sms": Channel.SMS,
    "twitter": Channel.SOCIAL_PUBLIC,
    "twitter_favorite": Channel.SOCIAL_PUBLIC,
    "twitter_dm": Channel.SOCIAL_DIRECT,
    "facebook": Channel.SOCIAL_PUBLIC,
    "facebook_message": Channel.SOCIAL_DIRECT,
    "messenger": Channel.SOCIAL_DIRECT,
    "instagram_dm": Channel.SOCIAL_DIRECT,
    "whatsapp": Channel.SOCIAL_DIRECT,
    "line": Channel.SOCIAL_DIRECT,
    "wechat": Channel.SOCIAL_DIRECT,
    "telegram": Channel.SOCIAL_DIRECT,
    "viber": Channel.SOCIAL_DIRECT,
}
_DIRECT: Final = frozenset({"direct_message", "message"})
# Triggers, automations and the system itself write with these.
_MACHINES: Final = frozenset({"rule", "system", "answer_bot_for_web_widget"})
_SYSTEM_USER: Final = "-1"


@dataclass(frozen=True, slots=True)
class Author:
    """Whose side somebody is on, and whether it is a person."""

    party: Party
    kind: SenderKind


def author_of(author_id: str | None, customer: str, fields: Fields, desk: Desk) -> Author | None:
    """Who wrote a record; None where nothing is known of the author."""
    if author_id is None:
        return None
    machine = author_id == _SYSTEM_USER or _via(fields) in _MACHINES
    if machine:
        return Author(Party.BRAND, SenderKind.BOT)
    if author_id == customer:
        return Author(Party.CUSTOMER, SenderKind.HUMAN)
    user = desk.stage.get("user", author_id)
    role = None if user is None else text_at(user.fields, "role")
    kind = desk.kind_of_sender(author_id)
    if role == "end-user":
        return Author(Party.CUSTOMER, SenderKind.HUMAN)
    if role is not None or kind == SenderKind.BOT or desk.stage.get("staff", author_id) is not None:
        return Author(Party.BRAND, kind)
    return None


def channel_of(fields: Fields) -> Channel:
    """Where a ticket or comment came from."""
    via = _via(fields)
    channel = _CHANNELS.get(via, Channel.UNSPECIFIED)
    rel = text_at(fields, "via", "source", "rel") or text_at(fields, "via_source_rel")
    if channel is Channel.SOCIAL_PUBLIC and rel in _DIRECT:
        return Channel.SOCIAL_DIRECT
    return channel


def _via(fields: Fields) -> str:
    return text_at(fields, "via", "channel") or text_at(fields, "via_channel") or ""
