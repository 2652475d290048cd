"""A hand-made brand's report."""

from __future__ import annotations

from relhealth.domain.mirror import (
    AudienceGroup,
    FollowerAudit,
    Interval,
    Mirror,
    Proportion,
    SurvivalPoint,
)
from relhealth.domain.vocabulary import Band, Stance
from relhealth.report.brand_facts import BrandReport, Row
from report.made import START_US, estimate

NONE = Proportion(0, 0, None)
SECOND_US = 1_000_000


def share(count: int, total: int) -> Proportion:
    value = count / total
    return Proportion(count, total, around(value, 0.1))


def around(value: float, width: float) -> Interval:
    return Interval(value, max(value - width, 0.0), min(value + width, 1.0))


def sample_mirror() -> Mirror:
    waits = (60, 400, 2_000, 9_000, 60_000, 300_000, 2_000_000)
    curve = tuple(
        SurvivalPoint(wait * SECOND_US, around(1 - 0.13 * n, 0.02 * n), 40 - n)
        for n, wait in enumerate(waits)
    )
    groups = (
        AudienceGroup(0, 99, share(9, 30), None),
        AudienceGroup(100, 9_999, share(14, 28), 7_200 * SECOND_US),
        AudienceGroup(10_000, None, share(11, 12), 900 * SECOND_US),
        AudienceGroup(None, None, share(3, 9), None),
    )
    found = "Customers with ten times the followers are answered 1.9 times as fast (p = 0.003)."
    audit = FollowerAudit(groups, 8.8, 0.003, Interval(1.9, 1.2, 2.9), True, found)
    return Mirror(
        relationship_count=4,
        interaction_count=231,
        response_rate=share(37, 79),
        reference_response_rate=0.3,
        time_to_reply=curve,
        median_reply_us=11_000 * SECOND_US,
        talk_share=share(7_200, 10_000),
        begging_rate=share(12, 130),
        complaints_owned=share(4, 17),
        praise_acknowledged=NONE,
        canned_share=share(41, 130),
        bands=tuple((band, share(int(band), 15)) for band in Band),
        stances=tuple((stance, share(int(stance), 21)) for stance in Stance),
        follower_audit=audit,
    )


def row(customer_id: str, health: float | None, band: Band, waiting: int) -> Row:
    shown = None if health is None else estimate(health)
    return Row(
        customer_id, "page/0001.html", shown, band, Stance.TRANSACTIONAL, 12, waiting, START_US
    )


def sample_brand(*customers: str) -> BrandReport:
    rows = (
        row("ada", 71.0, Band.HEALTHY, 0),
        row("bo", 8.5, Band.BROKEN, 11),
        row("cy", None, Band.INSUFFICIENT_EVIDENCE, 2),
        row("di", 52.25, Band.STRAINED, 3),
        *[row(customer, 60.0, Band.FAIR, 1) for customer in customers],
    )
    return BrandReport("Fern & Co", START_US, sample_mirror(), rows, 1, "acts-test", "rubric-test")
