"""Failures and what came of them: complaint, repair, aftermath, repeat.

An episode begins with a complaint (or a low rating) and gathers what follows in its conversation.
It ends when the customer closes it (it works, no worries, thanks) or falls silent; what the brand
says later in the conversation still belongs to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.domain.history import MICROSECONDS_PER_DAY, History, Rating
from relhealth.domain.reading import Reading
from relhealth.domain.rubric import EpisodeRules
from relhealth.signals.pairing import Pairing, Role
from relhealth.signals.wording import similarity, telling_words

_ASKS_PARDON: Final = re.compile(
    r"\b(?:forgive|pardon|accept (?:our|my) (?:\w+ )?apolog)", re.IGNORECASE
)
_BETTER_FROM_NOW: Final = re.compile(
    r"\b(?:won't happen again|not happen again|from now on|in (?:the )?future|make sure (?:this|it)"
    r"|so that (?:this|it) doesn't|prevent|we'?ve changed|we'?ll do better|do better)",
    re.IGNORECASE,
)
_ADMITTING: Final = (BrandAct.APOLOGY, BrandAct.OWNERSHIP)
_REPAIRING: Final = (BrandAct.GOODWILL, BrandAct.HELP)
_LIKELY: Final = 0.5
_CLOSING: Final = (CustomerAct.RESOLUTION, CustomerAct.FORGIVENESS, CustomerAct.GRATITUDE)


@dataclass(frozen=True, slots=True)
class Best:
    """The message of the brand's that does an act most surely, and how surely."""

    position: int
    probability: float


@dataclass(frozen=True, slots=True)
class Episode:
    """A failing and what followed.

    Attributes:
        complaints: Places of the complaints, ascending; never empty.
        probability: That there was a failing: the largest of its complaints'.
        best: By act, the brand's surest message within the episode.
        deflections: Places of the brand's deflections, with their probabilities.
        completeness: How complete the apology is, 0 to 1; 0 without an apology.
        repeats: Complaints of the same failing after an apology, with their probabilities.
        closed_by: The customer's message that closed it, or None.
        ended_us: When it ended; None while it goes on.
        answers: Places of the brand's messages in it.
    """

    complaints: tuple[int, ...]
    probability: float
    best: dict[BrandAct, Best]
    deflections: tuple[Best, ...]
    completeness: float
    repeats: tuple[Best, ...]
    closed_by: int | None
    ended_us: int | None
    answers: tuple[int, ...]


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


def episodes(
    history: History, reading: Reading, pairing: Pairing, rules: EpisodeRules, as_of_us: int
) -> tuple[Episode, ...]:
    """All episodes, by their first complaint."""
    drafts: list[_Draft] = []
    current: dict[int, _Draft] = {}
    for position, number in enumerate(pairing.conversations):
        if number is None or pairing.roles[position] == Role.RECEIPT:
            continue
        draft = current.get(number)
        if pairing.roles[position] == Role.CUSTOMER:
            failing = failing_probability(position, history, reading, rules)
            if failing >= rules.minimum_probability:
                if draft is None or draft.is_over(history.sent_us[position], rules):
                    draft = _Draft(history, reading)
                    drafts.append(draft)
                    current[number] = draft
                draft.complain(position, failing, rules)
            elif draft is not None:
                draft.customer(position, rules)
        elif draft is not None:
            draft.brand(position)
    _mark_later_repeats(drafts, rules)
    return tuple([d.episode(rules, as_of_us) for d in drafts])


