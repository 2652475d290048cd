"""Who answered what: conversations, calls, and the part each message plays.

One pass in the order of time. A message belongs to the conversation that it names (by the
interaction it answers, else by its thread), or else to the latest one that is still alive. A
customer's message that asks, complains, praises or thanks is a *call*; it stays open until the
first substantive message of a human at the brand in its conversation. Only the customer opens and
prolongs conversations: whatever the brand does, the customer's messages group in the same way, so
that a message of the brand's can change nothing that it did not earn.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import islice
from operator import itemgetter
from typing import Final

from relhealth.domain.acts import PRAISING_ACTS, BrandAct, CustomerAct
from relhealth.domain.history import (
    MICROSECONDS_PER_DAY,
    MICROSECONDS_PER_HOUR,
    Consent,
    History,
    OptOut,
)
from relhealth.domain.reading import Columns, Reading
from relhealth.domain.rubric import CallRules, OutreachRules
from relhealth.domain.vocabulary import Party, Purpose, SenderKind
from relhealth.signals.opting_out import confirms_opt_out
from relhealth.signals.substance import informing, marketing, serving
from relhealth.signals.wording import Words


class Role(IntEnum):
    """The part a message plays."""

    CUSTOMER = 0
    ANSWER = 1
    CONTINUATION = 2
    RECEIPT = 3
    NOTICE = 4
    OUTREACH = 5


# Looking a member up in its enum takes longer than all that is done with it.
_CUSTOMER: Final = Role.CUSTOMER
_ANSWER: Final = Role.ANSWER
_CONTINUATION: Final = Role.CONTINUATION
_RECEIPT: Final = Role.RECEIPT
_NOTICE: Final = Role.NOTICE
_OUTREACH: Final = Role.OUTREACH
_BOT: Final = SenderKind.BOT
_TRANSACTIONAL: Final = Purpose.TRANSACTIONAL
_EXPECTED: Final = (Purpose.TRANSACTIONAL, Purpose.SERVICE)
_NO_CALL: Final = -1.0  # below any importance
_NOT_ASKING: Final = frozenset(
    {*PRAISING_ACTS, CustomerAct.GRATITUDE, CustomerAct.INFORMATION, CustomerAct.OPT_OUT}
)
_thanking: Final = itemgetter(CustomerAct.GRATITUDE, CustomerAct.FORGIVENESS)
_wanting: Final = itemgetter(CustomerAct.COMPLAINT, CustomerAct.UNRESOLVED, CustomerAct.REQUEST)


@dataclass(frozen=True, slots=True)
class Call:
    """A customer's message that calls for an answer.

    Attributes:
        position: Its place in the history.
        act: What calls for the answer.
        importance: The act's weight times its probability; above 0.
        answered_by: Place of the first substantive answer, or None while it is open.
        keeps_waiting: Whether the customer waits for the answer: by praise, thanks and a wish to be
            left alone nobody does, by news only who has asked for something before.
        settled_by: Place of the customer's word that they need no answer any more (it works, it
            was their mistake), or None.
    """

    position: int
    act: CustomerAct
    importance: float
    answered_by: int | None
    keeps_waiting: bool
    settled_by: int | None

    @property
    def is_owed(self) -> bool:
        """Whether no answer falls short; what nobody waits by, but praise, calls for none."""
        return self.keeps_waiting or self.act in PRAISING_ACTS

    @property
    def is_open(self) -> bool:
        """Whether nobody has answered it, nor has the customer settled it."""
        return self.answered_by is None and self.settled_by is None


@dataclass(frozen=True, slots=True)
class Pairing:
    """Conversations, calls and roles of a history.

    Attributes:
        roles: The part of each message.
        conversations: Number of each message's conversation; None for what the brand sent unasked.
        calls: In order of time.
        answered: By place of the answer, the places of the calls that it closed, ascending.
        first_of: Place of the first message of each conversation.
        last_of: Place of the customer's last message of each.
        positions: By role, the places of the messages that play it, ascending.
        farewells: Places of the customer's messages that want to be left alone.
        dismissals: Those of them that want nothing else.
    """

    roles: tuple[Role, ...]
    conversations: tuple[int | None, ...]
    calls: tuple[Call, ...]
    answered: dict[int, tuple[int, ...]]
    first_of: tuple[int, ...]
    last_of: tuple[int, ...]
    positions: tuple[tuple[int, ...], ...]
    farewells: frozenset[int]
    dismissals: frozenset[int]

    def with_role(self, role: Role) -> tuple[int, ...]:
        """Places of the messages that play a part, ascending."""
        return self.positions[role]

    def conversations_of(self, position: int) -> frozenset[int | None]:
        """The conversations whose calls a message closed, its own included; else its own alone.

        One that names nothing may answer what was asked in several.
        """
        here = self.conversations[position]
        return frozenset([here, *[self.conversations[c] for c in self.answered.get(position, ())]])


@dataclass(slots=True)
class _Conversation:
    """A conversation so far.

    Attributes:
        first: Place of its first message.
        last: Place of the customer's last.
        spoken_us: When the customer last spoke.
        alive_us: When either party's turn last came.
        left: Whether the customer's last word leaves nothing to go on with: an opt-out, a consent.
        open_calls: Places of the calls without an answer, ascending.
        asked: Places of what the customer asked and has not shown to be settled, ascending.
    """

    first: int
    last: int
    spoken_us: int
    alive_us: int
    left: bool = False
    open_calls: list[int] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)


def pair(
    history: History,
    reading: Reading,
    columns: Columns,
    words: Words,
    rules: CallRules,
    outreach: OutreachRules,
) -> Pairing:
    """Pairs a history's messages; linear in their number for a bounded number of open calls."""
    walk = _Walk(history, reading, columns, words, rules, outreach)
    customer = Party.CUSTOMER
    for position, sender in enumerate(history.senders):
        if sender is customer:
            walk.customer(position)
        else:
            walk.brand(position)
    return walk.result()


