"""What contact is permitted; the balance of talk; what was sent unasked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from relhealth.domain.acts import BrandAct
from relhealth.domain.history import Consent, Interaction, OptOut
from relhealth.domain.vocabulary import Channel, Purpose, SenderKind
from relhealth.signals.scene import Scene
from relhealth.signals.talk import (
    asked_again,
    canned_lines,
    hops,
    is_not_at_hand,
    things_asked_for,
)
from relhealth.signals.wording import Words
from traits.telling import AS_OF_HOURS, DAY, brand, customer, exact, us

SALE = "Our autumn sale starts now, up to half price on boots."
SMS, EMAIL, CHAT = Channel.SMS, Channel.EMAIL, Channel.CHAT


def scene(*items: Interaction) -> Scene:
    return exact().scene(list(items), us(AS_OF_HOURS))


def opt_out(hours: float, *channels: Channel) -> Interaction:
    return customer(hours, "", outcome=OptOut(channels))


def consent(hours: float, *channels: Channel) -> Interaction:
    return customer(hours, "", outcome=Consent(channels))


LEFT = customer(0, "Leave me alone.")
PERMISSION = [
    ("no opt-out", [], SMS, False),
    ("all", [opt_out(0)], SMS, True),
    ("in words", [LEFT], SMS, True),
    ("this channel", [opt_out(0, SMS)], SMS, True),
    ("another channel", [opt_out(0, EMAIL)], SMS, False),
    ("two opt-outs, one consent", [opt_out(0), opt_out(1, SMS), consent(2, SMS)], SMS, False),
    ("consent to all", [opt_out(0), consent(2)], SMS, False),
    ("consent to this channel", [opt_out(0), consent(2, SMS)], SMS, False),
    ("consent to another", [opt_out(0), consent(2, CHAT)], SMS, True),
    ("consent before", [consent(0), opt_out(2)], SMS, True),
    ("consent after words", [LEFT, consent(2)], SMS, False),
]


@pytest.mark.parametrize(
    ("name", "said", "channel", "disregarded"), PERMISSION, ids=[row[0] for row in PERMISSION]
)
def test_what_the_customer_permits(
    name: str,
    said: list[Interaction],
    channel: Channel,
    disregarded: bool,  # noqa: FBT001
) -> None:
    assert name
    found = scene(*said, brand(40 * DAY, SALE, channel=channel)).permission.disregards
    assert [d.standing for d in found] == ([True] if disregarded else [])


def test_what_a_purchase_needs_disregards_nothing() -> None:
    notice = brand(40 * DAY, "Got it.", purpose=Purpose.TRANSACTIONAL)
    assert scene(opt_out(0), notice).permission.disregards == ()


def test_consent_ends_the_standing_of_its_channels_only() -> None:
    sent = [brand(20 * DAY, SALE, channel=SMS), brand(21 * DAY, SALE, channel=EMAIL)]
    found = scene(opt_out(0), *sent, consent(30 * DAY, SMS)).permission
    assert [d.standing for d in found.disregards] == [False, True]
    assert SMS not in found.withdrawn
    assert EMAIL in found.withdrawn


@pytest.mark.parametrize(
    ("said", "surely"),
    [
        ([opt_out(0)], 1.0),
        ([opt_out(0, EMAIL)], 1.0),
        ([opt_out(0, SMS)], 0.0),
        ([opt_out(0), consent(2, EMAIL)], 0.0),
        ([opt_out(0), consent(2, SMS)], 1.0),
    ],
    ids=["all", "the only one in use", "another", "all but this one", "consent to another"],
)
def test_who_left_is_told_by_the_channels_in_use(said: list[Interaction], surely: float) -> None:
    found = scene(*said, customer(50, "Where do I find the invoice?")).permission
    assert found.withdrawn_probability == surely


def test_what_cannot_be_read_is_not_said_to_be_unasked_for() -> None:
    unread = brand(90, "Ihr Paket ist da.", language="de")
    found = scene(customer(0, "Wo ist mein Paket?", language="de"), unread).outreach
    assert found.unasked == ()
    assert len(scene(replace(unread, purpose=Purpose.MARKETING)).outreach.unasked) == 1


def test_answers_are_no_talk() -> None:
    asked = customer(0, "Do you ship to Norway?")
    helped = brand(1, "Yes, the blue jacket comes in extra large.")
    said = scene(asked, helped, brand(40 * DAY, "New: oat milk in every branch.")).talk
    assert (said.unasked_words, said.customer_words) == (6, 5)
    assert said.longest == (2, 6)
    assert said.monologues == ()


def test_a_line_said_before_is_canned_wherever_it_comes() -> None:
    line = "Thanks a lot for flying with us, that made our day."
    other = "Thanks a lot for flying with us, that made our day. ^JD"
    seen = scene(brand(0, line), brand(1, "We miss you."), brand(2, other), brand(3, line))
    assert [(r.position, r.earlier) for r in seen.canned_lines()] == [(2, 0), (3, 2)]


def test_what_is_recorded_twice_hides_no_line_said_before() -> None:
    """Each of two lines of one moment repeats the line before them, not the other."""
    line = "Thanks a lot for flying with us, that made our day."
    seen = scene(brand(0, line), brand(2, line), brand(2, line))
    assert [(r.position, r.earlier) for r in seen.canned_lines()] == [(1, 0), (2, 0)]
    assert scene(brand(2, line), brand(2, line)).canned_lines() == ()


@pytest.mark.parametrize(("hours", "repeats"), [(3, [3]), (90 * DAY, [])])
def test_a_receipt_repeats_itself_within_a_conversation_alone(
    hours: float, repeats: list[int]
) -> None:
    def receipt(after: float) -> Interaction:
        return brand(after, "We have seen your post and noted it.", sender_kind=SenderKind.BOT)

    asked, again = [customer(sent, "Do you ship to Norway?") for sent in (0, hours)]
    seen = exact().scene([asked, receipt(0.1), again, receipt(hours + 0.1)], us(200 * DAY))
    assert [line.position for line in seen.canned_lines()] == repeats


def test_a_line_like_any_earlier_one_is_canned() -> None:
    """A chain: each line is like the one before it, the last not like the first."""
    words = [letter * 3 for letter in "mnopqrstuvwx"]
    lines = [" ".join([*words[i:], *"abcd"[:i]]) for i in range(3)]
    seen = scene(*[brand(hours, SALE) for hours in range(3)])
    rules = exact().rubric.wording
    found = canned_lines(Words(tuple(lines)), (0, 1, 2), (0, 1, 2), seen.pairing, rules)
    assert [r.position for r in found] == [1, 2]


def test_asked_again_only_for_what_was_given() -> None:
    asked = customer(0, "The heater is dead, can you send someone?")
    number, again = brand(1, "What is your order number?"), brand(4, "What is your order number?")
    given = customer(2, "The order number is 90211.")
    unrelated = brand(4, "Which model do you have?")

    def found(*items: Interaction) -> list[int]:
        seen = scene(*items)
        repeated = asked_again(seen.history, seen.columns, seen.pairing, seen.least)
        return [r.position for r in repeated]

    assert found(asked, number, given, again) == [3]
    assert found(asked, number, again) == []
    assert found(asked, number, given, unrelated) == []
    at_home = customer(2, "I don't have the order number here, it was a gift.")
    assert found(asked, number, at_home, again) == []
    assert found(asked, number, at_home, replace(given, sent_us=us(3)), again) == [4]


@pytest.mark.parametrize(
    ("text", "so"),
    [
        ("I dont have it on me", True),
        ("Sorry, I can\u2019t find the receipt", True),
        ("No idea, my wife ordered it", True),
        ("not sure which model", True),
        ("It does not start, model K20", False),
        ("90211, I have it here", False),
    ],
)
def test_what_is_not_at_hand_is_not_given(text: str, so: bool) -> None:  # noqa: FBT001
    assert is_not_at_hand(text) == so


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("What is your order number?", 1),
        ("Thanks for your message, what is your order number?", 1),
        ("Thanks for the order number. Which day would suit you?", 0),
        ("Thank you for your order number and e-mail address!", 0),
        ("Thanks for that. Which device, and what is your e-mail address?", 2),
        ("Thanks for getting back to us - what is your order number?", 1),
        ("Thank you so much for your patience please DM us your order number", 1),
        ("Thanks for waiting (what is your order number?)", 1),
        ("Thanks again for the order number and could you send the e-mail address?", 1),
    ],
)
def test_what_is_thanked_for_is_not_asked_for(text: str, things: int) -> None:
    assert len(things_asked_for(text)) == things


def test_hops_are_counted_within_a_conversation() -> None:
    asked = customer(0, "The heater is dead, can you send someone?")
    sent = [brand(1 + i, "Please call our hotline about this.") for i in range(2)]
    seen = scene(asked, *sent)
    found = hops(seen.pairing, seen.brand_doing[BrandAct.REDIRECT], seen.columns)
    assert [(h.position, h.count) for h in found] == [(1, 1), (2, 2)]


def test_a_run_ends_with_the_customers_next_word() -> None:
    sent = [brand(10 * DAY + i, SALE) for i in range(3)]
    seen = scene(*sent, customer(40 * DAY, "Do you ship to Norway?"), brand(50 * DAY, SALE))
    assert [run.positions for run in seen.outreach.runs] == [(0, 1, 2), (4,)]


def test_who_unsubscribes_takes_up_nothing() -> None:
    left = scene(brand(0, SALE), brand(DAY, SALE), opt_out(2 * DAY)).outreach
    assert (left.welcomes, [run.positions for run in left.runs]) == ((), [(0, 1)])


def test_one_word_of_the_customers_welcomes_once() -> None:
    sent = [brand(10 * DAY + i, SALE) for i in range(3)]
    seen = scene(*sent, customer(10 * DAY + 5, "The new cookies are wonderful."))
    (welcome,) = seen.outreach.welcomes
    assert welcome.outreach == (0, 1, 2)
    assert seen.outreach.runs == ()


def test_what_the_customer_consented_to_is_not_unasked() -> None:
    letters = [brand((1 + 7 * week) * DAY, SALE, channel=EMAIL) for week in range(8)]
    seen = scene(consent(0, EMAIL), *letters)
    assert seen.outreach.unasked == seen.outreach.runs == seen.outreach.loads == ()
    assert seen.talk.positions == ()
    assert scene(consent(0, SMS), *letters).outreach.unasked == tuple(range(1, 9))
    assert scene(*letters[:4], consent(23 * DAY), *letters[4:]).outreach.unasked == (0, 1, 2, 3)
    withdrawn = scene(consent(0, EMAIL), *letters[:4], opt_out(23 * DAY), *letters[4:])
    assert withdrawn.outreach.unasked == (6, 7, 8, 9)
    assert [d.position for d in withdrawn.permission.disregards] == [6, 7, 8, 9]


def test_a_consent_is_no_leave_for_any_number() -> None:
    most = int(exact().rubric.outreach.load_allowance_consented)
    seen = scene(consent(0), *[brand(DAY + i, SALE) for i in range(most + 3)])
    assert [load.position for load in seen.outreach.loads] == [most + 1, most + 2, most + 3]
    assert seen.outreach.runs == seen.outreach.unasked == ()


def test_letters_that_were_consented_to_are_no_load_on_another_channel() -> None:
    rules = exact().rubric.outreach
    letters = [brand(40 * DAY + i, SALE) for i in range(int(rules.load_allowance_consented))]
    texts = [brand(43 * DAY + i, SALE, channel=SMS) for i in range(int(rules.load_allowance) + 1)]
    seen = scene(consent(0, EMAIL), *letters, *texts)
    (load,) = seen.outreach.loads
    assert (load.position, load.excess) == (len(letters) + len(texts), 1.0)
    assert seen.outreach.unasked == tuple(range(len(letters) + 1, load.position + 1))


def test_letters_beyond_what_was_consented_to_are_a_load_on_any_channel() -> None:
    rules = exact().rubric.outreach
    most, least = int(rules.load_allowance_consented), int(rules.load_allowance)
    letters = [brand(40 * DAY + i, SALE) for i in range(most + least)]
    seen = scene(consent(0, EMAIL), *letters, brand(43 * DAY, SALE, channel=SMS))
    assert [load.position for load in seen.outreach.loads][least:] == [most + least + 1]
    assert seen.outreach.loads[-1].excess == 1.0


def test_nobody_consents_to_being_begged() -> None:
    bait = "Like this post if you love Mondays!"
    seen = scene(consent(0), brand(20 * DAY, SALE), brand(30 * DAY, bait), brand(40 * DAY, bait))
    assert seen.permission.invited == (1,)
    assert seen.outreach.wanted == {1}
    assert [run.positions for run in seen.outreach.runs] == [seen.outreach.unasked] == [(2, 3)]


def test_a_letter_that_was_consented_to_can_still_be_welcome() -> None:
    word = customer(20 * DAY + 5, "The new cookies are wonderful.")
    seen = scene(consent(0), brand(20 * DAY, SALE), word)
    (welcome,) = seen.outreach.welcomes
    assert welcome.outreach == (1,)


def test_load_begins_beyond_the_allowance() -> None:
    rules = exact().rubric.outreach
    count = int(rules.load_allowance) + 2
    seen = scene(*[brand(i, SALE) for i in range(count)])
    assert [load.excess for load in seen.outreach.loads] == [1.0, 2.0]
    spread = scene(*[brand(i * (rules.load_window_days + 1) * DAY / count, SALE) for i in range(3)])
    assert spread.outreach.loads == ()
