"""The service beside the bare echo: unary and streamed, short and long histories, both views."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import mean, median
from typing import Final

import grpc
import numpy as np
from clocks import Cost, family, family_cpu, middle, ratio, resident_megabytes
from histories import VIEWS, request
from servers import Served, arriving, echo, first_answer, service, stream, unary

from relhealth.v1 import relationship_health_pb2 as pb

SIZES: Final = (5, 50, 500)
DOORS: Final = ("unary", "stream")
_UNITS: Final = {5: 40, 50: 20, 500: 4}
"""Different histories of one round by their size: enough that no text is remembered from the
round before, few enough for a busy machine."""
_ID_DIGITS: Final = 9
_CALLERS: Final = 4
_LATENCY_SIZE: Final = 50
_ARRIVALS: Final = 200


@dataclass(frozen=True, slots=True)
class Case:
    """One door, one view, one size."""

    door: str
    view: str
    size: int


@dataclass(slots=True)
class Pair:
    """What a case cost, a round at a time, and how many bytes went each way."""

    bytes_in: int
    bytes_out: int
    echo: list[Cost] = field(default_factory=list)
    service: list[Cost] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """CPU of the service over CPU of the echo, the median of the rounds."""
        return ratio(self.service, self.echo)

    @property
    def medians(self) -> tuple[Cost, Cost]:
        """Medians of the echo and of the service."""
        return middle(self.echo), middle(self.service)


@dataclass(slots=True)
class Latencies:
    """Seconds of unary calls of 50 messages with evidence that arrive at random.

    Each server gets half of what one caller can make it do, a call after the other.
    """

    echo: list[float] = field(default_factory=list)
    service: list[float] = field(default_factory=list)

    def percentiles(self, percent: float) -> tuple[float, float]:
        """Of the echo and of the service."""
        return float(np.percentile(self.echo, percent)), float(np.percentile(self.service, percent))


@dataclass(slots=True)
class ServiceCosts:
    """Everything that was measured with servers."""

    pairs: dict[Case, Pair] = field(default_factory=dict)
    latencies: Latencies = field(default_factory=Latencies)
    per_second: dict[int, list[float]] = field(default_factory=dict)
    cpu_with_callers: dict[int, list[float]] = field(default_factory=dict)
    megabytes: dict[str, tuple[float, ...]] = field(default_factory=dict)


def measure(rounds: int) -> ServiceCosts:
    """Measures servers of one and of two workers beside the echo, interleaved."""
    costs = ServiceCosts()
    with echo() as bare, service(1) as one, service(2) as two:
        _pairs(costs, bare, one, rounds)
        _half_load(costs, bare, one, rounds)
        _workers(costs, one, two, rounds)
        for name, served in (("echo", bare), ("1 worker", one), ("2 workers", two)):
            members = family(served.pid)
            serving = members[1:] or members
            costs.megabytes[name] = tuple(resident_megabytes(pid) for pid in serving)
    return costs


def start_costs(rounds: int) -> dict[str, list[Cost]]:
    """CPU and wall seconds from nothing to the first answer, alone and one after the other."""
    costs: dict[str, list[Cost]] = {"echo": [], "1 worker": []}
    for _ in range(rounds):
        for name, begin in (("echo", echo()), ("1 worker", service(1))):
            with begin as served:
                costs[name].append(_answered(served))
    return costs


def _answered(served: Served) -> Cost:
    """Gets a first answer; gives what it took since the server's process was started."""
    with served.channel() as channel:
        first_answer(channel, _bytes(Case("unary", "evidence", 5), 0, 100))
    return Cost(family_cpu(served.pid), time.perf_counter() - served.begun)


def _bytes(case: Case, seed: int, answer_size: int) -> bytes:
    """The request's bytes; its identifier tells the echo how much to answer."""
    message = pb.ScoreRelationshipRequest()
    message.CopyFrom(request(case.size, case.view, seed))
    message.request_id = f"{answer_size:0{_ID_DIGITS}}"
    if case.door == "stream":
        return pb.StreamScoreRelationshipsRequest(request=message).SerializeToString()
    return message.SerializeToString()


def _pairs(costs: ServiceCosts, bare: Served, one: Served, rounds: int) -> None:
    with bare.channel() as to_echo, one.channel() as to_service:
        raws = {case: _sized(case, to_service) for case in _cases()}
        for case, sized in raws.items():
            costs.pairs[case] = Pair(_mean(len(raw) for raw in sized), _mean(sized.values()))
        for number in range(rounds + 1):
            for case, sized in raws.items():
                pair = costs.pairs[case]
                first = _round(bare, to_echo, case, list(sized))
                second = _round(one, to_service, case, list(sized))
                if number == 0:
                    continue
                pair.echo.append(first)
                pair.service.append(second)


def _cases() -> Iterator[Case]:
    for door in DOORS:
        for view in VIEWS:
            for size in SIZES:
                yield Case(door, view, size)


def _sized(case: Case, channel: grpc.Channel) -> dict[bytes, int]:
    """Requests that ask the echo for as many bytes as the service answers with, by which many."""
    sized: dict[bytes, int] = {}
    for seed in range(_UNITS[case.size]):
        raw = _bytes(case, seed, 0)
        if case.door == "stream":
            size = len(stream(channel, [raw])[0])
        else:
            size = len(first_answer(channel, raw))
        sized[_bytes(case, seed, size)] = size
    return sized


def _mean(sizes: Iterable[int]) -> int:
    return round(mean(sizes))


def _round(served: Served, channel: grpc.Channel, case: Case, raws: Sequence[bytes]) -> Cost:
    call = stream if case.door == "stream" else unary
    return served.cost(lambda: call(channel, raws), len(raws))


def _half_load(costs: ServiceCosts, bare: Served, one: Served, rounds: int) -> None:
    """Arrivals at random, the same for both but for the pace, which is the server's own."""
    case = Case("unary", "evidence", _LATENCY_SIZE)
    raws = [_bytes(case, seed, costs.pairs[case].bytes_out) for seed in range(_ARRIVALS)]
    with bare.channel() as to_echo, one.channel() as to_service:
        for number in range(rounds):
            gaps = np.random.default_rng(number).exponential(2.0, _ARRIVALS)
            for channel, seconds in (
                (to_echo, costs.latencies.echo),
                (to_service, costs.latencies.service),
            ):
                pace = median(unary(channel, raws[: _UNITS[_LATENCY_SIZE]]))
                seconds.extend(arriving(channel, raws, (gaps * pace).tolist()))


def _workers(costs: ServiceCosts, one: Served, two: Served, rounds: int) -> None:
    """Histories a second and CPU of each, under callers on connections of their own."""
    case = Case("unary", "evidence", _LATENCY_SIZE)
    raws = [_bytes(case, seed, 0) for seed in range(_UNITS[case.size])]
    for _ in range(rounds):
        for workers, served in ((1, one), (2, two)):
            units = _CALLERS * len(raws)
            cost = served.cost(lambda served=served: _crowd(served, raws), units)
            costs.per_second.setdefault(workers, []).append(1.0 / cost.wall)
            costs.cpu_with_callers.setdefault(workers, []).append(cost.cpu)


def _crowd(served: Served, raws: Sequence[bytes]) -> None:
    def call() -> None:
        with served.channel() as channel:
            unary(channel, raws)

    callers = [threading.Thread(target=call) for _ in range(_CALLERS)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
