"""A client of the service: one channel, TLS, a token, retries and a flow-controlled stream."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, cast

import grpc
from google.protobuf.message import Message
from google.rpc import status_pb2
from grpc_health.v1 import health_pb2

from relhealth.credentials import Credentials
from relhealth.errors import ConfigurationError, InvalidInputError, RemoteError, UnavailableError
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.statuses import DETAILS_KEY, error_of

__all__ = ["Credentials", "RelationshipHealthClient"]

_SERVICE: Final = "relhealth.v1.RelationshipHealthService"
_DEFAULT_DEADLINE_SECONDS: Final = 30.0
_CHECK_SECONDS: Final = 1.0
# CANCELLED is what gRPC gives a call that reached a server in the moment it stopped, and a stream
# whose answers were not taken for too long: nobody but the service cancels what is waited for.
_TRANSIENT: Final = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
)

# Retried are calls that the service did not take: it was starting, full, or limited the client.
_SERVICE_CONFIG: Final = json.dumps(
    {
        "methodConfig": [
            {
                "name": [{"service": _SERVICE}],
                "waitForReady": True,
                "retryPolicy": {
                    "maxAttempts": 5,
                    "initialBackoff": "0.1s",
                    "maxBackoff": "2s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE", "RESOURCE_EXHAUSTED", "CANCELLED"],
                },
            }
        ]
    }
)


_PLAIN: Final = Credentials()


class RelationshipHealthClient:
    """Calls one service; safe to share between threads, closed with `close` or `with`.

    Example::

        with RelationshipHealthClient("localhost:50051") as client:
            response = client.score(request)
    """

    def __init__(
        self,
        address: str,
        credentials: Credentials = _PLAIN,
        deadline_seconds: float = _DEFAULT_DEADLINE_SECONDS,
    ) -> None:
        """A client of the service at ``host:port``.

        Each unary call has `deadline_seconds`; a stream is given up where no connection is had
        within them.

        Raises:
            ConfigurationError: A file of the credentials cannot be used, or the token is none.
        """
        credentials.check()
        self._deadline_seconds = deadline_seconds
        self._metadata = (
            () if credentials.token is None else (("authorization", f"Bearer {credentials.token}"),)
        )
        self._channel = _channel(address, credentials)
        self._score = self._unary("ScoreRelationship", pb.ScoreRelationshipResponse)
        self._advice = self._unary("RecommendActions", pb.RecommendActionsResponse)
        self._change = self._unary("ExplainChange", pb.ExplainChangeResponse)
        self._model = self._unary("GetScoringModel", pb.GetScoringModelResponse)
        self._health = self._channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            _to_bytes,
            health_pb2.HealthCheckResponse.FromString,
        )
        self._stream = self._channel.stream_stream(
            f"/{_SERVICE}/StreamScoreRelationships",
            pb.StreamScoreRelationshipsRequest.SerializeToString,
            pb.StreamScoreRelationshipsResponse.FromString,
        )
        self._mirror = self._channel.stream_unary(
            f"/{_SERVICE}/MirrorBrand",
            pb.MirrorBrandRequest.SerializeToString,
            pb.MirrorBrandResponse.FromString,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the channel."""
        self._channel.close()

    def score(self, request: pb.ScoreRelationshipRequest) -> pb.ScoreRelationshipResponse:
        """One score.

        Raises:
            InvalidInputError: The service refused the history, and named the fields.
            RemoteError: It answered with another error, or not at all.
        """
        response: pb.ScoreRelationshipResponse = self._call(self._score, request)
        return response

    def recommend_actions(self, request: pb.RecommendActionsRequest) -> pb.RecommendActionsResponse:
        """What to do next.

        Raises:
            InvalidInputError: The service refused the history, and named the fields.
            RemoteError: It answered with another error, or not at all.
        """
        response: pb.RecommendActionsResponse = self._call(self._advice, request)
        return response

    def explain_change(self, request: pb.ExplainChangeRequest) -> pb.ExplainChangeResponse:
        """What changed between two moments.

        Raises:
            InvalidInputError: The service refused the history, and named the fields.
            RemoteError: It answered with another error, or not at all.
        """
        response: pb.ExplainChangeResponse = self._call(self._change, request)
        return response

    def mirror_brand(self, requests: Iterable[pb.MirrorBrandRequest]) -> pb.MirrorBrandResponse:
        """The mirror of a brand from its histories, which are drawn as the service takes them.

        Raises:
            InvalidInputError: There was no history that the service could use.
            UnavailableError: There is no connection, or the stream broke.
            RemoteError: The service answered with another error.
        """
        self._connect()
        try:
            response: pb.MirrorBrandResponse = self._mirror(iter(requests), metadata=self._metadata)
        except grpc.RpcError as error:
            raise _error_of(error) from error
        return response

    def scoring_model(self) -> pb.GetScoringModelResponse:
        """What the service scores with.

        Raises:
            RemoteError: It answered with an error, or not at all.
        """
        response: pb.GetScoringModelResponse = self._call(self._model, pb.GetScoringModelRequest())
        return response

    def is_serving(self) -> bool:
        """Whether the service says that it is ready, by gRPC's health protocol.

        Raises:
            RemoteError: It answered with an error, or not at all.
        """
        answer: health_pb2.HealthCheckResponse = self._call(
            self._health, health_pb2.HealthCheckRequest(service=_SERVICE)
        )
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

    def score_many(
        self, requests: Iterable[pb.ScoreRelationshipRequest]
    ) -> Iterator[pb.ScoreRelationshipResponse | InvalidInputError]:
        """A score, or the reason for none, for each request, in order, over one stream.

        Requests are drawn as the service takes them: what is underway is bounded by HTTP/2's
        window, however many there are and however slowly the outcomes are read; but where none is
        taken for the service's `max_stream_idle_seconds`, it ends the stream.

        Raises:
            UnavailableError: There is no connection, or the stream broke; what was not answered
                can be asked again.
            RemoteError: The service answered with another error.
        """
        self._connect()
        messages = (pb.StreamScoreRelationshipsRequest(request=request) for request in requests)
        call = self._stream(messages, metadata=self._metadata)
        try:
            for outcome in call:
                yield outcome.response if outcome.HasField("response") else _refusal(outcome.error)
        except grpc.RpcError as error:
            raise _error_of(error) from error
        finally:
            call.cancel()

    def _connect(self) -> None:
        """Waits for a connection; a stream, which has no deadline, would wait without end."""
        try:
            self._health(
                health_pb2.HealthCheckRequest(), timeout=self._deadline_seconds, wait_for_ready=True
            )
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.DEADLINE_EXCEEDED:
                self._check_connection()
                raise _error_of(error) from error

    def _check_connection(self) -> None:
        """Says why there is no connection, where a call has waited for one until its deadline."""
        try:
            self._health(health_pb2.HealthCheckRequest(), timeout=_CHECK_SECONDS)
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.UNAVAILABLE:
                raise _error_of(error) from error

    def _unary(self, method: str, answer: type[Message]) -> Any:  # noqa: ANN401 - a multicallable
        return self._channel.unary_unary(f"/{_SERVICE}/{method}", _to_bytes, answer.FromString)

    def _call(self, method: Any, request: Message) -> Any:  # noqa: ANN401 - of the method's kind
        try:
            return method(request, timeout=self._deadline_seconds, metadata=self._metadata)
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.DEADLINE_EXCEEDED:
                self._check_connection()
            raise _error_of(error) from error


