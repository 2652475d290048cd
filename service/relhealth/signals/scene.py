"""Everything that the traits look at: a history, its reading, and the signals computed once."""

from __future__ import annotations

from dataclasses import dataclass

from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.domain.history import History
from relhealth.domain.reading import Columns, Reading
from relhealth.domain.rubric import Rubric
from relhealth.signals.commitments import Commitment, commitments
from relhealth.signals.contentment import Contentment, contentments
from relhealth.signals.context import in_context
from relhealth.signals.episodes import Episode, episodes, failings, unresolved_probabilities
from relhealth.signals.outreach import Outreach, outreach, unwelcome
from relhealth.signals.pairing import Call, Pairing, Role, pair
from relhealth.signals.permission import Permission, permission
from relhealth.signals.talk import Repetition, Talk, canned_lines, talk
from relhealth.signals.wording import Words

Places = tuple[tuple[int, ...], ...]
"""By act, the places of the messages that do it, ascending."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A history at a moment, with its signals.

    Attributes:
        history: Cut at the moment.
        reading: Its acts, read in context.
        columns: The reading by act.
        as_of_us: The moment, in microseconds since 1970 UTC.
        least: Below this probability an act is no evidence.
        brand_positions: Places of the brand's interactions, ascending.
        customer_positions: Places of the customer's interactions, ascending.
        brand_doing: By act, those of the brand's that do it, as far as it is evidence.
        customer_doing: The same of the customer's.
        failing: How surely each of the customer's interactions says that something fell short.
        unresolved: How surely each interaction says that it is still not solved; 0 for the brand's.
    """

    history: History
    reading: Reading
    columns: Columns
    rubric: Rubric
    as_of_us: int
    least: float
    brand_positions: tuple[int, ...]
    customer_positions: tuple[int, ...]
    brand_doing: Places
    customer_doing: Places
    failing: tuple[float, ...]
    words: Words
    pairing: Pairing
    talk: Talk
    outreach: Outreach
    permission: Permission
    episodes: tuple[Episode, ...]
    commitments: tuple[Commitment, ...]
    unresolved: tuple[float, ...]
    contentments: tuple[Contentment, ...]

    def brand(self, position: int, act: BrandAct) -> float:
        """Probability that the brand's message at `position` does `act`."""
        return self.columns[act][position]

    def customer(self, position: int, act: CustomerAct) -> float:
        """Probability that the customer's message at `position` does `act`."""
        return self.columns[act][position]

    def answers(self) -> list[int]:
        """Places of the brand's messages that answered a call, ascending."""
        return list(self.pairing.answered)

    def called_us(self, position: int) -> int:
        """When the latest call came that the brand's answer at `position` closed."""
        return self.history.sent_us[self.pairing.answered[position][-1]]

    def with_role(self, role: Role) -> tuple[int, ...]:
        """Places of the messages that play a part, ascending."""
        return self.pairing.with_role(role)

    def open_calls(self) -> list[Call]:
        """The calls that nobody answered yet, and that are not settled, in order of time."""
        return [call for call in self.pairing.calls if call.is_open]

    def canned_lines(self) -> tuple[Repetition, ...]:
        """The brand's messages that nearly repeat one of an earlier moment, in order."""
        rules, sent_us = self.rubric.wording, self.history.sent_us
        return canned_lines(self.words, sent_us, self.brand_positions, self.pairing, rules)


def observe(history: History, reading: Reading, rubric: Rubric, as_of_us: int) -> Scene:
    """Computes the signals of a history that was cut at `as_of_us`, from a reading of its texts."""
    reading = in_context(history, reading, rubric.context)
    columns = reading.columns
    words = Words(history.texts)
    least = rubric.minimum_act_probability
    pairing = pair(history, reading, columns, words, rubric.calls, rubric.outreach)
    failing = failings(history, columns, rubric.episodes, least)
    failed = episodes(history, reading, failing, words, pairing, rubric.episodes, least, as_of_us)
    customer_positions = pairing.with_role(Role.CUSTOMER)
    brand_positions = _others(customer_positions, len(history))
    permitted = permission(history, columns, pairing, least)
    sent = outreach(history, pairing, permitted.invited, rubric.outreach)
    return Scene(
        history=history,
        reading=reading,
        columns=columns,
        rubric=rubric,
        as_of_us=as_of_us,
        least=least,
        brand_positions=brand_positions,
        customer_positions=customer_positions,
        brand_doing=_doing(reading, brand_positions, len(BrandAct), least),
        customer_doing=_doing(reading, customer_positions, len(CustomerAct), least),
        failing=failing,
        words=words,
        pairing=pairing,
        talk=talk(words, pairing, unwelcome(sent, reading, least), rubric.wording),
        outreach=sent,
        permission=permitted,
        episodes=failed,
        commitments=commitments(
            history, reading, columns, pairing, failed, rubric.commitments, as_of_us
        ),
        contentments=contentments(columns, failing, pairing, least),
        unresolved=unresolved_probabilities(history, columns, failing, pairing, rubric.episodes),
    )


def _others(positions: tuple[int, ...], count: int) -> tuple[int, ...]:
    """The places below `count` that are not among `positions`."""
    theirs = set(positions)
    return tuple([p for p in range(count) if p not in theirs])


def _doing(reading: Reading, positions: tuple[int, ...], acts: int, least: float) -> Places:
    found: list[list[int]] = [[] for _ in range(acts)]
    rows = reading.probabilities
    for position in positions:
        for column, probability in enumerate(rows[position]):
            if probability >= least:
                found[column].append(position)
    return tuple([tuple(places) for places in found])
