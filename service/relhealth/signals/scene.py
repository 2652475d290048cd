"""Everything that the traits look at: a history, its reading, and the signals computed once."""

from __future__ import annotations

from dataclasses import dataclass

from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.domain.history import History
from relhealth.domain.reading import Reading
from relhealth.domain.rubric import Rubric
from relhealth.domain.vocabulary import Party
from relhealth.signals.commitments import Commitment, commitments
from relhealth.signals.episodes import (
    Episode,
    episodes,
    failing_probability,
    unresolved_probabilities,
)
from relhealth.signals.outreach import Outreach, outreach
from relhealth.signals.pairing import Call, Pairing, Role, pair
from relhealth.signals.permission import Permission, permission


@dataclass(frozen=True, slots=True)
class Scene:
    """A history at a moment, with its signals.

    Attributes:
        history: Cut at the moment.
        reading: Its acts.
        as_of_us: The moment, in microseconds since 1970 UTC.
        least: Below this probability an act is no evidence.
        customer_positions: Places of the customer's interactions, ascending.
        unresolved: How surely each interaction says that it is still not solved; 0 for the brand's.
    """

    history: History
    reading: Reading
    rubric: Rubric
    as_of_us: int
    least: float
    pairing: Pairing
    outreach: Outreach
    permission: Permission
    episodes: tuple[Episode, ...]
    commitments: tuple[Commitment, ...]
    customer_positions: tuple[int, ...]
    unresolved: tuple[float, ...]

    def brand(self, position: int, act: BrandAct) -> float:
        """Probability that the brand's message at `position` does `act`."""
        return self.reading.probabilities[position][act]

    def customer(self, position: int, act: CustomerAct) -> float:
        """Probability that the customer's message at `position` does `act`."""
        return self.reading.probabilities[position][act]

    def failing(self, position: int) -> float:
        """How surely the customer's interaction at `position` says that something fell short."""
        return failing_probability(position, self.history, self.reading, self.rubric.episodes)

    def answers(self) -> list[int]:
        """Places of the brand's messages that answered a call, ascending."""
        return list(self.pairing.answered)

    def called_us(self, position: int) -> int:
        """When the latest call came that the brand's answer at `position` closed."""
        return self.history.sent_us[self.pairing.answered[position][-1]]

    def with_role(self, role: Role) -> list[int]:
        """Places of the messages that play a part, ascending."""
        return [p for p, r in enumerate(self.pairing.roles) if r == role]

    def open_calls(self) -> list[Call]:
        """The calls that nobody answered yet, in order of time."""
        return [call for call in self.pairing.calls if call.answered_by is None]


def observe(history: History, reading: Reading, rubric: Rubric, as_of_us: int) -> Scene:
    """Computes the signals of a history that was cut at `as_of_us`."""
    pairing = pair(history, reading, rubric.calls, rubric.outreach)
    least = rubric.minimum_act_probability
    failings = episodes(history, reading, pairing, rubric.episodes, least, as_of_us)
    return Scene(
        history=history,
        reading=reading,
        rubric=rubric,
        as_of_us=as_of_us,
        least=least,
        pairing=pairing,
        outreach=outreach(history, pairing, rubric.outreach),
        permission=permission(history, reading, pairing, least),
        episodes=failings,
        commitments=commitments(history, reading, pairing, failings, rubric.commitments, as_of_us),
        customer_positions=tuple([p for p, s in enumerate(history.senders) if s == Party.CUSTOMER]),
        unresolved=unresolved_probabilities(history, reading, pairing, rubric.episodes),
    )
