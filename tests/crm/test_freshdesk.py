from __future__ import annotations

from typing import Any

from crm.support import import_of, us
from relhealth.crm.report import Reject, Skip
from relhealth.domain.history import Rating
from relhealth.domain.vocabulary import Channel, Party, SenderKind


def ticket(**more: object) -> dict[str, Any]:
    return {
        "id": 20,
        "requester_id": 7,
        "subject": "Broken lamp",
        "description": "<p>The lamp arrived broken.</p>",
        "description_text": "The lamp arrived broken.",
        "source": 1,
        "created_at": "2024-03-01T10:00:00Z",
        "updated_at": "2024-03-02T10:00:00Z",
        **more,
    }


def conversation(number: int, *, incoming: bool, text: str, **more: object) -> dict[str, Any]:
    return {
        "id": number,
        "ticket_id": 20,
        "body_text": text,
        "incoming": incoming,
        "private": False,
        "source": 0,
        "user_id": 7 if incoming else 3,
        "created_at": f"2024-03-01T11:{number:02}:00Z",
        **more,
    }


def test_a_ticket_with_its_conversations() -> None:
    whole = ticket(
        conversations=[
            conversation(2, incoming=True, text="Thank you!"),
            conversation(1, incoming=False, text="A new one is on its way."),
            conversation(3, incoming=False, text="check stock", private=True),
            conversation(4, incoming=False, text="lost", email_failure_count=1),
        ]
    )
    result = import_of("freshdesk", whole)
    assert result.texts("7") == [
        ("c", "The lamp arrived broken."),
        ("b", "A new one is on its way."),
        ("c", "Thank you!"),
    ]
    assert result.skipped() == {Skip.PRIVATE_NOTE: 1, Skip.FAILED_DELIVERY: 1}
    assert result.of("7")[0].sent_us == us("2024-03-01T10:00:00Z")


def test_ticket_and_conversations_in_separate_answers_give_the_same() -> None:
    parts = [
        conversation(1, incoming=False, text="Hello"),
        conversation(2, incoming=True, text="Hi"),
    ]
    whole = import_of("freshdesk", ticket(conversations=parts))
    wrapped = import_of("freshdesk", {"ticket": ticket(), "conversations": parts})
    apart = import_of("freshdesk", *parts, ticket())
    assert whole.relationships == wrapped.relationships == apart.relationships


def test_an_outbound_ticket_is_the_brands_and_a_named_sender_a_machine() -> None:
    robot = conversation(1, incoming=False, text="Automatic answer", user_id=99)
    result = import_of("freshdesk", ticket(source=10), robot, bots=frozenset({"99"}))
    first, second = result.of("7")
    assert first.sender is Party.BRAND
    assert second.sender_kind is SenderKind.BOT


def test_spam_and_deleted_tickets_take_their_conversations_along() -> None:
    part = conversation(1, incoming=True, text="Buy!")
    assert import_of("freshdesk", ticket(spam=True), part).skipped() == {Skip.SPAM: 2}
    assert import_of("freshdesk", ticket(deleted=True), part).skipped() == {Skip.DELETED: 2}


def test_ratings_are_outcomes_on_their_scale() -> None:
    rating = {
        "id": 5,
        "ticket_id": 20,
        "user_id": 7,
        "feedback": "Fast",
        "ratings": {"default_question": 103},
        "created_at": "2024-03-03T10:00:00Z",
    }
    odd = {**rating, "id": 6, "ratings": {"default_question": 42}}
    result = import_of("freshdesk", ticket(), rating, odd)
    assert result.of("7")[-1].outcome == Rating(3.0, -3.0, 3.0)
    assert result.rejected() == {(Reject.UNKNOWN_SCALE, "ratings.default_question")}


def test_what_cannot_be_joined_is_reported() -> None:
    result = import_of("freshdesk", conversation(1, incoming=True, text="Hi"), {"foo": 1})
    assert result.rejected() == {
        (Reject.PARENT_NOT_FOUND, "ticket_id"),
        (Reject.UNKNOWN_SHAPE, "record"),
    }


def test_a_telephone_ticket_is_a_phone_contact() -> None:
    assert import_of("freshdesk", ticket(source=3)).of("7")[0].channel is Channel.PHONE
