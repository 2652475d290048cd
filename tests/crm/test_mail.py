from __future__ import annotations

import gzip
import mailbox
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crm.support import Imported, import_of_files, us
from relhealth.crm.report import Reject, Skip
from relhealth.domain.history import OptOut
from relhealth.domain.vocabulary import Channel, Purpose, SenderKind
from relhealth.errors import ConfigurationError

OWN = frozenset({"shop.example"})
HELP = "Shop Help <help@shop.example>"
BO = "Bo <Bo@x.example>"


def mail(
    number: int, sender: str, to: str, text: str, *, answers: int | None = None, **headers: str
) -> EmailMessage:
    message = EmailMessage()
    message["Message-ID"] = f"<{number}@x.example>"
    message["From"] = sender
    message["To"] = to
    message["Subject"] = "Order"
    message["Date"] = f"Fri, 01 Mar 2024 10:{number:02}:00 +0100"
    if answers is not None:
        message["In-Reply-To"] = f"<{answers}@x.example>"
        message["References"] = f"<1@x.example> <{answers}@x.example>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def imported(folder: Path, *messages: EmailMessage) -> Imported:
    for index, message in enumerate(messages):
        (folder / f"{index}.eml").write_bytes(message.as_bytes())
    return import_of_files("email", folder, own_addresses=OWN)


def test_a_thread_of_eml_files(tmp_path: Path) -> None:
    result = imported(
        tmp_path,
        mail(1, BO, HELP, "Where is my order?\n\n-- \nBo Jones\nBerlin"),
        mail(2, HELP, BO, "It ships today.\n\nOn Fri, Bo wrote:\n> Where is my order?", answers=1),
        mail(3, BO, HELP, "Thanks!", answers=2),
    )
    assert result.texts("bo@x.example") == [
        ("c", "Where is my order?"),
        ("b", "It ships today."),
        ("c", "Thanks!"),
    ]
    items = result.of("bo@x.example")
    assert items[0].sent_us == us("2024-03-01T10:01:00+01:00")
    assert {i.thread_id for i in items} == {"<1@x.example>"}
    assert items[2].in_reply_to_id == items[1].interaction_id
    assert {i.channel for i in items} == {Channel.EMAIL}


def test_an_mbox_with_a_copy_counts_the_copy_once(tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "all.mbox")
    for message in (
        mail(1, BO, HELP, "Hello"),
        mail(2, HELP, BO, "Hi"),
        mail(1, BO, HELP, "Hello"),
    ):
        box.add(message)
    box.flush()
    result = import_of_files("email", tmp_path / "all.mbox", own_addresses=OWN)
    assert result.texts("bo@x.example") == [("c", "Hello"), ("b", "Hi")]
    assert result.report.records == 3


def test_what_an_mbox_marks_is_no_quote(tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "all.mbox")
    box.add(mail(1, BO, HELP, "Is it open?\nFrom Monday on I am away."))
    box.flush()
    assert b"\n>From Monday" in (tmp_path / "all.mbox").read_bytes()
    result = import_of_files("email", tmp_path / "all.mbox", own_addresses=OWN)
    assert result.texts("bo@x.example") == [("c", "Is it open?\nFrom Monday on I am away.")]


def test_a_failed_delivery_takes_its_message_along(tmp_path: Path) -> None:
    raw = (
        b"From: MAILER-DAEMON@mx.example\r\nTo: help@shop.example\r\nMessage-ID: <9@mx.example>\r\n"
        b"Date: Fri, 01 Mar 2024 10:09:00 +0100\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nNot delivered\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        b"Final-Recipient: rfc822; bo@x.example\r\nAction: %s\r\nStatus: 5.1.1\r\n\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <2@x.example>\r\n"
        b"Subject: Order\r\n\r\nHi\r\n--b--\r\n"
    )
    (tmp_path / "bounce.eml").write_bytes(raw % b"failed")
    failed = imported(tmp_path, mail(1, BO, HELP, "Hello"), mail(2, HELP, BO, "Hi"))
    assert failed.texts("bo@x.example") == [("c", "Hello")]
    assert failed.skipped() == {Skip.FAILED_DELIVERY: 2}
    (tmp_path / "bounce.eml").write_bytes(raw % b"delayed")
    delayed = import_of_files("email", tmp_path, own_addresses=OWN)
    assert delayed.texts("bo@x.example") == [("c", "Hello"), ("b", "Hi")]


