"""The board as Prometheus reads it."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import grpc
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from relhealth import __version__
from relhealth.extensions import missing_extensions
from relhealth.serving.board import Board, Family

_Metric = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_TICKS: Final = os.sysconf("SC_CLK_TCK")


class BoardCollector(Collector):
    """Reads the board afresh at every scrape."""

    def __init__(self, board: Board, workers: int, started_at: float) -> None:
        self._board = board
        self._workers = workers
        self._started_at = started_at

    def collect(self) -> Iterator[Metric]:
        """Every series of the board, and what is known of the processes."""
        layout = self._board.layout
        totals = self._board.totals()
        for family in layout.families:
            yield (
                self._by_worker(family)
                if family.by_worker
                else _family(family, totals, layout.start(family.name))
            )
        yield from self._informations()
        yield from self._processes()

    def _by_worker(self, family: Family) -> Metric:
        place = self._board.layout.start(family.name)
        kind = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
        shown = kind(family.name.removesuffix("_total"), family.meaning, labels=("worker",))
        for worker in range(self._workers):
            shown.add_metric((str(worker),), self._board.slot(worker)[place])
        return shown

    def _informations(self) -> Iterator[Metric]:
        build = GaugeMetricFamily(
            "relhealth_build_info",
            "Versions of what runs, and whether all extension modules were built.",
            labels=("version", "python_version", "grpc_version", "compiled"),
        )
        compiled = str(not missing_extensions()).lower()
        build.add_metric((__version__, platform.python_version(), grpc.__version__, compiled), 1.0)
        yield build
        model = GaugeMetricFamily(
            "relhealth_model_info",
            "Versions that workers score with.",
            labels=("model_version", "rubric_version"),
        )
        notes = {self._board.read_note(worker) for worker in range(self._workers)}
        for note in sorted(notes - {""}):
            model.add_metric(tuple(note.split("\n")), 1.0)
        yield model
        start = GaugeMetricFamily("process_start_time_seconds", "Start of the service.")
        start.add_metric((), self._started_at)
        yield start

    def _processes(self) -> Iterator[Metric]:
        memory = GaugeMetricFamily(
            "relhealth_worker_resident_memory_bytes",
            "Resident memory of a worker.",
            labels=("worker",),
        )
        cpu = CounterMetricFamily(
            "relhealth_worker_cpu_seconds",
            "Processor time of a worker's present process.",
            labels=("worker",),
        )
        place = self._board.layout.start("relhealth_worker_process")
        for worker in range(self._workers):
            used = _usage_of(int(self._board.slot(worker)[place]))
            if used is not None:
                memory.add_metric((str(worker),), used[0])
                cpu.add_metric((str(worker),), used[1])
        yield memory
        yield cpu


def _usage_of(process: int) -> tuple[float, float] | None:
    """Resident bytes and processor seconds; None where the process is gone."""
    try:
        pages = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]
        after_name = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2]
    except OSError:
        return None
    fields = after_name.split()
    return int(pages) * _PAGE, (int(fields[11]) + int(fields[12])) / _TICKS


def _empty(family: Family) -> _Metric:
    labels = family.labels
    if family.kind == "counter":
        return CounterMetricFamily(
            family.name.removesuffix("_total"), family.meaning, labels=labels
        )
    if family.kind == "gauge":
        return GaugeMetricFamily(family.name, family.meaning, labels=labels)
    return HistogramMetricFamily(family.name, family.meaning, labels=labels)


def _family(family: Family, totals: list[float], start: int) -> Metric:
    shown = _empty(family)
    for index, values in enumerate(family.series):
        place = start + index * family.width
        if not isinstance(shown, HistogramMetricFamily):
            shown.add_metric(values, totals[place])
            continue
        count = 0.0
        buckets = []
        for bound, found in zip((*family.buckets, float("inf")), totals[place:], strict=False):
            count += found
            buckets.append(("+Inf" if bound == float("inf") else str(bound), count))
        shown.add_metric(values, buckets, totals[place + family.width - 1])
    return shown
