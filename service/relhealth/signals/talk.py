"""The balance of talking and listening, lines said before, and information asked for again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.domain.history import History
from relhealth.domain.reading import Reading
from relhealth.domain.rubric import WordingRules
from relhealth.domain.vocabulary import Party
from relhealth.signals.likeness import Likeness
from relhealth.signals.pairing import Pairing, Role
from relhealth.signals.wording import word_count, word_pairs

# What a brand can ask for: the words that name it.
_ASKABLE: Final = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "order": r"\b(?:order|booking|reservation|confirmation)(?: \w+)? ?(?:#|no|number|ref|code)",
        "email": r"\be-?mail(?: address)?\b",
        "phone": r"\b(?:phone|telephone|contact|mobile) ?(?:#|no|number)",
        "account": r"\b(?:account|membership|customer) ?(?:#|no|number|name|id)|\busername\b",
        "postcode": r"\b(?:post ?code|zip ?code|full address|home address)\b",
        "device": r"\b(?:which|what) (?:device|phone|model|version|os)\b|\bios version\b",
        "flight": r"\bflight ?(?:#|no|number|details)",
        "serial": r"\b(?:serial|imei|tracking|ticket|case) ?(?:#|no|number|id)",
    }.items()
}


@dataclass(frozen=True, slots=True)
class Talk:
    """How much of the talking nobody asked for.

    Attributes:
        unasked_words: Words of the brand's unasked messages.
        customer_words: The customer's words.
        longest: The longest unasked message and its words, or None.
        monologues: The unasked messages of at least the words that make a monologue.
        positions: The unasked messages.
    """

    unasked_words: int
    customer_words: int
    longest: tuple[int, int] | None
    monologues: tuple[int, ...]
    positions: tuple[int, ...]


def talk(history: History, pairing: Pairing, rules: WordingRules) -> Talk:
    """Counts words; answers and what goes on with them are neither talk nor a credit."""
    unasked: list[int] = []
    monologues: list[int] = []
    unasked_words = 0
    customer_words = 0
    longest: tuple[int, int] | None = None
    for position, role in enumerate(pairing.roles):
        if role == Role.CUSTOMER:
            customer_words += word_count(history.texts[position])
        elif role == Role.OUTREACH:
            count = word_count(history.texts[position])
            unasked.append(position)
            unasked_words += count
            if longest is None or count > longest[1]:
                longest = (position, count)
            if count >= rules.monologue_words:
                monologues.append(position)
    return Talk(unasked_words, customer_words, longest, tuple(monologues), tuple(unasked))


@dataclass(frozen=True, slots=True)
class Repetition:
    """A later message and the earlier one that it repeats."""

    position: int
    earlier: int
    probability: float


def canned_lines(history: History, rules: WordingRules) -> tuple[Repetition, ...]:
    """Brand messages that nearly repeat an earlier one, each with one that it repeats."""
    said = Likeness(rules.near_duplicate_similarity)
    found: list[Repetition] = []
    for position, sender in enumerate(history.senders):
        if sender != Party.BRAND:
            continue
        pairs = word_pairs(history.texts[position])
        if len(pairs) + 1 < rules.canned_minimum_words:
            continue
        earlier = said.find(pairs)
        if earlier is not None:
            found.append(Repetition(position, earlier, 1.0))
        said.add(pairs, position)
    return tuple(found)


def asked_again(
    history: History, reading: Reading, pairing: Pairing, least: float
) -> tuple[Repetition, ...]:
    """Questions for what the customer had already been asked for, and had answered since."""
    asked: dict[int, dict[str, int]] = {}
    answered: dict[tuple[int, str], float] = {}
    found: list[Repetition] = []
    for position, number in enumerate(pairing.conversations):
        if number is None:
            continue
        row = reading.probabilities[position]
        here = asked.setdefault(number, {})
        if pairing.roles[position] == Role.CUSTOMER:
            for name in here:
                known = answered.get((number, name), 0.0)
                answered[number, name] = max(known, row[CustomerAct.INFORMATION])
            continue
        asks = max(row[BrandAct.QUESTION], row[BrandAct.REDIRECT])
        if asks < least:
            continue
        for name in _asked_for(history.texts[position]):
            told = answered.get((number, name), 0.0)
            if told >= least:
                found.append(Repetition(position, here[name], asks * told))
            here[name] = position
    return tuple(found)


def _asked_for(text: str) -> list[str]:
    return [name for name, pattern in _ASKABLE.items() if pattern.search(text)]


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


def hops(reading: Reading, pairing: Pairing, least: float) -> tuple[Hop, ...]:
    """Redirections by conversation, in order."""
    counts: dict[int, int] = {}
    found: list[Hop] = []
    for position, number in enumerate(pairing.conversations):
        if number is None or pairing.roles[position] in (Role.RECEIPT, Role.CUSTOMER):
            continue
        probability = reading.probabilities[position][BrandAct.REDIRECT]
        if probability >= least:
            counts[number] = counts.get(number, 0) + 1
            found.append(Hop(position, counts[number], probability))
    return tuple(found)
