"""What the brand's messages do for the customer: which serve, which inform, which only sell."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter, mul
from typing import Final

from relhealth.domain.acts import BrandAct
from relhealth.domain.reading import Columns
from relhealth.domain.rubric import CallRules, OutreachRules
from relhealth.domain.vocabulary import Purpose

# What a bait is made of: it counts as service only as far as the message is none.
_BAITING_ACTS: Final = frozenset({BrandAct.QUESTION, BrandAct.GRATITUDE, BrandAct.GOODWILL})
_PLAINLY_SERVING_ACTS: Final = (
    BrandAct.HELP,
    BrandAct.OFFER,
    BrandAct.REDIRECT,
    BrandAct.APOLOGY,
    BrandAct.OWNERSHIP,
    BrandAct.EXPLANATION,
    BrandAct.EXPECTATION,
    BrandAct.COMMITMENT,
    BrandAct.EMPATHY,
    BrandAct.ACKNOWLEDGEMENT,
    BrandAct.RESOLUTION,
    BrandAct.DEFLECTION,
)
SERVING_ACTS: Final = (*_PLAINLY_SERVING_ACTS, *sorted(_BAITING_ACTS))
_INFORMING_ACTS: Final = (
    BrandAct.HELP,
    BrandAct.EXPLANATION,
    BrandAct.EXPECTATION,
    BrandAct.RESOLUTION,
    BrandAct.APOLOGY,
    BrandAct.OWNERSHIP,
    BrandAct.COMMITMENT,
    BrandAct.REDIRECT,
)
_baiting: Final = itemgetter(*sorted(_BAITING_ACTS))
_plainly_serving: Final = itemgetter(*_PLAINLY_SERVING_ACTS)
_informing: Final = itemgetter(*_INFORMING_ACTS)


def earnest(row: tuple[float, ...], act: BrandAct) -> float:
    """How surely a brand's message does `act` for the customer's sake and not as a bait, 0 to 1."""
    if act in _BAITING_ACTS:
        return row[act] * (1.0 - row[BrandAct.ENGAGEMENT_BAIT])
    return row[act]


def serving(columns: Columns) -> list[float]:
    """How surely each of the brand's messages serves the customer by any act, 0 to 1."""
    no_bait = [1.0 - bait for bait in columns[BrandAct.ENGAGEMENT_BAIT]]
    earnestly = map(mul, map(max, *_baiting(columns)), no_bait)
    return list(map(max, *_plainly_serving(columns), earnestly))


def informing(columns: Columns, rules: CallRules) -> list[bool]:
    """Whether each of the brand's messages tells the customer something."""
    least = rules.substance_probability
    return [surely >= least for surely in map(max, *_informing(columns))]


def marketing(
    purposes: Sequence[Purpose], columns: Columns, service: list[float], rules: OutreachRules
) -> list[bool]:
    """Whether each is pure promotion or bait: it says so, or nothing in it serves as much."""
    declared = Purpose.MARKETING
    least = rules.marketing_probability
    sells = map(max, columns[BrandAct.PROMOTION], columns[BrandAct.ENGAGEMENT_BAIT])
    return [
        purpose is declared or (least <= selling > serves)
        for purpose, selling, serves in zip(purposes, sells, service, strict=True)
    ]
