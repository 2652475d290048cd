"""The page that tells what was measured: docs/performance.md."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from clocks import Cost, middle, ratio
from detection_costs import VADER, DetectionCosts
from goals import Goal, goals
from scoring_costs import BATCH_INTERACTIONS, HISTORIES, SIZES, STAGE_SIZES, ScoringCosts
from service_costs import Case, ServiceCosts

_MILLI, _MICRO = 1e3, 1e6
_INTRODUCTION = """\
# Performance

Written by `make bench`; not edited by hand. One run measures everything on one machine,
interleaved: every round does each work once, in turn, and a table shows medians over the rounds.
CPU time is what the processes used, wall time what a caller waited, other programs of the machine
included. Ratios are medians of the ratios within a round: they hold where seconds do not.

The bare echo is a Python gRPC server of the same library that receives the same bytes, parses
them and answers with as many bytes as the service does: about the least that a service with this
contract can cost in Python. It runs on the threads that the library is usually given.
"""
_LIMITS = """\
What stands in the way of the goals that are missed:

- The echo parses a request and does nothing else. Here reading the request and its texts, the
  judgement and writing the answer are compiled, too; the table of stages shows what they cost, call
  after call in one process. In a server the same stages cost more: it finds little in the
  processor's caches. Found once, for 50 messages and a summary, by servers that answered early at
  one stage after another: over the echo's CPU, guard and counters nothing that could be told,
  checking the bytes 0.01 to 0.02 ms, reading the texts 0.11, judging and the digest 0.15, writing
  and counting 0.01. So it is reading and judging that are left, not what stands around them.
- A call is handed from thread to thread a dozen times. Which of them share a processor differs from
  one start of a server to the next, and with it the CPU of a bare echo by up to a half: the ratios
  of two runs can be further apart than those of the rounds of one.
- {vader}
- A worker imports gRPC and protobuf before it can answer: that is most of its start and memory.
- The caller, both servers and whatever else the machine runs share its cores: the latencies and
  the throughput of two workers are no more than a hint here. Two workers need cores of their own,
  and the callers others.
"""

_READING = (
    "CPU of a message of {:.0f} characters on average. The kernel finds all acts of the sender's"
    " side; spans are the words of each act found. VADER and TextBlob give a sentiment, the"
    " pipeline one label.\n"
)
_STAGES = "Where the time of a request goes, CPU ms:\n"
_BATCHES = (
    f"`score_batches` from lines of JSON to the flat table, {BATCH_INTERACTIONS} interactions a"
    " history, one process.\n"
)


@dataclass(frozen=True, slots=True)
class Measured:
    """All that a run measured."""

    rounds: int
    service: ServiceCosts
    starts: dict[str, list[Cost]]
    detection: DetectionCosts
    scoring: ScoringCosts

    def goals(self) -> list[Goal]:
        """The goals beside what was reached."""
        start_cpu = middle(self.starts["1 worker"]).cpu
        return list(goals(self.service, self.detection, self.scoring, start_cpu))


def page(measured: Measured, plot: str) -> str:
    """The page in Markdown; `plot` is the picture's path beside it."""
    parts = [
        _INTRODUCTION,
        _machine(measured.rounds),
        f"![Costs by size and by reader]({plot})\n",
        "## Goals\n",
        _table(("goal", "bound", "reached", "met"), map(_goal, measured.goals())),
        _LIMITS.format(vader=_vader_alone(measured)),
        "## The service beside the bare echo\n",
        "CPU of the server's processes for each history, one worker, one caller.\n",
        _table(_SERVICE_COLUMNS, _service(measured.service)),
        _latencies(measured.service),
        "## Workers\n",
        "Unary, 50 messages, evidence, four callers on connections of their own.\n",
        _table(("workers", "histories a second", "CPU ms a history"), _workers(measured.service)),
        "## Start and memory\n",
        "From no process to the first answer to a caller; resident memory after the load above.\n",
        _table(("server", "CPU s", "wall s", "MB of each worker"), _starts(measured)),
        "## Reading a message\n",
        _READING.format(measured.detection.characters),
        _table(("reader", "CPU µs", "VADER's CPU over its"), _detection(measured.detection)),
        "## Scoring in process\n",
        "`Scorer.score` of one relationship, without gRPC and protobuf.\n",
        _table(("interactions", *_VIEW_COLUMNS), _growth(measured.scoring)),
        _exponents(measured.scoring),
        _STAGES,
        _table(("stage", *[f"{size} messages" for size in STAGE_SIZES]), _stages(measured.scoring)),
        "## Batches\n",
        _BATCHES,
        _table(("histories", "CPU ms", "CPU ms a history"), _batches(measured.scoring)),
    ]
    return "\n".join(parts)


