from __future__ import annotations

from typing import Any

import pytest

from crm.support import import_of, us
from relhealth.crm.report import Reject, Skip
from relhealth.domain.history import Rating
from relhealth.domain.vocabulary import Channel, SenderKind

AGENT = {"id": 9, "role": "agent", "name": "Ada", "email": "ada@shop.example"}


def ticket(ticket_id: int = 1, requester: int = 5, **more: object) -> dict[str, Any]:
    return {
        "id": ticket_id,
        "requester_id": requester,
        "submitter_id": requester,
        "assignee_id": 9,
        "subject": "Parcel",
        "description": "Where is my parcel?",
        "status": "open",
        "created_at": "2024-03-01T09:00:00Z",
        "updated_at": "2024-03-05T09:00:00Z",
        "via": {"channel": "email"},
        **more,
    }


def comment(comment_id: int, author: int, body: str, **more: object) -> dict[str, Any]:
    return {
        "id": comment_id,
        "author_id": author,
        "body": body,
        "public": True,
        "created_at": f"2024-03-01T10:{comment_id % 60:02}:00Z",
        **more,
    }


def test_a_ticket_of_the_json_export_becomes_one_history() -> None:
    result = import_of(
        "zendesk",
        ticket(
            comments=[
                comment(11, 5, "Where is my parcel?"),
                comment(12, 9, "It left our house on Monday."),
                comment(13, 9, "Customer seems upset", public=False),
                comment(14, 5, "It came, thank you!"),
            ]
        ),
    )
    assert result.texts("5") == [
        ("c", "Where is my parcel?"),
        ("b", "It left our house on Monday."),
        ("c", "It came, thank you!"),
    ]
    assert result.skipped() == {Skip.PRIVATE_NOTE: 1, Skip.REPEATED_IN_MESSAGES: 1}
    assert result.of("5")[0].channel is Channel.EMAIL
    assert result.of("5")[0].thread_id == "1"
    assert result.of("5")[1].sent_us == us("2024-03-01T10:12:00Z")


def test_a_ticket_beside_its_comments_and_people_is_the_same() -> None:
    comments = [comment(11, 5, "Hello"), comment(12, 9, "Hi")]
    inside = import_of("zendesk", AGENT, ticket(assignee_id=None, comments=comments))
    beside = {"ticket": ticket(assignee_id=None), "comments": comments, "users": [AGENT]}
    assert import_of("zendesk", beside).relationships == inside.relationships
    assert inside.texts("5") == [("c", "Hello"), ("b", "Hi")]


def test_the_description_stands_in_only_where_no_comments_came() -> None:
    assert import_of("zendesk", ticket()).texts("5") == [("c", "Where is my parcel?")]


def test_the_description_of_a_private_ticket_is_a_note() -> None:
    result = import_of("zendesk", ticket(is_public=False))
    assert result.relationships == []
    assert result.skipped() == {Skip.PRIVATE_NOTE: 1}


def test_tickets_of_one_customer_merged_or_reopened_are_one_history() -> None:
    first = ticket(1, comments=[comment(11, 5, "It is broken")], status="closed")
    second = ticket(
        2,
        via={"channel": "web", "source": {"rel": "follow_up", "from": {"ticket_id": 1}}},
        comments=[
            comment(21, 5, "Broken again"),
            comment(22, 9, "Request #3 was merged", via={"source": {"rel": "merge"}}),
        ],
    )
    result = import_of("zendesk", first, second)
    assert result.texts("5") == [("c", "It is broken"), ("c", "Broken again")]
    assert {item.thread_id for item in result.of("5")} == {"1"}
    assert result.skipped()[Skip.MERGE_NOTICE] == 1


def test_toggling_states_gives_the_same_history() -> None:
    comments = [comment(11, 5, "Hello?"), comment(12, 9, "Hi!")]
    versions = [
        import_of("zendesk", ticket(comments=comments, status=status)).relationships
        for status in ("open", "pending", "solved", "closed")
    ]
    assert all(version == versions[0] for version in versions)


