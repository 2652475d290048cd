"""Failures and what came of them: complaint, repair, aftermath, repeat.

An episode begins with a complaint (a low rating makes sure of it) and gathers what follows in its
conversation. It ends when the customer closes it (it works, no worries, thanks) or falls silent;
who says after that silence that it is still not solved goes on with it. What the brand says after
the end still counts against it, but for it only where the customer had called for it; that it was
said is not denied, though.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from math import fsum
from operator import itemgetter
from typing import Final

from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.domain.history import (
    MICROSECONDS_PER_DAY,
    MICROSECONDS_PER_MINUTE,
    History,
    Rating,
)
from relhealth.domain.reading import Columns, Reading
from relhealth.domain.rubric import EpisodeRules
from relhealth.signals.likeness import Likeness
from relhealth.signals.pairing import Pairing, Role
from relhealth.signals.phrases import Phrases
from relhealth.signals.substance import earnest
from relhealth.signals.wording import Words

ASKS_PARDON: Final = Phrases(
    r"\b(?:forgive|pardon|accept (?:our|my) (?:\w+ )?apolog)", "forgive", "pardon", "accept"
)
BETTER_FROM_NOW: Final = Phrases(
    r"\b(?:won't happen again|not happen again|from now on|in (?:the )?future|make sure (?:this|it)"
    r"|so that (?:this|it) doesn't|prevent|we'?ve changed|we'?ll do better|do better)",
    "again", "from now", "future", "make sure", "so that", "prevent", "changed", "do better",
)  # fmt: skip
_REPAIRING: Final = (BrandAct.GOODWILL, BrandAct.HELP)
# What is not said to be missing once it came, however late.
_AMENDING: Final = (BrandAct.APOLOGY, BrandAct.OWNERSHIP, BrandAct.HELP, BrandAct.GOODWILL)
_closing: Final = itemgetter(CustomerAct.RESOLUTION, CustomerAct.FORGIVENESS, CustomerAct.GRATITUDE)
_ACTS: Final = tuple(BrandAct)
_DEFLECTION: Final = int(BrandAct.DEFLECTION)
_UNRESOLVED: Final = int(CustomerAct.UNRESOLVED)


def asks_pardon(text: str) -> bool:
    """Whether a text asks to be forgiven."""
    return ASKS_PARDON.search(text, text.lower()) is not None


def promises_better(text: str) -> bool:
    """Whether a text says that it will not happen again."""
    return BETTER_FROM_NOW.search(text, text.lower()) is not None


@dataclass(frozen=True, slots=True)
class Best:
    """The message of the brand's that does an act most surely.

    Attributes:
        position: The message.
        probability: How surely, from the least that is evidence to 1.
        at_us: When the failing was first complained of, in microseconds since 1970 UTC.
    """

    position: int
    probability: float
    at_us: int


@dataclass(frozen=True, slots=True)
class Sure:
    """A message and how surely it is what it is listed for, 0 to 1."""

    position: int
    probability: float


@dataclass(frozen=True, slots=True)
class Episode:
    """A failing and what followed.

    Attributes:
        complaints: Places of the complaints, ascending; never empty.
        probability: That there was a failing: the largest of its complaints'.
        best: By act, the brand's surest message within the episode; acts too unsure left out.
        late: By act, how surely the brand did it in the conversation after the customer had fallen
            silent.
        deflections: Places of the brand's deflections, with their probabilities.
        completeness: How complete the apology is, 0 to 1; 0 without an apology.
        repeats: Complaints of a failing that the customer had complained of before.
        closed_by: The customer's message that closed it, or None.
        ended_us: When it ended; None while it goes on.
        answers: Places of the brand's messages in it.
        wants_silence: Whether all its complaints want to be left alone, and nothing else.
    """

    complaints: tuple[int, ...]
    probability: float
    best: dict[BrandAct, Best]
    late: dict[BrandAct, float]
    deflections: tuple[Sure, ...]
    completeness: float
    repeats: tuple[Sure, ...]
    closed_by: int | None
    ended_us: int | None
    answers: tuple[int, ...]
    wants_silence: bool

    def chance(self, act: BrandAct) -> float:
        """How surely the brand did `act` in it; 0 where it did not."""
        best = self.best.get(act)
        return 0.0 if best is None else best.probability

    def said(self, act: BrandAct) -> float:
        """How surely the brand did `act` in it or too late; 0 where it did not."""
        return max(self.chance(act), self.late.get(act, 0.0))


def failings(
    history: History, columns: Columns, rules: EpisodeRules, least: float
) -> tuple[float, ...]:
    """How surely each of the customer's interactions says that something fell short, 0 to 1.

    A low rating makes sure of what its words hardly say; of what they do not say it names nothing.
    """
    found = list(map(max, columns[CustomerAct.COMPLAINT], columns[CustomerAct.UNRESOLVED]))
    for position, outcome in enumerate(history.outcomes):
        if isinstance(outcome, Rating) and found[position] >= least:
            place = (outcome.value - outcome.worst) / (outcome.best - outcome.worst)
            if place <= rules.low_rating_share:
                found[position] = 1.0
    return tuple(found)


def unresolved_probabilities(
    history: History,
    columns: Columns,
    failing: tuple[float, ...],
    pairing: Pairing,
    rules: EpisodeRules,
) -> tuple[float, ...]:
    """How surely each interaction of the customer's says that it is still not solved, 0 to 1.

    By its words, or because it complains in a conversation in which the customer had complained
    before: not in the second half of the same complaint, but some minutes later. Whether the brand
    had answered in between makes no difference, so that no answer can make it worse. 0 for the
    brand's messages.
    """
    gap_us = int(rules.again_after_minutes * MICROSECONDS_PER_MINUTE)
    complained: dict[int | None, float] = {}
    spoken_us: dict[int | None, int] = {}
    found = [0.0] * len(history)
    unresolved = columns[CustomerAct.UNRESOLVED]
    for position in pairing.with_role(Role.CUSTOMER):
        number = pairing.conversations[position]
        sent_us = history.sent_us[position]
        before = complained.get(number, 0.0)
        is_later = sent_us - spoken_us.get(number, sent_us) >= gap_us
        again = failing[position] * before if is_later else 0.0
        found[position] = max(again, unresolved[position])
        complained[number] = max(failing[position], before)
        spoken_us[number] = sent_us
    return tuple(found)


def episodes(
    history: History,
    reading: Reading,
    failing: tuple[float, ...],
    words: Words,
    pairing: Pairing,
    rules: EpisodeRules,
    least: float,
    as_of_us: int,
) -> tuple[Episode, ...]:
    """All episodes, by their first complaint; acts less sure than `least` count for nothing.

    Of each customer's interaction `failing` is how surely it says that something fell short.
    """
    drafts: list[_Draft] = []
    current: dict[int | None, _Draft] = {}
    complained = Likeness(rules.repeat_similarity)
    customer, answer, receipt = Role.CUSTOMER, Role.ANSWER, Role.RECEIPT
    for position, number in enumerate(pairing.conversations):
        role = pairing.roles[position]
        if number is None or role is receipt:
            continue
        draft = current.get(number)
        if role is customer:
            if failing[position] >= rules.minimum_probability:
                if draft is None or not draft.goes_on(position):
                    draft = _Draft(history, reading, words, rules, least)
                    drafts.append(draft)
                    current[number] = draft
                draft.complain(position, failing[position], complained)
            elif draft is not None:
                draft.customer(position)
        else:
            for one in pairing.conversations_of(position):
                if one in current and current[one].is_meant(here=one == number):
                    current[one].brand(position, called_for=role is answer)
    return tuple([d.episode(as_of_us, pairing.dismissals) for d in drafts])


class _Draft:
    """An episode while it is gathered; private to the pass."""

    def __init__(
        self,
        history: History,
        reading: Reading,
        words: Words,
        rules: EpisodeRules,
        least: float,
    ) -> None:
        self._history = history
        self._reading = reading
        self._words = words
        self._rules = rules
        self._least = least
        self._quiet_us = int(rules.quiet_days * MICROSECONDS_PER_DAY)
        self._again_us = int(rules.again_after_minutes * MICROSECONDS_PER_MINUTE)
        self._complaints: list[Sure] = []
        self._best: dict[BrandAct, Best] = {}
        self._late: dict[BrandAct, float] = {}
        self._deflections: list[Sure] = []
        self._repeats: list[Sure] = []
        self._closed_by: int | None = None
        self._answers: list[int] = []
        self._spoken_us = 0

    def is_over(self, now_us: int) -> bool:
        return self._closed_by is not None or now_us - self._spoken_us > self._quiet_us

    def is_meant(self, *, here: bool) -> bool:
        """Whether a message of the brand's is about it: any `here`, others till it is closed.

        Silence does not close it: or the same message would count for less when it comes sooner.
        """
        return here or self._closed_by is None

    def goes_on(self, position: int) -> bool:
        """Whether a complaint is of the same failing: before its end, or still not solved."""
        if self._closed_by is not None:
            return False
        return not self.is_over(self._history.sent_us[position]) or self._is_unresolved(position)

    def complain(self, position: int, failing: float, complained: Likeness) -> None:
        if self._is_repeat(position, complained):
            self._repeats.append(Sure(position, failing))
        complained.add(self._words.failing(position), position)
        self._complaints.append(Sure(position, failing))
        self._spoken_us = self._history.sent_us[position]

    def customer(self, position: int) -> None:
        row = self._reading.probabilities[position]
        closing = max(_closing(row))
        if self._closed_by is None and closing >= self._rules.minimum_probability:
            self._closed_by = position
        self._spoken_us = self._history.sent_us[position]

    def brand(self, position: int, *, called_for: bool) -> None:
        row = self._reading.probabilities[position]
        self._deflections.append(Sure(position, row[_DEFLECTION]))
        if not called_for and self.is_over(self._history.sent_us[position]):
            self._amend(row)
            return
        self._answers.append(position)
        for column, probability in enumerate(row):
            if probability >= self._least:
                self._does(_ACTS[column], row, position)

    def _amend(self, row: tuple[float, ...]) -> None:
        if self._closed_by is not None:
            return
        for act in _AMENDING:
            does = earnest(row, act)
            if does >= self._least:
                self._late[act] = max(self._late.get(act, 0.0), does)

    def _does(self, act: BrandAct, row: tuple[float, ...], position: int) -> None:
        known = self._best.get(act)
        does = earnest(row, act)
        if does >= self._least and (known is None or does > known.probability):
            # Dated at the failing: what comes sooner must never weigh less for being older.
            failed_us = self._history.sent_us[self._complaints[0].position]
            self._best[act] = Best(position, does, failed_us)

    def _is_repeat(self, position: int, complained: Likeness) -> bool:
        """Still the same failing, or one like a failing of late, whatever was said about it.

        What is sent twice within minutes is one complaint.
        """
        if self._complaints and self._is_unresolved(position):
            return True
        sent_us = self._history.sent_us
        if self._complaints and sent_us[position] - self._spoken_us < self._again_us:
            return False
        since_us = sent_us[position] - int(self._rules.repeat_window_days * MICROSECONDS_PER_DAY)
        not_before = bisect_left(sent_us, since_us)
        return complained.find(self._words.failing(position), not_before) is not None

    def _is_unresolved(self, position: int) -> bool:
        unresolved = self._reading.probabilities[position][_UNRESOLVED]
        return unresolved >= self._rules.minimum_probability

    def episode(self, as_of_us: int, dismissals: frozenset[int]) -> Episode:
        complaints = tuple([c.position for c in self._complaints])
        silent_us = self._spoken_us + self._quiet_us
        ended: int | None = silent_us if silent_us <= as_of_us else None
        if self._closed_by is not None:
            ended = self._history.sent_us[self._closed_by]
        return Episode(
            complaints=complaints,
            probability=max([c.probability for c in self._complaints]),
            best=self._best,
            late=self._late,
            deflections=tuple(self._deflections),
            completeness=self._completeness(),
            repeats=tuple(self._repeats),
            closed_by=self._closed_by,
            ended_us=ended,
            answers=tuple(self._answers),
            wants_silence=dismissals.issuperset(complaints),
        )

    def _completeness(self) -> float:
        """The six components of an apology (Lewicki, Polin and Lount 2016), weighted, 0 to 1."""
        if BrandAct.APOLOGY not in self._best:
            return 0.0
        present = {
            "regret": self._chance(BrandAct.APOLOGY),
            "explanation": self._chance(BrandAct.EXPLANATION),
            "responsibility": self._chance(BrandAct.OWNERSHIP),
            "repentance": self._says(promises_better),
            "repair": max([self._chance(act) for act in _REPAIRING]),
            "request": self._says(asks_pardon),
        }
        weights = self._rules.component_weights
        return fsum([weight * present[name] for name, weight in weights.items()])

    def _says(self, says: Callable[[str], bool]) -> float:
        return 1.0 if any(says(self._history.texts[p]) for p in self._answers) else 0.0

    def _chance(self, act: BrandAct) -> float:
        best = self._best.get(act)
        return 0.0 if best is None else best.probability
