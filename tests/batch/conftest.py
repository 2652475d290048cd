from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from batch.standin import load
from relhealth.batch.chunks import ChunkSize
from relhealth.batch.core import Counts, Settings
from relhealth.batch.engine import Engine, LocalEngine
from relhealth.batch.inputs import find_files
from relhealth.batch.messages import Layout
from relhealth.batch.output import form_of
from relhealth.batch.run import Job, run_to_file
from relhealth.batch.synthetic.generate import Plan
from relhealth.batch.synthetic.tables import write

AS_OF_US = 1_770_000_000_000_000

Run = Callable[..., Counts]


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same forty relationships in every form."""
    folder = tmp_path_factory.mktemp("tables")
    plan = Plan(relationships=40, interactions_per_relationship=8, brands=2)
    for name in ("histories.parquet", "histories.jsonl", "histories.jsonl.gz", "messages.csv"):
        write(plan, folder / name)
    write(plan, folder / "messages.parquet", flat=True)
    return folder


@pytest.fixture
def run() -> Run:
    """Runs a job to a file and gives its counts."""

    def run_job(
        output: Path, *inputs: Path | str, engine: Engine | None = None, **changes: object
    ) -> Counts:
        job = Job(
            files=find_files([str(name) for name in inputs]),
            layout=Layout(),
            settings=Settings(AS_OF_US, form=form_of(output)),
            as_of_is_given=False,
            chunk_size=ChunkSize(rows=7),
        )
        return run_to_file(
            dataclasses.replace(job, **changes),  # type: ignore[arg-type]
            LocalEngine(load, 1) if engine is None else engine,
            output,
            _quiet,
            _quiet,
        )

    return run_job


def _quiet(*_: object) -> None:
    """Takes progress and notes."""
