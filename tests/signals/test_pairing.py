"""Who answered what: threads, reply edges, time, and what is no answer."""

from __future__ import annotations

import pytest

from relhealth.domain.history import History, Interaction, OptOut
from relhealth.domain.vocabulary import Channel, Purpose, SenderKind
from relhealth.signals.pairing import Role
from relhealth.signals.scene import Scene
from traits.telling import AS_OF_HOURS, DAY, brand, customer, exact, us

ASKED = customer(0, "Where do I find the invoice?", interaction_id="asked")
HELP = "The invoice is under Account, then Documents."
OTHER = customer(1, "Do you ship to Norway?", interaction_id="other")
SALE = "Our autumn sale starts now, up to half price on boots."


def scene(*items: Interaction, hours: float = AS_OF_HOURS) -> Scene:
    return exact().scene(list(items), us(hours))


def answers(*items: Interaction, hours: float = AS_OF_HOURS) -> dict[str, set[str]]:
    """Ids of the calls that each answer closed."""
    seen = scene(*items, hours=hours)
    ids = seen.history.ids
    return {ids[p]: {ids[c] for c in calls} for p, calls in seen.pairing.answered.items()}


def role(item: Interaction, *others: Interaction) -> Role:
    seen = scene(*others, item)
    return seen.pairing.roles[seen.history.ids.index(item.interaction_id)]


def test_an_answer_that_names_nothing_closes_all_that_wait() -> None:
    assert answers(ASKED, OTHER, brand(2, HELP, interaction_id="a")) == {"a": {"asked", "other"}}


def test_the_reply_edge_decides_over_time() -> None:
    one, two = [
        customer(i, item.text, thread_id=item.interaction_id, interaction_id=item.interaction_id)
        for i, item in enumerate((ASKED, OTHER))
    ]
    to_one = brand(2, HELP, interaction_id="a", in_reply_to_id="asked")
    assert answers(one, two, to_one) == {"a": {"asked"}}
    late = brand(3, HELP, interaction_id="b", thread_id="other")
    assert answers(one, two, to_one, late) == {"a": {"asked"}, "b": {"other"}}


def test_who_asks_after_something_goes_on_with_it_and_is_answered_with_it() -> None:
    """Asking after it goes on with what was asked weeks ago; another question does not."""

    def chased(days: float, text: str) -> dict[str, set[str]]:
        later = customer(days * DAY, text, interaction_id="later")
        answered = brand((days + 1) * DAY, HELP, interaction_id="a")
        return answers(ASKED, later, answered, hours=200 * DAY)

    assert chased(20, "Nobody has called me yet.") == {"a": {"asked", "later"}}
    assert chased(20, OTHER.text) == {"a": {"later"}}
    assert chased(100, "Nobody has called me yet.") == {"a": {"later"}}


@pytest.mark.parametrize(("seconds", "is_answered"), [(1, True), (300, True), (301, False)])
def test_clocks_may_differ_a_little(seconds: int, is_answered: bool) -> None:  # noqa: FBT001
    call = customer(1, ASKED.text)
    answer = brand(1 - seconds / 3_600, HELP, in_reply_to_id=call.interaction_id)
    seen = scene(answer, call)
    assert (seen.pairing.calls[0].answered_by is not None) is is_answered
    if is_answered:
        assert seen.history.ids[:2] == (call.interaction_id, answer.interaction_id)
        assert seen.history.sent_us[0] == seen.history.sent_us[1] == call.sent_us
        assert seen.history.recorded_us[1] == call.sent_us


def test_an_answer_before_its_question_came_is_not_there_yet() -> None:
    call = customer(1, ASKED.text)
    answer = brand(1 - 5 / 3_600, HELP, in_reply_to_id=call.interaction_id)
    told = History.of("b", "c", "", [answer, call])
    assert len(told.cut(call.sent_us - 1)) == 0
    assert len(told.cut(call.sent_us)) == 2


def test_the_reply_edge_decides_over_the_thread() -> None:
    one, two = [
        customer(i, item.text, thread_id=item.interaction_id, interaction_id=item.interaction_id)
        for i, item in enumerate((ASKED, OTHER))
    ]
    both = brand(2, HELP, interaction_id="a", in_reply_to_id="asked", thread_id="other")
    assert answers(one, two, both) == {"a": {"asked"}}


def test_what_a_reply_to_the_brands_own_message_answers_no_other_reply_changes() -> None:
    """Without the first reply the second message goes on with nothing: the third names nothing."""
    late = 17 * DAY
    asked = customer(0, ASKED.text, interaction_id="asked")
    other = customer(late, OTHER.text, thread_id="two", interaction_id="other")
    second = brand(late - 1, "Have a lovely day, Ann.", interaction_id="second")
    third = brand(late + 1, HELP, interaction_id="third", in_reply_to_id="second")
    first = brand(late - 2, HELP, interaction_id="first", in_reply_to_id="asked")
    assert answers(asked, other, second, third) == {"third": {"other"}}
    assert answers(asked, other, second, third, first) == {
        "first": {"asked"}, "third": {"other"},
    }  # fmt: skip


