"""Be realistic.

The brand states its limits, promises what it can keep and keeps it, and asks no more attention than
it is given. The customer is patient, and sets no impossible conditions.
"""

from __future__ import annotations

from collections.abc import Iterator

from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.domain.evidence import Observation
from relhealth.domain.history import MICROSECONDS_PER_HOUR
from relhealth.signals.commitments import Commitment, Fate
from relhealth.signals.scene import Scene
from relhealth.traits.observing import (
    BAD,
    GOOD,
    answering_acts,
    bad_brand_acts,
    content_after_answer,
    customer_acts,
    grievances,
    still_unresolved,
)

KINDS = (
    "overpromise",
    "states_limits",
    "commitment_kept",
    "commitment_broken",
    "message_load",
    "patience",
    "ultimatum",
    "expectation_met",
    "expectation_missed",
    "still_unresolved",
    "explanation",
)


def observe(scene: Scene) -> Iterator[Observation]:
    """Evidence for how realistic both parties are."""
    yield from bad_brand_acts(scene, "overpromise", BrandAct.OVERPROMISE)
    yield from answering_acts(scene, "states_limits", BrandAct.EXPECTATION)
    yield from _commitments(scene)
    yield from _message_load(scene)
    yield from customer_acts(scene, "patience", CustomerAct.PATIENCE, GOOD)
    yield from customer_acts(scene, "ultimatum", CustomerAct.ULTIMATUM, BAD)
    yield from content_after_answer(scene, "expectation_met")
    yield from grievances(scene, "expectation_missed")
    yield from still_unresolved(scene, "still_unresolved")
    yield from answering_acts(scene, "explanation", BrandAct.EXPLANATION)


def applies(scene: Scene) -> bool:
    """Wherever anything was said."""
    return len(scene.history) > 0


def _commitments(scene: Scene) -> Iterator[Observation]:
    for promise in scene.commitments:
        if promise.settled_us is not None and promise.fate in (Fate.KEPT, Fate.BROKEN):
            yield _settled(scene, promise, promise.settled_us)


def _settled(scene: Scene, promise: Commitment, settled_us: int) -> Observation:
    kept = promise.fate == Fate.KEPT
    by = () if promise.settled_by is None else (promise.settled_by,)
    waited = (settled_us - scene.history.sent_us[promise.position]) / MICROSECONDS_PER_HOUR
    return Observation(
        kind="commitment_kept" if kept else "commitment_broken",
        value=GOOD if kept else BAD,
        severity=promise.probability,
        at_us=promise.called_us if kept else settled_us,  # sooner kept is no older evidence
        positions=(promise.position, *by),
        acts=((promise.position, BrandAct.COMMITMENT),),
        facts=(waited, float(promise.is_contradicted)),
    )


def _message_load(scene: Scene) -> Iterator[Observation]:
    cap = scene.rubric.outreach.load_severity_cap
    for load in scene.outreach.loads:
        yield Observation(
            kind="message_load",
            value=BAD,
            severity=min(load.excess, cap),
            at_us=scene.history.sent_us[load.position],
            positions=(load.position,),
            facts=(load.excess, scene.rubric.outreach.load_window_days),
        )
