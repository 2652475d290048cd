"""Big runs of `relhealth score`: their arguments, progress and metrics."""

from __future__ import annotations

import argparse
import functools
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from relhealth.batch.arguments import own_files
from relhealth.batch.core import Counts, Form, Settings
from relhealth.batch.ending import ended_in_order
from relhealth.batch.engine import Engine, LocalEngine
from relhealth.batch.inputs import find_files
from relhealth.batch.lines import atomic_output
from relhealth.batch.messages import OPTIONAL, REQUIRED, Layout
from relhealth.batch.metrics import publish, registry_of
from relhealth.batch.output import form_of
from relhealth.batch.progress import Progress
from relhealth.batch.run import Job, Show, run_to_file, run_to_stream
from relhealth.batch.twitter import TIME_FORMAT
from relhealth.credentials import Credentials
from relhealth.errors import ConfigurationError
from relhealth.models.load import artefacts_digest, load_scorer

_SMALL_BYTES: Final = 2**20
"""Below this, starting processes costs more than it gains."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A run's moment, in microseconds since 1970 UTC, and whether it was asked for."""

    as_of_us: int
    is_given: bool


def run_big(arguments: argparse.Namespace, moment: Moment, credentials: Credentials) -> Counts:
    """Scores files to an output or to standard output; gives what was done.

    Raises:
        ConfigurationError: An argument or file cannot be used.
        RemoteError: The service cannot be had.
    """
    job = _job(arguments, moment)
    engine = _engine(arguments, job, credentials)
    began = time.monotonic()
    progress = Progress(sys.stderr)
    done = Counts()

    def show(counts: Counts, share: float) -> None:
        nonlocal done
        done = counts
        progress.show(counts, share)

    succeeded = False
    try:
        with ended_in_order():
            done = _run(arguments.output, job, engine, show, progress.say)
        progress.end(done)
        succeeded = True
    finally:
        if arguments.metrics_textfile is not None or arguments.pushgateway is not None:
            registry = registry_of(done, time.monotonic() - began, succeeded=succeeded)
            publish(registry, arguments.metrics_textfile, arguments.pushgateway)
    return done


def _run(
    output: Path | None, job: Job, engine: Engine, show: Show, say: Callable[[str], None]
) -> Counts:
    if output is not None:
        return run_to_file(job, engine, output, show, say)
    with atomic_output(None) as sink:
        return run_to_stream(job, engine, sink, show, say)


def _job(arguments: argparse.Namespace, moment: Moment) -> Job:
    if arguments.output is None and arguments.previous is not None:
        raise ConfigurationError("--previous needs an --output")
    form = Form.JSON if arguments.output is None else form_of(arguments.output)
    if arguments.previous is not None and form is not Form.FLAT:
        raise ConfigurationError("--previous needs an --output that ends in .parquet or .csv")
    return Job(
        files=find_files(arguments.files, own_files(arguments)),
        layout=layout_of(arguments),
        settings=Settings(moment.as_of_us, arguments.half_life, form, arguments.view),
        as_of_is_given=moment.is_given,
        rejects=arguments.rejects,
        memory_limit=arguments.memory_limit,
        previous=arguments.previous,
        refresh_days=arguments.refresh_after,
        restart=arguments.restart,
    )


def layout_of(arguments: argparse.Namespace) -> Layout:
    """How the flat tables among the files are written."""
    if arguments.twitter_support:
        return Layout(time_format=TIME_FORMAT, twitter_support=True)
    return Layout(_columns(arguments.column), arguments.brand, arguments.time_format)


def _columns(pairs: Sequence[str]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for pair in pairs:
        ours, equals, theirs = pair.partition("=")
        if not equals or ours not in REQUIRED + OPTIONAL:
            raise ConfigurationError(
                f"--column {pair}: must be NAME=COLUMN with a NAME of "
                f"{', '.join(REQUIRED + OPTIONAL)}"
            )
        columns[ours] = theirs
    return columns


def _engine(arguments: argparse.Namespace, job: Job, credentials: Credentials) -> Engine:
    workers: int | None = arguments.workers
    if workers is not None and workers < 1:
        raise ConfigurationError("--workers must be 1 or more")
    if arguments.address is not None:
        from relhealth.batch.remote import RemoteEngine  # noqa: PLC0415 - gRPC only where asked

        return RemoteEngine(arguments.address, credentials, workers or cores())
    load = functools.partial(load_scorer, arguments.model, arguments.rubric)
    if workers is None:
        small = sum(path.stat().st_size for path in job.files) < _SMALL_BYTES
        workers = 1 if small else cores()
    digest = functools.partial(artefacts_digest, arguments.model, arguments.rubric)
    return LocalEngine(load, workers, digest)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))
