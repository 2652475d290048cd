"""The balance of talking and listening, lines said before, and information asked for again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.domain.history import History
from relhealth.domain.reading import Columns
from relhealth.domain.rubric import WordingRules
from relhealth.signals.likeness import Likeness
from relhealth.signals.pairing import Pairing, Role
from relhealth.signals.phrases import Phrases
from relhealth.signals.wording import Words, word_pairs

# What a brand can ask for, by the words that name it: order, e-mail, phone, account, address,
# device, flight, serial number.
ASKABLE: Final = (
    Phrases(
        r"\b(?:order|booking|reservation|confirmation)(?: \w+)? ?(?:#|no|number|ref|code)",
        "order", "booking", "reservation", "confirmation",
    ),
    Phrases(r"\be-?mail(?: address)?\b", "mail"),
    Phrases(
        r"\b(?:phone|telephone|contact|mobile) ?(?:#|no|number)", "phone", "contact", "mobile"
    ),
    Phrases(
        r"\b(?:account|membership|customer) ?(?:#|no|number|name|id)|\busername\b",
        "account", "membership", "customer", "username",
    ),
    Phrases(
        r"\b(?:post ?code|zip ?code|full address|home address)\b", "code", "address"
    ),
    Phrases(
        r"\b(?:which|what) (?:device|phone|model|version|os)\b|\bios version\b",
        "which", "what", "ios",
    ),
    Phrases(r"\bflight ?(?:#|no|number|details)", "flight"),
    Phrases(
        r"\b(?:serial|imei|tracking|ticket|case) ?(?:#|no|number|id)",
        "serial", "imei", "tracking", "ticket", "case",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Talk:
    """How much of the talking nobody asked for.

    Attributes:
        unasked_words: Words of the brand's messages that nobody asked for or welcomed.
        customer_words: The customer's words.
        longest: The longest of these messages and its words, or None.
        monologues: Those of them of at least the words that make a monologue.
        positions: The messages.
    """

    unasked_words: int
    customer_words: int
    longest: tuple[int, int] | None
    monologues: tuple[int, ...]
    positions: tuple[int, ...]


def talk(words: Words, pairing: Pairing, unasked: tuple[int, ...], rules: WordingRules) -> Talk:
    """Counts words; answers and what goes on with them are neither talk nor a credit."""
    lengths = [len(words.said(position)) for position in unasked]
    monologues = [p for p, n in zip(unasked, lengths, strict=True) if n >= rules.monologue_words]
    longest: tuple[int, int] | None = None
    if unasked:
        most = max(lengths)
        longest = (unasked[lengths.index(most)], most)
    customer_words = sum([len(words.said(p)) for p in pairing.with_role(Role.CUSTOMER)])
    return Talk(sum(lengths), customer_words, longest, tuple(monologues), unasked)


@dataclass(frozen=True, slots=True)
class Repetition:
    """A later message and the earlier one that it repeats."""

    position: int
    earlier: int
    probability: float


def canned_lines(
    words: Words,
    sent_us: tuple[int, ...],
    brand_positions: tuple[int, ...],
    pairing: Pairing,
    rules: WordingRules,
) -> tuple[Repetition, ...]:
    """Brand messages that nearly repeat one of an earlier moment, each with one that it repeats.

    Lines of one moment do not repeat each other: it may be one message that was recorded twice.
    A machine's receipt reads as it did in the last conversation; only within one it repeats itself.
    """
    numbers, first_of = pairing.conversations, pairing.first_of
    receipts = [(p, numbers[p]) for p in pairing.with_role(Role.RECEIPT)]
    begun = {p: first_of[number] for p, number in receipts if number is not None}
    said = Likeness(rules.near_duplicate_similarity)
    found: list[Repetition] = []
    for _, moment in groupby(brand_positions, key=sent_us.__getitem__):
        pairs = {position: word_pairs(words.said(position)) for position in moment}
        lines = {p: of for p, of in pairs.items() if len(of) + 1 >= rules.canned_minimum_words}
        for position, line in lines.items():
            earlier = said.find(line, begun.get(position, 0))
            if earlier is not None:
                found.append(Repetition(position, earlier, 1.0))
        for position, line in lines.items():
            said.add(line, position)
    return tuple(found)


def asked_again(
    history: History, columns: Columns, pairing: Pairing, least: float
) -> tuple[Repetition, ...]:
    """Questions for what the customer had already been asked for, and had answered since."""
    asked: dict[int, dict[int, int]] = {}
    answered: dict[tuple[int, int], float] = {}
    found: list[Repetition] = []
    customer = Role.CUSTOMER
    informs = columns[CustomerAct.INFORMATION]
    asking = list(map(max, columns[BrandAct.QUESTION], columns[BrandAct.REDIRECT]))
    for position, number in enumerate(pairing.conversations):
        if number is None:
            continue
        if pairing.roles[position] is customer:
            if number in asked and not is_not_at_hand(history.texts[position]):
                for thing in asked[number]:
                    known = answered.get((number, thing), 0.0)
                    answered[number, thing] = max(known, informs[position])
            continue
        asks = asking[position]
        if asks < least:
            continue
        here = asked.setdefault(number, {})
        for thing in things_asked_for(history.texts[position]):
            told = answered.get((number, thing), 0.0)
            if told >= least:
                found.append(Repetition(position, here[thing], asks * told))
            here[thing] = position
    return tuple(found)


NOT_AT_HAND: Final = Phrases(
    r"\b(?:don['\u2019]?t|do not|haven['\u2019]?t|have not|can['\u2019]?t|cannot|couldn['\u2019]?t)"
    r"(?: \w+)? (?:have|got|know|find|see|remember)\b|\bno idea\b|\bnot sure\b",
    "n't", "nt ", "not", "no idea",
)  # fmt: skip
# "Thanks for the order number. Which date suits you?" does not ask for the order number.
_THANKED_FOR: Final = re.compile(
    r"\b(?:thanks|thank you|thx|cheers)(?: so much| very much| again| a lot)? for\b"
    r"(?:(?! - | ?[.,;:!?(\u2013\u2014\n]|\b(?:please|but|what|which|could|can|may|would|do)\b).)*",
    re.IGNORECASE,
)


def things_asked_for(text: str) -> list[int]:
    """Which of the things that a brand can ask for a text names, by their place in the list.

    What it gives thanks for it has.
    """
    asking = _THANKED_FOR.sub(" ", text)
    lower = asking.lower()
    return [place for place, phrases in enumerate(ASKABLE) if phrases.search(asking, lower)]


def is_not_at_hand(text: str) -> bool:
    """Whether a text says that what was asked for is not there to be given."""
    return NOT_AT_HAND.search(text, text.lower()) is not None


@dataclass(frozen=True, slots=True)
class Hop:
    """The customer was sent elsewhere.

    Attributes:
        position: The brand's message.
        count: How many times in this conversation so far, this one included.
        probability: That it sends the customer elsewhere, 0 to 1.
    """

    position: int
    count: int
    probability: float


def hops(pairing: Pairing, redirecting: tuple[int, ...], columns: Columns) -> tuple[Hop, ...]:
    """Redirections by conversation, in order; `redirecting` are the messages that redirect."""
    counts: dict[int, int] = {}
    found: list[Hop] = []
    redirects = columns[BrandAct.REDIRECT]
    for position in redirecting:
        number = pairing.conversations[position]
        if number is not None and pairing.roles[position] is not Role.RECEIPT:
            counts[number] = counts.get(number, 0) + 1
            found.append(Hop(position, counts[number], redirects[position]))
    return tuple(found)
