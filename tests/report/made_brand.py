"""A hand-made brand's report."""

from __future__ import annotations

from relhealth.domain.vocabulary import Band, Stance
from relhealth.report.brand_facts import (
    AudienceGroup,
    BrandReport,
    FollowerAudit,
    Mirror,
    Row,
    Share,
    SurvivalPoint,
)
from report.made import START_US, estimate

NONE = Share(None, None, None, 0, 0)


def share(count: int, total: int) -> Share:
    value = count / total
    return Share(value, max(value - 0.1, 0.0), min(value + 0.1, 1.0), count, total)


def sample_mirror() -> Mirror:
    times = (60.0, 400.0, 2_000.0, 9_000.0, 60_000.0, 300_000.0, 2_000_000.0)
    curve = tuple(
        SurvivalPoint(t, 1 - 0.13 * n, max(0.9 - 0.14 * n, 0), min(1.1 - 0.12 * n, 1), 40 - n)
        for n, t in enumerate(times)
    )
    groups = (
        AudienceGroup(0, 99, share(9, 30), None),
        AudienceGroup(100, 9_999, share(14, 28), 7_200.0),
        AudienceGroup(10_000, None, share(11, 12), 900.0),
        AudienceGroup(None, None, share(3, 9), None),
    )
    found = "Customers with ten times the followers are answered 1.9 times as fast (p = 0.003)."
    return Mirror(
        brand_id="Fern & Co",
        as_of_us=START_US,
        relationship_count=4,
        interaction_count=231,
        response_rate=share(37, 79),
        reference_response_rate=0.3,
        time_to_reply=curve,
        median_reply_seconds=11_000.0,
        talk_share=share(7_200, 10_000),
        begging_rate=share(12, 130),
        complaints_owned=share(4, 17),
        praise_acknowledged=NONE,
        canned_share=share(41, 130),
        bands=tuple((band, share(int(band), 15)) for band in Band),
        stances=tuple((stance, share(int(stance), 21)) for stance in Stance),
        follower_audit=FollowerAudit(groups, 0.003, 1.9, 1.2, 2.9, found),
        rejected_count=1,
        model_version="acts-test",
        rubric_version="rubric-test",
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
    return BrandReport(sample_mirror(), rows)
