from __future__ import annotations

from typing import Any

from crm.support import import_of, import_of_tables, us
from relhealth.crm.report import Reject, Skip
from relhealth.domain.history import Consent, OptOut, Rating
from relhealth.domain.vocabulary import Channel, Purpose, SenderKind

MARCH_1_US = us("2024-03-01T10:00:00Z")
MARCH_1_MS = MARCH_1_US // 1000


def thread(**more: object) -> dict[str, Any]:
    return {"id": "t1", "associatedContactId": "51", "originalChannelId": "1002", **more}


def message(
    message_id: str, direction: str, text: str, minute: int, **more: object
) -> dict[str, Any]:
    return {
        "id": message_id,
        "type": "MESSAGE",
        "conversationsThreadId": "t1",
        "createdAt": f"2024-03-01T10:{minute:02}:00Z",
        "createdBy": "A-7" if direction == "OUTGOING" else "V-51",
        "direction": direction,
        "channelId": "1002",
        "text": text,
        "status": {"statusType": "SENT"},
        **more,
    }


def email(email_id: str, *contacts: str, **properties: object) -> dict[str, Any]:
    return {
        "id": email_id,
        "properties": {
            "hs_timestamp": "2024-03-01T10:00:00Z",
            "hs_createdate": "2024-03-02T10:00:00Z",
            "hs_email_direction": "EMAIL",
            "hs_email_status": "SENT",
            "hs_email_text": "Hello from us",
            **properties,
        },
        "associations": {"contacts": {"results": [{"id": c} for c in contacts]}},
    }


def test_a_thread_of_the_conversations_api() -> None:
    result = import_of(
        "hubspot",
        message("m1", "INCOMING", "Where is it?", 1),
        message("m2", "OUTGOING", "On its way.\n\nOn Fri, 1 Mar, Bo wrote:\n> Where is it?", 2,
                inReplyToId="m1"),
        message("m3", "OUTGOING", "customer is a VIP", 3, type="COMMENT"),
        message("m4", "OUTGOING", "Hi, I am the bot", 4, createdBy="B-1"),
        message("m5", "OUTGOING", "lost", 5, status={"statusType": "FAILED"}),
        message("m6", "OUTGOING", "", 6, type="ASSIGNMENT"),
        thread(),
    )  # fmt: skip
    assert result.texts("51") == [
        ("c", "Where is it?"),
        ("b", "On its way."),
        ("b", "Hi, I am the bot"),
    ]
    items = result.of("51")
    assert items[1].in_reply_to_id == items[0].interaction_id
    assert [i.sender_kind for i in items][1:] == [SenderKind.HUMAN, SenderKind.BOT]
    assert result.skipped() == {
        Skip.PRIVATE_NOTE: 1,
        Skip.FAILED_DELIVERY: 1,
        Skip.SYSTEM_EVENT: 1,
    }


def test_spam_and_archived_threads_are_left_out() -> None:
    spam = import_of("hubspot", thread(spam=True), message("m1", "INCOMING", "Buy!", 1))
    assert spam.skipped() == {Skip.SPAM: 1}
    archived = import_of("hubspot", thread(archived=True), message("m1", "INCOMING", "Hi", 1))
    assert archived.skipped() == {Skip.DELETED: 1}


def test_engagements_go_to_each_contact_that_got_them() -> None:
    result = import_of("hubspot", email("e1", "51", "52"))
    assert result.customers() == ["51", "52"]
    item = result.of("51")[0]
    assert (item.sent_us, item.recorded_us) == (MARCH_1_US, us("2024-03-02T10:00:00Z"))
    assert item.channel is Channel.EMAIL


def test_an_incoming_mail_with_several_contacts_belongs_to_its_sender() -> None:
    contact = {"id": "52", "properties": {"email": "Bo@x.example", "hs_email_domain": "x.example"}}
    incoming = {"hs_email_direction": "INCOMING_EMAIL", "hs_email_from_email": "bo@x.example"}
    assert import_of("hubspot", contact, email("e1", "51", "52", **incoming)).customers() == ["52"]
    unknown = import_of("hubspot", email("e1", "51", "52", **incoming))
    assert unknown.rejected() == {(Reject.NO_CUSTOMER, "associations.contacts")}


def test_a_contact_under_two_labels_is_one_contact() -> None:
    incoming = {"hs_email_direction": "INCOMING_EMAIL", "hs_email_from_email": "bo@x.example"}
    for properties in (incoming, {}):
        result = import_of("hubspot", email("e1", "51", "51", **properties))
        assert [len(result.of(customer)) for customer in result.customers()] == [1]
        assert result.rejections == []


def test_a_welcome_needs_no_direction() -> None:
    welcome = message("m1", "OUTGOING", "Hi there!", 0, type="WELCOME_MESSAGE")
    del welcome["direction"]
    result = import_of("hubspot", thread(), welcome, message("m2", "INCOMING", "Hello", 1))
    assert result.texts("51") == [("b", "Hi there!"), ("c", "Hello")]
    assert result.of("51")[0].sender_kind is SenderKind.BOT


def test_bounced_and_scheduled_mails_and_missed_calls_never_arrived() -> None:
    call = {
        "id": "k1",
        "properties": {
            "hs_call_direction": "OUTBOUND",
            "hs_call_status": "NO_ANSWER",
            "hs_call_body": "tried",
            "hs_timestamp": "2024-03-01T10:00:00Z",
        },
    }
    result = import_of(
        "hubspot",
        email("e1", "51", hs_email_status="BOUNCED"),
        email("e2", "51", hs_email_status="SCHEDULED"),
        call,
    )
    assert result.skipped() == {Skip.FAILED_DELIVERY: 2, Skip.DRAFT: 1}


