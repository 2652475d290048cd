"""What the brand sent unasked: runs that nobody answered, the load, and what was welcome."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Final

from relhealth.domain.acts import CustomerAct
from relhealth.domain.evidence import LIKELY
from relhealth.domain.history import MICROSECONDS_PER_DAY, History
from relhealth.domain.reading import Reading
from relhealth.domain.rubric import OutreachRules
from relhealth.signals.pairing import Pairing, Role

WELCOMING_ACTS: Final = (CustomerAct.PRAISE, CustomerAct.GRATITUDE, CustomerAct.ADVOCACY)
"""What an answer does that welcomes what it answers."""


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
    """A message beyond what the customer's attention warrants, unasked or consented to.

    Attributes:
        position: The message.
        excess: Messages in the window, this one included, beyond the allowance; above 0. Before
            one that nobody asked for, what is wanted counts only as far as it was too much.
    """

    position: int
    excess: float


@dataclass(frozen=True, slots=True)
class Outreach:
    """All of it, each in order of time.

    Attributes:
        unasked: What nobody asked for: all outreach but what is wanted.
        wanted: What the customer had consented to.
    """

    unasked: tuple[int, ...]
    wanted: frozenset[int]
    runs: tuple[Run, ...]
    welcomes: tuple[Welcome, ...]
    loads: tuple[Load, ...]


def outreach(
    history: History, pairing: Pairing, invited: tuple[int, ...], rules: OutreachRules
) -> Outreach:
    """Finds runs, answers and load; linear in the number of interactions.

    A consent makes of outreach what was asked for, however much it loads: `invited` are the
    messages that stand under one.
    """
    sent = pairing.with_role(Role.OUTREACH)
    wanted = frozenset(invited)
    loads = _loads(history, pairing, wanted, rules)
    customer_positions = pairing.with_role(Role.CUSTOMER)
    runs: list[Run] = []
    welcomes: list[Welcome] = []
    begin = 0
    while begin < len(sent):
        following = bisect_left(customer_positions, sent[begin])
        end = len(sent)
        taken: tuple[int, ...] = ()
        if following < len(customer_positions):
            position = customer_positions[following]
            end = bisect_left(sent, position, begin)
            taken = _answered_by(position, sent[begin:end], history, pairing, rules)
            if taken:
                welcomes.append(Welcome(taken, position))
        answered = set(taken)
        left = tuple([p for p in sent[begin:end] if p not in wanted and p not in answered])
        if left:
            runs.append(Run(left))
        begin = end
    unasked = tuple([p for p in sent if p not in wanted])
    return Outreach(unasked, wanted, tuple(runs), tuple(welcomes), loads)


def welcoming(row: tuple[float, ...], least: float) -> float:
    """How surely a customer's answer welcomes what it answers, 0 to 1; 0 below `least`."""
    warm = max([row[act] for act in WELCOMING_ACTS])
    cold = max(row[CustomerAct.COMPLAINT], row[CustomerAct.OPT_OUT], row[CustomerAct.ABUSE])
    return warm * (1.0 - cold) if warm >= least and warm > cold else 0.0


def unwelcome(sent: Outreach, reading: Reading, least: float) -> tuple[int, ...]:
    """What nobody asked for, and the customer likely did not welcome either, ascending."""
    rows = reading.probabilities
    kind = [w for w in sent.welcomes if welcoming(rows[w.answer], least) >= LIKELY]
    welcomed = {p for welcome in kind for p in welcome.outreach}
    return tuple([p for p in sent.unasked if p not in welcomed])


def _answered_by(
    position: int,
    pending: tuple[int, ...],
    history: History,
    pairing: Pairing,
    rules: OutreachRules,
) -> tuple[int, ...]:
    """The outreach that a customer's message answers: what it names, else what it follows.

    Who wants to be left alone takes up nothing.
    """
    if position in pairing.farewells:
        return ()
    named = history.reply_to[position]
    if named is not None:
        return (named,) if named in pending else ()
    thread = history.threads[position]
    if thread is not None:
        return tuple([p for p in pending if history.threads[p] == thread])
    if _goes_on(position, pairing):
        return ()
    since_us = history.sent_us[position] - int(rules.answer_window_days * MICROSECONDS_PER_DAY)
    channel = history.channels[position]
    return tuple(
        [p for p in pending if history.sent_us[p] >= since_us and history.channels[p] == channel]
    )


def _goes_on(position: int, pairing: Pairing) -> bool:
    """Whether a customer's message goes on with a conversation that was there before it."""
    number = pairing.conversations[position]
    return number is not None and pairing.first_of[number] < position


def _loads(
    history: History, pairing: Pairing, invited: frozenset[int], rules: OutreachRules
) -> tuple[Load, ...]:
    window_us = int(rules.load_window_days * MICROSECONDS_PER_DAY)
    sent_us = history.sent_us
    outreach_us = [sent_us[p] for p in pairing.with_role(Role.OUTREACH)]
    loading_us: list[int] = []  # of those before that are not wanted, or too many
    customer_us = [sent_us[p] for p in pairing.with_role(Role.CUSTOMER)]
    found: list[Load] = []
    for count, position in enumerate(pairing.with_role(Role.OUTREACH), start=1):
        since_us = sent_us[position] - window_us
        allowance = rules.load_allowance
        if position in invited:
            allowance = max(allowance, rules.load_allowance_consented)
            sent = count - bisect_left(outreach_us, since_us)
        else:
            loading_us.append(sent_us[position])
            sent = len(loading_us) - bisect_left(loading_us, since_us)
        if sent <= allowance:
            continue
        before = bisect_left(pairing.with_role(Role.CUSTOMER), position)
        own = before - bisect_left(customer_us, since_us, 0, before)
        allowance += rules.load_allowance_per_customer_message * own
        if sent > allowance:
            found.append(Load(position, sent - allowance))
            if position in invited:
                loading_us.append(sent_us[position])
    return tuple(found)
