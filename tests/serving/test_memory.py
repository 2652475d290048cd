"""Memory has a bound that the settings give, whatever is sent and by however many."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

import grpc
import pytest

from relhealth.v1 import relationship_health_pb2 as pb
from serving.calls import unary
from serving.running import Service, running, wait_until

THREADS, CALLERS, MOST = 8, 48, 2**20
RESIDENT = 'relhealth_worker_resident_memory_bytes{worker="0"}'


def large_history() -> bytes:
    history = pb.RelationshipHistory(brand_id="b", customer_id="c")
    for number in range(100):
        added = history.interactions.add(
            interaction_id=str(number),
            sender=pb.SENDER_CUSTOMER,
            text="ou est ma commande ?" * 500,
            language="fr",  # not read, so that what is measured is memory and not patience
        )
        added.sent_time.seconds = 1_700_000_000 + number
    return pb.ScoreRelationshipRequest(history=history).SerializeToString()


def flood(service: Service, raw: bytes) -> tuple[float, Counter[str]]:
    """The most that the worker's memory grew by while many send the same, and what they got."""
    outcomes: Counter[str] = Counter()

    def call() -> None:
        with service.channel() as channel:
            try:
                unary(channel, "ScoreRelationship", raw, timeout=60)
                outcomes["OK"] += 1
            except grpc.RpcError as error:
                outcomes[error.code().name] += 1

    before = highest = service.metrics()[RESIDENT]
    threads = [threading.Thread(target=call) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        highest = max(highest, service.metrics()[RESIDENT])
        threads[0].join(0.05)
    return highest - before, outcomes


@pytest.mark.parametrize(
    ("raw", "outcome"), [(large_history(), "OK"), (b"\x32" + bytes(MOST - 1), "INVALID_ARGUMENT")]
)
def test_a_flood_of_the_largest_messages_keeps_within_the_bound(
    tmp_path: Path, raw: bytes, outcome: str
) -> None:
    assert 0.9 * MOST < len(raw) <= MOST
    flags = ["--threads", str(THREADS), "--max-streams", "4", "--max-message-bytes", str(MOST)]
    with running(tmp_path, *flags) as service:
        grown, outcomes = flood(service, raw)
        assert outcomes == {outcome: CALLERS}
        # As docs/operations.md says, with some for connections and caches. If all callers' messages
        # were held at once, it would be several times that.
        assert grown < THREADS * 20 * MOST + 64 * 2**20
        wait_until(lambda: service.metrics()["relhealth_calls_in_flight"] == 0)
