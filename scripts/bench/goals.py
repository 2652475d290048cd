"""The goals that speed was given, each beside what this run reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from clocks import middle, ratio
from detection_costs import KERNEL_SPANS, VADER, DetectionCosts
from scoring_costs import ScoringCosts
from service_costs import Case, ServiceCosts

_MESSAGES = 50
_TAIL = 99


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal: what, the bound, what was reached, the unit, and whether lower is better."""

    what: str
    bound: float
    reached: float
    unit: str = "×"
    at_most: bool = True

    @property
    def met(self) -> bool:
        """Whether it was reached in this run."""
        return self.reached <= self.bound if self.at_most else self.reached >= self.bound


def goals(
    service: ServiceCosts, detection: DetectionCosts, scoring: ScoringCosts, start_cpu: float
) -> Iterator[Goal]:
    """All goals in the order of the page."""
    for view, size, bound in (("evidence", 50, 2.0), ("evidence", 500, 4.5), ("summary", 50, 1.6)):
        pair = service.pairs[Case("unary", view, size)]
        yield Goal(f"CPU of a request over the echo's, unary, {size} messages, {view}", bound,
                   pair.ratio)  # fmt: skip
    bare, ours = service.latencies.percentiles(_TAIL)
    yield Goal("99th percentile of latency over the echo's, each at half load", 3.0, ours / bare)
    costs = detection.costs
    yield Goal("a message read with spans, VADER's CPU over ours", 20.0,
               ratio(costs[VADER], costs[KERNEL_SPANS]), at_most=False)  # fmt: skip
    vader = middle(costs[VADER]).cpu * _MESSAGES
    for view in ("summary", "evidence"):
        _, served = service.pairs[Case("unary", view, _MESSAGES)].medians
        yield Goal(f"{_MESSAGES} messages by VADER alone over the whole service, {view}", 8.0,
                   vader / served.cpu, at_most=False)  # fmt: skip
    one, two = (sorted(service.per_second[n])[len(service.per_second[n]) // 2] for n in (1, 2))
    yield Goal("histories a second, two workers over one", 1.8, two / one, at_most=False)
    for view in ("summary", "evidence"):
        yield Goal(f"exponent of growth from 10 to 2,000 interactions, {view}", 1.05,
                   scoring.exponent(view), "")  # fmt: skip
    yield Goal("CPU from nothing to the first answer", 1.0, start_cpu, " s")
    yield Goal("resident memory of a worker", 120.0, max(service.megabytes["1 worker"]), " MB")
