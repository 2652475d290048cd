"""One run of `relhealth score`: files in, an output that is whole or not there."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from relhealth.atomic_files import atomic_file
from relhealth.batch.checkpoint import Checkpoint
from relhealth.batch.chunks import Chunk, ChunkSize, chunks_of
from relhealth.batch.core import Counts, Settings, Versions
from relhealth.batch.engine import Earlier, Engine
from relhealth.batch.known import Policy, half_life_text, index_table
from relhealth.batch.messages import Layout
from relhealth.batch.output import (
    CONTENTS_KEY,
    HALF_LIFE_KEY,
    rejects_of,
    write_lines,
    write_output,
)
from relhealth.batch.rejects import teller
from relhealth.batch.sources import is_flat, read_histories
from relhealth.batch.staging import stage, staged_rejects
from relhealth.batch.workers import in_order
from relhealth.errors import ConfigurationError, RelhealthError
from relhealth.wire.times import format_moment

_PREVIOUS: Final = "previous.sqlite"
_FINISHED: Final = "finished"
_AS_OF: Final = "as_of_us"
_CONTENTS: Final = "contents"

Show = Callable[[Counts, float], None]
"""Takes what was done so far and how far the input has been read, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a run is asked to do.

    Attributes:
        files: Inputs, in order.
        layout: How flat tables among them are written.
        settings: How to score.
        as_of_is_given: Whether the moment was asked for, not just the start of the run.
        rejects: File for what was refused, or None for standard error.
        memory_limit: What DuckDB may hold in memory.
        chunk_size: When a chunk is full.
        previous: An earlier result table, or None.
        refresh_days: How far an earlier row's moment may lie back.
        restart: Whether what an interrupted run left is thrown away.
    """

    files: tuple[Path, ...]
    layout: Layout
    settings: Settings
    as_of_is_given: bool
    rejects: Path | None = None
    memory_limit: str = "1GB"
    chunk_size: ChunkSize = field(default_factory=ChunkSize)
    previous: Path | None = None
    refresh_days: float = 7.0
    restart: bool = False


def run_to_stream(
    job: Job, engine: Engine, sink: IO[str], show: Show, say: Callable[[str], None]
) -> Counts:
    """Writes a JSON line for every scored row, in order, as they come; gives what was done."""
    with tempfile.TemporaryDirectory(prefix="relhealth-") as folder, teller(job.rejects) as tell:
        files = histories_of(job.files, job.layout, job.memory_limit, Path(folder), say)
        done = Counts(rejected=tell(staged_rejects(Path(folder))))
        chunks = chunks_of(read_histories(files), job.chunk_size)
        for item in in_order(engine.score(chunks, job.settings, None)):
            write_lines(sink, item.outcomes)
            tell(rejects_of(item.outcomes))
            done += Counts.of(item.outcomes)
            show(done, item.chunk.share)
    return done


def run_to_file(
    job: Job, engine: Engine, output: Path, show: Show, say: Callable[[str], None]
) -> Counts:
    """Writes the output, whole or not at all; gives what was done, earlier tries included.

    A run that was interrupted goes on where it was, with the moment that it began with.

    Raises:
        ConfigurationError: What was begun here is another run, or goes on in another process.
    """
    checkpoint = Checkpoint(output)
    versions = engine.versions()
    with checkpoint.locked():
        try:
            counts = _done(checkpoint, job, engine, versions, show, say)
        except (RelhealthError, OSError):
            if not checkpoint.has_parts():
                checkpoint.finish()
            raise
        checkpoint.finish()
        return counts


def _done(
    checkpoint: Checkpoint,
    job: Job,
    engine: Engine,
    versions: Versions,
    show: Show,
    say: Callable[[str], None],
) -> Counts:
    """Does what is left to do, unless all was done before; gives what was done."""
    run = _begun(checkpoint, job, versions)
    if _FINISHED not in run:
        settings = dataclasses.replace(job.settings, as_of_us=run[_AS_OF])
        say(f"as of {format_moment(settings.as_of_us)} where a line does not say")
        job = dataclasses.replace(job, settings=settings)
        count = _score_missing(checkpoint, job, engine, show, say)
        counts = _assemble(checkpoint, job, count, run[_CONTENTS])
        run[_FINISHED] = dataclasses.asdict(counts)
        checkpoint.record(run)
    return Counts(**run[_FINISHED])


def _begun(checkpoint: Checkpoint, job: Job, versions: Versions) -> dict[str, Any]:
    """The record of the run that is there, or of a new one."""
    wanted = _description(job, checkpoint.output, versions)
    run = None if job.restart else checkpoint.recorded()
    differing = [] if run is None else _differences(run, wanted, job)
    if run is not None and not versions.may_be(run.get(_CONTENTS, "")):
        differing.append("the contents of model or rubric")
    # What was begun in vain, such as with an input that cannot be read, binds nobody.
    if run is None or (differing and not checkpoint.has_parts()):
        checkpoint.discard()
        run = {"run": wanted, _AS_OF: job.settings.as_of_us, _CONTENTS: versions.contents}
        checkpoint.record(run)
    elif differing:
        raise ConfigurationError(
            f"{checkpoint.folder} holds a run that differs in {', '.join(differing)}; "
            "give --restart to throw it away"
        )
    return run


def _differences(run: dict[str, Any], wanted: dict[str, Any], job: Job) -> list[str]:
    differing = [name for name in wanted if run["run"].get(name) != wanted[name]]
    if job.as_of_is_given and run[_AS_OF] != job.settings.as_of_us:
        differing.append("as_of")
    return differing


def _description(job: Job, output: Path, versions: Versions) -> dict[str, Any]:
    """What makes a run the same run, in JSON's types."""
    description = {
        "inputs": [_fingerprint(path) for path in job.files],
        "previous": None if job.previous is None else _fingerprint(job.previous),
        "layout": dataclasses.asdict(job.layout),
        "half_life_days": job.settings.half_life_days,
        "view": job.settings.view,
        "form": output.suffix,
        "refresh_days": job.refresh_days,
        "chunk_size": dataclasses.asdict(job.chunk_size),
        "versions": [versions.model_version, versions.rubric_version],
    }
    described: dict[str, Any] = json.loads(json.dumps(description))
    return described