def test_who_is_not_known_is_reported_and_not_guessed() -> None:
    stranger = ticket(assignee_id=None, comments=[comment(12, 77, "Hello")])
    result = import_of("zendesk", stranger)
    assert result.rejected() == {(Reject.UNKNOWN_AUTHOR, "author_id")}
    assert result.relationships == []


def test_users_tell_staff_from_others_on_the_customers_side() -> None:
    colleague = {"id": 6, "role": "end-user", "email": "b@firm.example"}
    told = ticket(
        assignee_id=None,
        comments=[comment(11, 6, "Me too"), comment(12, 9, "We are on it")],
    )
    result = import_of("zendesk", AGENT, colleague, told)
    assert result.texts("5") == [("c", "Me too"), ("b", "We are on it")]
    assert sum(result.report.notes.values()) == 1


def test_triggers_and_named_senders_are_machines() -> None:
    told = ticket(
        comments=[
            comment(11, -1, "We received your request"),
            comment(12, 9, "Automatic", via={"channel": "rule"}),
            comment(13, 40, "I am a bot"),
            comment(14, 9, "I am Ada"),
        ]
    )
    result = import_of("zendesk", told, bots=frozenset({"40"}))
    kinds = [item.sender_kind for item in result.of("5")]
    assert kinds == [SenderKind.BOT, SenderKind.BOT, SenderKind.BOT, SenderKind.HUMAN]


def test_deleted_spam_and_redacted_say_nothing() -> None:
    result = import_of(
        "zendesk",
        ticket(1, status="deleted", comments=[comment(11, 5, "x")]),
        ticket(2, comments=[comment(21, 5, "▇▇▇ ▇▇")]),
        ticket(3, comments=[comment(31, 5, "Buy!", metadata={"suspension_type_id": 17})]),
    )
    assert result.relationships == []
    assert result.skipped() == {
        Skip.DELETED: 3,
        Skip.SPAM: 1,
        Skip.REPEATED_IN_MESSAGES: 2,
    }


def test_quotes_and_signatures_are_cut_from_html() -> None:
    html = (
        '<p>It still fails.</p><div class="gmail_quote"><blockquote>Try again?</blockquote></div>'
    )
    told = ticket(comments=[comment(11, 5, "It still fails. > Try again?", html_body=html)])
    assert import_of("zendesk", told).texts("5") == [("c", "It still fails.")]


@pytest.mark.parametrize(("score", "value"), [("good", 1.0), ("bad", 0.0)])
def test_a_rating_is_an_outcome(score: str, value: float) -> None:
    rating = {
        "id": 70,
        "ticket_id": 1,
        "requester_id": 5,
        "score": score,
        "comment": "Quick!",
        "created_at": "2024-03-06T00:00:00Z",
    }
    offered = {**rating, "id": 71, "score": "offered"}
    result = import_of("zendesk", ticket(comments=[comment(11, 5, "Hi")]), rating, offered)
    last = result.of("5")[-1]
    assert last.outcome == Rating(value, 0.0, 1.0)
    assert last.text == "Quick!"
    assert last.sent_us == us("2024-03-06T00:00:00Z")
    assert result.skipped()[Skip.NO_RATING] == 1


def test_a_rating_inside_a_ticket_is_dated_by_its_last_change_once() -> None:
    inside = ticket(satisfaction_rating={"id": 70, "score": "bad"})
    result = import_of("zendesk", inside)
    assert result.of("5")[-1].sent_us == us("2024-03-05T09:00:00Z")
    assert "ratings dated by their ticket's last change" in result.report.notes
    separate = {
        "id": 70,
        "ticket_id": 1,
        "requester_id": 5,
        "score": "bad",
        "created_at": "2024-03-02T00:00:00Z",
    }
    both = import_of("zendesk", inside, separate)
    assert [i.sent_us for i in both.of("5") if i.outcome] == [us("2024-03-02T00:00:00Z")]


