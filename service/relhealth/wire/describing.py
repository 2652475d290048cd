"""What the service scores with, as a message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from relhealth.detection.interface import Detector
from relhealth.domain.acts import acts_of
from relhealth.domain.rubric import Kind, Rubric, TraitRubric
from relhealth.domain.vocabulary import Party
from relhealth.scoring.candidate import ACTIONS
from relhealth.scoring.health import BAND_REASONS
from relhealth.scoring.ledger import POINTS
from relhealth.scoring.missing import MISSING_FACTS
from relhealth.scoring.scorer import Scorer
from relhealth.scoring.stance import ADVICE
from relhealth.v1 import relationship_health_pb2 as pb


def describe_model(scorer: Scorer) -> pb.GetScoringModelResponse:
    """Versions, traits, kinds, priors, weights, bands, acts, and the names of the open sets."""
    rubric = scorer.rubric
    return pb.GetScoringModelResponse(
        model_version=scorer.detector.version,
        rubric_version=rubric.id,
        half_life_days=rubric.half_life_days,
        traits=[_trait(trait) for trait in rubric.traits],
        segments=_segments(rubric),
        bands=[
            pb.BandThreshold(
                band=cast("pb.Band.ValueType", entry.band), lowest_value=entry.lowest_value
            )
            for entry in rubric.bands
        ],
        coverage_floor=rubric.coverage_floor,
        acts=_acts(scorer.detector),
        band_reasons=_named(BAND_REASONS),
        advice=_named(ADVICE),
        actions=_named(ACTIONS),
        missing_facts=_named(MISSING_FACTS),
        fitted_from=rubric.fitted_from,
        reference_response_rate=rubric.reference_response_rate,
    )


def _trait(trait: TraitRubric) -> pb.TraitDescription:
    return pb.TraitDescription(
        trait=cast("pb.Trait.ValueType", trait.trait),
        weight=trait.weight,
        prior=trait.prior_mean * POINTS,
        prior_strength=trait.prior_strength,
        kinds=[_kind(kind) for kind in trait.kinds.values()],
    )


def _kind(kind: Kind) -> pb.KindDescription:
    return pb.KindDescription(
        kind=kind.name,
        party=cast("pb.Party.ValueType", kind.party),
        value=kind.value,
        weight=kind.weight,
        description=kind.description,
    )


def _segments(rubric: Rubric) -> list[pb.SegmentPrior]:
    return [
        pb.SegmentPrior(
            segment=entry.segment,
            trait=cast("pb.Trait.ValueType", entry.trait),
            prior=entry.prior_mean * POINTS,
            prior_strength=entry.prior_strength,
        )
        for entry in rubric.segments
    ]


def _acts(detector: Detector) -> list[pb.ActDescription]:
    return [
        pb.ActDescription(act=act, party=cast("pb.Party.ValueType", party), threshold=threshold)
        for party in Party
        for act, threshold in zip(acts_of(party), detector.thresholds[party], strict=True)
    ]


def _named(descriptions: Mapping[str, str]) -> list[pb.NamedDescription]:
    return [pb.NamedDescription(name=n, description=d) for n, d in descriptions.items()]
