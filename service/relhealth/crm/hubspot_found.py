"""HubSpot: what lies on the stage, joined to contacts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from relhealth.crm.adapter import Desk
from relhealth.crm.gathering import Found
from relhealth.crm.report import Reject, Skip
from relhealth.crm.shape import Fields, flag_at, groups_at, number_at, text_at, texts_at
from relhealth.crm.stage import Staged
from relhealth.crm.times import BadTimeError, from_iso, from_milliseconds
from relhealth.domain.history import Consent, OptOut, Outcome, Rating
from relhealth.domain.vocabulary import Channel, Party, Purpose, SenderKind

_SIDES: Final = {
    "INCOMING_EMAIL": Party.CUSTOMER,
    "EMAIL": Party.BRAND,
    "INCOMING": Party.CUSTOMER,
    "OUTGOING": Party.BRAND,
    "INBOUND": Party.CUSTOMER,
    "OUTBOUND": Party.BRAND,
}
_UNSENT: Final = frozenset({"SCHEDULED", "SENDING", "QUEUED"})
_FAILED: Final = frozenset({"BOUNCED", "FAILED", "BUSY", "CANCELED", "NO_ANSWER", "MISSED"})
# https://developers.hubspot.com/docs/guides/api/conversations: channel ids of HubSpot's own.
_CHANNELS: Final = {
    "1000": Channel.CHAT,
    "1001": Channel.SOCIAL_DIRECT,
    "1002": Channel.EMAIL,
    "1007": Channel.SOCIAL_DIRECT,
}
_MACHINES: Final = ("B-", "S-")
_SCALES: Final = {"NPS": (0.0, 10.0), "CES": (1.0, 7.0)}
_UNDELIVERED: Final = frozenset({"BOUNCE", "DROPPED", "SUPPRESSED"})


def moment(written: str) -> int:
    """A time as HubSpot writes it: milliseconds since 1970, or ISO 8601."""
    return from_milliseconds(written) if written.isdigit() else from_iso(written)


def found_on(desk: Desk) -> Iterator[Found]:
    """Every interaction on the stage."""
    for message in desk.stage.all("message"):
        yield from _of_message(message, desk)
    for kind in ("email", "call", "communication"):
        for engagement in desk.stage.all(kind):
            yield from _of_engagement(engagement, desk)
    for event in desk.stage.all("mail event"):
        yield from _of_mail_event(event, desk)
    for choice in desk.stage.all("subscription"):
        yield from _of_subscription(choice, desk)
    for feedback in desk.stage.all("feedback"):
        yield from _of_feedback(feedback, desk)
    for contact in desk.stage.all("contact"):
        yield from _of_contact(contact, desk)


def _of_message(message: Staged, desk: Desk) -> Iterator[Found]:
    fields = message.fields
    thread = desk.stage.get("thread", text_at(fields, "conversationsThreadId"))
    reason = _unwanted_message(fields, thread)
    if reason is not None:
        desk.skip(reason, message)
        return
    if thread is None:
        desk.reject(message, "conversationsThreadId", Reject.PARENT_NOT_FOUND)
        return
    customer = text_at(thread.fields, "associatedContactId")
    if customer is None:
        desk.reject(message, "associatedContactId", Reject.NO_CUSTOMER)
        return
    welcome = text_at(fields, "type") == "WELCOME_MESSAGE"
    side = Party.BRAND if welcome else _SIDES.get(text_at(fields, "direction") or "")
    if side is None:
        desk.reject(message, "direction", Reject.UNKNOWN_DIRECTION)
        return
    channel = _CHANNELS.get(text_at(fields, "channelId") or "", Channel.UNSPECIFIED)
    actor = text_at(fields, "createdBy") or ""
    machine = welcome or (side == Party.BRAND and actor.startswith(_MACHINES))
    parent = text_at(fields, "inReplyToId")
    if text_at(fields, "truncationStatus") == "TRUNCATED":
        desk.report.note("messages of which HubSpot gave only the beginning")
    yield from desk.message(
        message,
        customer,
        desk.time(message, "createdAt", read=moment),
        side,
        desk.words(text_at(fields, "text"), text_at(fields, "richText"), channel=channel),
        sender_kind=SenderKind.BOT if machine else _kind(side, actor, desk),
        channel=channel,
        in_reply_to_id=None if parent is None else f"message:{parent}",
        thread_id=thread.record_id,
    )


def _unwanted_message(fields: Fields, thread: Staged | None) -> Skip | None:
    kind = text_at(fields, "type")
    if kind == "COMMENT":
        return Skip.PRIVATE_NOTE
    if kind not in ("MESSAGE", "WELCOME_MESSAGE", None):
        return Skip.SYSTEM_EVENT
    if thread is not None and flag_at(thread.fields, "spam"):
        return Skip.SPAM
    archived = thread is not None and flag_at(thread.fields, "archived")
    if archived or flag_at(fields, "archived"):
        return Skip.DELETED
    return Skip.FAILED_DELIVERY if text_at(fields, "status", "statusType") == "FAILED" else None


def _kind(side: Party, sender: str | None, desk: Desk) -> SenderKind:
    return desk.kind_of_sender(sender) if side == Party.BRAND else SenderKind.HUMAN


def _of_engagement(engagement: Staged, desk: Desk) -> Iterator[Found]:
    fields, kind = engagement.fields, engagement.kind
    status = (text_at(fields, f"hs_{kind}_status") or "").upper()
    reason = Skip.DELETED if flag_at(fields, "archived") else None
    reason = Skip.FAILED_DELIVERY if status in _FAILED else reason
    reason = Skip.DRAFT if status in _UNSENT else reason
    if reason is not None:
        desk.skip(reason, engagement)
        return
    side = _SIDES.get(text_at(fields, f"hs_{kind}_direction") or "")
    if side is None:
        desk.reject(engagement, f"hs_{kind}_direction", Reject.UNKNOWN_DIRECTION)
        return
    contacts = _contacts_of(engagement, side, desk)
    if not contacts:
        desk.reject(engagement, "associations.contacts", Reject.NO_CUSTOMER)
        return
    for contact in contacts:
        yield from _with_contact(engagement, contact, side, desk)


def _with_contact(engagement: Staged, contact: str, side: Party, desk: Desk) -> Iterator[Found]:
    fields, kind = engagement.fields, engagement.kind
    channel = {"email": Channel.EMAIL, "call": Channel.PHONE}.get(kind, Channel.UNSPECIFIED)
    html = text_at(fields, f"hs_{kind}_html") or text_at(fields, f"hs_{kind}_body")
    text = desk.words(text_at(fields, f"hs_{kind}_text"), html, channel=channel)
    recorded = text_at(fields, "hs_createdate")
    in_sequence = text_at(fields, "hs_sequence_id") is not None
    yield from desk.message(
        engagement,
        contact,
        desk.time(engagement, "hs_timestamp", read=moment),
        side,
        text or (text_at(fields, f"hs_{kind}_subject") or ""),
        recorded_us=None if recorded is None else _or_none(recorded),
        sender_kind=_kind(side, text_at(fields, "hubspot_owner_id"), desk),
        channel=channel,
        purpose=Purpose.MARKETING if in_sequence and side == Party.BRAND else Purpose.UNSPECIFIED,
        thread_id=text_at(fields, "hs_email_thread_id"),
    )


def _or_none(written: str) -> int | None:
    try:
        return moment(written)
    except BadTimeError:
        return None


def _contacts_of(engagement: Staged, side: Party, desk: Desk) -> list[str]:
    """All who got a message; of what came in only the one who sent it, if there are several."""
    links = desk.stage.of("link", engagement.record_id)
    contacts = texts_at(engagement.fields, "contacts")
    contacts += [text_at(link.fields, "contact") or "" for link in links]
    # Each label of an association names its contact again.
    contacts = list(dict.fromkeys(contact for contact in contacts if contact))
    if side == Party.BRAND or len(contacts) < 2:  # noqa: PLR2004 - one is no choice
        return contacts
    address = (text_at(engagement.fields, "hs_email_from_email") or "").lower()
    sender = desk.stage.get("address", address)
    contact = None if sender is None else text_at(sender.fields, "contact")
    return [contact] if contact in contacts and contact is not None else []


def _contact_at(address: str | None, desk: Desk) -> str | None:
    """The contact of an address; the address itself where no contact was handed in."""
    if address is None:
        return None
    contact = desk.stage.get("address", address.lower())
    return address.lower() if contact is None else text_at(contact.fields, "contact")


def _of_mail_event(event: Staged, desk: Desk) -> Iterator[Found]:
    """A marketing mail that was sent and arrived; a report as spam is an opt-out."""
    fields = event.fields
    customer = _contact_at(text_at(fields, "recipient"), desk)
    kind = text_at(fields, "type")
    if customer is None:
        desk.reject(event, "recipient", Reject.NO_CUSTOMER)
    elif kind == "SPAMREPORT":
        sent = desk.time(event, "created", read=moment)
        out = OptOut((Channel.EMAIL,))
        yield from desk.message(event, customer, sent, Party.CUSTOMER, "", outcome=out)
    elif kind != "SENT":
        desk.skip(Skip.SYSTEM_EVENT, event)
    elif any(
        text_at(later.fields, "type") in _UNDELIVERED
        for later in desk.stage.of("mail event", event.record_id)
    ):
        desk.skip(Skip.FAILED_DELIVERY, event)
    else:
        yield from desk.message(
            event,
            customer,
            desk.time(event, "created", read=moment),
            Party.BRAND,
            desk.words(text_at(fields, "subject"), None, channel=Channel.CHAT),
            sender_kind=SenderKind.BOT,
            channel=Channel.EMAIL,
            purpose=Purpose.MARKETING,
        )


def _of_subscription(choice: Staged, desk: Desk) -> Iterator[Found]:
    fields = choice.fields
    customer = _contact_at(text_at(fields, "recipient"), desk)
    if customer is None:
        desk.reject(choice, "recipient", Reject.NO_CUSTOMER)
        return
    changes = [text_at(change, "change") for change in groups_at(fields, "changes")]
    channels = (Channel.EMAIL,)
    outcome: Outcome | None = None
    if "UNSUBSCRIBED" in changes or "REPORTED_SPAM" in changes:
        outcome = OptOut(channels)
    elif "SUBSCRIBED" in changes:
        outcome = Consent(channels)
    if outcome is None:
        desk.skip(Skip.SYSTEM_EVENT, choice)
        return
    sent = desk.time(choice, "timestamp", read=moment)
    yield from desk.message(choice, customer, sent, Party.CUSTOMER, "", outcome=outcome)


def _of_feedback(feedback: Staged, desk: Desk) -> Iterator[Found]:
    fields = feedback.fields
    contacts = texts_at(fields, "contacts")
    scale = _SCALES.get(text_at(fields, "hs_survey_type") or "")
    value = number_at(fields, "hs_value")
    rating = None if scale is None or value is None else Rating.on_scale(value, *scale)
    if not contacts:
        desk.reject(feedback, "associations.contacts", Reject.NO_CUSTOMER)
    elif rating is None:
        desk.reject(feedback, "hs_survey_type", Reject.UNKNOWN_SCALE)
    else:
        yield from desk.message(
            feedback,
            contacts[0],
            desk.time(feedback, "hs_submission_timestamp", read=moment),
            Party.CUSTOMER,
            desk.words(text_at(fields, "hs_content"), None, channel=Channel.CHAT),
            outcome=rating,
        )


def _of_contact(contact: Staged, desk: Desk) -> Iterator[Found]:
    """An opt-out that a contact carries held when the contact last changed, at the latest."""
    fields = contact.fields
    if not flag_at(fields, "hs_email_optout"):
        desk.skip(Skip.NOT_A_MESSAGE, contact)
        return
    desk.report.note("opt-outs dated by their contact's last change")
    sent = desk.time(contact, "changed", read=moment)
    out = OptOut((Channel.EMAIL,))
    yield from desk.message(contact, contact.record_id, sent, Party.CUSTOMER, "", outcome=out)
