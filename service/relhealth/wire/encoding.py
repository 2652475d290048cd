"""Scores to messages. The one writer of every door, so that all give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from relhealth.domain.reading import Mention
from relhealth.domain.score import (
    Estimate,
    EvidenceLine,
    HealthScore,
    MissingFact,
    RelationshipScore,
    StanceScore,
    TraitScore,
)
from relhealth.domain.vocabulary import Stance, Trait
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.times import timestamp_of

_TRAITS = tuple(Trait)
_STANCES = tuple(Stance)


def encode_score(score: RelationshipScore, request_id: str = "") -> pb.ScoreRelationshipResponse:
    """The response for a score."""
    return pb.ScoreRelationshipResponse(
        brand_id=score.brand_id,
        customer_id=score.customer_id,
        request_id=request_id,
        health=_health(score.health),
        traits=[_trait(trait, score.ids) for trait in score.traits],
        stance=_stance(score.stance, score.ids),
        as_of_time=timestamp_of(score.as_of_us),
        ignored_after_as_of_count=score.ignored_after_as_of_count,
        model_version=score.model_version,
        rubric_version=score.rubric_version,
        input_digest=score.input_digest,
        unread_text_count=score.unread_text_count,
        missing_fact=None if score.missing_fact is None else _missing_fact(score.missing_fact),
    )


def _health(health: HealthScore) -> pb.Health:
    return pb.Health(
        estimate=_estimate(health.estimate),
        band=cast("pb.Band.ValueType", health.band),
        band_before_cap=cast("pb.Band.ValueType", health.band_before_cap),
        band_reasons=health.reasons,
        prior=health.prior,
        contributions=[
            pb.TraitContribution(trait=cast("pb.Trait.ValueType", trait), contribution=points)
            for trait, points in zip(_TRAITS, health.contributions, strict=True)
        ],
    )


def _estimate(estimate: Estimate | None) -> pb.Estimate | None:
    if estimate is None:
        return None
    return pb.Estimate(
        value=estimate.value,
        lower_bound=estimate.lower,
        upper_bound=estimate.upper,
        credible_level=estimate.credible_level,
        coverage=estimate.coverage,
    )


def _trait(trait: TraitScore, ids: tuple[str, ...]) -> pb.TraitScore:
    return pb.TraitScore(
        trait=cast("pb.Trait.ValueType", trait.trait),
        status=cast("pb.TraitStatus.ValueType", trait.status),
        estimate=_estimate(trait.estimate),
        prior=trait.prior,
        brand_contribution=trait.brand_contribution,
        customer_contribution=trait.customer_contribution,
        evidence=_evidence(trait.evidence, ids),
    )


def _stance(stance: StanceScore, ids: tuple[str, ...]) -> pb.StanceScore:
    return pb.StanceScore(
        label=cast("pb.Stance.ValueType", stance.label),
        probabilities=[
            pb.StanceProbability(stance=cast("pb.Stance.ValueType", label), probability=probability)
            for label, probability in zip(_STANCES, stance.probabilities, strict=True)
        ],
        evidence=_evidence(stance.evidence, ids),
        advice=stance.advice,
    )


def _evidence(lines: Iterable[EvidenceLine], ids: tuple[str, ...]) -> list[pb.Evidence]:
    return [
        pb.Evidence(
            kind=line.evidence.kind,
            party=cast("pb.Party.ValueType", line.evidence.party),
            value=line.evidence.value,
            weight=line.evidence.weight,
            contribution=line.evidence.contribution,
            summary=line.summary,
            interaction_ids=[ids[position] for position in line.evidence.positions],
            mentions=[_mention(mention, ids) for mention in line.mentions],
        )
        for line in lines
    ]


def _mention(mention: Mention, ids: tuple[str, ...]) -> pb.Mention:
    return pb.Mention(
        act=mention.act.name.lower(),
        interaction_id=ids[mention.position],
        begin_offset=mention.span.begin,
        end_offset=mention.span.end,
        probability=mention.probability,
    )


def _missing_fact(missing: MissingFact) -> pb.MissingFact:
    return pb.MissingFact(
        trait=cast("pb.Trait.ValueType", missing.trait),
        fact=missing.fact,
        narrowing=missing.narrowing,
        summary=missing.summary,
    )
