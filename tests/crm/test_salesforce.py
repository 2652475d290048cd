from __future__ import annotations

from typing import Any

from crm.support import import_of, import_of_tables, us
from relhealth.crm.report import Reject, Skip
from relhealth.domain.history import OptOut
from relhealth.domain.vocabulary import Channel, SenderKind

CASE = "5003000000D8cuIAAB"
CONTACT = "0033000000D8cuIAAB"
STAFF = {"attributes": {"type": "User"}, "Id": "005AG"}
PORTAL = {"attributes": {"type": "User"}, "Id": "005PO", "ContactId": CONTACT}


def case(case_id: str = CASE, **more: object) -> dict[str, Any]:
    return {
        "attributes": {"type": "Case"},
        "Id": case_id,
        "ContactId": CONTACT,
        "Origin": "Web",
        "Subject": "Order",
        "Description": "My order is late",
        "CreatedDate": "2024-03-01T10:00:00.000+0000",
        "IsDeleted": False,
        **more,
    }


def mail(mail_id: str, *, incoming: bool, text: str, minute: int, **more: object) -> dict[str, Any]:
    return {
        "attributes": {"type": "EmailMessage"},
        "Id": mail_id,
        "ParentId": CASE,
        "Incoming": incoming,
        "TextBody": text,
        "MessageDate": f"2024-03-01T10:{minute:02}:00.000+0000",
        "Status": "1" if incoming else "3",
        **more,
    }


def comment(comment_id: str, author: str, text: str, **more: object) -> dict[str, Any]:
    return {
        "attributes": {"type": "CaseComment"},
        "Id": comment_id,
        "ParentId": CASE,
        "CommentBody": text,
        "IsPublished": True,
        "CreatedById": author,
        "CreatedDate": "2024-03-01T11:00:00.000+0000",
        **more,
    }


def test_a_case_with_mails_and_comments() -> None:
    result = import_of(
        "salesforce",
        case(),
        mail("02s1", incoming=True, text="My order is late", minute=0),
        mail(
            "02s2", incoming=False, text="We look into it", minute=5, ReplyToEmailMessageId="02s1"
        ),
        mail("02s3", incoming=False, text="draft", minute=6, Status="5"),
        mail("02s4", incoming=False, text="lost", minute=7, IsBounced=True),
        mail(
            "02s5",
            incoming=True,
            text="I am away",
            minute=8,
            Headers="Auto-Submitted: auto-replied",
        ),
        comment("00a1", "005AG", "Shipped today"),
        comment("00a2", "005PO", "Great"),
        comment("00a3", "005AG", "internal", IsPublished=False),
        STAFF,
        PORTAL,
    )
    assert result.texts(CONTACT) == [
        ("c", "My order is late"),
        ("b", "We look into it"),
        ("c", "I am away"),
        ("b", "Shipped today"),
        ("c", "Great"),
    ]
    items = result.of(CONTACT)
    assert items[1].in_reply_to_id == items[0].interaction_id
    assert items[2].sender_kind is SenderKind.BOT
    assert result.skipped() == {
        Skip.REPEATED_IN_MESSAGES: 1,
        Skip.DRAFT: 1,
        Skip.FAILED_DELIVERY: 1,
        Skip.PRIVATE_NOTE: 1,
    }


def test_records_of_a_query_inside_a_query_belong_to_their_case() -> None:
    inner = mail("02s1", incoming=False, text="We look into it", minute=5)
    del inner["ParentId"]
    result = import_of("salesforce", case(EmailMessages={"totalSize": 1, "records": [inner]}))
    assert result.texts(CONTACT) == [("c", "My order is late"), ("b", "We look into it")]


def test_a_web_case_speaks_by_its_description() -> None:
    assert import_of("salesforce", case()).texts(CONTACT) == [("c", "My order is late")]


def test_a_comment_by_an_unknown_user_is_reported() -> None:
    result = import_of("salesforce", case(), comment("00a1", "005XX", "Hello"))
    assert result.rejected() == {(Reject.UNKNOWN_AUTHOR, "CreatedById")}


def test_merged_cases_and_contacts_follow_their_master() -> None:
    loser = case("500LOSER", MasterRecordId=CASE, IsDeleted=True, Description="Second mail")
    old = {
        "attributes": {"type": "Contact"},
        "Id": "003OLD",
        "MasterRecordId": CONTACT,
        "IsDeleted": True,
    }
    third = case("500THIRD", ContactId="003OLD", Description="Third mail")
    result = import_of("salesforce", case(), loser, old, third)
    assert result.customers() == [CONTACT]
    assert {item.thread_id for item in result.of(CONTACT)} == {CASE, "500THIRD"}
    assert len(result.of(CONTACT)) == 3


