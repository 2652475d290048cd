"""Zendesk Support: tickets, comments, audits, users, ratings, chats, event webhooks.

Reads the account's JSON export (a ticket a line with its `comments`), pages of the API v2
(``{"tickets": [...]}``, comments, audits, users, satisfaction_ratings, ticket_events), tables with
the same columns, and ``zen:event-type:ticket.*`` webhooks. Comments that do not name their ticket
must lie in a folder that does, as in the API's paths: ``tickets/123/comments.json``.

The customer is the ticket's requester. Who else wrote is known from users, from the staff mark of
a webhook or as an assignee; an author of whom nothing is known is reported, not guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import ClassVar, Final

from relhealth.crm.adapter import Adapter, Desk
from relhealth.crm.fields import FieldValues, UpdateRequest
from relhealth.crm.gathering import Found
from relhealth.crm.records import Record
from relhealth.crm.report import Reject, Skip
from relhealth.crm.shape import Fields, Json, flag_at, group_at, groups_at, text_at
from relhealth.crm.stage import Staged
from relhealth.crm.zendesk_audits import (
    AUDITED,
    HIDDEN,
    NO_RATINGS,
    as_changed,
    audited_rating,
    audited_ticket,
    audited_tickets,
    comments_in,
    is_audit,
    stage_audit,
)
from relhealth.crm.zendesk_chat import found_in_chats
from relhealth.crm.zendesk_people import author_of, channel_of, is_staff
from relhealth.domain.history import Rating
from relhealth.domain.vocabulary import Channel, Party, SenderKind
from relhealth.errors import ConfigurationError

_RATINGS: Final = {"bad": 0.0, "badwithcomment": 0.0, "good": 1.0, "goodwithcomment": 1.0}
_EVENT: Final = "zen:event-type:ticket."
_GONE: Final = (".soft_deleted", ".permanently_deleted")
_SPAM: Final = ".marked_as_spam"
# Lists of the API that hold nothing said between the two: colleagues and suppliers, and spam.
_ASIDE: Final = {"side_conversations": Skip.OTHER_PARTIES, "suspended_tickets": Skip.SPAM}
# Zendesk blackens what was redacted.
_REDACTED: Final = "\N{LOWER SEVEN EIGHTHS BLOCK}"

_HIDING: Final[dict[Skip, dict[str, Json]]] = {
    Skip.PRIVATE_NOTE: {"public": False},
    Skip.DELETED: {"redacted": True},
}

# A list of comments tells how they are now; an audit, how they were made. A comment that does not
# name its ticket stands back for one that does, and tells whether that is hidden by now. Webhooks,
# which are dated, go before.
_WITHOUT_TICKET: Final = -2


class Zendesk(Adapter):
    """Zendesk Support's API v2."""

    name: ClassVar[str] = "zendesk"
    lists: ClassVar[frozenset[str]] = frozenset(
        {
            "tickets",
            "comments",
            "users",
            "satisfaction_ratings",
            "ticket_events",
            "audits",
            "ticket_audits",
            "side_conversations",
            "suspended_tickets",
        }
    )
    batch_size: ClassVar[int] = 100

    def stage(self, record: Record, desk: Desk) -> None:
        """Recognises a record by its fields, its list or its table."""
        fields = record.fields
        if record.hint in _ASIDE:
            desk.report.skip(_ASIDE[record.hint], f"{record.hint} {text_at(fields, 'id')}")
        elif (text_at(fields, "type") or "").startswith(_EVENT):
            _stage_webhook(record, desk)
        elif "child_events" in fields or is_audit(fields):
            _stage_step(record, desk)
        elif "chat_id" in fields:
            _stage_chat(record, desk)
        elif "requester_id" in fields and ("subject" in fields or "status" in fields):
            _stage_ticket(record, fields, desk)
        elif "score" in fields and "ticket_id" in fields:
            desk.keep(record, "satisfaction_rating", fields, text_at(fields, "ticket_id"))
        elif {"author_id", "user_id"} & fields.keys() and {"body", "plain_body"} & fields.keys():
            _stage_comment(record, desk)
        elif "role" in fields and "id" in fields:
            _stage_user(record, fields, desk)
        elif record.hint.startswith(("organization", "group", "brand")):
            desk.report.skip(Skip.NOT_A_MESSAGE, f"{record.hint} {text_at(fields, 'id')}")
        else:
            self._stage_wrapped(record, desk)

    def _stage_wrapped(self, record: Record, desk: Desk) -> None:
        """A ticket or user under its name, with the ticket's comments and people beside it."""
        fields = record.fields
        name = next((name for name in ("ticket", "user") if group_at(fields, name)), None)
        if name is None:
            desk.report.reject(record.place, "record", Reject.UNKNOWN_SHAPE, "record")
            return
        own = group_at(fields, name)
        comments: list[Json] = [*groups_at(fields, "comments")]
        if comments:
            own["comments"] = comments
        for inner in (own, *groups_at(fields, "users")):
            self.stage(Record(record.place, "", inner, record.folders), desk)

    def found(self, desk: Desk) -> Iterator[Found]:
        """Each ticket's comments (or its description, where none came) and ratings."""
        for ticket in chain(desk.stage.all("ticket"), audited_tickets(desk)):
            yield from _of_ticket(ticket, desk)
        for comment in desk.stage.all("comment"):
            if _ticket(text_at(comment.fields, "ticket_id"), desk) is None:
                desk.reject(comment, "ticket_id", Reject.PARENT_NOT_FOUND)
        for rating in desk.stage.all("satisfaction_rating"):
            yield from _of_rating(rating, desk)
        yield from found_in_chats(desk)

    def holds(self, customer_id: str) -> bool:
        """Users, which have numbers."""
        return customer_id.isascii() and customer_id.isdigit()

    def updates(self, values: Sequence[FieldValues]) -> list[UpdateRequest]:
        """``PUT /api/v2/users/update_many`` with user fields; null clears a field."""
        users: list[Json] = [
            {
                "id": _user_id(value.customer_id),
                "user_fields": {
                    "relhealth_health": value.health,
                    "relhealth_band": f"relhealth_band_{value.band_key}",
                    "relhealth_stance": f"relhealth_stance_{value.stance_key}",
                    "relhealth_as_of": value.day.isoformat(),
                },
            }
            for value in values
        ]
        ids = tuple([value.customer_id for value in values])
        return [UpdateRequest("PUT", "/api/v2/users/update_many", {"users": users}, ids)]


