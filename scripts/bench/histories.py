"""What is measured: synthetic histories of known conduct, as requests and as their bytes."""

from __future__ import annotations

from functools import cache
from typing import Final

from relhealth.batch.synthetic.generate import BEGINS_US, WINDOW_DAYS, Plan, generate
from relhealth.domain.history import MICROSECONDS_PER_DAY, History
from relhealth.scoring.options import ScoreOptions
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.histories import encode_history
from relhealth.wire.limits import DEFAULT_LIMITS
from relhealth.wire.parsing import read_request
from relhealth.wire.times import timestamp_of

VIEWS: Final = {"summary": pb.VIEW_SUMMARY, "evidence": pb.VIEW_EVIDENCE}
CONDUCT: Final = "ordinary"
_AS_OF_US: Final = BEGINS_US + WINDOW_DAYS * MICROSECONDS_PER_DAY


@cache
def request(interactions: int, view: str, seed: int = 1) -> pb.ScoreRelationshipRequest:
    """One relationship of exactly so many interactions over a year, in everyday conduct."""
    plan = Plan(1, interactions, seed=seed, conducts=(CONDUCT,))
    made = generate(plan, 0)
    return pb.ScoreRelationshipRequest(
        history=encode_history(made.brand_id, made.customer_id, "", made.interactions),
        as_of_time=timestamp_of(_AS_OF_US),
        view=VIEWS[view],
    )


@cache
def parsed(interactions: int, view: str, seed: int = 1) -> tuple[History, ScoreOptions]:
    """The same relationship as the scorer gets it."""
    raw = request(interactions, view, seed).SerializeToString()
    history, options, _ = read_request(raw, _AS_OF_US, DEFAULT_LIMITS)
    return history, options


def messages(count: int) -> History:
    """A history whose texts are `count` messages of many relationships' kind."""
    return parsed(count, "summary", seed=7)[0]
