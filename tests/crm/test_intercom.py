from __future__ import annotations

from itertools import permutations
from typing import Any

from crm.support import import_of, import_of_tables, us
from relhealth.crm.report import Reject, Skip
from relhealth.domain.history import Consent, OptOut, Rating
from relhealth.domain.vocabulary import Channel, Purpose, SenderKind

START = 1_709_287_200  # 2024-03-01T10:00:00Z


def part(
    part_id: str, author: str, body: str | None, minute: int, **more: object
) -> dict[str, Any]:
    return {
        "type": "conversation_part",
        "id": part_id,
        "part_type": "comment",
        "body": body,
        "created_at": START + 60 * minute,
        "updated_at": START + 60 * minute,
        "author": {"type": author, "id": "a1" if author == "admin" else "u1"},
        **more,
    }


def conversation(*parts: dict[str, Any], **more: object) -> dict[str, Any]:
    return {
        "type": "conversation",
        "id": "c1",
        "created_at": START,
        "updated_at": START + 3600,
        "source": {
            "type": "conversation",
            "id": "s1",
            "delivered_as": "customer_initiated",
            "body": "<p>My order is late &amp; I am sad</p>",
            "author": {"type": "user", "id": "u1", "email": "bo@x.example"},
        },
        "contacts": {"contacts": [{"type": "contact", "id": "u1"}]},
        "conversation_parts": {"conversation_parts": list(parts)},
        **more,
    }


def notification(topic: str, item: dict[str, Any], at: int = START) -> dict[str, Any]:
    return {"type": "notification_event", "topic": topic, "created_at": at, "data": {"item": item}}


def test_a_conversation_of_the_rest_api() -> None:
    result = import_of(
        "intercom",
        conversation(
            part("p1", "admin", "<p>Sorry, it leaves <b>today</b>.</p>", 5),
            part("p2", "admin", "<p>difficult one</p>", 6, part_type="note"),
            part("p3", "admin", None, 7, part_type="assignment"),
            part("p4", "bot", "<p>Did that help?</p>", 8),
            part("p5", "user", "<p>Yes, thanks</p>", 9),
        ),
    )
    assert result.texts("u1") == [
        ("c", "My order is late & I am sad"),
        ("b", "Sorry, it leaves today."),
        ("b", "Did that help?"),
        ("c", "Yes, thanks"),
    ]
    items = result.of("u1")
    assert items[0].sent_us == us("2024-03-01T10:00:00Z")
    assert [i.sender_kind for i in items][1:3] == [SenderKind.HUMAN, SenderKind.BOT]
    assert {i.channel for i in items} == {Channel.CHAT}
    assert result.skipped() == {Skip.PRIVATE_NOTE: 1, Skip.SYSTEM_EVENT: 1}


def test_webhooks_merge_into_their_conversation_in_any_order() -> None:
    reply = part("p1", "admin", "<p>Card 4111 noted</p>", 5)
    redacted = {
        **reply,
        "body": "<p><i>This message was deleted</i></p>",
        "updated_at": START + 900,
    }
    hooks = [
        notification("conversation.user.created", conversation()),
        notification("conversation.admin.replied", conversation(reply)),
        notification("conversation.user.replied", conversation(part("p2", "user", "<p>Ok</p>", 9))),
        notification("conversation_part.redacted", conversation(redacted)),
    ]
    wanted = [("c", "My order is late & I am sad"), ("c", "Ok")]
    for order in permutations(hooks):
        assert import_of("intercom", *order).texts("u1") == wanted


def test_an_edited_part_counts_in_its_last_version_at_its_first_time() -> None:
    old = part("p1", "admin", "<p>We ship Monday</p>", 5)
    new = {**old, "body": "<p>We ship Tuesday</p>", "updated_at": START + 900}
    result = import_of("intercom", conversation(new), conversation(old))
    assert result.texts("u1")[1] == ("b", "We ship Tuesday")
    assert result.of("u1")[1].sent_us == us("2024-03-01T10:05:00Z")


def test_a_deleted_conversation_is_gone() -> None:
    deleted = notification("conversation.deleted", {"type": "conversation", "id": "c1"})
    assert import_of("intercom", conversation(), deleted).relationships == []


def test_a_lead_that_became_a_user_is_one_customer() -> None:
    as_lead = conversation(id="c0")
    as_lead["source"] = {**as_lead["source"], "id": "s0", "author": {"type": "lead", "id": "l1"}}
    merged = notification(
        "contact.merged", {"type": "contact", "id": "u1", "merged_contact": {"id": "l1"}}
    )
    result = import_of("intercom", as_lead, conversation(), merged)
    assert result.customers() == ["u1"]
    assert len(result.of("u1")) == 2