def test_machines_lists_and_spam_are_told_apart(tmp_path: Path) -> None:
    result = imported(
        tmp_path,
        mail(1, HELP, BO, "We got your mail", Auto_Submitted="auto-replied"),
        mail(2, "no-reply@shop.example", BO, "Receipt"),
        mail(3, HELP, BO, "New in!", List_Unsubscribe="<https://shop.example/u>"),
        mail(4, BO, HELP, "Cheap pills", X_Spam_Flag="YES"),
        mail(5, BO, HELP, "half writ", X_Gmail_Labels="Drafts"),
    )
    items = result.of("bo@x.example")
    assert [(i.sender_kind, i.purpose) for i in items] == [
        (SenderKind.BOT, Purpose.UNSPECIFIED),
        (SenderKind.BOT, Purpose.UNSPECIFIED),
        (SenderKind.HUMAN, Purpose.MARKETING),
    ]
    assert result.skipped() == {Skip.SPAM: 1, Skip.DRAFT: 1}


def test_an_unsubscribe_mail_is_an_opt_out(tmp_path: Path) -> None:
    result = imported(tmp_path, mail(1, BO, HELP, "Unsubscribe\n"))
    assert result.of("bo@x.example")[0].outcome == OptOut((Channel.EMAIL,))


def test_a_mail_to_several_customers_is_each_ones_and_a_foreign_one_nobodys(tmp_path: Path) -> None:
    result = imported(
        tmp_path,
        mail(1, HELP, f"{BO}, Cy <cy@y.example>", "We moved"),
        mail(2, BO, "Cy <cy@y.example>", "lunch?"),
        mail(3, HELP, "boss@shop.example", "internal"),
    )
    assert result.customers() == ["bo@x.example", "cy@y.example"]
    assert result.skipped() == {Skip.OTHER_PARTIES: 2}


def test_a_form_mailed_by_the_site_belongs_to_who_filled_it_in(tmp_path: Path) -> None:
    form = mail(1, "site@shop.example", HELP, "I want a refund", Reply_To=BO)
    assert imported(tmp_path, form).texts("bo@x.example") == [("c", "I want a refund")]


def test_odd_encodings_and_html_are_read(tmp_path: Path) -> None:
    odd = (
        b"From: =?utf-8?b?SsO8cmdlbg==?= <j@x.example>\r\nTo: help@shop.example\r\n"
        b"Message-ID: <1@x>\r\nDate: Fri, 01 Mar 2024 10:00:00 -0000\r\n"
        b"Content-Type: text/html; charset=x-unknown\r\n\r\n<p>Gr\xc3\xbc\xc3\x9fe</p>"
    )
    (tmp_path / "odd.eml").write_bytes(odd)
    (tmp_path / "dateless.eml").write_bytes(b"From: a@x.example\r\nTo: help@shop.example\r\n\r\nHi")
    result = import_of_files("email", tmp_path, own_addresses=OWN)
    assert result.texts("j@x.example") == [("c", "Grüße")]
    assert result.of("j@x.example")[0].sent_us == us("2024-03-01T10:00:00Z")
    assert result.rejected() == {(Reject.NO_TIME, "date")}


def test_without_the_brands_addresses_there_is_no_import(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="--own-address"):
        import_of_files("email", tmp_path)


def raw_mail(number: int, body: bytes, headers: str = "", *, sender: str = BO) -> bytes:
    head = f"Message-ID: <{number}@x.example>\nFrom: {sender}\nTo: {HELP}\nSubject: Order\n"
    dated = "" if "Date:" in headers else f"Date: Fri, 01 Mar 2024 10:{number:02}:00 +0100\n"
    return f"{head}{dated}{headers}\n".encode() + body


def imported_raw(folder: Path, *contents: bytes, **options: object) -> Imported:
    for index, content in enumerate(contents):
        (folder / f"{index}.eml").write_bytes(content)
    return import_of_files("email", folder, own_addresses=OWN, **options)


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("text/plain", "Größe".encode("cp1252"), "Größe"),
        ("text/plain", "Größe".encode(), "Größe"),
        ("text/plain; charset=us-ascii", "Größe".encode("cp1252"), "Größe"),
        ("text/plain; charset=iso-8859-1", "“50 €”".encode("cp1252"), "“50 €”"),
        ("text/plain; charset=gb2312", "訂單".encode("gb18030"), "訂單"),
        ("text/plain; charset=nobody-knows", "Größe".encode("cp1252"), "Größe"),
    ],
)
def test_bytes_are_read_as_programs_mean_them(
    content_type: str, body: bytes, text: str, tmp_path: Path
) -> None:
    result = imported_raw(tmp_path, raw_mail(1, body, f"Content-Type: {content_type}\n"))
    assert result.texts("bo@x.example") == [("c", text)]


