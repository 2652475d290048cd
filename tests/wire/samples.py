"""Messages for tests."""

from __future__ import annotations

from typing import Any

from relhealth.v1 import relationship_health_pb2 as pb


def interaction(**changes: Any) -> pb.Interaction:  # noqa: ANN401
    fields: dict[str, Any] = {
        "interaction_id": "a",
        "sent_time": {"seconds": 1_600_000_000},
        "sender": pb.SENDER_BRAND,
        "text": "Hello.",
    }
    if "recorded_time" in changes:
        fields["sent_time"] = {"seconds": 100}
    fields |= changes
    return pb.Interaction(**{key: value for key, value in fields.items() if value is not None})


def request(*items: pb.Interaction, **changes: Any) -> pb.ScoreRelationshipRequest:  # noqa: ANN401
    fields: dict[str, Any] = {
        "history": pb.RelationshipHistory(brand_id="B", customer_id="C", interactions=items)
    }
    fields |= changes
    return pb.ScoreRelationshipRequest(
        **{key: value for key, value in fields.items() if value is not None}
    )
