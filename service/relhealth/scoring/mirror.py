"""The brand's mirror: from the sketch of all its relationships to the picture."""

from __future__ import annotations

from typing import Final

import numpy as np

from relhealth.domain.mirror import Mirror, SurvivalPoint
from relhealth.domain.rubric import Rubric
from relhealth.domain.vocabulary import Band, Stance
from relhealth.scoring.audit import CONFIDENCE_LEVEL, follower_audit, waits_of
from relhealth.scoring.proportions import counted
from relhealth.scoring.sketch import MirrorSketch
from relhealth.scoring.survival import kaplan_meier, median_wait_us

MOST_CURVE_POINTS: Final = 200
"""Steps of the Kaplan-Meier curve that are shown."""


def mirror(sketch: MirrorSketch, rubric: Rubric) -> Mirror:
    """The picture of a brand, every share with its interval at `CONFIDENCE_LEVEL`."""
    level = CONFIDENCE_LEVEL
    curve = kaplan_meier(waits_of(sketch.calls), level)
    told = sketch.wordings
    canned = told.repeated + told.distinct - len(sketch.lines)
    everyone = sketch.relationships
    return Mirror(
        relationship_count=everyone,
        interaction_count=sketch.interactions,
        response_rate=sketch.answered.proportion(level),
        reference_response_rate=rubric.reference_response_rate,
        time_to_reply=_thinned(curve, MOST_CURVE_POINTS),
        median_reply_us=median_wait_us(curve),
        talk_share=sketch.words.proportion(level),
        begging_rate=sketch.begging.proportion(level),
        complaints_owned=sketch.owned.proportion(level),
        praise_acknowledged=sketch.acknowledged.proportion(level),
        canned_share=counted(canned, told.messages, level),
        bands=tuple(
            [(b, counted(n, everyone, level)) for b, n in zip(Band, sketch.bands, strict=True)]
        ),
        stances=tuple(
            [(s, counted(n, everyone, level)) for s, n in zip(Stance, sketch.stances, strict=True)]
        ),
        follower_audit=follower_audit(sketch.calls),
    )


def _thinned(curve: tuple[SurvivalPoint, ...], most: int) -> tuple[SurvivalPoint, ...]:
    """At most so many steps, the first and the last among them, evenly chosen."""
    if len(curve) <= most:
        return curve
    chosen = np.unique(np.linspace(0, len(curve) - 1, most).round().astype(int))
    return tuple([curve[index] for index in chosen.tolist()])
