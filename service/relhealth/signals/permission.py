"""What contact the customer permits: opt-outs, consents, and what disregards them."""

from __future__ import annotations

from dataclasses import dataclass

from relhealth.domain.acts import CustomerAct
from relhealth.domain.history import Consent, History, OptOut
from relhealth.domain.reading import Reading
from relhealth.domain.vocabulary import Channel, Party
from relhealth.signals.pairing import Pairing, Role


@dataclass(frozen=True, slots=True)
class Disregard:
    """An unasked contact within the scope of an opt-out.

    Attributes:
        position: The contact.
        opt_out: The interaction by which the customer opted out.
        probability: That it was an opt-out, 0 to 1; 1 for a structured one.
        standing: Whether the customer has not consented again since.
    """

    position: int
    opt_out: int
    probability: float
    standing: bool


@dataclass(frozen=True, slots=True)
class Permission:
    """Where the customer's permission stands.

    Attributes:
        disregards: Contacts in spite of an opt-out, ascending.
        withdrawn: Channels now closed to unasked contact, by the opt-out that closed each;
            `Channel.UNSPECIFIED` stands for all.
        withdrawn_probability: The largest probability of an opt-out still in force; 0 without.
    """

    disregards: tuple[Disregard, ...]
    withdrawn: dict[Channel, int]
    withdrawn_probability: float


def permission(
    history: History, reading: Reading, pairing: Pairing, minimum_probability: float
) -> Permission:
    """Follows opt-outs and consents through a history."""
    closed: dict[Channel, tuple[int, float]] = {}
    found: list[Disregard] = []
    for position, sender in enumerate(history.senders):
        if sender == Party.CUSTOMER:
            lifted = _follow(position, history, reading, minimum_probability, closed)
            if lifted:
                found = [_after_consent(d, history, lifted) for d in found]
        elif pairing.roles[position] == Role.OUTREACH:
            reason = closed.get(Channel.UNSPECIFIED) or closed.get(history.channels[position])
            if reason is not None:
                found.append(Disregard(position, reason[0], reason[1], standing=True))
    return Permission(
        tuple(found),
        {channel: reason[0] for channel, reason in closed.items()},
        max([reason[1] for reason in closed.values()], default=0.0),
    )


def _follow(
    position: int,
    history: History,
    reading: Reading,
    minimum_probability: float,
    closed: dict[Channel, tuple[int, float]],
) -> tuple[Channel, ...]:
    """Takes in one interaction of the customer's; returns the channels that it opens again."""
    outcome = history.outcomes[position]
    if isinstance(outcome, OptOut):
        for channel in outcome.channels or (Channel.UNSPECIFIED,):
            closed[channel] = (position, 1.0)
        return ()
    if isinstance(outcome, Consent):
        lifted = outcome.channels or tuple(Channel)
        for channel in lifted:
            closed.pop(channel, None)
        return lifted
    probability = reading.probabilities[position][CustomerAct.OPT_OUT]
    if probability >= minimum_probability:
        standing = closed.get(Channel.UNSPECIFIED)
        if standing is None or standing[1] < probability:
            # Words seldom name channels reliably: what they ask is to be left alone.
            closed[Channel.UNSPECIFIED] = (position, probability)
    return ()


def _after_consent(
    disregard: Disregard, history: History, lifted: tuple[Channel, ...]
) -> Disregard:
    if history.channels[disregard.position] not in lifted:
        return disregard
    return Disregard(disregard.position, disregard.opt_out, disregard.probability, standing=False)