def test_brands_of_an_account_are_apart_unless_one_is_named() -> None:
    two = (ticket(1, brand_id=100), ticket(2, brand_id=200))
    apart = import_of("zendesk", *two)
    assert [(r.brand_id, r.customer_id) for r in apart.relationships] == [
        ("100", "5"),
        ("200", "5"),
    ]
    named = import_of("zendesk", *two, brand_id="shop")
    assert [(r.brand_id, len(r.interactions)) for r in named.relationships] == [("shop", 2)]


def webhook(event: str, when: str, **of_comment: object) -> dict[str, Any]:
    return {
        "type": f"zen:event-type:ticket.{event}",
        "time": when,
        "detail": {
            "id": "1",
            "requester_id": "5",
            "subject": "Parcel",
            "status": "OPEN",
            "created_at": "2024-03-01T09:00:00Z",
            "updated_at": when,
            "via": {"channel": "email"},
        },
        "event": {"comment": of_comment},
    }


def test_webhooks_merge_by_comment_and_honour_redaction() -> None:
    customer = {"id": "5", "is_staff": False}
    staff = {"id": "9", "is_staff": True}
    events = [
        webhook("comment_added", "2024-03-01T10:00:00.123456789Z", id="11", body="My card is 4111",
                is_public=True, author=customer),
        webhook("comment_added", "2024-03-01T11:00:00Z", id="12", body="Thanks, it is done",
                is_public=True, author=staff),
        webhook("comment_added", "2024-03-01T11:30:00Z", id="13", body="Note to self",
                is_public=False, author=staff),
        webhook("comment_redacted", "2024-03-01T12:00:00Z", id="11", body="My card is 4111",
                is_public=True, author=customer),
    ]  # fmt: skip
    forwards = import_of("zendesk", *events)
    assert forwards.texts("5") == [("b", "Thanks, it is done")]
    backwards = import_of("zendesk", *reversed(events))
    assert backwards.relationships == forwards.relationships


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ("soft_deleted", Skip.DELETED),
        ("permanently_deleted", Skip.DELETED),
        ("marked_as_spam", Skip.SPAM),
    ],
)
def test_a_ticket_that_is_gone_takes_its_comments_along(event: str, reason: Skip) -> None:
    added = webhook("comment_added", "2024-03-01T10:00:00Z", id="11", body="Hi", is_public=True,
                    author={"id": "5", "is_staff": False})  # fmt: skip
    gone = webhook(event, "2024-03-02T10:00:00Z")
    for order in ((added, gone), (gone, added)):
        result = import_of("zendesk", *order)
        assert result.relationships == []
        assert result.report.skipped[reason] >= 1


def test_comments_without_their_ticket_are_reported() -> None:
    orphan = {**comment(11, 5, "Hello"), "ticket_id": 404}
    result = import_of("zendesk", orphan)
    assert result.rejected() == {(Reject.PARENT_NOT_FOUND, "ticket_id")}


def test_comments_of_ticket_events_are_read() -> None:
    event = {
        "ticket_id": 1,
        "created_at": "2024-03-01T10:00:00Z",
        "child_events": [
            {"event_type": "Change", "id": 1},
            {**comment(11, 5, "Any news?"), "event_type": "Comment"},
        ],
    }
    assert import_of("zendesk", ticket(), event).texts("5") == [("c", "Any news?")]


def audit(audit_id: int, author: int, *events: dict[str, Any], **more: object) -> dict[str, Any]:
    return {
        "id": audit_id,
        "ticket_id": 1,
        "created_at": f"2024-03-01T10:{audit_id % 60:02}:00Z",
        "author_id": author,
        "via": {"channel": "email"},
        "metadata": {},
        "events": [*events],
        **more,
    }


def said(event_id: int, body: str, **more: object) -> dict[str, Any]:
    return {"id": event_id, "type": "Comment", "body": body, "public": True, **more}


def put(event_id: int, field: str, value: object, kind: str = "Create") -> dict[str, Any]:
    return {"id": event_id, "type": kind, "field_name": field, "value": value}


