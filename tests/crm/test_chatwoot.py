from __future__ import annotations

from typing import Any

from crm.support import import_of, us
from relhealth.crm.report import Reject, Skip
from relhealth.domain.history import Rating
from relhealth.domain.vocabulary import Channel, SenderKind

START = 1_709_287_200  # 2024-03-01T10:00:00Z


def message(number: int, kind: int, content: str | None, **more: object) -> dict[str, Any]:
    return {
        "id": number,
        "conversation_id": 4,
        "content": content,
        "content_type": "text",
        "message_type": kind,
        "private": False,
        "status": "sent",
        "created_at": START + number,
        "content_attributes": {},
        "sender": {"id": 31, "type": "contact"} if kind == 0 else {"id": 2, "type": "user"},
        **more,
    }


def conversation(*messages: dict[str, Any], **more: object) -> dict[str, Any]:
    return {
        "id": 4,
        "inbox_id": 1,
        "meta": {"sender": {"id": 31, "email": "bo@x.example"}, "channel": "Channel::Email"},
        "messages": list(messages),
        **more,
    }


def test_a_conversation_with_its_messages() -> None:
    result = import_of(
        "chatwoot",
        conversation(),
        message(1, 0, "Is it in stock?"),
        message(2, 1, "Yes, it is.", content_attributes={"in_reply_to": 1}),
        message(3, 1, "note", private=True),
        message(4, 2, "Ada resolved the conversation"),
        message(5, 1, "lost", status="failed"),
        message(6, 1, "This message was deleted", content_attributes={"deleted": True}),
        message(7, 1, "Robot", sender={"id": 8, "type": "agent_bot"}),
        message(8, 3, "We typically reply in minutes"),
    )
    assert result.texts("31") == [
        ("c", "Is it in stock?"),
        ("b", "Yes, it is."),
        ("b", "Robot"),
        ("b", "We typically reply in minutes"),
    ]
    items = result.of("31")
    assert items[0].sent_us == us("2024-03-01T10:00:01Z")
    assert items[0].channel is Channel.EMAIL
    assert items[1].in_reply_to_id == items[0].interaction_id
    assert [i.sender_kind for i in items][2:] == [SenderKind.BOT, SenderKind.BOT]
    assert result.skipped() == {
        Skip.PRIVATE_NOTE: 1,
        Skip.SYSTEM_EVENT: 1,
        Skip.FAILED_DELIVERY: 1,
        Skip.DELETED: 1,
    }


def webhook(event: str, of_message: dict[str, Any]) -> dict[str, Any]:
    named = {0: "incoming", 1: "outgoing"}
    body = {key: value for key, value in of_message.items() if key != "conversation_id"}
    return {
        **body,
        "event": event,
        "message_type": named[of_message["message_type"]],
        "created_at": "2024-03-01T10:00:01.000Z",
        "conversation": {
            "id": 4,
            "channel": "Channel::Whatsapp",
            "contact_inbox": {"contact_id": 31},
        },
    }


def test_webhooks_merge_and_a_deletion_counts_in_any_order() -> None:
    created = webhook("message_created", message(1, 0, "My card is 4111"))
    deleted = webhook(
        "message_updated", message(1, 0, "deleted", content_attributes={"deleted": True})
    )
    answer = webhook("message_created", message(2, 1, "Please do not write it here"))
    for order in ([created, deleted, answer], [deleted, answer, created]):
        result = import_of("chatwoot", *order)
        assert result.texts("31") == [("b", "Please do not write it here")]
        assert result.of("31")[0].channel is Channel.SOCIAL_DIRECT


def test_a_survey_is_an_outcome_once_it_is_answered() -> None:
    survey = message(9, 3, "How did we do?", content_type="input_csat")
    answered = {
        **survey,
        "updated_at": START + 100,
        "content_attributes": {
            "submitted_values": {"csat_survey_response": {"rating": 4, "feedback_message": "Good"}}
        },
    }
    assert import_of("chatwoot", conversation(survey)).skipped() == {Skip.NO_RATING: 1}
    item = import_of("chatwoot", conversation(survey), answered).of("31")[0]
    assert (item.outcome, item.text) == (Rating(4.0, 1.0, 5.0), "Good")


def test_a_blocked_contact_is_spam_and_an_unknown_one_is_reported() -> None:
    blocked = conversation(message(1, 0, "Buy!"))
    blocked["meta"]["sender"]["blocked"] = True
    assert import_of("chatwoot", blocked).skipped() == {Skip.SPAM: 1}
    unknown = import_of("chatwoot", message(1, 1, "Hello?"))
    assert unknown.rejected() == {(Reject.NO_CUSTOMER, "conversation.meta.sender.id")}
