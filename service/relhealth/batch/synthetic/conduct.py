"""The conducts that synthetic relationships follow: what happens in them, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from relhealth.domain.vocabulary import Channel, Party, Purpose


@dataclass(frozen=True, slots=True)
class Step:
    """One message of an exchange.

    Attributes:
        sender: Who writes.
        line: Key into the sentences.
        hours: Shortest and longest wait since the step before.
        purpose: Why the brand writes.
        replies: Whether it names the step before as the message that it answers.
        opts_out: Whether the message carries a structured opt-out.
        calls: Whether it calls for an answer.
        answers: Whether it is the substantive answer to the call before it.
    """

    sender: Party
    line: str
    hours: tuple[float, float]
    purpose: Purpose = Purpose.UNSPECIFIED
    replies: bool = False
    opts_out: bool = False
    calls: bool = False
    answers: bool = False


Exchange = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Conduct:
    """How the two sides treat each other.

    Attributes:
        name: As the table of truth names it.
        channels: Where it takes place; an exchange stays on one.
        exchanges: What can happen, each as likely as the others.
        opening: What happens first, once; empty for nothing.
        answers_by_chance: Whether a call is answered by chance, as the plan sets it.
    """

    name: str
    channels: tuple[Channel, ...]
    exchanges: tuple[Exchange, ...]
    opening: Exchange = ()
    answers_by_chance: bool = False


def _asks(line: str) -> Step:
    return Step(Party.CUSTOMER, line, (0, 0), calls=True)


def _insists(line: str, low: float = 20, high: float = 70) -> Step:
    return Step(Party.CUSTOMER, line, (low, high), calls=True)


def _says(line: str, low: float = 0.2, high: float = 8) -> Step:
    return Step(Party.CUSTOMER, line, (low, high), replies=True)


def _answers(line: str, low: float = 0.1, high: float = 3) -> Step:
    return Step(Party.BRAND, line, (low, high), Purpose.SERVICE, replies=True, answers=True)


def _adds(line: str, low: float = 0.1, high: float = 3) -> Step:
    return Step(Party.BRAND, line, (low, high), Purpose.SERVICE, replies=True)


def _pushes(line: str) -> Step:
    return Step(Party.BRAND, line, (0, 6), Purpose.MARKETING)


def _notifies() -> Step:
    return Step(Party.BRAND, "notifies", (0, 1), Purpose.TRANSACTIONAL)


_SERVICE: Final = (Channel.EMAIL, Channel.CHAT, Channel.SOCIAL_DIRECT)
_PUBLIC: Final = (Channel.SOCIAL_PUBLIC,)
_PUSHED: Final = (Channel.EMAIL, Channel.SMS)

CONDUCTS: Final = (
    Conduct(
        "owning",
        _SERVICE,
        (
            (_asks("complaint"), _answers("owns"), _says("thanks"), _says("works_now", 20, 60)),
            (_asks("complaint"), _answers("owns"), _adds("goodwill"), _says("forgives")),
            (_asks("request"), _answers("helps"), _says("thanks")),
        ),
    ),
    Conduct(
        "deflecting",
        _SERVICE,
        (
            (_asks("complaint"), _adds("deflects", 24, 90), _insists("follow_up")),
            (_asks("complaint"), _adds("deflects", 24, 90), _says("leaving")),
            (_asks("request"), _adds("redirects", 24, 90), _insists("follow_up")),
        ),
    ),
    Conduct(
        "ignoring",
        _SERVICE + _PUBLIC,
        (
            (_asks("complaint"), _insists("follow_up"), _insists("follow_up")),
            (_asks("request"), _insists("follow_up")),
            (_asks("praise"),),
        ),
    ),
    Conduct(
        "begging",
        _PUSHED + _PUBLIC,
        (
            (_pushes("baits"), _pushes("promotes"), _pushes("baits")),
            (_pushes("promotes"),),
            (_notifies(),),
        ),
        opening=(_asks("request"), _answers("helps")),
    ),
    Conduct(
        "pestering_after_opt_out",
        _PUSHED,
        ((_pushes("promotes"), _pushes("promotes")), (_pushes("baits"),)),
        opening=(
            _pushes("promotes"),
            Step(Party.CUSTOMER, "opts_out", (1, 24), replies=True, opts_out=True),
        ),
    ),
    Conduct(
        "promise_keeping",
        _SERVICE,
        (
            (_asks("complaint"), _answers("owns"), _adds("promises"), _says("patience"),
             _adds("keeps", 24, 60), _says("thanks")),
            (_asks("request"), _adds("asks_back"), _says("information"), _answers("helps")),
        ),
    ),
    Conduct(
        "promise_breaking",
        _SERVICE,
        (
            (_asks("complaint"), _answers("promises"), _adds("overpromises"),
             _insists("follow_up", 150, 300), _adds("promises", 24, 90)),
        ),
    ),
    Conduct(
        "appreciating",
        _PUBLIC,
        (
            (_asks("praise"), _answers("acknowledges"), _says("advocacy")),
            (_asks("request"), _answers("helps"), _says("thanks")),
            (_asks("praise"), _answers("acknowledges")),
        ),
    ),
    Conduct(
        "shaming_for_money",
        _PUBLIC,
        (
            (_asks("demand"), _adds("asks_back"), _says("ultimatum"), _answers("helps"),
             _says("abuse")),
            (_asks("complaint"), _adds("empathy"), _says("demand"), _answers("helps"),
             _says("abuse")),
        ),
    ),
    Conduct(
        "transacting_quietly",
        (Channel.EMAIL,),
        (
            (_notifies(),),
            (_notifies(), _notifies()),
            (_asks("request"), _answers("helps")),
        ),
    ),
    Conduct(
        "ordinary",
        _PUBLIC,
        (
            (_asks("complaint"), _answers("owns", 0.5, 30)),
            (_asks("request"), _answers("helps", 0.5, 30)),
            (_asks("praise"), _answers("acknowledges", 0.5, 30)),
        ),
        answers_by_chance=True,
    ),
)  # fmt: skip
