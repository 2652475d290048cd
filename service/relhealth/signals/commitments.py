"""Promises and what came of them: kept, broken, or still open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from operator import itemgetter
from typing import Final

from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.domain.history import History
from relhealth.domain.reading import Columns, Reading
from relhealth.domain.rubric import CommitmentRules
from relhealth.signals.due import due_us
from relhealth.signals.episodes import Episode
from relhealth.signals.pairing import Pairing, Role
from relhealth.signals.substance import earnest

_thanking: Final = itemgetter(CustomerAct.GRATITUDE, CustomerAct.FORGIVENESS)
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
        called_us: When the customer had last spoken before it, in microseconds since 1970 UTC.
        due_us: When it is due with its grace; None where no time was named.
        fate: What came of it.
        settled_us: When that was seen, or, broken in silence or late, when it was due; None while
            it is open or unknown.
        settled_by: The message that showed it; None where only time did.
        is_contradicted: Whether the customer said that it was not kept.
        is_thanked: Whether the customer has thanked or forgiven since.
    """

    position: int
    probability: float
    called_us: int
    due_us: int | None
    fate: Fate
    settled_us: int | None
    settled_by: int | None
    is_contradicted: bool
    is_thanked: bool


def commitments(
    history: History,
    reading: Reading,
    columns: Columns,
    pairing: Pairing,
    failings: tuple[Episode, ...],
    rules: CommitmentRules,
    as_of_us: int,
) -> tuple[Commitment, ...]:
    """Follows each promise, given in an answer or after a failing, through its conversations.

    An answer that names nothing may close calls in several: which of them its promise is about it
    does not say, so that it is kept where it is in any.
    """
    conversations, roles = pairing.conversations, pairing.roles
    promises = columns[BrandAct.COMMITMENT]
    spoken = pairing.with_role(Role.ANSWER) + pairing.with_role(Role.CONTINUATION)
    surely_promising = [p for p in spoken if promises[p] >= rules.minimum_probability]
    promising = frozenset[int | None]().union(*map(pairing.conversations_of, surely_promising))
    if not promising:
        return ()
    called_for = set(pairing.answered).union(*[episode.answers for episode in failings])
    called_us = _called_us(history, pairing)
    aftermath: dict[int, _Aftermath] = {}
    found: list[Commitment] = []
    for position in reversed(range(len(history))):
        number = conversations[position]
        if number is None or number not in promising or roles[position] is Role.RECEIPT:
            continue  # what a machine says shows nothing
        seen = aftermath.setdefault(number, _Aftermath())
        if roles[position] is Role.CUSTOMER:
            seen.customer(position, reading, rules)
            continue
        surely = promises[position]
        if surely < rules.minimum_probability:
            seen.brand(position, reading, rules)
        elif position in called_for:
            promise = _Promise(
                position, surely, called_us[position], _due_us(position, history, rules)
            )
            closed = [conversations[call] for call in pairing.answered.get(position, ())]
            others = [aftermath[one] for one in dict.fromkeys(closed) if one in aftermath]
            found.append(_best(promise, seen, others, history, rules, as_of_us))
    return _once_each(found[::-1], conversations)


def _called_us(history: History, pairing: Pairing) -> list[int]:
    """When the customer last spoke in each message's conversation, by then."""
    spoken_us: dict[int | None, int] = {}
    found: list[int] = []
    customer = Role.CUSTOMER
    for position, number in enumerate(pairing.conversations):
        if pairing.roles[position] is customer:
            spoken_us[number] = history.sent_us[position]
        found.append(spoken_us.get(number, history.sent_us[position]))
    return found


