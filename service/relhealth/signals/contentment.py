"""What the customer says warmly once they have been answered: thanks, it works, no worries.

The customer's own words are the one outcome that a brand cannot tick by itself.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from relhealth.domain.acts import CustomerAct
from relhealth.domain.reading import Columns
from relhealth.signals.pairing import Pairing, Role

WARM_ACTS: Final = (
    CustomerAct.GRATITUDE,
    CustomerAct.RESOLUTION,
    CustomerAct.FORGIVENESS,
    CustomerAct.PRAISE,
    CustomerAct.ADVOCACY,
)
"""Acts of a content customer; of several that are as sure the first one names the word."""


class Contentment(NamedTuple):
    """A warm word.

    Attributes:
        position: The customer's message.
        act: The warmest act in it.
        probability: How surely it is warm and says of nothing that it fell short, 0 to 1.
    """

    position: int
    act: CustomerAct
    probability: float


def contentments(
    columns: Columns, failing: tuple[float, ...], pairing: Pairing, least: float
) -> tuple[Contentment, ...]:
    """The warm words that are at least so sure, in order of time."""
    warm = [columns[act] for act in WARM_ACTS]
    warmest = list(map(max, *warm))
    conversations = pairing.conversations
    first_answers: dict[int | None, int] = {}
    for role in (Role.ANSWER, Role.CONTINUATION):
        for position in pairing.with_role(role):
            for number in pairing.conversations_of(position):
                first_answers[number] = min(position, first_answers.get(number, position))
    found: list[Contentment] = []
    for position in pairing.with_role(Role.CUSTOMER):
        probability = warmest[position] * (1.0 - failing[position])
        if probability >= least:
            answered = first_answers.get(conversations[position])
            if answered is not None and answered < position:
                first = [column[position] for column in warm].index(warmest[position])
                found.append(Contentment(position, WARM_ACTS[first], probability))
    return tuple(found)
