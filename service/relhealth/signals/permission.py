"""What contact the customer permits: opt-outs, consents, and what disregards them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.domain.history import Consent, History, OptOut
from relhealth.domain.reading import Columns
from relhealth.domain.vocabulary import Channel
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
        invited: Unasked contacts on a channel to which the customer had consented, but what begs:
            nobody consents to that; ascending.
        withdrawn: Channels now closed to unasked contact, by the opt-out that closed each; one
            for all channels closes every one.
        withdrawn_probability: How surely an opt-out is in force on every channel on which the two
            are in touch; 0 where one of them is open.
    """

    disregards: tuple[Disregard, ...]
    invited: tuple[int, ...]
    withdrawn: dict[Channel, int]
    withdrawn_probability: float


def permission(
    history: History, columns: Columns, pairing: Pairing, minimum_probability: float
) -> Permission:
    """Follows opt-outs and consents through a history."""
    opting_out = columns[CustomerAct.OPT_OUT]
    outcomes = history.outcomes
    told = {
        p
        for p in pairing.with_role(Role.CUSTOMER)
        if opting_out[p] >= minimum_probability or outcomes[p] is not None
    }
    if not told:
        return Permission((), (), {}, 0.0)
    walk = _Walk(history, opting_out, columns[BrandAct.ENGAGEMENT_BAIT], minimum_probability)
    in_touch = {history.channels[p] for p in range(len(history)) if history.texts[p]}
    for position in sorted(told.union(pairing.with_role(Role.OUTREACH))):
        if position in told:
            walk.customer(position)
        else:
            walk.contact(position)
    return walk.result(in_touch or set(history.channels))


class _Walk:
    """The state of the pass; private and gone when it ends."""

    def __init__(
        self,
        history: History,
        opting_out: tuple[float, ...],
        begging: tuple[float, ...],
        minimum_probability: float,
    ) -> None:
        self._history = history
        self._opting_out = opting_out
        self._begging = begging
        self._minimum_probability = minimum_probability
        self._closed: dict[Channel, tuple[int, float]] = {}
        self._consented: set[Channel] = set()
        self._invited: list[int] = []
        self._found: list[Disregard] = []
        self._standing: dict[Channel, list[int]] = {}

    def customer(self, position: int) -> None:
        outcome = self._history.outcomes[position]
        if isinstance(outcome, OptOut):
            self._close(outcome.channels or tuple(Channel), position, 1.0)
        elif isinstance(outcome, Consent):
            self._reopen(outcome.channels or tuple(Channel))
        else:
            probability = self._opting_out[position]
            if probability >= self._minimum_probability:
                # Words seldom name channels reliably: what they ask is to be left alone.
                self._close(tuple(Channel), position, probability)

    def contact(self, position: int) -> None:
        channel = self._history.channels[position]
        begs = self._begging[position] >= self._minimum_probability
        if channel in self._consented and not begs:
            self._invited.append(position)
        reason = self._closed.get(channel)
        if reason is not None:
            self._standing.setdefault(channel, []).append(len(self._found))
            self._found.append(Disregard(position, reason[0], reason[1], standing=True))

    def result(self, in_touch: set[Channel]) -> Permission:
        surely = [self._closed[c][1] if c in self._closed else 0.0 for c in in_touch]
        return Permission(
            tuple(self._found),
            tuple(self._invited),
            {channel: reason[0] for channel, reason in self._closed.items()},
            min(surely),
        )

    def _close(self, channels: tuple[Channel, ...], position: int, probability: float) -> None:
        self._consented.difference_update(channels)
        for channel in channels:
            known = self._closed.get(channel)
            if known is None or known[1] < probability:
                self._closed[channel] = (position, probability)

    def _reopen(self, channels: tuple[Channel, ...]) -> None:
        self._consented.update(channels)
        for channel in channels:
            self._closed.pop(channel, None)
            for index in self._standing.pop(channel, ()):
                self._found[index] = replace(self._found[index], standing=False)
