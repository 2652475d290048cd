"""A request to a response, and what a run of many adds to its requests."""

from __future__ import annotations

from relhealth.scoring.scorer import Scorer
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.encoding import encode_score
from relhealth.wire.parsing import read_request
from relhealth.wire.plain import Asked
from relhealth.wire.times import timestamp_of

Request = pb.ScoreRelationshipRequest
Response = pb.ScoreRelationshipResponse


def score_request(scorer: Scorer, request: Request, arrived_us: int) -> Response:
    """The response to a request that arrived at `arrived_us`, in microseconds since 1970 UTC.

    Raises:
        InvalidInputError: The request cannot be scored.
    """
    # Its bytes are read sooner than its fields.
    history, options, request_id = read_request(request.SerializeToString(), arrived_us)
    return encode_score(scorer.score(history, options), request_id)


def complete(
    request: Request, as_of_us: int, half_life_days: float | None, view: str | None
) -> Request:
    """The request with a run's choices where it makes none of its own.

    Args:
        request: Changed in place.
        as_of_us: The run's moment, in microseconds since 1970 UTC.
        half_life_days: None leaves the rubric's.
        view: ``summary`` or ``evidence``; None leaves the request's.
    """
    if not request.HasField("as_of_time"):
        request.as_of_time.CopyFrom(timestamp_of(as_of_us))
    if half_life_days is not None and not request.HasField("half_life_days"):
        request.half_life_days = half_life_days
    if view is not None and request.view == pb.VIEW_UNSPECIFIED:
        request.view = pb.VIEW_EVIDENCE if view == "evidence" else pb.VIEW_SUMMARY
    return request


def complete_plain(asked: Asked, half_life_days: float | None, view: str | None) -> Asked:
    """What `complete` makes of a request; the moment is the run's where none was asked for."""
    as_of_us, days, shown, count, request_id = asked
    if days is None:
        days = half_life_days
    if view is not None and shown == pb.VIEW_UNSPECIFIED:
        shown = pb.VIEW_EVIDENCE if view == "evidence" else pb.VIEW_SUMMARY
    return as_of_us, days, shown, count, request_id


def unshown(asked: Asked) -> Asked:
    """The same, but that nothing is asked of what is shown."""
    as_of_us, days, _, _, request_id = asked
    return as_of_us, days, pb.VIEW_UNSPECIFIED, None, request_id
