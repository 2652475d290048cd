"""Measures speed in one run and writes docs/performance.md and its plot: ``make bench``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import detection_costs
import scoring_costs
import service_costs
from page import Measured, page
from plot import draw

_ROOT = Path(__file__).resolve().parents[2]
_PLOT = "performance.svg"
_STARTS = 3


def main() -> int:
    """Runs the whole; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="rounds of each table, 1 or more")
    parser.add_argument("--out", type=Path, default=_ROOT / "docs", help="folder to write to")
    arguments = parser.parse_args()
    rounds = arguments.rounds
    starts = service_costs.start_costs(min(rounds, _STARTS))
    _say("start-up is measured")
    served = service_costs.measure(rounds)
    _say("the service is measured")
    read = detection_costs.measure(rounds)
    _say("detection is measured")
    measured = Measured(rounds, served, starts, read, scoring_costs.measure(rounds))
    text = page(measured, _PLOT)
    draw(measured, arguments.out / _PLOT)
    (arguments.out / "performance.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