def test_another_channel_answers_too() -> None:
    assert answers(ASKED, brand(2, HELP, interaction_id="a", channel=Channel.PHONE)) == {
        "a": {"asked"}
    }


def test_what_is_too_old_waits_for_its_name() -> None:
    assert answers(ASKED, brand(15 * DAY, HELP, interaction_id="a")) == {}
    named = brand(15 * DAY, HELP, interaction_id="a", in_reply_to_id="asked")
    assert answers(ASKED, named) == {"a": {"asked"}}


def test_only_the_first_answer_closes_a_call() -> None:
    first, second = [brand(2 + i, HELP, interaction_id=f"a{i}") for i in range(2)]
    assert answers(ASKED, first, second) == {"a0": {"asked"}}
    assert role(second, ASKED, first) == Role.CONTINUATION


@pytest.mark.parametrize(
    "empty",
    [
        brand(2, SALE),
        brand(2, "Like this post if you love Mondays!"),
        brand(2, "Are we still friends? Say yes in the comments."),
        brand(2, "Five stars from you, a free muffin from us."),
        brand(2, "Happy Friday, everyone."),
        brand(2, HELP, sender_kind=SenderKind.BOT),
        brand(2, HELP, purpose=Purpose.MARKETING),
        brand(2, HELP, purpose=Purpose.TRANSACTIONAL),
    ],
    ids=lambda item: f"{item.text[:20]} {item.sender_kind.name} {item.purpose.name}",
)
def test_what_is_no_answer(empty: Interaction) -> None:
    assert answers(ASKED, empty) == {}
    assert [c.answered_by for c in scene(ASKED, empty).pairing.calls] == [None]


ROLES = [
    ("promotion", brand(50 * DAY, SALE), Role.OUTREACH),
    ("promotion in a conversation", brand(1, SALE), Role.OUTREACH),
    ("small talk out of nowhere", brand(50 * DAY, "We miss you."), Role.OUTREACH),
    ("small talk in a conversation", brand(3, "Have a lovely day, Ann."), Role.CONTINUATION),
    ("a receipt", brand(1, "Got it.", sender_kind=SenderKind.BOT), Role.RECEIPT),
    (
        "a machine out of nowhere",
        brand(50 * DAY, "We miss you.", sender_kind=SenderKind.BOT),
        Role.OUTREACH,
    ),
    (
        "a machine's notice",
        brand(50 * DAY, HELP, sender_kind=SenderKind.BOT),
        Role.NOTICE,
    ),
    ("a notice", brand(50 * DAY, HELP), Role.NOTICE),
    (
        "a notice about a purchase",
        brand(50 * DAY, "Got it.", purpose=Purpose.TRANSACTIONAL),
        Role.NOTICE,
    ),
    ("news, days later", brand(9 * DAY, "Your refund went through today."), Role.CONTINUATION),
    ("a question, days later", brand(9 * DAY, "Which model do you have?"), Role.OUTREACH),
]


@pytest.mark.parametrize(("name", "item", "expected"), ROLES, ids=[row[0] for row in ROLES])
def test_the_part_a_message_plays(name: str, item: Interaction, expected: Role) -> None:
    """After a question and its answer."""
    assert name
    assert role(item, ASKED, brand(0.5, HELP, interaction_id="a")) == expected


def test_small_talk_does_not_go_on_after_an_opt_out() -> None:
    left = customer(0, "Leave me alone.")
    assert role(brand(1, "We miss you."), left) == Role.OUTREACH
    assert role(brand(1, "Got it."), left) == Role.CONTINUATION
    ticked = customer(0, "", outcome=OptOut(()))
    assert role(brand(1, "We miss you."), ticked) == Role.OUTREACH


def test_the_brand_does_not_regroup_what_the_customer_says() -> None:
    """Two visits stay two, however much the brand sends between them."""
    visits = [ASKED, customer(20 * DAY, "Which plug does the lamp need?")]
    between = [brand(day * DAY, HELP) for day in (1, 5, 10, 15, 19)]
    assert len(scene(*visits).pairing.first_of) == 2
    assert len(scene(*visits, *between).pairing.first_of) == 2


def test_a_language_not_read_answers_only_what_it_names() -> None:
    foreign = brand(2, HELP, interaction_id="a", language="de")
    assert answers(ASKED, foreign) == {}
    named = brand(2, HELP, interaction_id="a", language="de", in_reply_to_id="asked")
    assert answers(ASKED, named) == {"a": {"asked"}}
