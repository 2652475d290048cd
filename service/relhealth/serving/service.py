"""The service's methods: bytes in, bytes out, a scorer in between.

The methods parse their bytes themselves, so that what is no message is the caller's error with a
reason and never INTERNAL.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import grpc

from relhealth.domain.history import History
from relhealth.domain.score import PackedScore, RelationshipScore
from relhealth.errors import InvalidInputError
from relhealth.scoring.actions import recommend
from relhealth.scoring.change import explain_change
from relhealth.scoring.options import ScoreOptions
from relhealth.scoring.scorer import Scorer
from relhealth.serving.metrics import Meter, Method
from relhealth.serving.patience import Patience, TooMuchWork
from relhealth.serving.refusals import Refusal, refuse
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.advising import encode_recommendation, parse_actions_request
from relhealth.wire.changing import encode_change, parse_change_request
from relhealth.wire.describing import describe_model
from relhealth.wire.encoding import write_score, write_streamed
from relhealth.wire.limits import Limits
from relhealth.wire.parsing import parse_message, read_request
from relhealth.wire.statuses import status_of
from relhealth.wire.times import now_us

SERVICE: Final = pb.DESCRIPTOR.services_by_name["RelationshipHealthService"]


@dataclass(frozen=True, slots=True)
class WorkLimits:
    """The most that one call may take; more is refused, never cut.

    Attributes:
        stream_messages: Requests of a stream.
        mirror_interactions: Interactions of all the histories of a mirror, which keeps up to 40
            bytes of each.
        history_seconds: Processor time that the work on one history may take.
    """

    stream_messages: int = 1_000_000
    mirror_interactions: int = 5_000_000
    history_seconds: float = math.inf


class _Refusals:
    """Counts the refusals that go through it."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    def __enter__(self) -> None:
        """Nothing is counted yet."""

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.count(error)

    def count(self, error: object) -> None:
        """Counts what ended the work, if it is a refusal."""
        if isinstance(error, InvalidInputError):
            self._meter.add("relhealth_rejected_inputs_total", error.reason)
        elif isinstance(error, TooMuchWork):
            self._meter.add("relhealth_limited_calls_total", "history_seconds")


