"""Zendesk's ticket audits: each step of a ticket's life, with the events that it consisted of.

They are read for what they say of comments and ratings, and of the ticket itself, which need not
be handed in: who asked, for which brand, and who was assigned. What a ticket or rating says that
was handed in goes before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from relhealth.crm.adapter import Desk
from relhealth.crm.records import Record
from relhealth.crm.report import Skip
from relhealth.crm.shape import Fields, Json, flag_at, groups_at, text_at
from relhealth.crm.stage import Staged

# https://developer.zendesk.com/documentation/ticketing/reference-guides/ticket-audit-events-reference
_COMMENTS: Final = frozenset({"Comment", "VoiceComment", "FacebookComment"})
_SETTINGS: Final = frozenset({"Create", "Change"})
_REDACTED: Final = "CommentRedactionEvent"
_PRIVACY: Final = "CommentPrivacyChange"
_RATING: Final = "SatisfactionRating"
# What a change of a ticket may set that is of use; the score of a rating is a field of its ticket.
_SCORE: Final = "satisfaction_score"
_SCORE_COMMENT: Final = "satisfaction_comment"
_OF_TICKET: Final = frozenset({"requester_id", "brand_id", _SCORE, _SCORE_COMMENT})
# A ticket's score before anybody has rated it.
NO_RATINGS: Final = frozenset({"offered", "unoffered"})

AUDITED: Final = -1
"""The version of a comment as an audit tells how it was made: before any that is dated."""
HIDDEN: Final = "comment_hidden"
"""The kind that says of a comment that a list, which does not name its ticket, tells as hidden."""


def is_audit(fields: Fields) -> bool:
    """Whether a record is an audit."""
    return "events" in fields and "ticket_id" in fields


def comments_in(audit: Fields) -> list[dict[str, Json]]:
    """The comments among an audit's events, as the ticket's list of comments has them."""
    said = {
        "ticket_id": audit.get("ticket_id"),
        "author_id": audit.get("author_id"),
        "created_at": audit.get("created_at"),
        "via": audit.get("via"),
        "metadata": audit.get("metadata"),
    }
    return [
        said | {name: value for name, value in event.items() if value is not None}
        for event in groups_at(audit, "events")
        if text_at(event, "type") in _COMMENTS
    ]


def stage_audit(record: Record, desk: Desk) -> None:
    """Keeps what an audit says beside its comments; one that says nothing of use is skipped."""
    audit = record.fields
    ticket_id = text_at(audit, "ticket_id") or ""
    version = desk.version(audit, "created_at")
    of_use = bool(comments_in(audit))
    for event in groups_at(audit, "events"):
        kind = text_at(event, "type") or ""
        if kind in _SETTINGS:
            of_use |= _stage_setting(record, event, ticket_id, desk)
        elif kind in (_REDACTED, _PRIVACY):
            comment_id = text_at(event, "comment_id") or ""
            desk.stage.add(kind, comment_id, record.place, event, version=version)
            of_use = True
        elif kind == _RATING and text_at(event, "score") not in NO_RATINGS:
            given: dict[str, Json] = {
                "score": event.get("score"),
                "comment": event.get("body"),
                "created_at": audit.get("created_at"),
            }
            desk.stage.add("audited_rating", ticket_id, record.place, given, version=version)
            of_use = True
    if not of_use:
        desk.report.skip(Skip.SYSTEM_EVENT, f"audit {text_at(audit, 'id')}")


def _stage_setting(record: Record, event: Fields, ticket_id: str, desk: Desk) -> bool:
    """Keeps who a ticket is of and how it was rated; False where an event sets something else."""
    name, value = text_at(event, "field_name") or "", text_at(event, "value")
    if value is None or (name == _SCORE and value in NO_RATINGS):
        return False
    if name == "assignee_id":
        desk.stage.add("staff", value, record.place, {})
        return True
    if name not in _OF_TICKET:
        return False
    version = desk.version(record.fields, "created_at")
    told: dict[str, Json] = {name: value}
    if name == _SCORE:
        told = {"score": value, "created_at": record.fields.get("created_at")}
    desk.stage.add(f"audited_{name}", ticket_id, record.place, told, version=version)
    if text_at(event, "type") == "Create":
        opening = {"via": record.fields.get("via")}
        desk.stage.add("audited_opening", ticket_id, record.place, opening, version=version)
    return True


def audited_ticket(ticket_id: str | None, desk: Desk) -> Staged | None:
    """What audits tell of a ticket that was not handed in; None where they do not say who asked."""
    asked = desk.stage.get("audited_requester_id", ticket_id)
    if asked is None:
        return None
    others = (desk.stage.get(f"audited_{name}", ticket_id) for name in ("brand_id", "opening"))
    fields = dict(asked.fields)
    for other in others:
        fields |= {} if other is None else other.fields
    return Staged("ticket", asked.record_id, 0, asked.place, fields)


def audited_tickets(desk: Desk) -> Iterator[Staged]:
    """The tickets that only audits tell of."""
    for asked in desk.stage.all("audited_requester_id"):
        ticket = audited_ticket(asked.record_id, desk)
        if ticket is not None and desk.stage.get("ticket", asked.record_id) is None:
            yield ticket


def audited_rating(ticket_id: str, desk: Desk) -> Staged | None:
    """What audits tell of a ticket's rating, as a rating; None where they tell of none.

    Zendesk tells of one as an event of its own, as changes of two fields of the ticket, or both.
    """
    kinds = ("audited_rating", f"audited_{_SCORE}")
    told = [each for kind in kinds if (each := desk.stage.get(kind, ticket_id)) is not None]
    if not told:
        return None
    rating = max(told, key=lambda each: each.version)
    fields = dict(rating.fields)
    words = desk.stage.get(f"audited_{_SCORE_COMMENT}", ticket_id)
    # The words of a rating come with it or after it; those before it were of another.
    if fields.get("comment") is None and words is not None and words.version >= rating.version:
        fields["comment"] = words.fields[_SCORE_COMMENT]
    record_id = f"of ticket {ticket_id}"
    return replace(rating, kind="satisfaction_rating", record_id=record_id, fields=fields)


def as_changed(comment: Staged, desk: Desk) -> Fields:
    """A comment with what is told of it later: made private or public, or redacted."""
    privacy = desk.stage.get(_PRIVACY, comment.record_id)
    redaction = desk.stage.get(_REDACTED, comment.record_id)
    changed = dict(comment.fields)
    hidden = desk.stage.get(HIDDEN, comment.record_id) if comment.version == AUDITED else None
    if hidden is not None:
        return changed | dict(hidden.fields)
    is_public = None if privacy is None else flag_at(privacy.fields, "public")
    if is_public is not None:
        changed["public"] = is_public
    if redaction is not None:
        changed["redacted"] = True
    return changed
