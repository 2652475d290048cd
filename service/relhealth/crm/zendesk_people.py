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
_END_USER: Final = "end-user"


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
    kind = desk.kind_of_sender(author_id)
    if _role_of(author_id, desk) == _END_USER:
        return Author(Party.CUSTOMER, SenderKind.HUMAN)
    if kind == SenderKind.BOT or is_staff(author_id, desk):
        return Author(Party.BRAND, kind)
    return None


def is_staff(user_id: str, desk: Desk) -> bool:
    """Whether a user is known as one of the brand's; colleagues ask each other by ticket, too."""
    role = _role_of(user_id, desk)
    return role != _END_USER if role else desk.stage.get("staff", user_id) is not None


def _role_of(user_id: str, desk: Desk) -> str | None:
    user = desk.stage.get("user", user_id)
    return None if user is None else text_at(user.fields, "role")


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
