"""``python -m relhealth.batch.synthetic``: writes a synthetic table and the truth about it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from relhealth.batch.synthetic.conduct import CONDUCTS
from relhealth.batch.synthetic.generate import Plan
from relhealth.batch.synthetic.tables import write, write_truth


def main(argv: Sequence[str] | None = None) -> int:
    """Writes the files that the arguments name."""
    options = _parser().parse_args(argv)
    plan = Plan(
        relationships=options.relationships,
        interactions_per_relationship=options.interactions,
        brands=options.brands,
        seed=options.seed,
        conducts=tuple(options.conduct or [conduct.name for conduct in CONDUCTS]),
        answer_probability=options.answer_probability,
        small_audience_factor=options.small_audience_factor,
    )
    write(plan, options.output, flat=options.flat)
    if options.truth is not None:
        write_truth(plan, options.truth)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m relhealth.batch.synthetic",
        description="Synthetic relationships of known conduct: .parquet, .jsonl, .jsonl.gz, .csv.",
    )
    parser.add_argument("output", type=Path, help="file to write, its form by its suffix")
    parser.add_argument("--relationships", type=int, default=1_000)
    parser.add_argument(
        "--interactions", type=int, default=20, help="mean a relationship (default 20)"
    )
    parser.add_argument("--brands", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--conduct",
        action="append",
        choices=[conduct.name for conduct in CONDUCTS],
        help="deal only this conduct; repeat for more",
    )
    parser.add_argument("--flat", action="store_true", help="one row a message (always so in .csv)")
    parser.add_argument("--truth", type=Path, help="Parquet file for what was planted")
    parser.add_argument("--answer-probability", type=float, default=0.7, metavar="P")
    parser.add_argument(
        "--small-audience-factor",
        type=float,
        default=1.0,
        metavar="F",
        help="factor on that chance for customers with an audience under 100",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
