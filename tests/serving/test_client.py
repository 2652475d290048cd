"""The client, where there is no service."""

from __future__ import annotations

import socket
import time

import pytest

from relhealth.client import RelationshipHealthClient
from relhealth.errors import UnavailableError
from relhealth.v1 import relationship_health_pb2 as pb


def test_a_stream_to_nobody_is_given_up_at_the_deadline_with_the_reason() -> None:
    with socket.socket() as held:
        # A port that is held without listening refuses every connection.
        held.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{held.getsockname()[1]}"
        began = time.monotonic()
        with RelationshipHealthClient(address, deadline_seconds=0.3) as client:
            outcomes = client.score_many([pb.ScoreRelationshipRequest()])
            with pytest.raises(UnavailableError, match="Connection refused"):
                next(outcomes)
    assert time.monotonic() - began < 10
