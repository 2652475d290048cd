"""Take responsibility for your own happiness.

The brand does not beg for attention or buy it, and leaves alone who asked for it. The customer does
not make the brand the scapegoat, nor trade complaints for compensation.
"""

from __future__ import annotations

from collections.abc import Iterator

from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.domain.evidence import Observation
from relhealth.domain.history import OptOut
from relhealth.domain.vocabulary import PUBLIC_CHANNELS
from relhealth.signals.outreach import WELCOMING_ACTS, welcoming
from relhealth.signals.scene import Scene
from relhealth.traits.observing import (
    BAD,
    GOOD,
    bad_brand_acts,
    content_after_answer,
    customer_acts,
    grievances,
    still_unresolved,
    unanswered_outreach,
)

KINDS = (
    "engagement_bait",
    "bought_attention",
    "unanswered_outreach",
    "contact_after_opt_out",
    "own_mistake_admitted",
    "outreach_welcomed",
    "compensation_as_condition",
    "public_shaming",
    "abuse",
    "good_word",
    "loyalty",
    "content",
    "grievance",
    "still_unresolved",
)


def observe(scene: Scene) -> Iterator[Observation]:
    """Evidence for both parties' own happiness."""
    yield from bad_brand_acts(scene, "engagement_bait", BrandAct.ENGAGEMENT_BAIT)
    yield from _bought_attention(scene)
    yield from unanswered_outreach(scene)
    yield from _contact_after_opt_out(scene)
    yield from customer_acts(scene, "own_mistake_admitted", CustomerAct.OWN_MISTAKE, GOOD)
    yield from _outreach_welcomed(scene)
    yield from _demands(scene)
    yield from customer_acts(scene, "abuse", CustomerAct.ABUSE, BAD)
    yield from customer_acts(scene, "good_word", CustomerAct.PRAISE, GOOD)
    yield from customer_acts(scene, "loyalty", CustomerAct.ADVOCACY, GOOD)
    yield from content_after_answer(scene, "content")
    yield from grievances(scene, "grievance")
    yield from still_unresolved(scene, "still_unresolved")


def applies(scene: Scene) -> bool:
    """Always: every message shows whether its sender leans on the other."""
    return len(scene.history) > 0


def _bought_attention(scene: Scene) -> Iterator[Observation]:
    for position in scene.brand_doing[BrandAct.ENGAGEMENT_BAIT]:
        bait = scene.brand(position, BrandAct.ENGAGEMENT_BAIT)
        reward = max(
            scene.brand(position, BrandAct.PROMOTION), scene.brand(position, BrandAct.GOODWILL)
        )
        if reward >= scene.least:
            yield Observation(
                kind="bought_attention",
                value=BAD,
                severity=bait * reward,
                at_us=scene.history.sent_us[position],
                positions=(position,),
                acts=((position, BrandAct.ENGAGEMENT_BAIT),),
            )


def _contact_after_opt_out(scene: Scene) -> Iterator[Observation]:
    """Its words are those of an opt-out in words; one that was recorded has none."""
    for disregard in scene.permission.disregards:
        is_recorded = isinstance(scene.history.outcomes[disregard.opt_out], OptOut)
        yield Observation(
            kind="contact_after_opt_out",
            value=BAD,
            severity=disregard.probability,
            at_us=scene.history.sent_us[disregard.position],
            positions=(disregard.opt_out, disregard.position),
            acts=() if is_recorded else ((disregard.opt_out, CustomerAct.OPT_OUT),),
        )


def _outreach_welcomed(scene: Scene) -> Iterator[Observation]:
    """At most one a message of the customer's, however much it answers."""
    for welcome in scene.outreach.welcomes:
        row = scene.reading.probabilities[welcome.answer]
        severity = welcoming(row, scene.least)
        if severity > 0.0:
            yield Observation(
                kind="outreach_welcomed",
                value=GOOD,
                severity=severity,
                at_us=scene.history.sent_us[welcome.answer],
                positions=(*welcome.outreach, welcome.answer),
                acts=((welcome.answer, max(WELCOMING_ACTS, key=row.__getitem__)),),
            )


def _demands(scene: Scene) -> Iterator[Observation]:
    """Compensation as a condition, and shaming in public for the sake of it."""
    for position in scene.customer_doing[CustomerAct.COMPENSATION_DEMAND]:
        row = scene.reading.probabilities[position]
        demand = row[CustomerAct.COMPENSATION_DEMAND]
        acts = ((position, CustomerAct.COMPENSATION_DEMAND),)
        sent_us = scene.history.sent_us[position]
        threat = max(row[CustomerAct.ULTIMATUM], row[CustomerAct.CHURN_INTENT])
        if threat >= scene.least:
            severity = demand * threat
            kind = "compensation_as_condition"
            yield Observation(kind, BAD, severity, sent_us, (position,), acts)
        complaint = row[CustomerAct.COMPLAINT]
        if scene.history.channels[position] in PUBLIC_CHANNELS and complaint >= scene.least:
            severity = demand * complaint
            yield Observation("public_shaming", BAD, severity, sent_us, (position,), acts)
