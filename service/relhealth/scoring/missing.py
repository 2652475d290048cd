"""Abstention that helps: where health's interval is wide, the one fact that would narrow it most.

Each fact that a history leaves open is supposed to be known, once for each way it can turn out.
What it would then show is added to the ledgers at full weight, everything else being equal; the
narrowing is the width of health's interval less its mean width over the ways it can turn out.

Whether the customer permits contact is no such fact: permission is no evidence of itself, and an
opt-out in doubt is weighed by its probability.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import fsum
from typing import Final

from relhealth.domain.acts import BrandAct
from relhealth.domain.evidence import Sums
from relhealth.domain.history import Rating
from relhealth.domain.rubric import Rubric
from relhealth.domain.score import MissingFact
from relhealth.domain.vocabulary import Party, Trait
from relhealth.scoring.health import (
    Share,
    health_estimate,
    health_prior,
    share_of,
    shares_of,
)
from relhealth.scoring.ledger import Ledger
from relhealth.signals.pairing import Role
from relhealth.signals.scene import Scene

CONFIRMATION: Final = "customer_confirms_resolution"
RATING: Final = "customer_rating"
ANSWER: Final = "answer_to_open_call"
QUESTION: Final = "customer_answers_question"
LANGUAGE: Final = "language_of_unread_texts"
MISSING_FACTS: Final = {
    CONFIRMATION: "Whether the customer says that the matter is settled.",
    RATING: "How the customer would rate the brand.",
    ANSWER: "Whether the message that waits was answered somewhere that the record does not show.",
    QUESTION: "What the customer answers to the brand's question.",
    LANGUAGE: "What the texts say that could not be read because they are not English.",
}


@dataclass(frozen=True, slots=True)
class Supposed:
    """Evidence that a fact would show.

    Attributes:
        severity: As an observation's.
    """

    trait: Trait
    kind: str
    severity: float = 1.0


_Outcome = tuple[Supposed, ...]

_SETTLED: Final = (
    Supposed(Trait.OWN_HAPPINESS, "content"),
    Supposed(Trait.TIME, "content"),
    Supposed(Trait.COMMUNICATION, "content"),
    Supposed(Trait.REALISM, "expectation_met"),
    Supposed(Trait.SUPPORT, "content"),
    Supposed(Trait.SUPPORT, "resolution_confirmed"),
)
_SETTLED_FAILING: Final = (
    Supposed(Trait.MISTAKES, "repair_accepted"),
    Supposed(Trait.FORGIVENESS, "parts_in_peace"),
)
_UNSETTLED: Final = (
    Supposed(Trait.OWN_HAPPINESS, "still_unresolved"),
    Supposed(Trait.OWN_HAPPINESS, "grievance"),
    Supposed(Trait.TIME, "still_unresolved"),
    Supposed(Trait.COMMUNICATION, "still_unresolved"),
    Supposed(Trait.COMMUNICATION, "grievance"),
    Supposed(Trait.REALISM, "still_unresolved"),
    Supposed(Trait.REALISM, "expectation_missed"),
    Supposed(Trait.MISTAKES, "still_unresolved"),
    Supposed(Trait.MISTAKES, "grievance"),
    Supposed(Trait.FORGIVENESS, "grievance_kept"),
    Supposed(Trait.FORGIVENESS, "grievance"),
    Supposed(Trait.SUPPORT, "still_unresolved"),
    Supposed(Trait.SUPPORT, "grievance"),
)
_HELPED: Final = (
    Supposed(Trait.COMMUNICATION, "reply_to_the_point"),
    Supposed(Trait.SUPPORT, "help_given"),
)
_INFORMED: Final = (
    Supposed(Trait.COMMUNICATION, "information_given"),
    Supposed(Trait.SUPPORT, "information_given"),
)


def _confirmation(scene: Scene) -> tuple[_Outcome, ...]:
    """The customer's word after an answer that had the last word, unless they want no contact."""
    if scene.permission.withdrawn_probability > 0.0:
        return ()
    last = {
        number: role
        for number, role in zip(scene.pairing.conversations, scene.pairing.roles, strict=True)
        if number is not None and role != Role.RECEIPT
    }
    if all(role == Role.CUSTOMER for role in last.values()) or not _is_understood(scene):
        return ()
    settled = _SETTLED + _SETTLED_FAILING if scene.episodes else _SETTLED
    return settled, _UNSETTLED


def _is_understood(scene: Scene) -> bool:
    """Whether any of the customer's texts can be read: else their next word could not be."""
    return not all(scene.reading.unread[p] for p in scene.customer_positions)