def _vader_alone(measured: Measured) -> str:
    """What VADER's goal would take of a service that does nothing."""
    messages = 50
    vader = middle(measured.detection.costs[VADER]).cpu * messages
    echo, _ = measured.service.pairs[Case("unary", "summary", messages)].medians
    return (
        f"{messages} messages take VADER {_ms(vader)} ms. The bare echo alone is"
        f" {vader / echo.cpu:.1f} times faster than that: as far as a service in Python can come."
    )


_SERVICE_COLUMNS = (
    "door", "view", "messages", "bytes in", "bytes out", "echo CPU ms", "service CPU ms", "ratio",
    "echo wall ms", "service wall ms",
)  # fmt: skip
_VIEW_COLUMNS = ("summary CPU ms", "evidence CPU ms", "evidence CPU µs an interaction")


def _machine(rounds: int) -> str:
    cores = os.cpu_count()
    load = os.getloadavg()[0]
    return (
        f"This run: {date.today().isoformat()}, {platform.python_implementation()}"  # noqa: DTZ011
        f" {platform.python_version()}, {platform.system()} {platform.machine()}, {cores} cores,"
        f" {load:.0f} processes wanting them at the end (load average), {rounds} rounds.\n"
    )


def _table(columns: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _goal(goal: Goal) -> Sequence[str]:
    sign = "≤" if goal.at_most else "≥"
    bound, reached = f"{sign} {goal.bound:g}{goal.unit}", f"{goal.reached:.2f}{goal.unit}"
    return (goal.what, bound, reached, "yes" if goal.met else "**no**")


def _service(costs: ServiceCosts) -> Iterator[Sequence[str]]:
    for case, pair in costs.pairs.items():
        echo, service = pair.medians
        yield (
            case.door, case.view, str(case.size), str(pair.bytes_in), str(pair.bytes_out),
            _ms(echo.cpu), _ms(service.cpu), f"{pair.ratio:.1f}×", _ms(echo.wall),
            _ms(service.wall),
        )  # fmt: skip


def _latencies(costs: ServiceCosts) -> str:
    (echo_half, half), (echo_tail, tail) = (costs.latencies.percentiles(p) for p in (50, 99))
    count = len(costs.latencies.service)
    return (
        f"Latency of {count} unary calls of 50 messages with evidence that arrive at random, each"
        " server at half of what one caller gets out of it, from the moment that a call was due;"
        f" median and 99th percentile: the echo {_ms(echo_half)} and {_ms(echo_tail)} ms, the"
        f" service {_ms(half)} and {_ms(tail)} ms.\n"
    )


def _workers(costs: ServiceCosts) -> Iterator[Sequence[str]]:
    for workers, speeds in costs.per_second.items():
        cpu = median(costs.cpu_with_callers[workers])
        yield (str(workers), f"{median(speeds):.0f}", _ms(cpu))


def _starts(measured: Measured) -> Iterator[Sequence[str]]:
    for name, megabytes in measured.service.megabytes.items():
        sizes = " and ".join(f"{size:.0f}" for size in megabytes)
        if name in measured.starts:
            cost = middle(measured.starts[name])
            yield (name, f"{cost.cpu:.2f}", f"{cost.wall:.2f}", sizes)
        else:
            yield (name, "", "", sizes)


def _detection(detection: DetectionCosts) -> Iterator[Sequence[str]]:
    vader = detection.costs[VADER]
    for name, costs in detection.costs.items():
        cpu = middle(costs).cpu * _MICRO
        yield (name, f"{cpu:.1f}", f"{ratio(vader, costs):.3g}×")


def _growth(scoring: ScoringCosts) -> Iterator[Sequence[str]]:
    for size in SIZES:
        summary, evidence = (middle(scoring.growth[v][size]).cpu for v in ("summary", "evidence"))
        yield (str(size), _ms(summary), _ms(evidence), f"{evidence / size * _MICRO:.0f}")


def _exponents(scoring: ScoringCosts) -> str:
    return (
        f"The cost grows with the number of interactions to the power"
        f" {scoring.exponent('summary'):.2f} (summary) and {scoring.exponent('evidence'):.2f}"
        " (evidence), fitted to the lines above. A fixed cost of short histories flattens that"
        f" line: from {SIZES[-2]:,} to {SIZES[-1]:,} interactions alone the powers are"
        f" {scoring.last_exponent('summary'):.2f} and {scoring.last_exponent('evidence'):.2f}.\n"
    )


def _stages(scoring: ScoringCosts) -> Iterator[Sequence[str]]:
    for stage in scoring.stages[STAGE_SIZES[0]]:
        yield (stage, *[_ms(middle(scoring.stages[size][stage]).cpu) for size in STAGE_SIZES])


def _batches(scoring: ScoringCosts) -> Iterator[Sequence[str]]:
    for count in HISTORIES:
        cpu = middle(scoring.batch[count]).cpu
        yield (str(count), _ms(cpu), _ms(cpu / count))
    yield ("power of the growth", f"{scoring.batch_exponent():.2f}", "")


def _ms(seconds: float) -> str:
    return f"{seconds * _MILLI:.3g}"