def test_a_merged_case_does_not_say_again_what_its_moved_email_says() -> None:
    loser = case("500LOSER", MasterRecordId=CASE, IsDeleted=True, Description="Second mail")
    moved = mail("02s2", incoming=True, text="Second mail", minute=9)
    first = mail("02s1", incoming=True, text="My order is late", minute=0)
    result = import_of("salesforce", case(), loser, first, moved)
    assert result.texts(CONTACT) == [("c", "My order is late"), ("c", "Second mail")]


def test_a_case_without_contact_is_the_accounts_and_one_without_both_is_reported() -> None:
    of_account = case(ContactId=None, AccountId="001AC")
    nobody = case("500NO", ContactId=None)
    result = import_of("salesforce", of_account, nobody)
    assert result.customers() == ["001AC"]
    assert result.rejected() == {(Reject.NO_CUSTOMER, "ContactId")}


def test_conversation_entries_of_both_apis() -> None:
    session = {
        "attributes": {"type": "MessagingSession"},
        "Id": "0Mw1",
        "EndUserContactId": CONTACT,
        "ChannelType": "WhatsApp",
    }
    entry = {
        "attributes": {"type": "ConversationEntry"},
        "Id": "1ce1",
        "ConversationId": "0Mw1",
        "ActorType": "EndUser",
        "Message": "Hello",
        "EntryTime": "2024-03-01T10:00:00.000+0000",
        "EntryType": "Text",
    }
    connect = {
        "identifier": "i-2",
        "clientTimestamp": us("2024-03-01T10:01:00Z") // 1000,
        "messageText": "How can I help?",
        "relatedRecords": ["0Mw1"],
        "sender": {"role": "Chatbot", "subject": "bot"},
    }
    joined = {**entry, "Id": "1ce3", "ActorType": "System", "EntryType": "Join"}
    result = import_of("salesforce", session, entry, connect, joined)
    assert result.texts(CONTACT) == [("c", "Hello"), ("b", "How can I help?")]
    second = result.of(CONTACT)[1]
    assert second.sender_kind is SenderKind.BOT
    assert second.channel is Channel.SOCIAL_DIRECT
    assert second.sent_us == us("2024-03-01T10:01:00Z")


def test_opt_outs_are_dated_by_their_history_or_the_last_change() -> None:
    contact = {
        "attributes": {"type": "Contact"},
        "Id": CONTACT,
        "HasOptedOutOfEmail": True,
        "DoNotCall": True,
        "SystemModstamp": "2024-03-09T00:00:00.000+0000",
    }
    change = {
        "attributes": {"type": "ContactHistory"},
        "Id": "017",
        "ContactId": CONTACT,
        "Field": "HasOptedOutOfEmail",
        "NewValue": True,
        "CreatedDate": "2024-03-02T00:00:00.000+0000",
    }
    items = import_of("salesforce", contact, change).of(CONTACT)
    assert [(i.outcome, i.sent_us) for i in items] == [
        (OptOut((Channel.EMAIL,)), us("2024-03-02T00:00:00Z")),
        (OptOut((Channel.PHONE,)), us("2024-03-09T00:00:00Z")),
    ]


def test_ids_of_reports_and_of_the_api_are_the_same_ids() -> None:
    contact, one = "0033000000D8cuI", "5003000000D8cuI"
    result = import_of(
        "salesforce",
        case(one, ContactId=contact),
        mail("02s1", incoming=True, text="Where is it?", minute=0, ParentId=f"{one}AAR"),
        {
            "attributes": {"type": "Contact"},
            "Id": f"{contact}AAR",
            "DoNotCall": True,
            "SystemModstamp": "2024-03-02T10:00:00.000+0000",
        },
    )
    assert result.customers() == [f"{contact}AAR"]
    assert result.texts(f"{contact}AAR") == [("c", "Where is it?"), ("c", "")]
    assert result.rejections == []


def test_csv_exports_name_their_object_by_their_file() -> None:
    row = {k: str(v) for k, v in case().items() if k != "attributes"}
    assert import_of_tables("salesforce", {"Case": [row]}).texts(CONTACT) == [
        ("c", "My order is late")
    ]