class _Walk:
    """The state of the pass; private and gone when it ends."""

    def __init__(
        self,
        history: History,
        reading: Reading,
        columns: Columns,
        words: Words,
        rules: CallRules,
        outreach: OutreachRules,
    ) -> None:
        self._history = history
        self._words = words
        self._sent_us = history.sent_us
        self._reply_to = history.reply_to
        self._threads = history.threads
        self._purposes = history.purposes
        self._unread = reading.unread
        self._rules = rules
        self._rows = reading.probabilities
        self._window_us = int(rules.pairing_window_days * MICROSECONDS_PER_DAY)
        self._apology_us = int(rules.apology_window_days * MICROSECONDS_PER_DAY)
        self._continuation_us = int(rules.continuation_hours * MICROSECONDS_PER_HOUR)
        self._serving = serving(columns)
        self._informs = informing(columns, rules)
        self._opting_out = columns[CustomerAct.OPT_OUT]
        self._marketing = marketing(history.purposes, columns, self._serving, outreach)
        self._calling = _Calling(columns, rules)
        self._importances = self._calling.importances
        self._conversations: list[_Conversation] = []
        self._by_thread: dict[int, int] = {}
        self._spoken: int | None = None  # the conversation in which the customer spoke last
        self._alive: int | None = None  # the one in which either party's turn last came
        self._roles: list[Role] = []
        self._positions: list[list[int]] = [[] for _ in Role]
        self._members: list[int | None] = []
        # Where a reply of the customer's to each message belongs, whatever part the message plays.
        self._near: list[int | None] = []
        # The one that each names, by what it answers and what that answers, or by a thread: what
        # else the brand sends makes no difference to it, though to the part of what names nothing.
        self._named_by: list[int | None] = []
        self._waiting: dict[int, None] = {}  # conversations with open calls, by the last of them
        self._calls: list[tuple[int, CustomerAct, float, bool]] = []
        self._settled_by: dict[int, int] = {}
        self._answered_by: dict[int, int] = {}
        self._answered: dict[int, tuple[int, ...]] = {}
        self._farewells: set[int] = set()
        self._dismissals: list[int] = []

    def customer(self, position: int) -> None:
        number = self._named(position, self._near)
        if number is None and not self._names_any(position):
            chases = self._chases(position)
            number = self._spoken_within(self._apology_us if chases else self._window_us, position)
        if number is None:
            number = self._open(position)
        conversation = self._conversations[number]
        conversation.last = position
        conversation.spoken_us = conversation.alive_us = self._sent_us[position]
        is_farewell = self._opts_out(position) >= self._rules.minimum_probability
        consents = isinstance(self._history.outcomes[position], Consent)
        conversation.left = is_farewell or consents
        if is_farewell:
            self._farewells.add(position)
        dismisses = is_farewell and not self._asks_too(position)
        if dismisses:
            self._dismissals.append(position)
        self._spoken = self._alive = number
        self._settle(conversation, position)
        if self._importances[position] >= 0.0:
            act, importance = self._calling.strongest(position)
            if dismisses:
                act = CustomerAct.OPT_OUT
            asks = act not in _NOT_ASKING
            waits = asks or (act is CustomerAct.INFORMATION and bool(conversation.asked))
            if asks:
                conversation.asked.append(position)
            self._calls.append((position, act, importance, waits))
            conversation.open_calls.append(position)
            self._waiting.pop(number, None)
            self._waiting[number] = None
        self._near.append(number)
        self._named_by.append(number)
        self._place(_CUSTOMER, number)

    def _settle(self, conversation: _Conversation, position: int) -> None:
        """Takes what the customer asked for settled, where they say so and ask for nothing more.

        It works, or it was their own mistake: no answer is needed. Thanks settle what was answered.
        """
        if not conversation.asked:
            return
        row, least = self._rows[position], self._rules.minimum_probability
        wanting = max(_wanting(row))
        needless = row[CustomerAct.RESOLUTION]
        if row[CustomerAct.OWN_MISTAKE] > row[CustomerAct.INFORMATION]:
            needless = max(needless, row[CustomerAct.OWN_MISTAKE])
        if needless >= least and needless > wanting:
            self._settled_by.update(dict.fromkeys(conversation.asked, position))
            conversation.asked = []
        thanks = max(_thanking(row))
        if thanks >= least and thanks > wanting:
            conversation.asked = [p for p in conversation.asked if p not in self._answered_by]

    def brand(self, position: int) -> None:
        number = self._named(position, self._members)
        near = self._named(position, self._near)
        self._near.append(self._spoken_within(self._window_us, position) if near is None else near)
        named = self._named(position, self._named_by)
        self._named_by.append(named)
        if self._history.sender_kinds[position] is _BOT:
            self._automatic(position, number)
            return
        closed = self._close(position, named)
        if closed:
            self._answered[position] = closed
            self._answer(position, self._members[closed[-1]])
            return
        self._unasked(position, number)

    def result(self) -> Pairing:
        calls = tuple(
            [
                Call(p, act, importance, self._answered_by.get(p), waits, self._settled_by.get(p))
                for p, act, importance, waits in self._calls
            ]
        )
        first_of = tuple([c.first for c in self._conversations])
        positions = tuple([tuple(found) for found in self._positions])
        roles, members = tuple(self._roles), tuple(self._members)
        return Pairing(
            roles=roles,
            conversations=members,
            calls=calls,
            answered=self._answered,
            first_of=first_of,
            last_of=tuple([c.last for c in self._conversations]),
            positions=positions,
            farewells=frozenset(self._farewells),
            dismissals=frozenset(self._dismissals),
        )

    def _automatic(self, position: int, number: int | None) -> None:
        """A machine's message: a receipt within a conversation, else a notice or outreach."""
        if number is None and self._purposes[position] is not _TRANSACTIONAL:
            number = self._alive_within(self._continuation_us, position)
            if number is None and self._confirms(position):
                number = self._spoken
        if number is not None and self._goes_on(position, number):
            self._place(_RECEIPT, number)
        else:
            self._apart(position)

    def _unasked(self, position: int, number: int | None) -> None:
        """A message of the brand's that answers nothing: more of the same, a notice, outreach.

        What informs, or confirms an opt-out, goes on with a conversation for as long as it could
        have answered in it.
        """
        if number is None and self._purposes[position] is not _TRANSACTIONAL:
            number = self._alive_within(self._continuation_us, position)
            if number is None and self._informs[position]:
                number = self._spoken_within(self._window_us, position)
            if number is None and self._confirms(position):
                number = self._spoken
        if number is not None and self._goes_on(position, number):
            self._place(_CONTINUATION, number)
        else:
            self._apart(position)

    def _goes_on(self, position: int, number: int) -> bool:
        """Whether a brand's message that answers nothing belongs to the conversation."""
        if self._marketing[position]:
            return False
        if not self._conversations[number].left:
            return True
        return self._serves(position, named=False) or self._confirms(position)

    def _opts_out(self, position: int) -> float:
        """How surely a customer's message wants to be left alone, 0 to 1."""
        structured = isinstance(self._history.outcomes[position], OptOut)
        return 1.0 if structured else self._opting_out[position]

    def _chases(self, position: int) -> bool:
        """Whether a customer's message says that something before it is still not settled."""
        return self._rows[position][CustomerAct.UNRESOLVED] >= self._rules.minimum_probability

    def _asks_too(self, position: int) -> bool:
        """Whether who wants to be left alone asks for anything, or has to say so again."""
        row = self._rows[position]
        asks = max(row[CustomerAct.UNRESOLVED], row[CustomerAct.REQUEST])
        return asks >= self._rules.minimum_probability

    def _apart(self, position: int) -> None:
        """A message that stands in no conversation: a notice if it serves, else outreach.

        What cannot be read is not said to be unasked for unless it is meant as marketing.
        """
        expected = self._purposes[position] in _EXPECTED or self._unread[position]
        is_notice = not self._marketing[position] and (expected or self._informs[position])
        self._place(_NOTICE if is_notice else _OUTREACH, None)

    def _close(self, position: int, number: int | None) -> tuple[int, ...]:
        if not self._waiting or self._marketing[position]:
            return ()
        serves = self._serves(position, named=number is not None)
        if not serves and not self._confirms(position):
            return ()
        numbers, earliest_us = self._answerable(position, number, serves=serves)
        closed: list[int] = []
        for waiting in numbers:
            # What is too old for an answer that names nothing stays open until one names it, or
            # until one answers who has asked after it.
            calls = self._conversations[waiting].open_calls
            first = bisect_left(calls, earliest_us, key=self._sent_us.__getitem__)
            if any(self._chases(call) for call in calls[first:]):
                first = 0
            if not serves and not self._farewells.issuperset(calls[first:]):
                continue  # what only confirms an opt-out answers nothing else that they asked
            closed.extend(calls[first:])
            del calls[first:]
            if not calls:
                del self._waiting[waiting]
        for call in closed:
            self._answered_by[call] = position
        return tuple(sorted(closed))

    def _answerable(
        self, position: int, number: int | None, *, serves: bool
    ) -> tuple[list[int], int]:
        """The waiting conversations that a message may answer in, and calls from when on."""
        if number is None and self._purposes[position] is _TRANSACTIONAL:
            return [], 0
        where = number if serves or number is not None else self._spoken
        if where is not None:
            return [where] if where in self._waiting else [], 0
        earliest_us = self._sent_us[position] - self._window_us
        numbers = self._waiting_since(earliest_us)
        if self._is_sorry(position):
            earliest_us = self._sent_us[position] - self._apology_us
            numbers += self._looks_back(position, len(numbers), earliest_us)
        return numbers, earliest_us

    def _waiting_since(self, earliest_us: int) -> list[int]:
        """The conversations whose last call is not older than a moment, the latest first."""
        found: list[int] = []
        for number in reversed(self._waiting):
            # An answer that names nothing closes all calls that are recent enough, so that what it
            # leaves is older than whatever like it comes later can close; but for the oldest calls
            # of conversations that an apology looks back to.
            if self._last_called_us(number) < earliest_us:
                break
            found.append(number)
        return found

    def _is_sorry(self, position: int) -> bool:
        row = self._rows[position]
        sorry = max(row[BrandAct.APOLOGY], row[BrandAct.OWNERSHIP])
        return sorry >= self._rules.substance_probability

    def _looks_back(self, position: int, recent: int, earliest_us: int) -> list[int]:
        """The conversation that an apology that names nothing looks back to, if it does.

        The latest that has waited for longer than the `recent` ones: where the customer has said
        nothing of late that it could be about, or it takes up a word of theirs.
        """
        number = next(islice(reversed(self._waiting), recent, None), None)
        if number is None or self._last_called_us(number) < earliest_us:
            return []
        if self._spoken_within(self._window_us, position) is None:
            return [number]
        said = self._words.telling(self._conversations[number].open_calls[-1])
        return [] if said.isdisjoint(self._words.telling(position)) else [number]

    def _last_called_us(self, number: int) -> int:
        return self._sent_us[self._conversations[number].open_calls[-1]]

    def _named(self, position: int, places: list[int | None]) -> int | None:
        """The conversation that a message names by what it answers, else by its thread."""
        parent = self._reply_to[position]
        if parent is not None and parent < position and places[parent] is not None:
            return places[parent]
        thread = self._threads[position]
        return None if thread is None else self._by_thread.get(thread)

    def _names_any(self, position: int) -> bool:
        return self._reply_to[position] is not None or self._threads[position] is not None

    def _spoken_within(self, window_us: int, position: int) -> int | None:
        """The conversation in which the customer spoke last, if that is not too long ago."""
        if self._spoken is None:
            return None
        quiet_us = self._sent_us[position] - self._conversations[self._spoken].spoken_us
        return self._spoken if quiet_us <= window_us else None

    def _alive_within(self, window_us: int, position: int) -> int | None:
        """The conversation in which either party's turn last came, if not too long ago."""
        if self._alive is None:
            return None
        quiet_us = self._sent_us[position] - self._conversations[self._alive].alive_us
        return self._alive if quiet_us <= window_us else None

    def _open(self, position: int) -> int:
        thread = self._threads[position]
        number = len(self._conversations)
        sent_us = self._sent_us[position]
        self._conversations.append(_Conversation(position, position, sent_us, sent_us))
        if thread is not None:
            self._by_thread[thread] = number
        return number

    def _answer(self, position: int, number: int | None) -> None:
        if number is not None:
            self._conversations[number].alive_us = self._sent_us[position]
            self._alive = number
        self._place(_ANSWER, number)

    def _place(self, role: Role, number: int | None) -> None:
        self._positions[role].append(len(self._roles))
        self._roles.append(role)
        self._members.append(number)

    def _serves(self, position: int, *, named: bool) -> bool:
        """Whether a brand's message has enough substance to answer what it names, or anything."""
        if self._unread[position]:
            # What cannot be read is given the benefit of the doubt only where it names its call.
            return named
        rules = self._rules
        floor = rules.explicit_substance_probability if named else rules.substance_probability
        return self._serving[position] >= floor

    def _confirms(self, position: int) -> bool:
        """Whether a brand's message confirms that who wanted to be left alone of late will be.

        To erase what is kept of somebody may take months.
        """
        number = self._spoken_within(self._apology_us, position)
        if number is None or not self._conversations[number].left:
            return False
        return confirms_opt_out(self._history.texts[position])


class _Calling:
    """What calls for an answer in each of the customer's messages, and how much."""

    def __init__(self, columns: Columns, rules: CallRules) -> None:
        least = rules.minimum_probability
        self._acts = [CustomerAct[name.upper()] for name in rules.acts]
        self._weighed = [
            [p * weight if p >= least else _NO_CALL for p in columns[act]]
            for act, weight in zip(self._acts, rules.acts.values(), strict=True)
        ]
        nothing = [_NO_CALL] * len(columns[0])
        self.importances = list(map(max, *self._weighed, nothing))

    def strongest(self, position: int) -> tuple[CustomerAct, float]:
        """The act that calls most, the first of equals."""
        importance = self.importances[position]
        first = [weighed[position] for weighed in self._weighed].index(importance)
        return self._acts[first], importance