def test_a_call_is_a_phone_contact_of_its_direction() -> None:
    call = {
        "id": "k1",
        "properties": {
            "hs_call_direction": "INBOUND",
            "hs_call_status": "COMPLETED",
            "hs_call_body": "<p>Asked for a refund</p>",
            "hs_timestamp": str(MARCH_1_MS),
        },
        "associations": {"contacts": {"results": [{"id": "51"}]}},
    }
    result = import_of("hubspot", call)
    assert result.texts("51") == [("c", "Asked for a refund")]
    assert result.of("51")[0].channel is Channel.PHONE
    assert result.of("51")[0].sent_us == MARCH_1_US


def test_the_older_engagements_api_writes_milliseconds() -> None:
    engagement = {
        "engagement": {"id": 9, "type": "INCOMING_EMAIL", "timestamp": MARCH_1_MS, "active": True},
        "associations": {"contactIds": [51]},
        "metadata": {"from": {"email": "bo@x.example"}, "text": "Help", "subject": "Order"},
    }
    note = {"engagement": {"id": 10, "type": "NOTE"}, "metadata": {"body": "vip"}}
    result = import_of("hubspot", engagement, note)
    assert result.texts("51") == [("c", "Help")]
    assert result.of("51")[0].sent_us == MARCH_1_US
    assert result.skipped() == {Skip.PRIVATE_NOTE: 1}


def test_merged_contacts_are_one() -> None:
    survivor = {
        "id": "60",
        "properties": {
            "email": "a@x.example",
            "hs_calculated_merged_vids": "51:1661707291575;60:1",
        },
    }
    result = import_of("hubspot", survivor, email("e1", "51"), email("e2", "60"))
    assert result.customers() == ["60"]
    assert len(result.of("60")) == 2


def test_marketing_mail_counts_where_it_arrived_and_spam_reports_opt_out() -> None:
    contact = {"id": "51", "properties": {"email": "bo@x.example"}}
    sent = {"recipient": "Bo@x.example", "type": "SENT", "created": MARCH_1_MS, "subject": "Sale"}
    result = import_of(
        "hubspot",
        contact,
        {**sent, "id": "v1"},
        {**sent, "id": "v2", "subject": "Lost"},
        {**sent, "id": "v3", "type": "BOUNCE", "sentBy": {"id": "v2"}},
        {**sent, "id": "v4", "type": "OPEN"},
        {**sent, "id": "v5", "type": "SPAMREPORT", "created": MARCH_1_MS + 1000},
    )
    first, second = result.of("51")
    assert (first.text, first.purpose, first.sender_kind) == (
        "Sale",
        Purpose.MARKETING,
        SenderKind.BOT,
    )
    assert second.outcome == OptOut((Channel.EMAIL,))
    assert result.skipped()[Skip.FAILED_DELIVERY] == 1


def test_subscriptions_and_feedback_are_outcomes() -> None:
    def change(at: int, what: str) -> dict[str, Any]:
        return {"recipient": "bo@x.example", "timestamp": at, "changes": [{"change": what}]}

    feedback = {
        "id": "f1",
        "properties": {
            "hs_survey_type": "NPS",
            "hs_value": "9",
            "hs_content": "Nice people",
            "hs_submission_timestamp": "2024-03-01T10:00:05Z",
        },
        "associations": {"contacts": {"results": [{"id": "51"}]}},
    }
    contact = {"id": "51", "properties": {"email": "bo@x.example"}}
    result = import_of(
        "hubspot",
        contact,
        change(MARCH_1_MS, "UNSUBSCRIBED"),
        change(MARCH_1_MS + 1000, "SUBSCRIBED"),
        feedback,
    )
    assert [i.outcome for i in result.of("51")] == [
        OptOut((Channel.EMAIL,)),
        Consent((Channel.EMAIL,)),
        Rating(9.0, 0.0, 10.0),
    ]


def test_tables_join_by_their_link_table_and_sparse_ones_are_reported() -> None:
    row = {
        "engagement_id": "e1",
        "property_hs_timestamp": "2024-03-01 10:00:00.778000",
        "property_hs_email_direction": "INCOMING_EMAIL",
        "property_hs_email_text": "Hi",
    }
    link = {"engagement_id": "e1", "contact_id": "51"}
    joined = import_of_tables(
        "hubspot", {"engagement_email": [row], "engagement_contact_data": [link]}
    )
    assert joined.texts("51") == [("c", "Hi")]
    sparse = {key: row[key] for key in ("engagement_id", "property_hs_timestamp")}
    result = import_of_tables("hubspot", {"engagement_email_data": [sparse]})
    assert result.rejected() == {(Reject.UNKNOWN_DIRECTION, "hs_email_direction")}


def test_a_message_that_came_in_part_is_told() -> None:
    part = message("m1", "INCOMING", "It began in", 1, truncationStatus="TRUNCATED")
    result = import_of("hubspot", thread(), part, message("m2", "OUTGOING", "Yes?", 2))
    assert result.texts("51") == [("c", "It began in"), ("b", "Yes?")]
    assert dict(result.report.notes) == {"messages of which HubSpot gave only the beginning": 1}


def test_a_mail_to_two_contacts_that_were_merged_is_one() -> None:
    merged = {"id": "51", "properties": {"email": "bo@x.example", "hs_merged_object_ids": "52"}}
    result = import_of("hubspot", email("e1", "51", "52"), merged)
    assert result.texts("51") == [("b", "Hello from us")]
