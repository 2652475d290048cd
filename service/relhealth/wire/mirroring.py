"""MirrorBrand: its requests to one sketch, its response from the mirror."""

from __future__ import annotations

from relhealth.domain.history import MICROSECONDS_PER_SECOND, History
from relhealth.domain.mirror import (
    AudienceGroup,
    FollowerAudit,
    Proportion,
    SurvivalPoint,
)
from relhealth.errors import InvalidInputError
from relhealth.scoring.mirror import mirror
from relhealth.scoring.scorer import Scorer
from relhealth.scoring.sketch import MirrorSketch, Tally, sketch
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.limits import DEFAULT_LIMITS, Limits
from relhealth.wire.parsing import parse_message, parse_time, require_history
from relhealth.wire.times import timestamp_of
from relhealth.wire.violations import Reason, Violations, refusal


class MirrorGathering:
    """Takes in the histories of one brand, and holds up its mirror.

    The first request that can be read sets the brand and the moment; histories that cannot be used
    are refused one by one, and counted.

    Attributes:
        interaction_count: Interactions taken in so far.
    """

    def __init__(self, scorer: Scorer, limits: Limits = DEFAULT_LIMITS) -> None:
        self._scorer = scorer
        self._limits = limits
        self._tally = Tally()
        self._brand_id: str | None = None
        self._as_of_us: int | None = None
        self._rejected = 0
        self.interaction_count = 0

    def add(self, raw: bytes, arrived_us: int) -> None:
        """Takes in a request that arrived at `arrived_us`, in microseconds since 1970 UTC.

        Raises:
            InvalidInputError: It cannot be used, and is counted as rejected.
        """
        try:
            self._add(parse_message(pb.MirrorBrandRequest, raw), arrived_us)
        except InvalidInputError:
            self._rejected += 1
            raise

    def add_history(self, history: History, as_of_us: int) -> None:
        """Takes in a history; the first sets the brand and the moment.

        Raises:
            InvalidInputError: It is another brand's.
        """
        if self._brand_id is None or self._as_of_us is None:
            self._brand_id, self._as_of_us = history.brand_id, as_of_us
        if history.brand_id != self._brand_id:
            raise refusal(
                Reason.INVALID_VALUE, "history.brand_id", "must be that of the first history"
            )
        self.interaction_count += len(history)
        self._tally.add(sketch(self._scorer, history, self._as_of_us))

    def response(self) -> pb.MirrorBrandResponse:
        """The mirror of all that was taken in.

        Raises:
            InvalidInputError: No history could be used.
        """
        if self._brand_id is None or self._as_of_us is None:
            raise refusal(Reason.MISSING_FIELD, "history", "must come at least once")
        total = self._tally.total()
        return encode_mirror(self._scorer, self._brand_id, self._as_of_us, total, self._rejected)

    def _add(self, request: pb.MirrorBrandRequest, arrived_us: int) -> None:
        found = Violations(self._limits.violations)
        as_of_us = arrived_us
        if request.HasField("as_of_time"):
            as_of_us = parse_time(request.as_of_time, "as_of_time", found)
        self.add_history(require_history(request, found, self._limits), as_of_us)


def encode_mirror(
    scorer: Scorer, brand_id: str, as_of_us: int, total: MirrorSketch, rejected: int
) -> pb.MirrorBrandResponse:
    """The response for the sketch of a brand's relationships at a moment.

    Args:
        scorer: What they were judged with.
        brand_id: Echoed.
        as_of_us: In microseconds since 1970 UTC.
        total: The sketch of all of them.
        rejected: How many histories were refused.
    """
    seen = mirror(total, scorer.rubric)
    return pb.MirrorBrandResponse(
        brand_id=brand_id,
        as_of_time=timestamp_of(as_of_us),
        rejected_count=rejected,
        model_version=scorer.detector.version,
        rubric_version=scorer.rubric.id,
        relationship_count=seen.relationship_count,
        interaction_count=seen.interaction_count,
        response_rate=_share(seen.response_rate),
        reference_response_rate=seen.reference_response_rate,
        time_to_reply=[_step(point) for point in seen.time_to_reply],
        median_reply_seconds=_seconds(seen.median_reply_us),
        talk_share=_share(seen.talk_share),
        begging_rate=_share(seen.begging_rate),
        complaints_owned=_share(seen.complaints_owned),
        praise_acknowledged=_share(seen.praise_acknowledged),
        canned_share=_share(seen.canned_share),
        bands=[
            pb.LabelShare(label=f"BAND_{band.name}", share=_share(share))
            for band, share in seen.bands
        ],
        stances=[
            pb.LabelShare(label=f"STANCE_{stance.name}", share=_share(share))
            for stance, share in seen.stances
        ],
        follower_audit=_audit(seen.follower_audit),
    )


def _share(share: Proportion) -> pb.Proportion:
    interval = share.share
    if interval is None:
        return pb.Proportion(count=share.count, total=share.total)
    return pb.Proportion(
        value=interval.value,
        lower_bound=interval.lower,
        upper_bound=interval.upper,
        count=share.count,
        total=share.total,
    )


def _seconds(microseconds: int | None) -> float | None:
    return None if microseconds is None else microseconds / MICROSECONDS_PER_SECOND


def _step(point: SurvivalPoint) -> pb.SurvivalPoint:
    return pb.SurvivalPoint(
        seconds=point.wait_us / MICROSECONDS_PER_SECOND,
        unanswered=point.unanswered.value,
        lower_bound=point.unanswered.lower,
        upper_bound=point.unanswered.upper,
        at_risk=point.at_risk,
    )


def _audit(audit: FollowerAudit) -> pb.FollowerAudit:
    ratio = audit.hazard_ratio
    return pb.FollowerAudit(
        groups=[_group(group) for group in audit.groups],
        log_rank_statistic=audit.statistic,
        p_value=audit.p_value,
        hazard_ratio_per_tenfold=None if ratio is None else ratio.value,
        hazard_ratio_lower_bound=None if ratio is None else ratio.lower,
        hazard_ratio_upper_bound=None if ratio is None else ratio.upper,
        summary=audit.summary,
    )


def _group(group: AudienceGroup) -> pb.AudienceGroup:
    return pb.AudienceGroup(
        min_audience_size=group.smallest,
        max_audience_size=group.largest,
        response_rate=_share(group.response_rate),
        median_reply_seconds=_seconds(group.median_reply_us),
    )
