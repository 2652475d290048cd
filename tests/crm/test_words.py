from __future__ import annotations

import time

import pytest

from relhealth.crm.words import from_html, own_words, tidy


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("Fish &amp; <b>chips</b>&nbsp;please", "Fish & chips please"),
        ("line<br>break", "line\nbreak"),
        ("<div>a\n   b</div>", "a b"),
        ("<style>p {}</style><script>x()</script>seen<p hidden>not seen</p>", "seen"),
        ("no tags at all", "no tags at all"),
        ("", ""),
        ("<p>unclosed <b>tags", "unclosed tags"),
    ],
)
def test_html_becomes_the_text_that_is_read(html: str, text: str) -> None:
    assert from_html(html) == text


@pytest.mark.parametrize(
    "quote",
    [
        '<div class="gmail_quote"><div class="gmail_attr">On</div><p>Old</p></div>',
        '<blockquote type="cite">Old<blockquote type="cite">Older</blockquote></blockquote>',
        '<div class="moz-cite-prefix">On Mon:</div><blockquote type="cite">Old</blockquote>',
        '<hr><div id="divRplyFwdMsg"><b>From:</b> Shop</div><div>Old</div>',
        '<div id="appendonsend"></div><div>Old</div>',
        '<div class="yahoo_quoted">Old</div>',
        '<div class="protonmail_quote">Old</div>',
    ],
)
def test_quotes_in_html_are_cut_where_mail_programs_mark_them(quote: str) -> None:
    html = f"<div>New &amp; mine</div>{quote}"
    assert from_html(html, cut_quotes=True) == "New & mine"
    assert "Old" in from_html(html)


@pytest.mark.parametrize(
    ("mail", "own"),
    [
        (
            "Yes.\n\nOn Tue, Jan 2, 2024 at 10:00 AM Shop <help@shop.example> wrote:\n> Sure?",
            "Yes.",
        ),
        ("Yes.\n\nOn Tue, Jan 2, 2024 at 10:00 AM Shop\n<help@shop.example> wrote:\n\n> ?", "Yes."),
        ("Ja.\n\nAm 02.01.2024 um 10:00 schrieb Shop <h@shop.example>:\n> Sicher?", "Ja."),
        ("Oui.\n\nLe 2 janv. 2024 à 10:00, Shop <h@shop.example> a écrit :\n> Sûr ?", "Oui."),
        ("No.\n\n-----Original Message-----\nFrom: Shop\nSubject: x\n\nSure?", "No."),
        ("No.\n\nFrom: Shop <h@s.example>\nSent: Tuesday\nTo: Bo\nSubject: x\n\nSure?", "No."),
        ("> Which size?\n\nLarge.\n\n> Which colour?\n\nRed.", "Large.\n\nRed."),
        ("Help\n\n##- Please type your reply above this line -##\n\nTicket 1", "Help"),
        ("Where is it?\n\n-- \nBo Jones\nBerlin", "Where is it?"),
        ("Where is it?\n\nSent from my iPhone", "Where is it?"),
        ("Where is it?\n\nBest regards,\nBo Jones\nHead of Things", "Where is it?"),
    ],
)
def test_quoted_replies_and_signatures_are_cut(mail: str, own: str) -> None:
    assert own_words(mail) == own


@pytest.mark.parametrize(
    "mail",
    [
        "Thank you,\nbut it still fails. Please call me.",
        "I tried:\n- this\n- that",
        "Best regards to the team, you were great.",
        "From: what I see you never shipped it.",
        "On Monday I wrote to you and nobody answered.",
        "Thanks\n\nThe parcel came today and it works.",
    ],
)
def test_own_words_that_look_like_mail_stay(mail: str) -> None:
    assert own_words(mail) == mail


@pytest.mark.parametrize(
    "mail",
    ["On " + "a " * 40_000, "\n" * 90_000, "From: a\n" * 10_000, ("On " + "a " * 140 + "\n") * 300],
)
def test_no_text_takes_long(mail: str) -> None:
    began = time.process_time()
    own_words(mail)
    assert time.process_time() - began < 3


