"""Scores to messages. The one writer of every door, so that all give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, cast

from relhealth.domain.acts import BrandAct, CustomerAct
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

_TRAITS: Final = tuple(Trait)
_STANCES: Final = tuple(Stance)
_BRAND_ACTS: Final = [act.name.lower() for act in BrandAct]
_CUSTOMER_ACTS: Final = [act.name.lower() for act in CustomerAct]


def encode_score(score: RelationshipScore, request_id: str = "") -> pb.ScoreRelationshipResponse:
    """The response for a score.

    Lines of evidence are many, so each is made where it stays: a message that is handed to
    another's constructor is copied.
    """
    response = pb.ScoreRelationshipResponse(
        brand_id=score.brand_id,
        customer_id=score.customer_id,
        request_id=request_id,
        health=_health(score.health),
        stance=_stance(score.stance),
        as_of_time=timestamp_of(score.as_of_us),
        ignored_after_as_of_count=score.ignored_after_as_of_count,
        model_version=score.model_version,
        rubric_version=score.rubric_version,
        input_digest=score.input_digest,
        unread_text_count=score.unread_text_count,
        missing_fact=None if score.missing_fact is None else _missing_fact(score.missing_fact),
    )
    for trait in score.traits:
        _write_evidence(_add_trait(response, trait), trait.evidence, score.ids)
    _write_evidence(response.stance, score.stance.evidence, score.ids)
    return response


def _health(health: HealthScore) -> pb.Health:
    message = pb.Health(
        estimate=_estimate(health.estimate),
        band=cast("pb.Band.ValueType", health.band),
        band_before_cap=cast("pb.Band.ValueType", health.band_before_cap),
        band_reasons=health.reasons,
        prior=health.prior,
    )
    for trait, points in zip(_TRAITS, health.contributions, strict=True):
        message.contributions.add(trait=cast("pb.Trait.ValueType", trait), contribution=points)
    return message


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


def _add_trait(response: pb.ScoreRelationshipResponse, trait: TraitScore) -> pb.TraitScore:
    return response.traits.add(
        trait=cast("pb.Trait.ValueType", trait.trait),
        status=cast("pb.TraitStatus.ValueType", trait.status),
        estimate=_estimate(trait.estimate),
        prior=trait.prior,
        brand_contribution=trait.brand_contribution,
        customer_contribution=trait.customer_contribution,
    )


def _stance(stance: StanceScore) -> pb.StanceScore:
    message = pb.StanceScore(label=cast("pb.Stance.ValueType", stance.label), advice=stance.advice)
    for label, probability in zip(_STANCES, stance.probabilities, strict=True):
        message.probabilities.add(
            stance=cast("pb.Stance.ValueType", label), probability=probability
        )
    return message


def _write_evidence(
    judged: pb.TraitScore | pb.StanceScore, lines: Iterable[EvidenceLine], ids: tuple[str, ...]
) -> None:
    for line in lines:
        evidence = line.evidence
        message = judged.evidence.add(
            kind=evidence.kind,
            party=evidence.party,
            value=evidence.value,
            weight=evidence.weight,
            contribution=evidence.contribution,
            summary=line.summary,
            interaction_ids=[ids[position] for position in evidence.positions],
        )
        for mention in line.mentions:
            act, span = mention.act, mention.span
            message.mentions.add(
                act=(_BRAND_ACTS if isinstance(act, BrandAct) else _CUSTOMER_ACTS)[act],
                interaction_id=ids[mention.position],
                begin_offset=span.begin,
                end_offset=span.end,
                probability=mention.probability,
            )


def _missing_fact(missing: MissingFact) -> pb.MissingFact:
    return pb.MissingFact(
        trait=cast("pb.Trait.ValueType", missing.trait),
        fact=missing.fact,
        narrowing=missing.narrowing,
        summary=missing.summary,
    )
