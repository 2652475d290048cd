"""Promises and what came of them: kept, broken, or still open."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.domain.history import History
from relhealth.domain.reading import Reading
from relhealth.domain.rubric import CommitmentRules
from relhealth.domain.vocabulary import Party
from relhealth.signals.due import due_us
from relhealth.signals.episodes import Episode
from relhealth.signals.pairing import Pairing

_FULFILLING: Final = (BrandAct.RESOLUTION, BrandAct.HELP, BrandAct.GOODWILL)


class Fate(IntEnum):
    """What came of a promise."""

    OPEN = 0
    KEPT = 1
    BROKEN = 2
    UNKNOWN = 3


@dataclass(frozen=True, slots=True)
class Commitment:
    """A promise of a definite act.

    Attributes:
        position: The message that promises.
        probability: That it is a promise, times that of what settled it, 0 to 1.
        due_us: When it is due with its grace; None where no time was named.
        fate: What came of it.
        settled_us: When that was seen; None while it is open or unknown.
        settled_by: The message that showed it; None where only time did.
    """

    position: int
    probability: float
    due_us: int | None
    fate: Fate
    settled_us: int | None
    settled_by: int | None


def commitments(
    history: History,
    reading: Reading,
    pairing: Pairing,
    failings: tuple[Episode, ...],
    rules: CommitmentRules,
    as_of_us: int,
) -> tuple[Commitment, ...]:
    """Follows each promise, given in an answer or after a failing, through its conversation."""
    called_for = set(pairing.answered).union(*[episode.answers for episode in failings])
    members: dict[int, list[int]] = {}
    for position, number in enumerate(pairing.conversations):
        if number is not None:
            members.setdefault(number, []).append(position)
    found: list[Commitment] = []
    for positions in members.values():
        for index, position in enumerate(positions):
            if position not in called_for:
                continue
            probability = reading.probabilities[position][BrandAct.COMMITMENT]
            if probability >= rules.minimum_probability:
                later = positions[index + 1 :]
                found.append(_follow(position, later, history, reading, rules, as_of_us))
    return tuple(sorted(found, key=lambda c: c.position))


def _follow(
    position: int,
    later: list[int],
    history: History,
    reading: Reading,
    rules: CommitmentRules,
    as_of_us: int,
) -> Commitment:
    sent_us = history.sent_us[position]
    named_us = due_us(history.texts[position], sent_us)
    due = None if named_us is None else named_us + int((named_us - sent_us) * rules.grace_share)
    probability = reading.probabilities[position][BrandAct.COMMITMENT]
    fulfilled: tuple[int, float] | None = None
    for other in later:
        if history.senders[other] == Party.BRAND:
            seen = max([reading.probabilities[other][act] for act in _FULFILLING])
            if fulfilled is None and seen >= rules.minimum_probability:
                fulfilled = (other, seen)
            continue
        row = reading.probabilities[other]
        asks_again = row[CustomerAct.UNRESOLVED]
        if asks_again >= rules.minimum_probability:
            settled = history.sent_us[other]
            weight = probability * asks_again
            return Commitment(position, weight, due, Fate.BROKEN, settled, other)
        confirms = max(row[CustomerAct.RESOLUTION], row[CustomerAct.GRATITUDE])
        if fulfilled is None and confirms >= rules.minimum_probability:
            fulfilled = (other, confirms)
    if fulfilled is not None:
        return _fulfilled(position, fulfilled, probability, due, history)
    if due is None:
        return Commitment(position, probability, None, Fate.UNKNOWN, None, None)
    if as_of_us < due:
        return Commitment(position, probability, due, Fate.OPEN, None, None)
    weight = probability * rules.silent_break_severity
    return Commitment(position, weight, due, Fate.BROKEN, due, None)


def _fulfilled(
    position: int,
    fulfilled: tuple[int, float],
    probability: float,
    due: int | None,
    history: History,
) -> Commitment:
    other, seen = fulfilled
    settled = history.sent_us[other]
    fate = Fate.KEPT if due is None or settled <= due else Fate.BROKEN
    return Commitment(position, probability * seen, due, fate, settled, other)
