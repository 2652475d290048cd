"""Salesforce: what lies on the stage, joined to contacts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from relhealth.crm.adapter import Desk
from relhealth.crm.gathering import Found
from relhealth.crm.report import Reject, Skip
from relhealth.crm.shape import Fields, flag_at, text_at
from relhealth.crm.stage import Staged
from relhealth.crm.times import from_iso, from_milliseconds
from relhealth.domain.history import Consent, OptOut, Outcome
from relhealth.domain.vocabulary import Channel, Party, SenderKind

_ORIGINS: Final = {
    "email": Channel.EMAIL,
    "web": Channel.EMAIL,  # web-to-case, answered by e-mail
    "phone": Channel.PHONE,
    "chat": Channel.CHAT,
    "messaging": Channel.SOCIAL_DIRECT,
    "facebook": Channel.SOCIAL_PUBLIC,
    "twitter": Channel.SOCIAL_PUBLIC,
}
_MESSAGING: Final = {
    "Text": Channel.SMS,
    "WhatsApp": Channel.SOCIAL_DIRECT,
    "Facebook": Channel.SOCIAL_DIRECT,
    "Line": Channel.SOCIAL_DIRECT,
    "AppleBusinessChat": Channel.SOCIAL_DIRECT,
    "EmbeddedMessaging": Channel.CHAT,
}
_DRAFT: Final = "5"
_ROLES: Final = {
    "EndUser": (Party.CUSTOMER, SenderKind.HUMAN),
    "Agent": (Party.BRAND, SenderKind.HUMAN),
    "Supervisor": (Party.BRAND, SenderKind.HUMAN),
    "Bot": (Party.BRAND, SenderKind.BOT),
    "Chatbot": (Party.BRAND, SenderKind.BOT),
}
_OPT_OUTS: Final = {
    "HasOptedOutOfEmail": Channel.EMAIL,
    "DoNotCall": Channel.PHONE,
}


def found_on(desk: Desk) -> Iterator[Found]:
    """Every interaction on the stage."""
    for case in desk.stage.all("Case"):
        yield from _of_case(case, desk)
    for email in desk.stage.all("EmailMessage"):
        yield from _of_email(email, desk)
    for comment in desk.stage.all("CaseComment"):
        yield from _of_comment(comment, desk)
    for entry in desk.stage.all("ConversationEntry"):
        yield from _of_entry(entry, desk)
    for change in desk.stage.all("ContactHistory"):
        yield from _of_change(change, desk)
    for contact in desk.stage.all("Contact"):
        yield from _of_contact(contact, desk)


def _main_case(case_id: str | None, desk: Desk) -> Staged | None:
    """The case of an id, or the one that it was merged into."""
    case = desk.stage.get("Case", case_id)
    seen: set[str] = set()
    while case is not None and case.record_id not in seen:
        seen.add(case.record_id)
        master = desk.stage.get("Case", text_at(case.fields, "MasterRecordId"))
        if master is None:
            return case
        case = master
    return case


def _customer_of(case: Staged) -> str | None:
    return text_at(case.fields, "ContactId") or text_at(case.fields, "AccountId")


def _channel_of(case: Staged) -> Channel:
    origin = (text_at(case.fields, "Origin") or "").lower()
    return next((channel for name, channel in _ORIGINS.items() if name in origin), Channel(0))


def _of_case(case: Staged, desk: Desk) -> Iterator[Found]:
    """A case's description, unless the e-mail that opened it is there and says the same."""
    fields = case.fields
    main = _main_case(case.record_id, desk)
    customer = None if main is None else _customer_of(main)
    if flag_at(fields, "IsDeleted") and text_at(fields, "MasterRecordId") is None:
        desk.skip(Skip.DELETED, case)
        return
    if main is None or customer is None:
        desk.reject(case, "ContactId", Reject.NO_CUSTOMER)
        return
    channel = _channel_of(case)
    text = desk.words(text_at(fields, "Description"), None, channel=channel)
    if _is_in_emails(case, main, text, desk):
        desk.skip(Skip.REPEATED_IN_MESSAGES, case)
        return
    yield from desk.message(
        case,
        customer,
        desk.time(case, "CreatedDate"),
        Party.CUSTOMER,
        text,
        channel=channel,
        thread_id=main.record_id,
    )


