"""A brand's mirror: how it treats its customers as a whole, and whether it treats them alike."""

from __future__ import annotations

from dataclasses import dataclass

from relhealth.domain.vocabulary import Band, Stance


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its confidence interval."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Proportion:
    """How many out of how many; `share` is on 0 to 1, None where there is nothing to count."""

    count: int
    total: int
    share: Interval | None


@dataclass(frozen=True, slots=True)
class SurvivalPoint:
    """One step of a Kaplan-Meier curve.

    Attributes:
        wait_us: Time since the customer's message, in microseconds.
        unanswered: The estimated share still without an answer, 0 to 1.
        at_risk: How many were still waiting just before.
    """

    wait_us: int
    unanswered: Interval
    at_risk: int


@dataclass(frozen=True, slots=True)
class AudienceGroup:
    """How customers of one audience size are answered.

    Attributes:
        smallest: Smallest audience of the group; None for unknown sizes.
        largest: Largest audience of the group; None where it is open-ended or unknown.
        median_reply_us: Median time to an answer, censored; None if fewer than half got one.
    """

    smallest: int | None
    largest: int | None
    response_rate: Proportion
    median_reply_us: int | None


@dataclass(frozen=True, slots=True)
class FollowerAudit:
    """Whether customers are answered alike, whatever their audience.

    Attributes:
        groups: Smallest audience first; unknown sizes last.
        statistic: Log-rank statistic for a trend over the groups, stratified by channel,
            chi-squared with one degree of freedom; None for too little data.
        p_value: Two-sided.
        hazard_ratio: How much faster a customer with ten times the followers is answered.
        is_biased: Whether the test finds a difference at its stated error rate.
        summary: The finding in a sentence.
    """

    groups: tuple[AudienceGroup, ...]
    statistic: float | None
    p_value: float | None
    hazard_ratio: Interval | None
    is_biased: bool
    summary: str


@dataclass(frozen=True, slots=True)
class Mirror:
    """The picture of a brand.

    Attributes:
        response_rate: The share of calls that got an answer.
        reference_response_rate: What it is shown beside, as the rubric sets it.
        time_to_reply: Kaplan-Meier curve of the time to an answer.
        median_reply_us: Median of it; None if fewer than half got an answer.
        talk_share: The brand's share of all words.
        begging_rate: The share of the brand's messages that beg for attention.
        complaints_owned: The share of failings that the brand owned.
        praise_acknowledged: The share of praise that got an answer.
        canned_share: The share of the brand's messages, notices and receipts left out, that
            repeat an earlier line to anyone.
        bands: In the order of `Band`.
        stances: In the order of `Stance`.
    """

    relationship_count: int
    interaction_count: int
    response_rate: Proportion
    reference_response_rate: float
    time_to_reply: tuple[SurvivalPoint, ...]
    median_reply_us: int | None
    talk_share: Proportion
    begging_rate: Proportion
    complaints_owned: Proportion
    praise_acknowledged: Proportion
    canned_share: Proportion
    bands: tuple[tuple[Band, Proportion], ...]
    stances: tuple[tuple[Stance, Proportion], ...]
    follower_audit: FollowerAudit