AUDITS = [
    audit(1, 5, said(11, "Any news?"), put(12, "requester_id", "5"), put(13, "brand_id", "100")),
    audit(2, -1, put(21, "assignee_id", "9", "Change"), via={"channel": "rule"}),
    audit(
        3,
        9,
        said(31, "It comes on Friday", via={"channel": "chat"}),
        {"id": 32, "type": "Notification", "body": "Ticket 1 was updated"},
    ),
    audit(4, 9, said(41, "They are upset", public=False)),
    audit(5, 9, put(51, "status", "solved", "Change")),
]


def test_audits_alone_are_a_history() -> None:
    for order in (AUDITS, AUDITS[::-1], AUDITS + AUDITS):
        result = import_of("zendesk", *order, hint="audits")
        assert result.texts("5") == [("c", "Any news?"), ("b", "It comes on Friday")]
        assert [r.brand_id for r in result.relationships] == ["100"]
        first, second = result.of("5")
        assert (first.channel, second.channel) == (Channel.EMAIL, Channel.CHAT)
        assert first.interaction_id == "comment:11"
        assert first.sent_us == us("2024-03-01T10:01:00Z")
        assert result.rejected() == set()
        assert result.report.skipped[Skip.PRIVATE_NOTE] == 1
        assert result.report.skipped[Skip.SYSTEM_EVENT] >= 1


def test_audits_and_comments_that_tell_the_same_are_one_history() -> None:
    comments = [comment(11, 5, "Any news?"), comment(31, 9, "It comes on Friday")]
    told = ticket(comments=comments, brand_id=100)
    alone = import_of("zendesk", told, AGENT)
    both = import_of("zendesk", *AUDITS, told, AGENT)
    assert both.texts("5") == alone.texts("5")
    ids = [item.interaction_id for item in both.of("5")]
    assert ids == [item.interaction_id for item in alone.of("5")]


def test_what_was_redacted_or_made_private_later_is_out() -> None:
    redaction = {"id": 61, "type": "CommentRedactionEvent", "comment_id": 11}
    hiding = {"id": 62, "type": "CommentPrivacyChange", "comment_id": 31, "public": False}
    showing = {"id": 63, "type": "CommentPrivacyChange", "comment_id": 41, "public": True}
    changed = audit(6, 9, redaction, hiding, showing)
    for order in ([*AUDITS, changed], [changed, *AUDITS]):
        result = import_of("zendesk", *order)
        assert result.texts("5") == [("b", "They are upset")]
        assert result.skipped()[Skip.DELETED] == result.skipped()[Skip.PRIVATE_NOTE] == 1


def test_what_does_not_say_whether_a_note_is_public_leaves_it_private() -> None:
    unsaid = {"id": 63, "type": "CommentPrivacyChange", "comment_id": 41}
    result = import_of("zendesk", *AUDITS, audit(6, 9, unsaid))
    assert result.texts("5") == import_of("zendesk", *AUDITS).texts("5")
    assert result.skipped()[Skip.PRIVATE_NOTE] == 1


@pytest.mark.parametrize("first", ["AAA", "zzz"])
def test_a_list_of_comments_tells_how_they_are_now(first: str) -> None:
    hidden = comment(31, 9, f"{first} It comes on Friday", public=False)
    for order in ([*AUDITS, ticket(comments=[hidden])], [ticket(comments=[hidden]), *AUDITS]):
        assert import_of("zendesk", *order).texts("5") == [("c", "Any news?")]


def test_a_comment_without_its_ticket_is_the_one_that_an_audit_tells_of() -> None:
    lost = comment(31, 9, "It comes on Friday")
    for order in ([*AUDITS, lost], [lost, *AUDITS]):
        result = import_of("zendesk", *order)
        assert result.texts("5") == [("c", "Any news?"), ("b", "It comes on Friday")]
        assert result.rejected() == set()


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        ({"public": False}, Skip.PRIVATE_NOTE),
        ({"body": "\N{LOWER SEVEN EIGHTHS BLOCK}" * 6}, Skip.DELETED),
    ],
)
def test_a_comment_without_its_ticket_tells_whether_that_of_an_audit_is_hidden(
    now: dict[str, object], reason: Skip
) -> None:
    changed = {**comment(31, 9, "It comes on Friday"), **now}
    for order in ([*AUDITS, changed], [changed, *AUDITS]):
        result = import_of("zendesk", *order)
        assert result.texts("5") == [("c", "Any news?")]
        before = import_of("zendesk", *AUDITS).report.skipped
        assert result.report.skipped[reason] == before[reason] + 1