@dataclass(slots=True)
class _Aftermath:
    """What comes next in a conversation, seen from its end; places with probabilities."""

    fulfilled: tuple[int, float] | None = None
    is_confirmed: bool = False  # by the customer, who says of nothing that it fell short
    contradicted: tuple[int, float] | None = None
    thanked: int | None = None

    def customer(self, position: int, reading: Reading, rules: CommitmentRules) -> None:
        """Thanks may be for the promise alone: they fulfil nothing, but nobody is cross.

        When the customer confirms that it was done tells nothing of when it was done.
        """
        row = reading.probabilities[position]
        if row[CustomerAct.UNRESOLVED] >= rules.minimum_probability:
            self.contradicted = (position, row[CustomerAct.UNRESOLVED])
        elif row[CustomerAct.RESOLUTION] >= rules.minimum_probability:
            self.fulfilled = (position, row[CustomerAct.RESOLUTION])
            self.is_confirmed = row[CustomerAct.COMPLAINT] < rules.minimum_probability
        elif max(_thanking(row)) >= rules.minimum_probability:
            self.thanked = position

    def brand(self, position: int, reading: Reading, rules: CommitmentRules) -> None:
        """A message that promises anew is none of this: it fulfils nothing."""
        does = max([earnest(reading.probabilities[position], act) for act in _FULFILLING])
        if does >= rules.minimum_probability:
            self.fulfilled = (position, does)
            self.is_confirmed = False


@dataclass(frozen=True, slots=True)
class _Promise:
    """What a commitment says of itself; see there."""

    position: int
    probability: float
    called_us: int
    due_us: int | None


def _due_us(position: int, history: History, rules: CommitmentRules) -> int | None:
    sent_us = history.sent_us[position]
    named_us = due_us(history.texts[position], sent_us)
    return None if named_us is None else named_us + int((named_us - sent_us) * rules.grace_share)


def _best(
    promise: _Promise,
    here: _Aftermath,
    others: list[_Aftermath],
    history: History,
    rules: CommitmentRules,
    as_of_us: int,
) -> Commitment:
    """What came of a promise in its own conversation, unless it is kept more surely in another."""
    best = _follow(promise, here, history, rules, as_of_us)
    if best.is_contradicted:
        return best
    for seen in others:
        found = _follow(promise, seen, history, rules, as_of_us)
        is_surer = best.fate != Fate.KEPT or found.probability > best.probability
        if found.fate == Fate.KEPT and is_surer:
            best = found
    return best


def _follow(
    promise: _Promise,
    seen: _Aftermath,
    history: History,
    rules: CommitmentRules,
    as_of_us: int,
) -> Commitment:
    due = promise.due_us

    def settled(fate: Fate, surely: float, at_us: int | None, by: int | None) -> Commitment:
        surely *= promise.probability
        said = (seen.contradicted is not None, seen.thanked is not None)
        return Commitment(promise.position, surely, promise.called_us, due, fate, at_us, by, *said)

    if seen.contradicted is not None:
        by, surely = seen.contradicted
        return settled(Fate.BROKEN, surely, history.sent_us[by], by)
    thanked_us = None if seen.thanked is None else history.sent_us[seen.thanked]
    # Once it is due, thanks for word of it do not undo the silence until then.
    is_left = due is None or (thanked_us is not None and thanked_us <= due)
    shown_by, kept = seen.fulfilled or (None, 0.0)
    if shown_by is not None:
        shown_us = history.sent_us[shown_by]
        if due is None or seen.is_confirmed or shown_us <= due:
            return settled(Fate.KEPT, kept, shown_us, shown_by)
    elif due is not None and as_of_us < due:
        return settled(Fate.OPEN, 1.0, None, None)
    if is_left:
        return settled(Fate.UNKNOWN, 1.0, None, shown_by)
    # Late is better than never, and the better the surer it was kept.
    severity = rules.silent_break_severity * (1.0 - rules.late_relief * kept)
    return settled(Fate.BROKEN, severity, due, shown_by)


def _once_each(
    promises: list[Commitment], conversations: Sequence[int | None]
) -> tuple[Commitment, ...]:
    """Promises without those that are kept only by what keeps another.

    That is the first of those in its own conversation, or else the first of all.
    """
    kept_by: dict[int | None, int] = {}
    for at_home in (True, False):
        for number, promise in enumerate(promises):
            by = promise.settled_by
            if promise.fate != Fate.KEPT or by is None:
                continue
            if (conversations[by] == conversations[promise.position]) is at_home:
                kept_by.setdefault(by, number)
    return tuple(
        [
            promise
            for number, promise in enumerate(promises)
            if promise.fate != Fate.KEPT or kept_by[promise.settled_by] == number
        ]
    )