def _user_id(customer_id: str) -> int:
    if not (customer_id.isascii() and customer_id.isdigit()):
        raise ConfigurationError(f"customer {customer_id!r} is no Zendesk user: those have numbers")
    return int(customer_id)


def _stage_ticket(record: Record, fields: Fields, desk: Desk) -> None:
    own = {key: value for key, value in fields.items() if key != "comments"}
    ticket_id = desk.keep(record, "ticket", own)
    for comment in groups_at(fields, "comments"):
        desk.keep(record, "comment", {**comment, "ticket_id": ticket_id}, ticket_id)
    for key in ("requester", "submitter", "assignee"):
        person = group_at(fields, key)
        if "role" in person:
            _stage_user(record, person, desk)
    assignee = text_at(fields, "assignee_id")
    if assignee is not None:
        desk.stage.add("staff", assignee, record.place, {})


def _stage_comment(record: Record, desk: Desk) -> None:
    """A comment of a list; one that does not name its ticket also says what is hidden by now."""
    fields = record.fields
    ticket_id = text_at(fields, "ticket_id") or _ticket_of_folder(record)
    comment = {**fields, "ticket_id": ticket_id}
    if ticket_id is not None:
        desk.keep(record, "comment", comment, ticket_id)
        return
    comment_id = desk.keep(record, "comment", comment, version=_WITHOUT_TICKET)
    reason = _unwanted_comment(fields, text_at(fields, "body") or text_at(fields, "plain_body"))
    if comment_id is not None and reason in _HIDING:
        desk.stage.add(HIDDEN, comment_id, record.place, _HIDING[reason])


def _stage_user(record: Record, fields: Fields, desk: Desk) -> None:
    user_id = desk.keep(record, "user", fields)
    if user_id is not None and text_at(fields, "role") == "end-user":
        desk.identities.email(user_id, text_at(fields, "email"))


def _stage_step(record: Record, desk: Desk) -> None:
    """Comments of the incremental export with ``include=comment_events``, and audits.

    Their comments have the ids that they have elsewhere, and are the same comments.
    """
    if is_audit(record.fields):
        stage_audit(record, desk)
        for comment in comments_in(record.fields):
            desk.keep(record, "comment", comment, text_at(comment, "ticket_id"), AUDITED)
    ticket_id = text_at(record.fields, "ticket_id")
    for event in groups_at(record.fields, "child_events"):
        if text_at(event, "event_type") == "Comment":
            when = text_at(event, "created_at") or text_at(record.fields, "created_at")
            comment = {**event, "ticket_id": ticket_id, "created_at": when}
            desk.keep(record, "comment", comment, ticket_id)


