"""Clocks and sums: CPU seconds of processes, medians, the exponent of a growth."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU and wall time of one unit of work, in seconds."""

    cpu: float
    wall: float


def process_cpu(pid: int) -> float:
    """CPU seconds that all threads of a process have used, to the nanosecond."""
    # The number that clock_getcpuclockid(3) gives on Linux.
    return time.clock_gettime((~pid << 3) | 2)


def family(pid: int) -> list[int]:
    """A process and those that descend from it."""
    found = [pid]
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for child in (thread / "children").read_text().split():
            found.extend(family(int(child)))
    return found


def family_cpu(pid: int) -> float:
    """CPU seconds of a process and those that descend from it."""
    return sum(process_cpu(member) for member in family(pid))


def resident_megabytes(pid: int) -> float:
    """Resident memory of one process, pages shared with others included, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kilobytes = next(line.split()[1] for line in lines if line.startswith("VmRSS:"))
    return int(kilobytes) * 1024 / 1e6


def interleaved(
    works: Mapping[str, tuple[Callable[[], object], int]], rounds: int
) -> dict[str, list[Cost]]:
    """Costs per unit of each work, one a round; every round does all works in turn.

    Args:
        works: By name, a callable and how many units of work one call of it does.
        rounds: How often each is called, after one call that is not counted.
    """
    costs: dict[str, list[Cost]] = {name: [] for name in works}
    for number in range(rounds + 1):
        for name, (work, units) in works.items():
            wall, cpu = time.perf_counter(), time.process_time()
            work()
            cost = Cost((time.process_time() - cpu) / units, (time.perf_counter() - wall) / units)
            if number:
                costs[name].append(cost)
    return costs


def middle(costs: Sequence[Cost]) -> Cost:
    """The medians of CPU and of wall time."""
    return Cost(median(cost.cpu for cost in costs), median(cost.wall for cost in costs))


def ratio(costs: Sequence[Cost], beside: Sequence[Cost]) -> float:
    """The median over the rounds of how much more CPU the first took than the second."""
    return median(one.cpu / other.cpu for one, other in zip(costs, beside, strict=True))


def exponent(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """The power of the size that the cost grows with: the slope of the log-log line."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
