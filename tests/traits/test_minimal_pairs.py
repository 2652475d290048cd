"""Minimal pairs: two histories that differ in one thing, and which of them is worse, and where.

Every pair is judged twice: with the acts that its sentences are known to do, and with the shipped
detector, which has to find them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from properties.judging import HEALTH, TOLERANCE, Judge, values_of
from relhealth.domain.history import Consent, Interaction, OptOut, Rating
from relhealth.domain.vocabulary import Band, Channel, Purpose, SenderKind
from traits.telling import AS_OF_HOURS, DAY, brand, customer, exact, shipped, us

PUBLIC = Channel.SOCIAL_PUBLIC
BOT = SenderKind.BOT
OWN, TIME, TALK = "own_happiness", "time", "communication"
REAL, MISTAKES, FORGIVENESS, SUPPORT = "realism", "mistakes", "forgiveness", "support"

ASKED = customer(0, "Where do I find the invoice?")
HELPED = "The invoice is under Account, then Documents."
LATE = customer(0, "My train was forty minutes late again.")
BROKEN = customer(0, "The heater is dead, can you send someone?")
PRAISED = customer(0, "Your driver on line seven is the kindest man.")
CHARGED = customer(0, "I was charged twice for one ticket.")
SALE = "Our autumn sale starts now, up to half price on boots."
BAIT = "Retweet and tag two friends."
OWNED = "You are right, we let you down and it is our fault."
DENIED = "You should have read the instructions first."
PROMISED = brand(1, "We'll refund you by Friday.")
SORRY = "We apologise for the noise in the hotel last night."
SMELL = customer(0, "The room smelled of smoke.")
LEFT = customer(0, "Please take me off your list.")
NEEDED = brand(1, "What is your order number?")
GIVEN = customer(2, "The order number is 90211.")


@dataclass(frozen=True)
class Pair:
    """`worse` is lower than `better` in every score named, and equal in those of `same`."""

    name: str
    worse: list[Interaction]
    better: list[Interaction]
    lower: tuple[str, ...] = ()
    same: tuple[str, ...] = ()


PAIRS = [
    Pair("answered later", [ASKED, brand(30, HELPED)], [ASKED, brand(2, HELPED)], (TIME, HEALTH)),
    Pair("never answered", [ASKED], [ASKED, brand(2, HELPED)], (TIME, TALK, SUPPORT, HEALTH)),
    Pair(
        "never, not late",
        [ASKED],
        [ASKED, brand(20 * DAY, HELPED, in_reply_to_id=ASKED.interaction_id)],
        (SUPPORT, HEALTH),
    ),
    Pair(
        "answered by a machine",
        [ASKED, brand(2, HELPED, sender_kind=BOT)],
        [ASKED, brand(2, HELPED)],
        (TIME, SUPPORT, HEALTH),
    ),
    Pair(
        "a machine instead of nobody",
        [ASKED],
        [ASKED, brand(2, HELPED, sender_kind=BOT)],
        same=(TIME, SUPPORT, HEALTH),
    ),
    Pair(
        "promotion is no answer", [ASKED, brand(2, SALE)], [ASKED, brand(2, HELPED)], (TIME, HEALTH)
    ),
    Pair(
        "praise passed over",
        [PRAISED],
        [PRAISED, brand(3, "Thank you for the kind words!")],
        (TIME, HEALTH),
    ),
    Pair(
        "followers",
        [customer(0, LATE.text, audience_size=12), brand(3, SORRY)],
        [customer(0, LATE.text, audience_size=2_000_000), brand(3, SORRY)],
        same=(OWN, TIME, TALK, REAL, MISTAKES, FORGIVENESS, SUPPORT, HEALTH),
    ),
    Pair("one bait", [PRAISED, brand(30 * DAY, BAIT)], [PRAISED], (OWN, HEALTH)),
    Pair(
        "one more bait",
        [PRAISED, brand(30 * DAY, BAIT), brand(31 * DAY, "Please leave us five stars.")],
        [PRAISED, brand(30 * DAY, BAIT)],
        (OWN, HEALTH),
    ),
    Pair(
        "eight messages, not two",
        [brand(30 * DAY + i, "Book your summer flights from nineteen pounds.") for i in range(8)],
        [brand(30 * DAY + i, "Book your summer flights from nineteen pounds.") for i in range(2)],
        (OWN, TALK, REAL, HEALTH),
    ),
    Pair(
        "a gift for stars after a failing",
        [SMELL, brand(5, "Five stars from you, a free muffin from us.")],
        [SMELL],
        (OWN, SUPPORT, HEALTH),
        same=(TIME, MISTAKES, FORGIVENESS),
    ),
    Pair(
        "attention bought",
        [PRAISED, brand(30 * DAY, "Tag a friend for a chance to win a free burger.")],
        [PRAISED, brand(30 * DAY, BAIT)],
        (OWN,),
    ),
    Pair(
        "selling to who waits",
        [BROKEN, brand(5, SALE), brand(9, "I reset the line from here and it is up again.")],
        [BROKEN, brand(5, "I reset the line from here and it is up again."), brand(9, SALE)],
        (TIME, SUPPORT),
    ),
    Pair(
        "a voucher demanded in public",
        [customer(0, "Two hours late. You owe me a free ticket.", channel=PUBLIC)],
        [customer(0, "Two hours late. You owe me a free ticket.")],
        (OWN,),
    ),
    Pair(
        "compensation as a condition",
        [customer(0, "Pay the hotel by noon or hear from my lawyer.")],
        [customer(0, "You owe me the taxi fare.")],
        (OWN, REAL),
    ),
    Pair(
        "abuse",
        [customer(0, "Useless idiots, the line is dead again."), brand(2, SORRY)],
        [customer(0, "The checkout was down all evening."), brand(2, SORRY)],
        (OWN, TALK),
    ),
    Pair(
        "deflection for ownership",
        [LATE, brand(2, DENIED)],
        [LATE, brand(2, OWNED)],
        (MISTAKES, TALK, HEALTH),
    ),
    Pair("silence for an apology", [SMELL], [SMELL, brand(2, SORRY)], (MISTAKES, TIME, HEALTH)),
    Pair(
        "a bare apology",
        [CHARGED, brand(2, SORRY)],
        [
            CHARGED,
            brand(
                2,
                "We booked you twice because our till froze. That was our error, sorry; "
                "both charges are refunded.",
            ),
        ],
        (MISTAKES, FORGIVENESS, HEALTH),
    ),
    Pair(
        "the same failing again",
        [SMELL, brand(2, SORRY), customer(20 * DAY, SMELL.text)],
        [SMELL, brand(2, SORRY)],
        (MISTAKES, HEALTH),
    ),
    Pair(
        "still not solved",
        [BROKEN, PROMISED, customer(3 * DAY, "Still the same error.")],
        [BROKEN, PROMISED, customer(3 * DAY, "It works again.")],
        (REAL, SUPPORT, TALK, MISTAKES, HEALTH),
    ),
    Pair(
        "complains once more",
        [BROKEN, NEEDED, customer(2, "The heater is dead, can you send someone?")],
        [BROKEN, NEEDED, GIVEN],
        (REAL, SUPPORT, TALK, MISTAKES, HEALTH),
    ),
    Pair(
        "promise broken in silence",
        [CHARGED, PROMISED],
        [CHARGED, PROMISED, brand(2 * DAY, "Your refund went through today.")],
        (REAL, HEALTH),
    ),
    Pair(
        "promise the customer had to ask about",
        [CHARGED, PROMISED, customer(9 * DAY, "Nobody has called me yet.")],
        [CHARGED, PROMISED],
        (REAL, HEALTH),
    ),
    Pair(
        "promise kept too late",
        [CHARGED, PROMISED, brand(20 * DAY, "Your refund went through today.")],
        [CHARGED, PROMISED, brand(2 * DAY, "Your refund went through today.")],
        (REAL,),
    ),
    Pair(
        "promise never kept, not late",
        [CHARGED, PROMISED],
        [CHARGED, PROMISED, brand(10 * DAY, "Your refund went through today.")],
        (REAL,),
    ),
    Pair(
        "promise kept by a machine's word",
        [CHARGED, PROMISED, brand(2 * DAY, "Your refund went through today.", sender_kind=BOT)],
        [CHARGED, PROMISED, brand(2 * DAY, "Your refund went through today.")],
        (REAL,),
    ),
    Pair(
        "overpromise for a limit",
        [BROKEN, brand(2, "This will never ever happen again, guaranteed.")],
        [BROKEN, brand(2, "We don't know the cause yet.")],
        (REAL,),
    ),
    Pair(
        "ultimatum for patience",
        [BROKEN, brand(2, OWNED), customer(3, "You have five minutes to fix this.")],
        [BROKEN, brand(2, OWNED), customer(3, "Take your time.")],
        (REAL,),
    ),
    Pair(
        "asked again for what was given",
        [BROKEN, NEEDED, GIVEN, brand(3, "Please message us your order number.")],
        [BROKEN, NEEDED, GIVEN, brand(3, "Please call our hotline about this.")],
        (TALK,),
    ),
    Pair(
        "sent around",
        [
            BROKEN,
            brand(1, "Please call our hotline about this."),
            customer(2, "Tried the reset, no luck. What else can I do?"),
            brand(3, "Please fill in the form on our website."),
        ],
        [
            BROKEN,
            brand(1, "Please call our hotline about this."),
            customer(2, "Tried the reset, no luck. What else can I do?"),
            brand(3, "Clear the cache, then sign in with the new password."),
        ],
        (TALK, SUPPORT, HEALTH),
    ),
    Pair(
        "a canned line",
        [
            ASKED,
            brand(2, "Thanks a lot for flying with us, that made our day."),
            customer(90, "Which plug does the lamp need?"),
            brand(92, "Thanks a lot for flying with us, that made our day."),
        ],
        [
            ASKED,
            brand(2, "Thanks a lot for flying with us, that made our day."),
            customer(90, "Which plug does the lamp need?"),
            brand(92, "Thanks, the team has seen your note and is smiling."),
        ],
        (TALK,),
    ),
    Pair(
        "no feeling for it",
        [LATE, brand(2, "We have seen your post and noted it.")],
        [LATE, brand(2, "We hear you, waiting in the rain is no fun.")],
        (TALK,),
    ),
    Pair(
        "not forgiven",
        [SMELL, brand(2, SORRY), customer(9, "Hello there.")],
        [SMELL, brand(2, SORRY), customer(9, "Apology accepted.")],
        (FORGIVENESS, HEALTH),
    ),
    Pair(
        "leaves",
        [SMELL, brand(2, SORRY), customer(9, "I have moved to another provider.")],
        [SMELL, brand(2, SORRY), customer(9, "Hello there.")],
        (FORGIVENESS, HEALTH),
    ),
    Pair(
        "never came back",
        [SMELL, brand(2, SORRY), customer(9, "Apology accepted.")],
        [
            SMELL,
            brand(2, SORRY),
            customer(9, "Apology accepted."),
            customer(40 * DAY, "Do you ship to Norway?"),
            brand(40 * DAY + 1, "Yes, the blue jacket comes in extra large."),
        ],
        (FORGIVENESS,),
    ),
    Pair(
        "rated poorly",
        [customer(0, "", outcome=Rating(1, 1, 5))],
        [customer(0, "", outcome=Rating(5, 1, 5))],
        (SUPPORT, HEALTH),
    ),
    Pair(
        "no recommendation",
        [customer(0, "Hello there.")],
        [customer(0, "My whole family banks with you and will go on doing so.")],
        (SUPPORT,),  # health also sees that nobody answered it
    ),
    Pair(
        "contact after an opt-out",
        [LEFT, brand(10 * DAY, SALE)],
        [LEFT],
        (OWN, HEALTH),
    ),
    Pair(
        "small talk after an opt-out",
        [LEFT, brand(1, "We miss you.")],
        [LEFT],
        (OWN, HEALTH),
    ),
    Pair(
        "contact without consent",
        [customer(0, "", outcome=OptOut(())), brand(10 * DAY, SALE)],
        [
            customer(0, "", outcome=OptOut(())),
            customer(9 * DAY, "", outcome=Consent((Channel.EMAIL,))),
            brand(10 * DAY, SALE),
        ],
        (OWN, HEALTH),
    ),
    Pair(
        "what a purchase needs",
        [LEFT],
        [
            LEFT,
            brand(
                10 * DAY,
                "Your parcel is at the depot in Leeds and goes out this morning.",
                purpose=Purpose.TRANSACTIONAL,
            ),
        ],
        same=(OWN, TIME, REAL, HEALTH),
    ),
]


@pytest.mark.parametrize("judge", [exact, shipped])
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_one_thing_makes_the_difference(pair: Pair, judge: Callable[[], Judge]) -> None:
    worse = judge().values(pair.worse, us(AS_OF_HOURS))
    better = judge().values(pair.better, us(AS_OF_HOURS))
    for name in pair.lower:
        assert worse[name] < better[name] - TOLERANCE, name
    for name in pair.same:
        assert worse[name] == pytest.approx(better[name], abs=TOLERANCE), name


@pytest.mark.parametrize("judge", [exact, shipped])
def test_an_opt_out_disregarded_caps_the_band(judge: Callable[[], Judge]) -> None:
    loved = [
        customer(d * DAY, "Ten years with you and never a bad day, everyone should try it.")
        for d in range(5)
    ]
    thanked = [brand(d * DAY + 1, "Thank you for the kind words!") for d in range(5)]
    left = customer(10 * DAY, "Please take me off your list.")
    score = judge().score([*loved, *thanked, left, brand(20 * DAY, SALE)], us(AS_OF_HOURS))
    assert score.health.band == Band.STRAINED
    assert score.health.band_before_cap in (Band.FAIR, Band.HEALTHY)
    assert score.health.reasons == ("contact_after_opt_out",)


@pytest.mark.parametrize("judge", [exact, shipped])
def test_a_quiet_customer_of_a_respectful_brand_is_not_at_risk(
    judge: Callable[[], Judge],
) -> None:
    quiet = [
        customer(0, "Can I bring a dog on the ferry?"),
        brand(1, "You can bring one bag of up to eight kilos."),
        customer(2, "Thank you!"),
    ]
    score = judge().score(quiet, us(300 * DAY))
    assert score.health.band not in (Band.BROKEN, Band.STRAINED)
    never = judge().score([brand(0, HELPED, purpose=Purpose.TRANSACTIONAL)], us(300 * DAY))
    assert never.health.band not in (Band.BROKEN, Band.STRAINED)


def test_the_table_moves_every_trait() -> None:
    """Of each trait there are at least four pairs that lower it."""
    counts = {
        name: sum(name in pair.lower for pair in PAIRS)
        for name in values_of(exact().score([ASKED], us(AS_OF_HOURS)))
    }
    assert min(counts.values()) >= 4, counts