def _rating(scene: Scene) -> tuple[_Outcome, ...]:
    """A first rating by a customer whom the brand has answered and may ask."""
    rated = any(isinstance(outcome, Rating) for outcome in scene.history.outcomes)
    if rated or scene.permission.withdrawn or not scene.answers():
        return ()
    well = (Supposed(Trait.SUPPORT, "rated_well"),)
    return well, (Supposed(Trait.SUPPORT, "rated_poorly"),)


def _answer(scene: Scene) -> tuple[_Outcome, ...]:
    """Whether the customer was helped elsewhere, where the record shows them waiting."""
    waits = any(call.keeps_waiting for call in scene.open_calls())
    return (_HELPED, ()) if waits else ()


def _question(scene: Scene) -> tuple[_Outcome, ...]:
    """The customer's answer, where the brand's last word to them was a question."""
    spoken = [
        p
        for p, role in enumerate(scene.pairing.roles)
        if role in (Role.CUSTOMER, Role.ANSWER, Role.CONTINUATION)
    ]
    if not spoken or scene.pairing.roles[spoken[-1]] == Role.CUSTOMER:
        return ()
    if not _is_understood(scene):
        return ()
    asked = scene.brand(spoken[-1], BrandAct.QUESTION)
    if asked < scene.least:
        return ()
    return ((*_INFORMED, Supposed(Trait.TIME, "questions_answered", asked)),)


def _language(scene: Scene) -> tuple[_Outcome, ...]:
    """A text that says something is worth a piece of information or of help."""
    found: list[Supposed] = []
    for sender, unread in zip(scene.history.senders, scene.reading.unread, strict=True):
        if unread:
            found.extend(_HELPED if sender == Party.BRAND else _INFORMED)
    return (tuple(found),) if found else ()


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact, the trait it is about, and what it would show each way it can turn out."""

    name: str
    trait: Trait
    outcomes: Callable[[Scene], tuple[_Outcome, ...]]


FACTS: Final = (
    Fact(LANGUAGE, Trait.COMMUNICATION, _language),
    Fact(CONFIRMATION, Trait.SUPPORT, _confirmation),
    Fact(ANSWER, Trait.TIME, _answer),
    Fact(QUESTION, Trait.COMMUNICATION, _question),
    Fact(RATING, Trait.SUPPORT, _rating),
)


def missing_fact(scene: Scene, ledgers: tuple[Ledger, ...], rubric: Rubric) -> MissingFact | None:
    """The fact that would narrow health's interval most.

    None where the interval is narrower than the rubric asks, or nothing would narrow it enough.
    """
    prior = health_prior(ledgers, rubric)
    shares = shares_of(ledgers, rubric)
    width = _width(prior, shares, rubric)
    if width < rubric.missing_fact_width:
        return None
    best: MissingFact | None = None
    least = rubric.missing_fact_narrowing
    for fact in FACTS:
        outcomes = fact.outcomes(scene)
        if not outcomes:
            continue
        supposed = [_suppose(shares, ledgers, rubric, outcome) for outcome in outcomes]
        widths = [_width(prior, one, rubric) for one in supposed]
        narrowing = width - fsum(widths) / len(widths)
        if narrowing > 0.0 and narrowing >= least and (best is None or narrowing > best.narrowing):
            best = MissingFact(fact.trait, fact.name, narrowing, MISSING_FACTS[fact.name])
    return best


def _width(prior: float, shares: list[Share], rubric: Rubric) -> float:
    estimate = health_estimate(prior, shares, rubric)
    return estimate.upper - estimate.lower


def _suppose(
    shares: list[Share], ledgers: tuple[Ledger, ...], rubric: Rubric, outcome: _Outcome
) -> list[Share]:
    """The traits' shares in health if an outcome's evidence were in their ledgers."""
    supposed: dict[int, Sums] = {}
    for item in outcome:
        index = item.trait - 1
        kind = rubric.traits[index].kinds[item.kind]
        if kind.value is None:
            continue  # what is graded has no value before it is seen
        sums = supposed.get(index, ledgers[index].sums)
        weight = kind.weight * item.severity
        more = Sums(sums.weight + weight, sums.weighted_value + weight * kind.value)
        supposed[index] = more
    changed = list(shares)
    for index, sums in supposed.items():
        weight, prior = rubric.traits[index].weight, ledgers[index].prior
        changed[index] = share_of(prior, sums, weight, rubric.evidence_scale)
    return changed
