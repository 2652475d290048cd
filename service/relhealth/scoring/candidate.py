"""Something that a brand could do next, and the names of all such things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from relhealth.domain.acts import BrandAct
from relhealth.domain.vocabulary import Channel
from relhealth.scoring.simulation import Draft

LEAVE_ALONE: Final = "leave_alone"
CHECK_IN: Final = "check_in"
ACTIONS: Final = {
    LEAVE_ALONE: "Send nothing.",
    "stop_promotions": "Send no more advertisements.",
    "stop_nagging": "Beg for nothing more, and ask nothing more that nobody answers.",
    "keep_commitment": "Do what was promised, and say that it is done.",
    "answer_open_call": "Help with what the customer asked or complained about.",
    "acknowledge_praise": "Thank the customer for a good word.",
    "own_mistake": "Where it was the brand's fault, say so, and apologise.",
    "apologise": "Apologise for what went wrong.",
    "put_it_right": "Help with what went wrong.",
    "offer_goodwill": "Give something to make up for what went wrong.",
    "ask_what_is_missing": "Ask what is needed to help with a message that waits.",
    CHECK_IN: "Ask, unasked, how the customer is.",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that the brand could do, before it is known what it would bring.

    Attributes:
        name: One of `ACTIONS`.
        positions: The interactions it is about, ascending.
        acts: What each of its messages does.
        drafts: Its messages; where it stops something, the messages that it prevents.
        stops: Whether it stops something.
        asked_for: Whether the customer asked for it, or the brand promised it.
        summary: A sentence.
    """

    name: str
    positions: tuple[int, ...]
    acts: tuple[BrandAct, ...]
    drafts: tuple[Draft, ...]
    stops: bool
    asked_for: bool
    summary: str

    def reaches(self, withdrawn: dict[Channel, int]) -> bool:
        """Whether its messages go where the customer does not want to be contacted unasked."""
        return any(draft.channel in withdrawn for draft in self.drafts)