def _fingerprint(path: Path) -> list[str | int]:
    status = path.stat()
    return [str(path), status.st_size, status.st_mtime_ns]


def _score_missing(
    checkpoint: Checkpoint, job: Job, engine: Engine, show: Show, say: Callable[[str], None]
) -> int:
    """Scores the chunks that have no outcomes yet; gives the number of all chunks."""
    files = histories_of(job.files, job.layout, job.memory_limit, checkpoint.folder, say)
    earlier = _earlier(checkpoint, job, engine)
    count = 0

    def missing() -> Iterator[Chunk]:
        nonlocal count
        for chunk in chunks_of(read_histories(files), job.chunk_size):
            count += 1
            if not checkpoint.has_part(chunk.number):
                yield chunk

    done = Counts()
    for item in engine.score(missing(), job.settings, earlier):
        checkpoint.write_part(item.chunk.number, item.outcomes)
        done += Counts.of(item.outcomes)
        show(done, item.chunk.share)
    return count


def histories_of(
    files: Sequence[Path],
    layout: Layout,
    memory_limit: str,
    folder: Path,
    say: Callable[[str], None],
) -> list[Path]:
    """Files of histories: those given, then one for all that are flat, made in a folder.

    Args:
        files: Inputs, in order.
        layout: How flat tables among them are written.
        memory_limit: What DuckDB may hold in memory.
        folder: Where the one file and its scratch files go.
        say: Gets notes for people.
    """
    flat = [path for path in files if is_flat(path)]
    found = [path for path in files if path not in flat]
    if flat:
        found.append(stage(folder, flat, layout, memory_limit, say))
    return found


def _earlier(checkpoint: Checkpoint, job: Job, engine: Engine) -> Earlier | None:
    if job.previous is None:
        return None
    database = checkpoint.path(_PREVIOUS)
    days = job.settings.half_life_days
    versions = engine.versions()
    if not database.exists():
        index_table(job.previous, days, versions, database)
    policy = Policy(versions.model_version, versions.rubric_version, days, job.refresh_days)
    return Earlier(database, policy)


def _assemble(checkpoint: Checkpoint, job: Job, count: int, contents: str) -> Counts:
    """Puts the outcomes together, in order; the rejects first, the output last."""
    with teller(job.rejects) as tell:
        counts = Counts(rejected=tell(staged_rejects(checkpoint.folder)))
        for outcomes in checkpoint.parts(count):
            tell(rejects_of(outcomes))
            counts += Counts.of(outcomes)
    metadata = {
        HALF_LIFE_KEY: half_life_text(job.settings.half_life_days),
        CONTENTS_KEY: contents,
    }
    output = checkpoint.output
    with atomic_file(output) as scratch:
        write_output(scratch, output.suffix, checkpoint.parts(count), metadata)
    return counts