def test_a_webhook_tells_more_than_a_comment_without_its_ticket() -> None:
    webhook = {
        "type": "zen:event-type:ticket.comment_made_private",
        "time": "2024-03-01T11:00:00Z",
        "detail": ticket(),
        "event": {"comment": {"id": 31, "author": {"id": 9}, "body": "It comes on Friday"}},
    }
    for order in ([*AUDITS, webhook], [webhook, *AUDITS]):
        lost = comment(31, 9, "It comes on Friday")
        assert import_of("zendesk", *order, lost).texts("5") == [("c", "Any news?")]


def rated_by_changes(audit_id: int, score: str, words: str | None = None) -> dict[str, Any]:
    changes = [put(audit_id * 10, "satisfaction_score", score, "Change")]
    if words is not None:
        changes.append(put(audit_id * 10 + 1, "satisfaction_comment", words, "Change"))
    return audit(audit_id, 5, *changes)


@pytest.mark.parametrize(
    ("audits", "value", "words", "minute"),
    [
        ([rated_by_changes(6, "offered"), rated_by_changes(7, "good", "Quick!")], 1.0, "Quick!", 7),
        ([rated_by_changes(7, "bad_with_comment", "Slow.")], 0.0, "Slow.", 7),
        # The words come after the score; a score after them is another rating.
        (
            [
                rated_by_changes(7, "good"),
                audit(8, 5, put(81, "satisfaction_comment", "Quick!", "Change")),
            ],
            1.0,
            "Quick!",
            7,
        ),
        ([rated_by_changes(7, "good", "Quick!"), rated_by_changes(8, "bad")], 0.0, "", 8),
        # An event of its own tells the same, or is older.
        (
            [
                audit(
                    7,
                    5,
                    put(70, "satisfaction_score", "good", "Change"),
                    {"id": 71, "type": "SatisfactionRating", "score": "good", "body": "Quick!"},
                )
            ],
            1.0,
            "Quick!",
            7,
        ),
        (
            [
                audit(7, 5, {"id": 71, "type": "SatisfactionRating", "score": "good"}),
                rated_by_changes(8, "bad", "Broken again."),
            ],
            0.0,
            "Broken again.",
            8,
        ),
    ],
)
def test_a_rating_that_audits_tell_as_changes_of_the_ticket_is_read(
    audits: list[dict[str, Any]], value: float, words: str, minute: int
) -> None:
    for order in ([*AUDITS, *audits], [*audits[::-1], *AUDITS]):
        result = import_of("zendesk", *order)
        (rating,) = [item for item in result.of("5") if item.outcome]
        assert rating.outcome == Rating(value, 0.0, 1.0)
        assert (rating.text, rating.sent_us) == (words, us(f"2024-03-01T10:{minute:02}:00Z"))
        assert result.rejected() == set()


def test_a_rating_that_was_only_asked_for_takes_no_place() -> None:
    good = {"id": 71, "type": "SatisfactionRating", "score": "good"}
    offered = {"id": 81, "type": "SatisfactionRating", "score": "offered"}
    asked = import_of("zendesk", *AUDITS, audit(6, -1, offered))
    assert asked.rejected() == set()
    assert not any(item.outcome for item in asked.of("5"))
    again = import_of("zendesk", *AUDITS, audit(7, 5, good), audit(8, -1, offered))
    assert [item.outcome for item in again.of("5") if item.outcome] == [Rating(1.0, 0.0, 1.0)]


