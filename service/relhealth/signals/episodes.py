"""Failures and what came of them: complaint, repair, aftermath, repeat.

An episode begins with a complaint (or a low rating) and gathers what follows in its conversation.
It ends when the customer closes it (it works, no worries, thanks) or falls silent. What the brand
says after that still counts against it, but for it only where the customer had called for it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import Final

from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.domain.history import (
    MICROSECONDS_PER_DAY,
    MICROSECONDS_PER_MINUTE,
    History,
    Rating,
)
from relhealth.domain.reading import Reading
from relhealth.domain.rubric import EpisodeRules
from relhealth.signals.likeness import Likeness
from relhealth.signals.pairing import Pairing, Role, earnest
from relhealth.signals.wording import telling_words, words

_ASKS_PARDON: Final = re.compile(
    r"\b(?:forgive|pardon|accept (?:our|my) (?:\w+ )?apolog)", re.IGNORECASE
)
_BETTER_FROM_NOW: Final = re.compile(
    r"\b(?:won't happen again|not happen again|from now on|in (?:the )?future|make sure (?:this|it)"
    r"|so that (?:this|it) doesn't|prevent|we'?ve changed|we'?ll do better|do better)",
    re.IGNORECASE,
)
_REPAIRING: Final = (BrandAct.GOODWILL, BrandAct.HELP)
_CLOSING: Final = (CustomerAct.RESOLUTION, CustomerAct.FORGIVENESS, CustomerAct.GRATITUDE)


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
        deflections: Places of the brand's deflections, with their probabilities.
        completeness: How complete the apology is, 0 to 1; 0 without an apology.
        repeats: Complaints of a failing that the customer had complained of before.
        closed_by: The customer's message that closed it, or None.
        ended_us: When it ended; None while it goes on.
        answers: Places of the brand's messages in it.
    """

    complaints: tuple[int, ...]
    probability: float
    best: dict[BrandAct, Best]
    deflections: tuple[Sure, ...]
    completeness: float
    repeats: tuple[Sure, ...]
    closed_by: int | None
    ended_us: int | None
    answers: tuple[int, ...]

    def chance(self, act: BrandAct) -> float:
        """How surely the brand did `act` in it; 0 where it did not."""
        best = self.best.get(act)
        return 0.0 if best is None else best.probability


def failing_probability(
    position: int, history: History, reading: Reading, rules: EpisodeRules
) -> float:
    """How surely a customer's interaction says that something fell short, 0 to 1."""
    outcome = history.outcomes[position]
    if isinstance(outcome, Rating):
        place = (outcome.value - outcome.worst) / (outcome.best - outcome.worst)
        if place <= rules.low_rating_share:
            return 1.0
    row = reading.probabilities[position]
    return max(row[CustomerAct.COMPLAINT], row[CustomerAct.UNRESOLVED])


def unresolved_probabilities(
    history: History, reading: Reading, pairing: Pairing, rules: EpisodeRules
) -> tuple[float, ...]:
    """How surely each interaction of the customer's says that it is still not solved, 0 to 1.

    By its words, or because it complains in a conversation in which the customer had complained
    before: not in the second half of the same complaint, but some minutes later. Whether the brand
    had answered in between makes no difference, so that no answer can make it worse. 0 for the
    brand's messages.
    """
    gap_us = int(rules.again_after_minutes * MICROSECONDS_PER_MINUTE)
    complained: dict[int, float] = {}
    spoken_us: dict[int, int] = {}
    found: list[float] = []
    for position, number in enumerate(pairing.conversations):
        if pairing.roles[position] != Role.CUSTOMER or number is None:
            found.append(0.0)
            continue
        failing = failing_probability(position, history, reading, rules)
        sent_us = history.sent_us[position]
        is_later = sent_us - spoken_us.get(number, sent_us) >= gap_us
        again = failing * complained.get(number, 0.0) if is_later else 0.0
        found.append(max(again, reading.probabilities[position][CustomerAct.UNRESOLVED]))
        complained[number] = max(failing, complained.get(number, 0.0))
        spoken_us[number] = sent_us
    return tuple(found)


def failing_words(text: str) -> frozenset[str]:
    """The words that tell one failing from another; all of them where none is telling."""
    return telling_words(text) or frozenset(words(text))