def test_ratings_opt_outs_and_consent_are_outcomes() -> None:
    rated = conversation(
        conversation_rating={"rating": 2, "remark": "slow", "created_at": START + 7200}
    )
    contact = {"type": "contact", "id": "u1"}
    result = import_of(
        "intercom",
        rated,
        notification("contact.unsubscribed", contact, START + 8000),
        notification("contact.subscribed", {"contact": contact}, START + 9000),
    )
    outcomes = [item.outcome for item in result.of("u1") if item.outcome]
    assert outcomes == [
        Rating(2.0, 1.0, 5.0),
        OptOut((Channel.EMAIL,)),
        Consent((Channel.EMAIL,)),
    ]


def test_an_opt_out_of_a_contact_holds_at_the_latest_at_its_last_change() -> None:
    contact = {
        "type": "contact",
        "id": "u1",
        "unsubscribed_from_emails": True,
        "updated_at": START + 5000,
    }
    result = import_of("intercom", contact)
    assert result.of("u1")[0].outcome == OptOut((Channel.EMAIL,))
    assert result.of("u1")[0].sent_us == (START + 5000) * 1_000_000
    assert result.report.notes == {"opt-outs dated by their contact's last change": 1}


def test_campaigns_advertise_and_automatic_messages_are_machines() -> None:
    campaign = conversation(id="c2")
    campaign["source"] = {
        "type": "email",
        "id": "s2",
        "delivered_as": "campaigns_initiated",
        "body": "<p>New in!</p>",
        "author": {"type": "admin", "id": "a1"},
    }
    automatic = conversation(id="c3")
    automatic["source"] = {**campaign["source"], "id": "s3", "delivered_as": "automated"}
    items = import_of("intercom", campaign, automatic).of("u1")
    assert [(i.purpose, i.sender_kind, i.channel) for i in items] == [
        (Purpose.MARKETING, SenderKind.HUMAN, Channel.EMAIL),
        (Purpose.UNSPECIFIED, SenderKind.BOT, Channel.EMAIL),
    ]


def test_what_cannot_be_joined_is_reported() -> None:
    nobody = conversation(contacts={"contacts": []})
    nobody["source"]["author"] = {"type": "admin", "id": "a1"}
    result = import_of("intercom", nobody, {"hello": 1})
    assert result.rejected() == {(Reject.NO_CUSTOMER, "contacts"), (Reject.UNKNOWN_SHAPE, "type")}


def test_rows_of_tables_join_by_the_link_table() -> None:
    head = {
        "id": "c1",
        "created_at": "2024-03-01 10:00:00",
        "updated_at": "2024-03-01 11:00:00",
        "source_id": "s1",
        "source_type": "email",
        "source_body": "<p>Sale</p>",
        "source_author_type": "admin",
        "source_author_id": "a1",
    }
    reply = {
        "id": "p1",
        "conversation_id": "c1",
        "part_type": "comment",
        "author_type": "user",
        "author_id": "u1",
        "body": "<p>No</p>",
        "created_at": "2024-03-01 10:30:00",
        "updated_at": "2024-03-01 10:30:00",
    }
    link = {"contact_id": "u1", "conversation_id": "c1"}
    result = import_of_tables(
        "intercom",
        {
            "conversation_history_data": [head],
            "conversation_part_history_data": [reply],
            "conversation_contact_history_data": [link],
        },
    )
    assert result.texts("u1") == [("b", "Sale"), ("c", "No")]


def opened(conversation_id: str, source_id: str, **source: object) -> dict[str, Any]:
    return {
        "type": "conversation",
        "id": conversation_id,
        "created_at": 1_709_287_200,
        "contacts": {"contacts": [{"id": f"of {conversation_id}"}]},
        "source": {
            "id": source_id,
            "type": "email",
            "author": {"type": "admin", "id": "a1"},
            "body": "<p>New this week</p>",
            **source,
        },
    }


def test_a_campaign_reaches_everybody_though_its_message_has_one_id() -> None:
    sent = {"delivered_as": "campaigns_initiated"}
    result = import_of("intercom", opened("1", "77", **sent), opened("2", "77", **sent))
    assert result.customers() == ["of 1", "of 2"]
    assert {i.purpose for c in result.customers() for i in result.of(c)} == {Purpose.MARKETING}


def test_a_part_with_the_id_of_another_conversations_opening_is_another_message() -> None:
    answered = opened("2", "78") | {
        "conversation_parts": {
            "conversation_parts": [
                {
                    "id": "77",
                    "part_type": "comment",
                    "body": "<p>And one more thing</p>",
                    "created_at": 1_709_287_300,
                    "author": {"type": "admin", "id": "a1"},
                }
            ]
        }
    }
    result = import_of("intercom", opened("1", "77"), answered)
    assert [len(result.of(c)) for c in ("of 1", "of 2")] == [1, 2]
