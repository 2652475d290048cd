"""What a brand's page shows, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from relhealth.domain.score import Estimate
from relhealth.domain.vocabulary import Band, Stance


@dataclass(frozen=True, slots=True)
class Share:
    """A share of 0 to 1 with its interval; None where there was nothing to count."""

    value: float | None
    lower: float | None
    upper: float | None
    count: int
    total: int


@dataclass(frozen=True, slots=True)
class SurvivalPoint:
    """One step of a Kaplan-Meier curve: the share still without an answer from `seconds` on."""

    seconds: float
    unanswered: float
    lower: float
    upper: float
    at_risk: int


@dataclass(frozen=True, slots=True)
class AudienceGroup:
    """Responses to customers of one audience size; both bounds None where sizes are unknown."""

    smallest: int | None
    largest: int | None
    response_rate: Share
    median_reply_seconds: float | None


@dataclass(frozen=True, slots=True)
class FollowerAudit:
    """Whether customers are answered alike, whatever their audience.

    Attributes:
        p_value: Of the trend over the groups; None where there is too little data.
        hazard_ratio: How much faster ten times the followers are answered; 1 is alike.
        summary: The finding in a sentence.
    """

    groups: tuple[AudienceGroup, ...]
    p_value: float | None
    hazard_ratio: float | None
    hazard_lower: float | None
    hazard_upper: float | None
    summary: str


@dataclass(frozen=True, slots=True)
class Mirror:
    """How a brand treats its customers as a whole."""

    brand_id: str
    as_of_us: int
    relationship_count: int
    interaction_count: int
    response_rate: Share
    reference_response_rate: float
    time_to_reply: tuple[SurvivalPoint, ...]
    median_reply_seconds: float | None
    talk_share: Share
    begging_rate: Share
    complaints_owned: Share
    praise_acknowledged: Share
    canned_share: Share
    bands: tuple[tuple[Band, Share], ...]
    stances: tuple[tuple[Stance, Share], ...]
    follower_audit: FollowerAudit
    rejected_count: int
    model_version: str
    rubric_version: str


@dataclass(frozen=True, slots=True)
class Row:
    """One relationship in the brand's table.

    Attributes:
        page: Address of its page, relative to the brand's.
        estimate: Health; None where too little is known.
        open_count: Messages that still wait for an answer.
    """

    customer_id: str
    page: str
    estimate: Estimate | None
    band: Band
    stance: Stance
    interaction_count: int
    open_count: int
    last_us: int


@dataclass(frozen=True, slots=True)
class BrandReport:
    """Everything that a brand's page shows."""

    mirror: Mirror
    rows: tuple[Row, ...]