class _Draft:
    """An episode while it is gathered; private to the pass."""

    def __init__(self, history: History, reading: Reading) -> None:
        self._history = history
        self._reading = reading
        self.complaints: list[Best] = []
        self.best: dict[BrandAct, Best] = {}
        self.deflections: list[Best] = []
        self.repeats: list[Best] = []
        self.closed_by: int | None = None
        self.answers: list[int] = []
        self.last_customer = 0

    def is_over(self, now_us: int, rules: EpisodeRules) -> bool:
        if self.closed_by is not None:
            return True
        quiet_us = now_us - self._history.sent_us[self.last_customer]
        return quiet_us > rules.quiet_days * MICROSECONDS_PER_DAY

    def complain(self, position: int, failing: float, rules: EpisodeRules) -> None:
        unresolved = self._reading.probabilities[position][CustomerAct.UNRESOLVED]
        if self.apologised and (
            unresolved >= rules.minimum_probability or self.is_same_failing(position, rules)
        ):
            self.repeats.append(Best(position, failing))
        self.complaints.append(Best(position, failing))
        self.last_customer = position

    def customer(self, position: int, rules: EpisodeRules) -> None:
        row = self._reading.probabilities[position]
        if self.closed_by is None and max([row[a] for a in _CLOSING]) >= rules.minimum_probability:
            self.closed_by = position
        self.last_customer = position

    def brand(self, position: int) -> None:
        row = self._reading.probabilities[position]
        for act in BrandAct:
            known = self.best.get(act)
            if known is None or row[act] > known.probability:
                self.best[act] = Best(position, row[act])
        self.deflections.append(Best(position, row[BrandAct.DEFLECTION]))
        self.answers.append(position)

    @property
    def apologised(self) -> bool:
        return max([self.chance(act) for act in _ADMITTING]) >= _LIKELY

    def chance(self, act: BrandAct) -> float:
        best = self.best.get(act)
        return 0.0 if best is None else best.probability

    def is_same_failing(self, position: int, rules: EpisodeRules) -> bool:
        mine = telling_words(self._history.texts[position])
        return any(
            similarity(mine, telling_words(self._history.texts[c.position]))
            >= rules.repeat_similarity
            for c in self.complaints
        )

    def completeness(self, rules: EpisodeRules) -> float:
        """The six components of an apology (Lewicki, Polin and Lount 2016), weighted, 0 to 1."""
        apology = self.best.get(BrandAct.APOLOGY)
        if apology is None:
            return 0.0
        texts = [self._history.texts[b.position] for b in self.best.values()]
        present = {
            "regret": apology.probability,
            "explanation": self.chance(BrandAct.EXPLANATION),
            "responsibility": self.chance(BrandAct.OWNERSHIP),
            "repentance": 1.0 if any(_BETTER_FROM_NOW.search(t) for t in texts) else 0.0,
            "repair": max([self.chance(act) for act in _REPAIRING]),
            "request": 1.0 if any(_ASKS_PARDON.search(t) for t in texts) else 0.0,
        }
        return sum([weight * present[name] for name, weight in rules.component_weights.items()])

    def episode(self, rules: EpisodeRules, as_of_us: int) -> Episode:
        quiet_us = int(rules.quiet_days * MICROSECONDS_PER_DAY)
        silent_us = self._history.sent_us[self.last_customer] + quiet_us
        ended: int | None = silent_us if silent_us <= as_of_us else None
        if self.closed_by is not None:
            ended = self._history.sent_us[self.closed_by]
        return Episode(
            complaints=tuple([c.position for c in self.complaints]),
            probability=max([c.probability for c in self.complaints]),
            best=self.best,
            deflections=tuple(self.deflections),
            completeness=self.completeness(rules),
            repeats=tuple(self.repeats),
            closed_by=self.closed_by,
            ended_us=ended,
            answers=tuple(self.answers),
        )


def _mark_later_repeats(drafts: list[_Draft], rules: EpisodeRules) -> None:
    """A later episode that opens with an apologised failing of an earlier one is its repeat."""
    window_us = rules.repeat_window_days * MICROSECONDS_PER_DAY
    for index, draft in enumerate(drafts):
        first = draft.complaints[0]
        for earlier in reversed(drafts[:index]):
            sent_us = earlier._history.sent_us  # noqa: SLF001 - the same class's own state
            if sent_us[first.position] - sent_us[earlier.last_customer] > window_us:
                continue
            if earlier.apologised and earlier.is_same_failing(first.position, rules):
                draft.repeats.insert(0, first)
                break