@pytest.mark.parametrize(
    ("date", "utc"),
    [
        ("Fri, 01 Mar 2024 10:00:00 -0000", "2024-03-01T10:00:00+00:00"),
        ("Fri, 01 Mar 2024 10:00:00", "2024-03-01T10:00:00-05:00"),
        ("Fri, 01 Mar 2024 10:00:00 GMT", "2024-03-01T10:00:00+00:00"),
    ],
)
def test_only_a_date_without_an_offset_is_in_the_zone(date: str, utc: str, tmp_path: Path) -> None:
    zone = ZoneInfo("America/New_York")
    result = imported_raw(tmp_path, raw_mail(1, b"Hi", f"Date: {date}\n"), zone=zone)
    assert [i.sent_us for i in result.of("bo@x.example")] == [us(utc)]


def test_words_go_on_after_an_image_and_attachments_are_no_words(tmp_path: Path) -> None:
    body = (
        b"--b\nContent-Type: text/plain\n\nLook at this:\n"
        b"--b\nContent-Type: image/png\nContent-Disposition: inline\n\nx\n"
        b"--b\nContent-Type: text/plain\n\nIs that right?\n"
        b"--b\nContent-Type: text/plain; name=log.txt\nContent-Disposition: attachment\n\nlog\n"
        b"--b--\n"
    )
    result = imported_raw(
        tmp_path, raw_mail(1, body, "Content-Type: multipart/mixed; boundary=b\n")
    )
    assert result.texts("bo@x.example") == [("c", "Look at this:\nIs that right?")]


def test_a_mark_before_the_headers_and_a_postmans_notice(tmp_path: Path) -> None:
    result = imported_raw(
        tmp_path,
        b"\xef\xbb\xbf" + raw_mail(1, b"Hi"),
        raw_mail(2, b"It could not be delivered", sender="MAILER-DAEMON@mx.example"),
    )
    assert result.texts("bo@x.example") == [("c", "Hi")]
    assert result.skipped() == {Skip.FAILED_DELIVERY: 1}


def test_whom_an_unseen_copy_went_to_is_known_from_the_sent_one(tmp_path: Path) -> None:
    received = raw_mail(1, b"News", sender=HELP).replace(b"To: Shop", b"To: unclosed: Shop")
    sent = received.replace(b"Subject", b"Bcc: bo@x.example, cy@x.example\nSubject")
    for order in ((received, sent), (sent, received)):
        assert imported_raw(tmp_path, *order).customers() == ["bo@x.example", "cy@x.example"]


def test_what_one_folder_keeps_is_not_gone_for_lying_in_the_trash_too(tmp_path: Path) -> None:
    for folder in ("Deleted Items", "Inbox"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1.eml").write_bytes(raw_mail(1, b"Hi"))
    (tmp_path / "Deleted Items" / "2.eml").write_bytes(raw_mail(2, b"Ho"))
    result = import_of_files("email", tmp_path, own_addresses=OWN)
    assert result.texts("bo@x.example") == [("c", "Hi")]


BOX = b"From - Fri Mar  1 10:00:00 2024\n"


def test_a_sentence_that_begins_with_from_ends_no_message(tmp_path: Path) -> None:
    first = raw_mail(1, b"Is it open?\n\nFrom Monday on I am away.\n\n")
    (tmp_path / "all.mbox").write_bytes(BOX + first + BOX + raw_mail(2, b"Hello?\n"))
    result = import_of_files("email", tmp_path / "all.mbox", own_addresses=OWN)
    assert [text for _, text in result.texts("bo@x.example")] == [
        "Is it open?\n\nFrom Monday on I am away.",
        "Hello?",
    ]


def test_packed_mail_and_mailboxes_without_a_suffix_are_read(tmp_path: Path) -> None:
    (tmp_path / "Inbox").write_bytes(BOX + raw_mail(1, b"One\n"))
    (tmp_path / "Inbox.msf").write_bytes(b"// an index")
    (tmp_path / "old.mbox.gz").write_bytes(gzip.compress(BOX + raw_mail(2, b"Two\n")))
    (tmp_path / "3.eml.gz").write_bytes(gzip.compress(raw_mail(3, b"Three\n")))
    (tmp_path / "torn.mbox.gz").write_bytes(gzip.compress(BOX + raw_mail(4, b"Four\n"))[:40])
    result = import_of_files("email", tmp_path, own_addresses=OWN)
    assert [text for _, text in result.texts("bo@x.example")] == ["One", "Two", "Three"]
    assert result.rejected() == {(Reject.MALFORMED, "file")}


def test_a_thread_holds_together_where_mails_name_only_the_one_before(tmp_path: Path) -> None:
    answer = "In-Reply-To: <{}@x.example>\n"
    result = imported_raw(
        tmp_path,
        raw_mail(1, b"One"),
        raw_mail(2, b"Two", answer.format(1)),
        raw_mail(3, b"Three", answer.format(2)),
    )
    assert {i.thread_id for i in result.of("bo@x.example")} == {"<1@x.example>"}
