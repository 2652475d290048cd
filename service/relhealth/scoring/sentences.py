"""The sentence that each kind of evidence reads as. Never quotes a text."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from relhealth.domain.evidence import REMAINDER, Evidence

_HOURS_PER_DAY: Final = 24
_MINUTES_PER_HOUR: Final = 60
_SECONDS_PER_HOUR: Final = 3_600
_DAYS_WITHOUT_HOURS: Final = 7


def duration(hours: float) -> str:
    """A duration as people say it: ``59 days``, ``3 days 4 h``, ``2 h 5 min``, ``40 s``."""
    minutes = round(hours * _MINUTES_PER_HOUR)
    if not minutes:
        return f"{hours * _SECONDS_PER_HOUR:.0f} s"
    days, rest = divmod(minutes, _HOURS_PER_DAY * _MINUTES_PER_HOUR)
    whole_hours, whole_minutes = divmod(rest, _MINUTES_PER_HOUR)
    if days >= _DAYS_WITHOUT_HOURS:
        return f"{days} days"
    if days:
        unit = "day" if days == 1 else "days"
        return f"{days} {unit} {whole_hours} h" if whole_hours else f"{days} {unit}"
    if whole_hours:
        return f"{whole_hours} h {whole_minutes} min" if whole_minutes else f"{whole_hours} h"
    return f"{whole_minutes} min"


def _count(number: float, one: str, many: str) -> str:
    return f"{number:.0f} {one if round(number) == 1 else many}"


def _answer(evidence: Evidence) -> str:
    hours, ended = evidence.facts
    called = _called(evidence)
    waited = duration(hours)
    return (
        f"Answered {called} after {waited}.",
        f"No real answer to {called} for {waited} so far.",
        f"No real answer to {called} for {waited}; then the customer needed none.",
        f"There was no need to answer {called}.",
    )[int(ended)]


def _left_open(evidence: Evidence) -> str:
    (settled,) = evidence.facts
    ended = "; then the customer needed none." if settled else " so far."
    return f"No real answer to {_called(evidence)}{ended}"


def _called(evidence: Evidence) -> str:
    act = evidence.acts[0][1].name.lower() if evidence.acts else "message"
    return _CALLS.get(act, "a message")


_CALLS: Final = {
    "request": "a request",
    "complaint": "a complaint",
    "unresolved": "a repeated request for help",
    "praise": "praise",
    "gratitude": "thanks",
    "advocacy": "a recommendation",
    "information": "information from the customer",
    "compensation_demand": "a demand for compensation",
    "suggestion": "a suggestion",
    "churn_intent": "a farewell",
    "ultimatum": "an ultimatum",
    "opt_out": "a wish to be left alone",
}


def _run(evidence: Evidence) -> str:
    (length,) = evidence.facts
    if round(length) == 1:
        return "One message that nobody asked for and nobody took up."
    return f"{length:.0f} messages in a row that nobody asked for and nobody took up."


def _talks_at(evidence: Evidence) -> str:
    unasked, customer = evidence.facts
    said = _count(unasked, "word", "words")
    return f"Talked at the customer: {said} unasked, {customer:.0f} from the customer."


def _broken(evidence: Evidence) -> str:
    hours, asked = evidence.facts
    if asked:
        return f"A promise was not kept: {duration(hours)} later the customer had to ask again."
    return f"A promise was due after {duration(hours)} and was not seen to be kept in time."


def _load(evidence: Evidence) -> str:
    excess, days = evidence.facts
    over = _count(math.ceil(excess), "more message", "more messages")
    return f"{over} within {days:.0f} days than the customer's attention warrants."


def _old_failing(evidence: Evidence) -> str:
    before = _count(evidence.facts[0], "day", "days")
    return f"Brought up again what had been put right {before} before."


def _sent_around(evidence: Evidence) -> str:
    count = evidence.facts[0]
    return f"The brand sent the customer elsewhere {count:.0f} times in one conversation."


def _rated(evidence: Evidence) -> str:
    value, worst, best = evidence.facts
    return f"The customer rated {value:g} on a scale from {worst:g} to {best:g}."


def _remainder(evidence: Evidence) -> str:
    return f"{_count(evidence.facts[0], 'further item', 'further items')}, summed."


_WRITTEN: Final[dict[str, Callable[[Evidence], str]]] = {
    REMAINDER: _remainder,
    "answer": _answer,
    "unanswered_outreach": _run,
    "left_open": _left_open,
    "talks_at": _talks_at,
    "commitment_broken": _broken,
    "commitment_kept": lambda e: f"A promise was seen to be kept after {duration(e.facts[0])}.",
    "message_load": _load,
    "monologue": lambda e: f"A monologue of {e.facts[0]:.0f} words that nobody asked for.",
    "old_failing_again": _old_failing,
    "sent_around": _sent_around,
    "rated_well": _rated,
    "rated_poorly": _rated,
}


# What such a sentence is of is doubtful, not that it was answered.
_OF_CALLS: Final = ("Answered ", "No real answer to ", "There was no need to answer ")


def hedged(said: str) -> str:
    """The same said of what is less likely than not."""
    for begin in _OF_CALLS:
        if said.startswith(begin):
            return f"{begin}what may be {said[len(begin) :]}"
    if not said:
        return said
    first, second = said[0], said[1:2]
    if first.isascii() and first.isupper() and (second == " " or "a" <= second <= "z"):
        said = first.lower() + said[1:]
    return f"Perhaps {said}"


def sentence(evidence: Evidence, description: str) -> str:
    """A sentence for a line of evidence: of its own numbers, or else its kind's description."""
    written = _WRITTEN.get(evidence.kind)
    return description if written is None else written(evidence)