def test_a_rating_of_an_audit_has_its_own_date_and_counts_once() -> None:
    given = {"id": 71, "type": "SatisfactionRating", "score": "good", "body": "Quick!"}
    rated = [*AUDITS, audit(7, 5, given)]
    inside = ticket(satisfaction_rating={"id": 70, "score": "good"})
    for records in (rated, [*rated, inside]):
        (outcome,) = [item for item in import_of("zendesk", *records).of("5") if item.outcome]
        assert outcome.outcome == Rating(1.0, 0.0, 1.0)
        assert (outcome.text, outcome.sent_us) == ("Quick!", us("2024-03-01T10:07:00Z"))


def test_a_requester_that_was_changed_is_the_latest() -> None:
    changed = audit(8, 9, put(81, "requester_id", "6", "Change"))
    result = import_of("zendesk", *AUDITS, changed, {"id": 5, "role": "end-user"})
    assert result.customers() == ["6"]


def test_audits_that_do_not_say_who_asked_are_reported() -> None:
    result = import_of("zendesk", *AUDITS[1:])
    assert result.rejected() == {(Reject.PARENT_NOT_FOUND, "ticket_id")}
    stranger = import_of("zendesk", AUDITS[0], audit(3, 77, said(31, "Hello")))
    assert stranger.rejected() == {(Reject.UNKNOWN_AUTHOR, "author_id")}


def test_chat_messages_join_by_their_ticket() -> None:
    chat = {"chat_id": "c1", "ticket_id": 1}
    line = {"chat_id": "c1", "type": "ChatMessage", "created_at": "2024-03-01 10:00:00"}
    bot = '{"source": {"type": "zd:answerBot"}}'
    result = import_of(
        "zendesk",
        ticket(comments=[comment(11, 5, "transcript", public=False)]),
        chat,
        {**line, "chat_index": 1, "actor_id": "5", "message": "Hello"},
        {
            **line,
            "chat_index": 2,
            "actor_id": "9",
            "message": "I am a bot",
            "original_message": bot,
        },
        {**line, "chat_index": 3, "actor_id": "agent:9", "message": "Ada here"},
        {**line, "chat_index": 4, "actor_id": "5", "type": "ChatJoin"},
        {**line, "chat_index": 5, "actor_id": "5", "message": "?", "chat_id": "c2"},
        hint="ticket_chat_event",
    )
    assert result.texts("5") == [("c", "Hello"), ("b", "I am a bot"), ("b", "Ada here")]
    assert [i.sender_kind for i in result.of("5")][1:] == [SenderKind.BOT, SenderKind.HUMAN]
    assert result.rejected() == {(Reject.PARENT_NOT_FOUND, "chat_id")}


def test_people_are_joined_by_email_only_when_asked() -> None:
    people = [
        {"id": user, "role": "end-user", "email": email}
        for user, email in ((5, "Bo@x.example"), (60, "bo@X.example "))
    ]
    tickets = [ticket(1, 5), ticket(2, 60)]
    assert import_of("zendesk", *people, *tickets).customers() == ["5", "60"]
    joined = import_of("zendesk", *people, *tickets, join_by_email=True)
    assert joined.customers() == ["5"]
    assert len(joined.of("5")) == 2


def test_a_ticket_between_colleagues_is_nobodys_history() -> None:
    result = import_of("zendesk", ticket(requester=9, comments=[comment(1, 9, "Which?")]), AGENT)
    assert result.relationships == []
    assert result.skipped() == {Skip.OTHER_PARTIES: 2}


@pytest.mark.parametrize(
    ("hint", "reason"),
    [("side_conversations", Skip.OTHER_PARTIES), ("suspended_tickets", Skip.SPAM)],
)
def test_what_the_customer_never_saw_is_skipped_by_its_list(hint: str, reason: Skip) -> None:
    aside = {"id": "a1", "ticket_id": 1, "subject": "To the warehouse", "content": "Is it there?"}
    result = import_of("zendesk", aside, hint=hint)
    assert (result.skipped(), result.rejected()) == ({reason: 1}, set())
