"""The acts: what one message does to the relationship.

Acts belong to a side. Both sides thank (`gratitude`) and report a `resolution`; the sender tells
them apart, so an act is identified by its side and its column in that side's reading.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from relhealth.domain.vocabulary import Party


class BrandAct(IntEnum):
    """What a brand's message does; the value is its column in a reading."""

    APOLOGY = 0
    OWNERSHIP = 1
    DEFLECTION = 2
    EXPLANATION = 3
    HELP = 4
    OFFER = 5
    REDIRECT = 6
    COMMITMENT = 7
    OVERPROMISE = 8
    EXPECTATION = 9
    EMPATHY = 10
    GRATITUDE = 11
    QUESTION = 12
    PROMOTION = 13
    ENGAGEMENT_BAIT = 14
    GOODWILL = 15
    ACKNOWLEDGEMENT = 16
    RESOLUTION = 17


class CustomerAct(IntEnum):
    """What a customer's message does; the value is its column in a reading."""

    COMPLAINT = 0
    REQUEST = 1
    PRAISE = 2
    GRATITUDE = 3
    ADVOCACY = 4
    COMPENSATION_DEMAND = 5
    ABUSE = 6
    CHURN_INTENT = 7
    FORGIVENESS = 8
    OWN_MISTAKE = 9
    RESOLUTION = 10
    UNRESOLVED = 11
    OPT_OUT = 12
    INFORMATION = 13
    SUGGESTION = 14
    PATIENCE = 15
    ULTIMATUM = 16


Act = BrandAct | CustomerAct

PRAISING_ACTS: Final = (CustomerAct.PRAISE, CustomerAct.ADVOCACY)
"""What a reply does good to, but what keeps nobody waiting."""

BRAND_ACTS: Final = tuple(act.name.lower() for act in BrandAct)
CUSTOMER_ACTS: Final = tuple(act.name.lower() for act in CustomerAct)


def acts_of(party: Party) -> tuple[str, ...]:
    """Names of the acts of one side, in the order of a reading's columns."""
    return BRAND_ACTS if party == Party.BRAND else CUSTOMER_ACTS