def episodes(
    history: History,
    reading: Reading,
    pairing: Pairing,
    rules: EpisodeRules,
    least: float,
    as_of_us: int,
) -> tuple[Episode, ...]:
    """All episodes, by their first complaint; acts less sure than `least` count for nothing."""
    drafts: list[_Draft] = []
    current: dict[int, _Draft] = {}
    complained = Likeness(rules.repeat_similarity)
    for position, number in enumerate(pairing.conversations):
        role = pairing.roles[position]
        if number is None or role == Role.RECEIPT:
            continue
        draft = current.get(number)
        if role == Role.CUSTOMER:
            failing = failing_probability(position, history, reading, rules)
            if failing >= rules.minimum_probability:
                if draft is None or draft.is_over(history.sent_us[position]):
                    draft = _Draft(history, reading, rules, least)
                    drafts.append(draft)
                    current[number] = draft
                draft.complain(position, failing, complained)
            elif draft is not None:
                draft.customer(position)
        elif draft is not None:
            draft.brand(position, called_for=role == Role.ANSWER)
    return tuple([d.episode(as_of_us) for d in drafts])


class _Draft:
    """An episode while it is gathered; private to the pass."""

    def __init__(
        self, history: History, reading: Reading, rules: EpisodeRules, least: float
    ) -> None:
        self._history = history
        self._reading = reading
        self._rules = rules
        self._least = least
        self._quiet_us = int(rules.quiet_days * MICROSECONDS_PER_DAY)
        self._complaints: list[Sure] = []
        self._best: dict[BrandAct, Best] = {}
        self._deflections: list[Sure] = []
        self._repeats: list[Sure] = []
        self._closed_by: int | None = None
        self._answers: list[int] = []
        self._spoken_us = 0

    def is_over(self, now_us: int) -> bool:
        return self._closed_by is not None or now_us - self._spoken_us > self._quiet_us

    def complain(self, position: int, failing: float, complained: Likeness) -> None:
        if self._is_repeat(position, complained):
            self._repeats.append(Sure(position, failing))
        complained.add(failing_words(self._history.texts[position]), position)
        self._complaints.append(Sure(position, failing))
        self._spoken_us = self._history.sent_us[position]

    def customer(self, position: int) -> None:
        row = self._reading.probabilities[position]
        closing = max([row[act] for act in _CLOSING])
        if self._closed_by is None and closing >= self._rules.minimum_probability:
            self._closed_by = position
        self._spoken_us = self._history.sent_us[position]

    def brand(self, position: int, *, called_for: bool) -> None:
        row = self._reading.probabilities[position]
        self._deflections.append(Sure(position, row[BrandAct.DEFLECTION]))
        if not called_for and self.is_over(self._history.sent_us[position]):
            return
        self._answers.append(position)
        for act in BrandAct:
            known = self._best.get(act)
            does = earnest(row, act)
            if does >= self._least and (known is None or does > known.probability):
                # Dated at the failing: what comes sooner must never weigh less for being older.
                failed_us = self._history.sent_us[self._complaints[0].position]
                self._best[act] = Best(position, does, failed_us)

    def _is_repeat(self, position: int, complained: Likeness) -> bool:
        """Still the same failing, or one like a failing of late, whatever was said about it."""
        unresolved = self._reading.probabilities[position][CustomerAct.UNRESOLVED]
        if self._complaints and unresolved >= self._rules.minimum_probability:
            return True
        sent_us = self._history.sent_us
        since_us = sent_us[position] - int(self._rules.repeat_window_days * MICROSECONDS_PER_DAY)
        not_before = bisect_left(sent_us, since_us)
        return complained.find(failing_words(self._history.texts[position]), not_before) is not None

    def episode(self, as_of_us: int) -> Episode:
        silent_us = self._spoken_us + self._quiet_us
        ended: int | None = silent_us if silent_us <= as_of_us else None
        if self._closed_by is not None:
            ended = self._history.sent_us[self._closed_by]
        return Episode(
            complaints=tuple([c.position for c in self._complaints]),
            probability=max([c.probability for c in self._complaints]),
            best=self._best,
            deflections=tuple(self._deflections),
            completeness=self._completeness(),
            repeats=tuple(self._repeats),
            closed_by=self._closed_by,
            ended_us=ended,
            answers=tuple(self._answers),
        )

    def _completeness(self) -> float:
        """The six components of an apology (Lewicki, Polin and Lount 2016), weighted, 0 to 1."""
        if BrandAct.APOLOGY not in self._best:
            return 0.0
        texts = [self._history.texts[p] for p in self._answers]
        present = {
            "regret": self._chance(BrandAct.APOLOGY),
            "explanation": self._chance(BrandAct.EXPLANATION),
            "responsibility": self._chance(BrandAct.OWNERSHIP),
            "repentance": 1.0 if any(_BETTER_FROM_NOW.search(t) for t in texts) else 0.0,
            "repair": max([self._chance(act) for act in _REPAIRING]),
            "request": 1.0 if any(_ASKS_PARDON.search(t) for t in texts) else 0.0,
        }
        weights = self._rules.component_weights
        return sum([weight * present[name] for name, weight in weights.items()])

    def _chance(self, act: BrandAct) -> float:
        best = self._best.get(act)
        return 0.0 if best is None else best.probability
