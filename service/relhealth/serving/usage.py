"""How much each client uses the service, over all workers, in shared memory.

The rate limit is the generic cell rate algorithm: one number a client, the moment at which all
that it sent would have been due at its rate. Workers do not lock one another out, since a worker
that is killed must not take a lock with it; two that admit a call in the same microsecond may
admit one too many.
"""

from __future__ import annotations

import hashlib
import mmap
from typing import Final

from relhealth.serving.clients import Client, Clients

_CAPACITY: Final = 4_096
_BYTES: Final = 8


class Usage:
    """Made before the workers are forked; every worker counts its calls in a slot of its own."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._due = memoryview(mmap.mmap(-1, _CAPACITY * _BYTES)).cast("d")
        self._running = memoryview(mmap.mmap(-1, workers * _CAPACITY * _BYTES)).cast("d")

    def wait(self, place: int, client: Client, now: float) -> float:
        """Counts a call against a client's rate.

        Args:
            place: The client's place.
            client: The client.
            now: Monotonic seconds; the clock is one for all processes of a machine.

        Returns:
            0 where the call is within the rate; otherwise the seconds until one would be, and the
            call is not counted.
        """
        gap = 1.0 / client.requests_per_second
        due = max(self._due[place], now)
        early = due - now - gap * (client.burst - 1)
        if early > 0.0:
            return early
        self._due[place] = due + gap
        return 0.0

    def running(self, place: int) -> float:
        """Calls of a client in flight, over all workers."""
        return sum(self._running[w * _CAPACITY + place] for w in range(self._workers))

    def enter(self, worker: int, place: int, calls: float) -> None:
        """Adds to a client's calls in flight; the caller holds its worker's lock."""
        self._running[worker * _CAPACITY + place] += calls

    def forget(self, worker: int) -> None:
        """A worker has died: none of its calls are in flight."""
        for place in range(_CAPACITY):
            self._running[worker * _CAPACITY + place] = 0.0


def places_of(clients: Clients) -> dict[str, int]:
    """A place for each client, the same in every process and, but for clashes, over reloads."""
    places: dict[str, int] = {}
    taken: set[int] = set()
    for name in sorted(client.name for client in clients.entries):
        place = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % _CAPACITY
        while place in taken:
            place = (place + 1) % _CAPACITY
        taken.add(place)
        places[name] = place
    return places
