"""Scores to messages. The one writer of every door, so that all give the same bytes."""

from __future__ import annotations

from typing import Final

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.domain.reading import Mention
from relhealth.domain.score import (
    Estimate,
    EvidenceLine,
    HealthScore,
    MissingFact,
    PackedScore,
    RelationshipScore,
    StanceScore,
    TraitScore,
)
from relhealth.domain.vocabulary import Stance, Trait
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.writing import As, Kind, LinePlan, plan, write

_ACTS: Final = {acts: tuple([act.name.lower() for act in acts]) for acts in (BrandAct, CustomerAct)}


def _numbers(message: type[Message], names: str) -> list[int]:
    return [message.DESCRIPTOR.fields_by_name[name].number for name in names.split()]


_ESTIMATE: Final = plan(
    pb.Estimate,
    Estimate,
    value="value",
    lower_bound="lower",
    upper_bound="upper",
    credible_level="credible_level",
    coverage="coverage",
)
_MENTION: Final = plan(
    pb.Mention,
    Mention,
    act=As(Kind.ACT, "act", _ACTS),
    interaction_id=As(Kind.ID, "position"),
    begin_offset="span.begin",
    end_offset="span.end",
    probability="probability",
)
_EVIDENCE: Final = plan(
    pb.Evidence,
    EvidenceLine,
    kind="evidence.kind",
    party="evidence.party",
    value="evidence.value",
    weight="evidence.weight",
    contribution="evidence.contribution",
    summary="summary",
    interaction_ids=As(Kind.IDS, "evidence.positions"),
    mentions=As(Kind.MESSAGES, "mentions", _MENTION),
)
_LINES: Final = LinePlan(
    _EVIDENCE,
    bytes(
        [
            *_numbers(
                pb.Evidence,
                "kind party value weight contribution summary interaction_ids mentions",
            ),
            *_numbers(pb.Mention, "act interaction_id begin_offset end_offset probability"),
        ]
    ),
)
_TRAIT: Final = plan(
    pb.TraitScore,
    TraitScore,
    trait="trait",
    status="status",
    estimate=As(Kind.MESSAGE, "estimate", _ESTIMATE),
    prior="prior",
    brand_contribution="brand_contribution",
    customer_contribution="customer_contribution",
    evidence=As(Kind.LINES, "evidence", _LINES),
)
_HEALTH: Final = plan(
    pb.Health,
    HealthScore,
    estimate=As(Kind.MESSAGE, "estimate", _ESTIMATE),
    band="band",
    band_before_cap="band_before_cap",
    band_reasons=As(Kind.STRINGS, "reasons"),
    prior="prior",
    contributions=As(Kind.SHARES, "contributions", tuple(Trait)),
)
_STANCE: Final = plan(
    pb.StanceScore,
    StanceScore,
    label="label",
    probabilities=As(Kind.SHARES, "probabilities", tuple(Stance)),
    evidence=As(Kind.LINES, "evidence", _LINES),
    advice="advice",
)
_MISSING_FACT: Final = plan(
    pb.MissingFact,
    MissingFact,
    trait="trait",
    fact="fact",
    narrowing="narrowing",
    summary="summary",
)
SCORE: Final = plan(
    pb.ScoreRelationshipResponse,
    RelationshipScore,
    brand_id="brand_id",
    customer_id="customer_id",
    request_id=As(Kind.REQUEST_ID),
    health=As(Kind.MESSAGE, "health", _HEALTH),
    traits=As(Kind.MESSAGES, "traits", _TRAIT),
    stance=As(Kind.MESSAGE, "stance", _STANCE),
    as_of_time=As(Kind.MOMENT, "as_of_us"),
    ignored_after_as_of_count="ignored_after_as_of_count",
    model_version="model_version",
    rubric_version="rubric_version",
    input_digest="input_digest",
    unread_text_count="unread_text_count",
    missing_fact=As(Kind.MESSAGE, "missing_fact", _MISSING_FACT),
)
# In the order of scoring/kernel/response.h.
_RESPONSE: Final = bytes(
    [
        *_numbers(
            pb.ScoreRelationshipResponse,
            "brand_id customer_id request_id health traits stance as_of_time"
            " ignored_after_as_of_count model_version rubric_version input_digest"
            " unread_text_count missing_fact",
        ),
        *_numbers(pb.Estimate, "value lower_bound upper_bound credible_level coverage"),
        *_numbers(pb.Health, "estimate band band_before_cap band_reasons prior contributions"),
        *_numbers(
            pb.TraitScore,
            "trait status estimate prior brand_contribution customer_contribution evidence",
        ),
        *_numbers(pb.StanceScore, "label probabilities evidence advice"),
        *_numbers(pb.StanceProbability, "stance probability"),
        *_numbers(pb.MissingFact, "trait fact narrowing summary"),
        *_numbers(Timestamp, "seconds nanos"),
    ]
)
_SEPTET: Final = 0x7F
_INDEX_TAG: Final = bytes([pb.StreamScoreRelationshipsResponse.INDEX_FIELD_NUMBER << 3])
_RESPONSE_TAG: Final = bytes([pb.StreamScoreRelationshipsResponse.RESPONSE_FIELD_NUMBER << 3 | 2])


def write_score(score: RelationshipScore | PackedScore, request_id: str = "") -> bytes:
    """The response's bytes for a score; the same for a packed one, which writes itself."""
    if isinstance(score, RelationshipScore):
        return write(SCORE, score, score.ids, request_id)
    return score.judged.response(
        _RESPONSE,
        _LINES.numbers,
        score.history.brand_id,
        score.history.customer_id,
        request_id,
        score.as_of_us,
        score.ignored_after_as_of_count,
        score.model_version,
        score.rubric_version,
        score.input_digest,
    )


def write_streamed(index: int, response: bytes) -> bytes:
    """The bytes of a stream's answer around the bytes of a response.

    Args:
        index: The request's number in its stream, from 0.
        response: As `write_score` gives it.
    """
    head = _INDEX_TAG + _varint(index) if index else b""
    return b"".join((head, _RESPONSE_TAG, _varint(len(response)), response))


def _varint(number: int) -> bytes:
    rest = number
    septets = bytearray()
    while rest > _SEPTET:
        septets.append(rest & _SEPTET | _SEPTET + 1)
        rest >>= 7
    septets.append(rest)
    return bytes(septets)


def encode_score(score: RelationshipScore, request_id: str = "") -> pb.ScoreRelationshipResponse:
    """The response for a score."""
    return pb.ScoreRelationshipResponse.FromString(write_score(score, request_id))