def _stage_webhook(record: Record, desk: Desk) -> None:
    fields = record.fields
    event = text_at(fields, "type") or ""
    detail = group_at(fields, "detail")
    ticket_id = text_at(detail, "id")
    if event.endswith(_GONE):
        detail["status"] = "deleted"
        desk.stage.drop("comment", ticket_id or "")
    elif event.endswith(_SPAM):
        detail["is_spam"] = True
    _stage_ticket(record, detail, desk)
    comment = group_at(fields, "event", "comment")
    author = text_at(comment, "author", "id")
    if comment and author is not None:
        if flag_at(comment, "author", "is_staff"):
            desk.stage.add("staff", author, record.place, {})
        when = text_at(fields, "time")
        made = event.endswith(".comment_added")
        staged: dict[str, Json] = {
            "id": comment.get("id"),
            "ticket_id": ticket_id,
            "author_id": author,
            "body": comment.get("body"),
            "public": False if event.endswith("_private") else comment.get("is_public"),
            "created_at": when if made else text_at(comment, "created_at"),
            "updated_at": when,
            "redacted": event.endswith(".comment_redacted"),
        }
        desk.keep(record, "comment", staged, ticket_id)


def _stage_chat(record: Record, desk: Desk) -> None:
    fields = record.fields
    chat_id = text_at(fields, "chat_id") or ""
    if "ticket_id" in fields:
        ticket_id = text_at(fields, "ticket_id")
        desk.stage.add("chat", f"{chat_id}/{ticket_id}", record.place, fields, parent=chat_id)
    else:
        position = text_at(fields, "message_id") or text_at(fields, "chat_index") or ""
        when = text_at(fields, "created_at") or ""
        event_id = f"{chat_id}/{position}/{when}"
        desk.stage.add("chat_event", event_id, record.place, fields, parent=chat_id)


def _ticket_of_folder(record: Record) -> str | None:
    folder = record.folders[-1] if record.folders else ""
    return folder if folder.isdigit() else None


def _ticket(ticket_id: str | None, desk: Desk) -> Staged | None:
    """A ticket that was handed in, or what audits tell of it."""
    return desk.stage.get("ticket", ticket_id) or audited_ticket(ticket_id, desk)


def _of_ticket(ticket: Staged, desk: Desk) -> Iterator[Found]:
    fields = ticket.fields
    comments = list(desk.stage.of("comment", ticket.record_id))
    customer = text_at(fields, "requester_id")
    reason = _unwanted(fields)
    if reason is None and customer is not None and is_staff(customer, desk):
        reason = Skip.OTHER_PARTIES
    if reason is not None:
        for record in (ticket, *comments):
            desk.skip(reason, record)
        return
    if customer is None:
        desk.reject(ticket, "requester_id", Reject.NO_CUSTOMER)
        return
    for comment in comments:
        yield from _of_comment(comment, ticket, customer, desk)
    if comments:
        desk.skip(Skip.REPEATED_IN_MESSAGES, ticket)
    elif flag_at(fields, "is_public") is False:
        desk.skip(Skip.PRIVATE_NOTE, ticket)
    elif text_at(fields, "description") is not None:
        yield from _of_description(ticket, customer, desk)
    else:
        desk.skip(Skip.NO_WORDS, ticket)
    yield from _of_ticket_rating(ticket, customer, desk)


def _unwanted(fields: Fields) -> Skip | None:
    if (text_at(fields, "status") or "").lower() == "deleted":
        return Skip.DELETED
    if flag_at(fields, "is_spam"):
        return Skip.SPAM
    suspended = text_at(fields, "cause") is not None and "recipient" in fields
    return Skip.SPAM if suspended else None


def _of_description(ticket: Staged, customer: str, desk: Desk) -> Iterator[Found]:
    """A ticket's description is its first comment; it stands in where comments are missing."""
    fields = ticket.fields
    submitter = text_at(fields, "submitter_id")
    author = author_of(submitter if submitter is not None else customer, customer, fields, desk)
    if author is None:
        desk.reject(ticket, "submitter_id", Reject.UNKNOWN_AUTHOR)
        return
    channel = channel_of(fields)
    yield from desk.message(
        ticket,
        customer,
        desk.time(ticket, "created_at"),
        author.party,
        desk.words(text_at(fields, "description"), None, channel=channel),
        brand_id=text_at(fields, "brand_id"),
        sender_kind=author.kind,
        channel=channel,
        thread_id=_thread(ticket),
    )


