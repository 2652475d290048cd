"""What the brand sent unasked: runs that nobody answered, the load, and what was welcome."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from relhealth.domain.history import MICROSECONDS_PER_DAY, History
from relhealth.domain.rubric import OutreachRules
from relhealth.domain.vocabulary import Party
from relhealth.signals.pairing import Pairing, Role


@dataclass(frozen=True, slots=True)
class Run:
    """Messages in a row that nobody asked for and nobody answered; never empty."""

    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Welcome:
    """A customer's message and what it answers of what the brand sent unasked; never empty."""

    outreach: tuple[int, ...]
    answer: int


@dataclass(frozen=True, slots=True)
class Load:
    """An unasked message beyond what the customer's attention warrants.

    Attributes:
        position: The message.
        excess: Unasked messages in the window, this one included, beyond the allowance; above 0.
    """

    position: int
    excess: float


@dataclass(frozen=True, slots=True)
class Outreach:
    """All of it, each in order of time."""

    runs: tuple[Run, ...]
    welcomes: tuple[Welcome, ...]
    loads: tuple[Load, ...]


def outreach(history: History, pairing: Pairing, rules: OutreachRules) -> Outreach:
    """Finds runs, answers and load; linear in the number of interactions."""
    runs: list[Run] = []
    welcomes: list[Welcome] = []
    pending: list[int] = []
    for position, role in enumerate(pairing.roles):
        if role == Role.OUTREACH:
            pending.append(position)
        elif role == Role.CUSTOMER and pending:
            taken = _answered_by(position, pending, history, pairing, rules)
            if taken:
                welcomes.append(Welcome(tuple(taken), position))
            left = tuple(sorted(set(pending).difference(taken)))
            if left:
                runs.append(Run(left))
            pending = []
    if pending:
        runs.append(Run(tuple(pending)))
    return Outreach(tuple(runs), tuple(welcomes), _loads(history, pairing, rules))


def _answered_by(
    position: int,
    pending: list[int],
    history: History,
    pairing: Pairing,
    rules: OutreachRules,
) -> list[int]:
    """The outreach that a customer's message answers: what it names, else what it follows."""
    named = history.reply_to[position]
    if named is not None:
        return [named] if named in pending else []
    thread = history.threads[position]
    if thread is not None:
        return [p for p in pending if history.threads[p] == thread]
    if _goes_on(position, pairing):
        return []
    since_us = history.sent_us[position] - int(rules.answer_window_days * MICROSECONDS_PER_DAY)
    channel = history.channels[position]
    return [p for p in pending if history.sent_us[p] >= since_us and history.channels[p] == channel]


def _goes_on(position: int, pairing: Pairing) -> bool:
    """Whether a customer's message goes on with a conversation that was there before it."""
    number = pairing.conversations[position]
    return number is not None and pairing.first_of[number] < position


def _loads(history: History, pairing: Pairing, rules: OutreachRules) -> tuple[Load, ...]:
    window_us = int(rules.load_window_days * MICROSECONDS_PER_DAY)
    unasked_us: list[int] = []
    customer_us: list[int] = []
    found: list[Load] = []
    for position, role in enumerate(pairing.roles):
        now_us = history.sent_us[position]
        if history.senders[position] == Party.CUSTOMER:
            customer_us.append(now_us)
        elif role == Role.OUTREACH:
            unasked_us.append(now_us)
            own = len(customer_us) - bisect_left(customer_us, now_us - window_us)
            sent = len(unasked_us) - bisect_left(unasked_us, now_us - window_us)
            allowance = rules.load_allowance + rules.load_allowance_per_customer_message * own
            if sent > allowance:
                found.append(Load(position, sent - allowance))
    return tuple(found)
