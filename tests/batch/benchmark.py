"""Figures for docs/batch.md: ``python tests/batch/benchmark.py rate|kills --help``.

`rate` scores a synthetic table of any form into any form, and prints rate, memory and the time of
reading alone; `kills` kills runs with SIGKILL at random moments and compares the bytes of what
comes out in the end.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import resource
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

from relhealth.batch.sources import read_histories
from relhealth.batch.synthetic.generate import Plan
from relhealth.batch.synthetic.tables import write

AS_OF = "2026-02-01T00:00:00Z"
HISTORIES = ("histories.parquet", "histories.jsonl")
MESSAGES = ("messages.parquet", "messages.csv")


def main() -> int:
    options = _options()
    options.folder.mkdir(parents=True, exist_ok=True)
    return rate(options) if options.what == "rate" else kills(options)


def rate(options: argparse.Namespace) -> int:
    source = _source(options)
    if options.source in HISTORIES:
        began = time.monotonic()
        reading = time.process_time()
        rows = sum(read.batch.num_rows for read in read_histories([source]))
        reading = time.process_time() - reading
        took = time.monotonic() - began
        _say(f"{rows:,} relationships read in {took:.1f} s ({reading:.1f} s busy)")
    rows = options.relationships
    output = options.folder / f"scores.{options.scores}"
    busy: list[float] = []
    for _ in range(options.rounds):
        output.unlink(missing_ok=True)
        before = _spent()
        began = time.monotonic()
        samples: list[tuple[int, int]] = []
        with subprocess.Popen(_command(source, output, options.workers)) as process:
            while process.poll() is None:
                _note_memory(process.pid, samples)
                time.sleep(1.0)
        seconds = time.monotonic() - began
        busy.append(_spent() - before)
        _say(f"scored in {seconds:.1f} s: {rows / seconds:,.0f} relationships/s")
        _say(f"{busy[-1]:.1f} s of processors: {rows / busy[-1]:,.0f} relationships/s of one")
        for when, (first, everything) in _by_third(samples):
            _say(f"memory in the {when} third: parent {first} MB, all processes {everything} MB")
    middle = statistics.median(busy)
    _say(f"median of {len(busy)}: {middle:.1f} s, {middle / rows * 1e3:.3f} ms a relationship")
    return process.returncode


def _spent() -> float:
    """Seconds of processors that children took."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def kills(options: argparse.Namespace) -> int:
    source = _source(options)
    whole = options.folder / "whole.parquet"
    began = time.monotonic()
    subprocess.run(_command(source, whole, options.workers), check=True, capture_output=True)
    duration = time.monotonic() - began
    # Each try lives for a few parts of the run's time, so that all kills fall into one run.
    life = 2.0 * duration / options.kills
    moments = random.Random(options.seed)
    killed = equal = finished = 0
    output = options.folder / "killed.parquet"
    output.unlink(missing_ok=True)
    while killed < options.kills:
        command = _command(source, output, options.workers)
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                process.wait(options.start + moments.uniform(0, life))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                killed += 1
        if process.returncode == 0:
            finished += 1
            equal += _digest(output) == _digest(whole)
            output.unlink()
    subprocess.run(_command(source, output, options.workers), check=True, capture_output=True)
    finished += 1
    equal += _digest(output) == _digest(whole)
    _say(f"{killed} kills over {finished} runs of {duration:.0f} s; {equal} of {finished} equal")
    return 0 if equal == finished else 1


def _source(options: argparse.Namespace) -> Path:
    name = f"{options.relationships}-{options.interactions}.{options.source}"
    source: Path = options.folder / name
    if not source.exists():
        plan = Plan(options.relationships, options.interactions)
        write(plan, source, flat=options.source not in HISTORIES)
    return source


def _command(source: Path, output: Path, workers: int) -> list[str]:
    program = [sys.executable, "-m", "relhealth.cli", "score", str(source)]
    return [*program, "--output", str(output), "--as-of", AS_OF, "--workers", str(workers)]


def _note_memory(parent: int, samples: list[tuple[int, int]]) -> None:
    """Resident megabytes of the parent, and of it and its children."""
    children = Path(f"/proc/{parent}/task/{parent}/children")
    try:
        family = [parent, *map(int, children.read_text().split())]
        sizes = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in family]
    except (OSError, IndexError):
        return
    page = os.sysconf("SC_PAGE_SIZE")
    samples.append((sizes[0] * page >> 20, sum(sizes) * page >> 20))


def _by_third(samples: list[tuple[int, int]]) -> list[tuple[str, tuple[int, int]]]:
    size = max(len(samples) // 3, 1)
    thirds = [samples[:size], samples[size : 2 * size], samples[2 * size :]]
    names = ("first", "second", "last")
    return [
        (name, (max(pair[0] for pair in third), max(pair[1] for pair in third)))
        for name, third in zip(names, thirds, strict=True)
        if third
    ]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("rate", "kills"))
    parser.add_argument("--folder", type=Path, default=Path("out/bench"))
    parser.add_argument("--relationships", type=int, default=50_000)
    parser.add_argument("--interactions", type=int, default=20, help="mean a relationship")
    parser.add_argument("--source", choices=HISTORIES + MESSAGES, default=HISTORIES[0])
    parser.add_argument("--scores", choices=("parquet", "csv", "jsonl"), default="parquet")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument(
        "--start", type=float, default=3.0, help="seconds until a run does its first work"
    )
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
