"""Domain interactions to the messages of a history: what a caller of the service sends."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from relhealth.domain.history import Interaction, OptOut, Outcome, Rating
from relhealth.domain.vocabulary import SenderKind
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.times import timestamp_of

_BOT: Final = pb.SENDER_KIND_BOT


def encode_history(
    brand_id: str, customer_id: str, segment: str, interactions: Iterable[Interaction]
) -> pb.RelationshipHistory:
    """The history as a message, interactions in the order given; what is default stays unset."""
    return pb.RelationshipHistory(
        brand_id=brand_id,
        customer_id=customer_id,
        segment=segment,
        interactions=[_interaction(item) for item in interactions],
    )


def _interaction(item: Interaction) -> pb.Interaction:
    late = item.recorded_us != item.sent_us
    return pb.Interaction(
        interaction_id=item.interaction_id,
        sent_time=timestamp_of(item.sent_us),
        recorded_time=timestamp_of(item.recorded_us) if late else None,
        sender=pb.Sender.ValueType(item.sender),
        sender_kind=_BOT if item.sender_kind is SenderKind.BOT else pb.SENDER_KIND_UNSPECIFIED,
        channel=pb.Channel.ValueType(item.channel),
        purpose=pb.Purpose.ValueType(item.purpose),
        text=item.text,
        language=item.language or "",
        in_reply_to_id=item.in_reply_to_id or "",
        thread_id=item.thread_id or "",
        audience_size=item.audience_size,
        **_outcome(item.outcome),
    )


def _outcome(outcome: Outcome | None) -> dict[str, Any]:
    """The one field of the `oneof` that is set, by its name."""
    if outcome is None:
        return {}
    if isinstance(outcome, Rating):
        return {"rating": pb.Rating(value=outcome.value, min=outcome.worst, max=outcome.best)}
    channels = [pb.Channel.ValueType(channel) for channel in outcome.channels]
    if isinstance(outcome, OptOut):
        return {"opt_out": pb.OptOut(channels=channels)}
    return {"consent": pb.Consent(channels=channels)}