def _is_in_emails(case: Staged, main: Staged, text: str, desk: Desk) -> bool:
    """Whether an e-mail says what a description does; a merge moves e-mails to the main case."""
    emails = list(desk.stage.of("EmailMessage", case.record_id))
    if any(flag_at(email.fields, "Incoming") for email in emails):
        return True
    if main.record_id == case.record_id:
        return False
    return any(
        flag_at(email.fields, "Incoming") and _email_words(email.fields, desk) == text
        for email in desk.stage.of("EmailMessage", main.record_id)
    )


def _email_words(fields: Fields, desk: Desk) -> str:
    html, plain = text_at(fields, "HtmlBody"), text_at(fields, "TextBody")
    return desk.words(plain, html, channel=Channel.EMAIL)


def _of_email(email: Staged, desk: Desk) -> Iterator[Found]:
    fields = email.fields
    reason = _unwanted_email(fields)
    if reason is not None:
        desk.skip(reason, email)
        return
    incoming = flag_at(fields, "Incoming")
    case = _main_case(text_at(fields, "ParentId"), desk)
    if case is None:
        desk.reject(email, "ParentId", Reject.PARENT_NOT_FOUND)
        return
    customer = _customer_of(case)
    if customer is None or incoming is None:
        desk.reject(
            email,
            "ContactId" if customer is None else "Incoming",
            Reject.NO_CUSTOMER if customer is None else Reject.UNKNOWN_DIRECTION,
        )
        return
    automatic = "auto-submitted: auto-" in (text_at(fields, "Headers") or "").lower()
    kind = desk.kind_of_sender(text_at(fields, "CreatedById"))
    parent = text_at(fields, "ReplyToEmailMessageId")
    sent_field = "MessageDate" if text_at(fields, "MessageDate") is not None else "CreatedDate"
    yield from desk.message(
        email,
        customer,
        desk.time(email, sent_field),
        Party.CUSTOMER if incoming else Party.BRAND,
        _email_words(fields, desk) or (text_at(fields, "Subject") or ""),
        sender_kind=_kind_of(kind, incoming=incoming, automatic=automatic),
        channel=Channel.EMAIL,
        in_reply_to_id=None if parent is None else f"EmailMessage:{parent}",
        thread_id=case.record_id,
    )


def _kind_of(kind: SenderKind, *, incoming: bool, automatic: bool = False) -> SenderKind:
    """Only the brand's senders can be named as machines; an automatic reply is one's own."""
    if automatic:
        return SenderKind.BOT
    return SenderKind.HUMAN if incoming else kind


def _unwanted_email(fields: Fields) -> Skip | None:
    if flag_at(fields, "IsDeleted"):
        return Skip.DELETED
    if text_at(fields, "Status") == _DRAFT or flag_at(fields, "IsPrivateDraft"):
        return Skip.DRAFT
    return Skip.FAILED_DELIVERY if flag_at(fields, "IsBounced") else None


def _of_comment(comment: Staged, desk: Desk) -> Iterator[Found]:
    fields = comment.fields
    if flag_at(fields, "IsDeleted"):
        desk.skip(Skip.DELETED, comment)
        return
    if not flag_at(fields, "IsPublished"):
        desk.skip(Skip.PRIVATE_NOTE, comment)
        return
    case = _main_case(text_at(fields, "ParentId"), desk)
    customer = None if case is None else _customer_of(case)
    author = text_at(fields, "CreatedById")
    user = desk.stage.get("User", author)
    if case is None:
        desk.reject(comment, "ParentId", Reject.PARENT_NOT_FOUND)
    elif customer is None:
        desk.reject(comment, "ContactId", Reject.NO_CUSTOMER)
    elif user is None:
        desk.reject(comment, "CreatedById", Reject.UNKNOWN_AUTHOR)
    else:
        by_customer = text_at(user.fields, "ContactId") is not None
        channel = _channel_of(case)
        yield from desk.message(
            comment,
            customer,
            desk.time(comment, "CreatedDate"),
            Party.CUSTOMER if by_customer else Party.BRAND,
            desk.words(text_at(fields, "CommentBody"), None, channel=channel),
            sender_kind=_kind_of(desk.kind_of_sender(author), incoming=by_customer),
            channel=channel,
            thread_id=case.record_id,
        )