def _of_comment(comment: Staged, ticket: Staged, customer: str, desk: Desk) -> Iterator[Found]:
    fields = as_changed(comment, desk)
    plain = text_at(fields, "body") or text_at(fields, "plain_body")
    reason = _unwanted_comment(fields, plain)
    if reason is not None:
        desk.skip(reason, comment)
        return
    author_id = text_at(fields, "author_id") or text_at(fields, "user_id")
    author = author_of(author_id, customer, fields, desk)
    if author is None:
        desk.reject(comment, "author_id", Reject.UNKNOWN_AUTHOR)
        return
    if author.party == Party.CUSTOMER and author_id != customer:
        desk.report.note("comments of others on the customer's side, counted as the customer's")
    channel = channel_of(fields)
    channel = channel_of(ticket.fields) if channel is Channel.UNSPECIFIED else channel
    sent = desk.time(comment, "created" if "created" in fields else "created_at")
    yield from desk.message(
        comment,
        customer,
        sent,
        author.party,
        desk.words(plain, text_at(fields, "html_body"), channel=channel),
        brand_id=text_at(ticket.fields, "brand_id"),
        sender_kind=author.kind,
        channel=channel,
        thread_id=_thread(ticket),
    )


def _unwanted_comment(fields: Fields, plain: str | None) -> Skip | None:
    if flag_at(fields, "public") is False:
        return Skip.PRIVATE_NOTE
    if flag_at(fields, "redacted") or (plain is not None and not plain.strip(f"{_REDACTED} \n")):
        return Skip.DELETED
    if text_at(fields, "via", "source", "rel") == "merge":
        return Skip.MERGE_NOTICE
    if text_at(fields, "metadata", "suspension_type_id") is not None:
        return Skip.SPAM
    return None


def _thread(ticket: Staged) -> str:
    """The ticket, or the one that it follows up on."""
    source = group_at(ticket.fields, "via", "source")
    followed = text_at(ticket.fields, "via_followup_source_id")
    if followed is None and text_at(source, "rel") == "follow_up":
        followed = text_at(source, "from", "ticket_id")
    return followed if followed is not None else ticket.record_id


def _of_ticket_rating(ticket: Staged, customer: str, desk: Desk) -> Iterator[Found]:
    """A rating that came with an audit, or with its ticket.

    With its ticket it stood when the ticket last changed, at the latest.
    """
    given = group_at(ticket.fields, "satisfaction_rating")
    score = text_at(given, "score")
    if next(desk.stage.of("satisfaction_rating", ticket.record_id), None) is not None:
        return
    audited = audited_rating(ticket.record_id, desk)
    if audited is not None:
        yield from _rated(audited, ticket, customer, desk)
    elif score is not None and score not in NO_RATINGS:
        rating = Staged(
            "satisfaction_rating",
            text_at(given, "id") or f"of ticket {ticket.record_id}",
            0,
            ticket.place,
            {**given, "created_at": ticket.fields.get("updated_at")},
        )
        desk.report.note("ratings dated by their ticket's last change")
        yield from _rated(rating, ticket, customer, desk)


def _of_rating(rating: Staged, desk: Desk) -> Iterator[Found]:
    fields = rating.fields
    ticket = _ticket(text_at(fields, "ticket_id"), desk)
    customer = text_at(fields, "requester_id")
    if customer is None and ticket is not None:
        customer = text_at(ticket.fields, "requester_id")
    if text_at(fields, "score") in NO_RATINGS:
        desk.skip(Skip.NO_RATING, rating)
    elif customer is None:
        desk.reject(rating, "requester_id", Reject.NO_CUSTOMER)
    else:
        yield from _rated(rating, ticket, customer, desk)


def _rated(rating: Staged, ticket: Staged | None, customer: str, desk: Desk) -> Iterator[Found]:
    fields = rating.fields
    value = _RATINGS.get((text_at(fields, "score") or "").replace("_", ""))
    if value is None:
        desk.reject(rating, "score", Reject.UNKNOWN_SCALE)
        return
    yield from desk.message(
        rating,
        customer,
        desk.time(rating, "created_at"),
        Party.CUSTOMER,
        desk.words(text_at(fields, "comment"), None, channel=Channel.CHAT),
        brand_id=None if ticket is None else text_at(ticket.fields, "brand_id"),
        sender_kind=SenderKind.HUMAN,
        thread_id=None if ticket is None else _thread(ticket),
        outcome=Rating(value, 0.0, 1.0),
    )