def test_deep_html_is_read() -> None:
    assert from_html("<div>" * 3_000 + "deep" + "</div>" * 3_000) == "deep"


def test_spaces_and_invisible_characters_are_tidied() -> None:
    assert tidy("a\u200b  b\r\n\r\n\r\n\r\nc\ufeff\x00 ") == "a b\n\nc"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<table><tr><td>Order</td><td>12</td></tr></table>", "Order 12"),
        ('<span style="display:none">For the list</span><p>Seen</p>', "Seen"),
        ('<p>Great <img alt="😀"><img alt="IMG_1.png"><img alt="logo"></p>', "Great 😀"),
    ],
)
def test_cells_stay_apart_and_signs_are_words(html: str, text: str) -> None:
    assert from_html(html) == text


def test_answers_between_gmails_quotes_are_kept_and_forwarded_mail_is_not() -> None:
    quote = '<blockquote class="gmail_quote">Q?</blockquote>'
    between = f'<div class="gmail_quote">{quote}<div>A.</div>{quote}<div>B.</div></div>'
    assert from_html(between, cut_quotes=True) == "A.\n\nB."
    header = '<div class="gmail_attr">---------- Forwarded message ---------<br>From: Shop</div>'
    forwarded = f'<div>See</div><div class="gmail_quote">{header}<p>Old</p>{quote}</div>'
    assert from_html(forwarded, cut_quotes=True) == "See"


@pytest.mark.parametrize(
    ("mail", "own"),
    [
        ("See.\n\n---------- Forwarded message ---------\nFrom: Shop\n\nSorry.", "See."),
        ("---------- Forwarded message ---------\nFrom: Shop\n\nSorry.", ""),
        ("See.\n\nBegin forwarded message:\n\nFrom: Shop\nSubject: x\n\nSorry.", "See."),
        ("Non.\n\nLe lun. 4 mars 2024 à 09:00, Shop <h@s.example> a\nécrit :\n\n> Oui", "Non."),
        ("No.\n\n\u200eOn 4 Mar 2024, at 09:00, \u200eShop <h@s.example> wrote:\n> Yes", "No."),
        ("On 4 Mar 2024 Shop wrote:\n> Size?\n\nLarge.\n\n> Colour?\n\nRed.", "Large.\n\nRed."),
        (
            "Where is it?\n\nThis e-mail is confidential and meant for its recipient alone.",
            "Where is it?",
        ),
        (
            "You said:\n\nThis e-mail is confidential, and then you showed it to my boss.",
            "You said:\n\nThis e-mail is confidential, and then you showed it to my boss.",
        ),
        (
            "On Monday Ada wrote:\nit is paid. It is not.",
            "On Monday Ada wrote:\nit is paid. It is not.",
        ),
    ],
)
def test_what_others_wrote_is_cut_with_the_line_above_it(mail: str, own: str) -> None:
    assert own_words(mail) == own


@pytest.mark.parametrize(
    "piece",
    [
        "<br>",
        "<p>x</p>",
        "<div>",
        "<blockquote>",
        '<div class="gmail_quote">',
        '<div class="gmail_quote"><blockquote class="gmail_quote">',
        '<div class="gmail_attr">x</div>',
        '<div id="divRplyFwdMsg"></div>',
        '<img alt="😀">',
        '<p style="display:none">x</p>',
    ],
)
def test_html_takes_linear_time_however_it_is_made(piece: str) -> None:
    began = time.process_time()
    from_html("<p>First</p>" + piece * 30_000, cut_quotes=True)
    assert time.process_time() - began < 4


def test_what_is_nested_too_deeply_keeps_its_text() -> None:
    deep = "<div>" * 3_000 + "within" + "</div>" * 3_000 + "<div>behind</div>"
    assert from_html(deep) == "within\n\nbehind"