def _of_entry(entry: Staged, desk: Desk) -> Iterator[Found]:
    fields = entry.fields
    session = desk.stage.get("MessagingSession", text_at(fields, "ConversationId"))
    role = text_at(fields, "ActorType") or ""
    kind = text_at(fields, "EntryType")
    if role == "System" or kind not in (None, "Text", "Message", "MESSAGE", "ChatMessage"):
        desk.skip(Skip.SYSTEM_EVENT, entry)
        return
    if text_at(fields, "MessageStatus") in ("Error", "Failed", "Undeliverable"):
        desk.skip(Skip.FAILED_DELIVERY, entry)
        return
    if session is None:
        desk.reject(entry, "ConversationId", Reject.PARENT_NOT_FOUND)
        return
    customer = _customer_of_session(session, desk)
    if customer is None or role not in _ROLES:
        desk.reject(
            entry,
            "EndUserContactId" if customer is None else "ActorType",
            Reject.NO_CUSTOMER if customer is None else Reject.UNKNOWN_AUTHOR,
        )
        return
    party, sender_kind = _ROLES[role]
    yield from desk.message(
        entry,
        customer,
        desk.time(entry, "EntryTime", read=_moment),
        party,
        desk.words(text_at(fields, "Message"), None, channel=Channel.CHAT),
        sender_kind=sender_kind,
        channel=_MESSAGING.get(text_at(session.fields, "ChannelType") or "", Channel.CHAT),
        thread_id=session.record_id,
    )


def _customer_of_session(session: Staged, desk: Desk) -> str | None:
    fields = session.fields
    case = _main_case(text_at(fields, "CaseId"), desk)
    end_user = desk.stage.get("MessagingEndUser", text_at(fields, "MessagingEndUserId"))
    return (
        text_at(fields, "EndUserContactId")
        or (None if end_user is None else text_at(end_user.fields, "ContactId"))
        or (None if case is None else _customer_of(case))
        or text_at(fields, "MessagingEndUserId")
    )


def _moment(written: str) -> int:
    """Entries have ISO 8601 times, or milliseconds from the Connect API."""
    return from_milliseconds(written) if written.isdigit() else from_iso(written)


def _of_change(change: Staged, desk: Desk) -> Iterator[Found]:
    """The moment at which a contact opted out or in again."""
    fields = change.fields
    channel = _OPT_OUTS.get(text_at(fields, "Field") or "")
    contact = text_at(fields, "ContactId")
    opted_out = flag_at(fields, "NewValue")
    if channel is None or opted_out is None:
        desk.skip(Skip.NOT_A_MESSAGE, change)
    elif contact is None:
        desk.reject(change, "ContactId", Reject.NO_CUSTOMER)
    else:
        outcome: Outcome = OptOut((channel,)) if opted_out else Consent((channel,))
        sent = desk.time(change, "CreatedDate")
        yield from desk.message(change, contact, sent, Party.CUSTOMER, "", outcome=outcome)


def _of_contact(contact: Staged, desk: Desk) -> Iterator[Found]:
    """An opt-out without its history held when the contact last changed, at the latest."""
    fields = contact.fields
    told = {
        text_at(change.fields, "Field")
        for change in desk.stage.of("ContactHistory", contact.record_id)
    }
    out = tuple([c for name, c in _OPT_OUTS.items() if flag_at(fields, name) and name not in told])
    if not out:
        desk.skip(Skip.NOT_A_MESSAGE, contact)
        return
    desk.report.note("opt-outs dated by their contact's last change")
    stamp = "SystemModstamp" if text_at(fields, "SystemModstamp") else "LastModifiedDate"
    sent = desk.time(contact, stamp)
    yield from desk.message(
        contact, contact.record_id, sent, Party.CUSTOMER, "", outcome=OptOut(out)
    )