class RelationshipHealth:
    """Scores with whatever scorer is current; a reload replaces it between two calls."""

    def __init__(
        self, scorer: Scorer, meter: Meter, limits: Limits, work_limits: WorkLimits
    ) -> None:
        self.scorer = scorer
        self._meter = meter
        self._limits = limits
        self._work_limits = work_limits
        self._history_seconds = work_limits.history_seconds
        self._refusals = _Refusals(meter)

    def handlers(self) -> dict[str, Any]:
        """The handler of each method by its name; they take and give bytes."""
        served: dict[str, Any] = {
            "ScoreRelationship": grpc.unary_unary_rpc_method_handler(self.score_relationship),
            "StreamScoreRelationships": grpc.stream_stream_rpc_method_handler(
                self.stream_score_relationships
            ),
            "RecommendActions": grpc.unary_unary_rpc_method_handler(self.recommend_actions),
            "ExplainChange": grpc.unary_unary_rpc_method_handler(self.explain_change),
            "MirrorBrand": grpc.stream_unary_rpc_method_handler(self.mirror_brand),
            "GetScoringModel": grpc.unary_unary_rpc_method_handler(self.get_scoring_model),
        }
        return {method.name: served[method.name] for method in SERVICE.methods}

    def score_relationship(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """One history in, one score out."""
        arrived_us = now_us()
        try:
            history, options, request_id = read_request(raw, arrived_us, self._limits)
            scorer = self.scorer.watched(Patience(context, self._history_seconds))
            return write_score(self._score(scorer, history, options), request_id)
        except (InvalidInputError, TooMuchWork) as refusal:
            self._refusals.count(refusal)
            raise

    def stream_score_relationships(
        self, raws: Iterator[bytes], context: grpc.ServicerContext
    ) -> Iterator[bytes]:
        """Many histories in, one outcome each, in order; a bad one yields its error."""
        patience = Patience(context, self._history_seconds)
        for index, raw in enumerate(self._limited(raws)):
            patience.renew()
            scorer = self.scorer.watched(patience)
            yield self._outcome(scorer, index, raw)

    def recommend_actions(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """One history in, what to do next out."""
        arrived_us = now_us()
        with self._refusals:
            request = parse_message(pb.RecommendActionsRequest, raw)
            history, options = parse_actions_request(request, arrived_us, self._limits)
            scorer = self.scorer.watched(Patience(context, self._history_seconds))
            found = recommend(scorer, history, options)
        return encode_recommendation(found, request.request_id).SerializeToString()

    def explain_change(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """One history and two moments in, what changed out."""
        arrived_us = now_us()
        with self._refusals:
            request = parse_message(pb.ExplainChangeRequest, raw)
            history, options = parse_change_request(request, arrived_us, self._limits)
            scorer = self.scorer.watched(Patience(context, self._history_seconds))
            change = explain_change(scorer, history, options)
        return encode_change(change, request.request_id).SerializeToString()

    def mirror_brand(self, raws: Iterator[bytes], context: grpc.ServicerContext) -> bytes:
        """Many histories of one brand in, its mirror out; bad ones are counted."""
        from relhealth.wire.mirroring import MirrorGathering  # noqa: PLC0415 - alone wants numpy

        patience = Patience(context, self._history_seconds)
        gathering = MirrorGathering(self.scorer.watched(patience), self._limits)
        for raw in self._limited(raws):
            arrived_us = now_us()
            patience.renew()
            self._check_mirror(gathering.interaction_count)
            with suppress(InvalidInputError), self._refusals:
                gathering.add(raw, arrived_us)
        with self._refusals:
            return gathering.response().SerializeToString()

    def _limited(self, raws: Iterator[bytes]) -> Iterator[bytes]:
        most = self._work_limits.stream_messages
        for index, raw in enumerate(raws):
            if index >= most:
                raise self._exhausted(
                    "stream_messages",
                    "STREAM_TOO_LONG",
                    f"a stream carries at most {most} requests",
                )
            yield raw

    def _check_mirror(self, interactions: int) -> None:
        most = self._work_limits.mirror_interactions
        if interactions > most:
            raise self._exhausted(
                "mirror_interactions",
                "MIRROR_TOO_LARGE",
                f"a mirror takes in at most {most} interactions",
            )

    def _exhausted(self, limit: str, reason: str, message: str) -> Refusal:
        self._meter.add("relhealth_limited_calls_total", limit)
        return refuse(grpc.StatusCode.RESOURCE_EXHAUSTED, reason, message)

    def _outcome(self, scorer: Scorer, index: int, raw: bytes) -> bytes:
        arrived_us = now_us()
        try:
            history, options, request_id = read_request(
                raw, arrived_us, self._limits, is_streamed=True
            )
            response = write_score(self._score(scorer, history, options), request_id)
        except InvalidInputError as error:
            self._refusals.count(error)
            status = status_of(error)
        except TooMuchWork as refusal:
            self._refusals.count(refusal)
            status = refusal.status
        else:
            return write_streamed(index, response)
        return pb.StreamScoreRelationshipsResponse(index=index, error=status).SerializeToString()

    def _score(
        self, scorer: Scorer, history: History, options: ScoreOptions
    ) -> RelationshipScore | PackedScore:
        known = history.cut(options.as_of_us)
        count = len(known)
        ignored = 0 if known is history else len(history) - count
        reading = scorer.read(known)
        score = scorer.score_or_pack(known, reading, options, ignored)
        self._meter.scored(score.figures(), count, reading.tally(known.later("senders")))
        return score

    def get_scoring_model(self, raw: bytes, _: grpc.ServicerContext) -> bytes:
        """What this server scores with."""
        parse_message(pb.GetScoringModelRequest, raw)
        return describe_model(self.scorer).SerializeToString()


def methods_of(service: Any) -> tuple[Method, ...]:  # noqa: ANN401 - a service descriptor
    """A service's methods as they are counted."""
    return tuple(
        Method(_kind(method), service.full_name, method.name) for method in service.methods
    )


def _kind(method: Any) -> str:  # noqa: ANN401 - a method descriptor
    if method.client_streaming:
        return "bidi_stream" if method.server_streaming else "client_stream"
    return "server_stream" if method.server_streaming else "unary"