def _to_bytes(message: Message) -> bytes:
    return message.SerializeToString()


def _channel(address: str, credentials: Credentials) -> grpc.Channel:
    options = [
        ("grpc.service_config", _SERVICE_CONFIG),
        ("grpc.enable_retries", 1),
        ("grpc.max_receive_message_length", -1),
        ("grpc.max_send_message_length", -1),
        # Each client has a connection of its own, so that several reach several workers.
        ("grpc.use_local_subchannel_pool", 1),
    ]
    if credentials.certificate_authorities is None and credentials.certificate is None:
        return grpc.insecure_channel(address, options)
    secure = grpc.ssl_channel_credentials(
        _read(credentials.certificate_authorities),
        _read(credentials.key),
        _read(credentials.certificate),
    )
    return grpc.secure_channel(address, secure, options)


def _read(file: Path | None) -> bytes | None:
    try:
        return None if file is None else file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror}") from error


def _error_of(error: grpc.RpcError) -> InvalidInputError | RemoteError:
    """The error that a failed call means; never quotes what the service was sent."""
    trailing = cast("tuple[tuple[str, bytes], ...] | None", error.trailing_metadata())
    for key, value in trailing or ():
        if key == DETAILS_KEY:
            refused = error_of(status_pb2.Status.FromString(value))
            if refused is not None:
                return refused
    kind = UnavailableError if error.code() in _TRANSIENT else RemoteError
    return kind(f"the service answered {error.code().name}: {error.details()}")


def _refusal(status: status_pb2.Status) -> InvalidInputError:
    refused = error_of(status)
    if refused is None:
        transient = status.code in [code.value[0] for code in _TRANSIENT]
        kind = UnavailableError if transient else RemoteError
        raise kind(f"the service answered with code {status.code}: {status.message}")
    return refused
