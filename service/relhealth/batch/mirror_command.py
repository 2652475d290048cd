"""``relhealth mirror``: the mirror of every brand among files of histories."""

from __future__ import annotations

import argparse
import contextlib
import functools
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from relhealth.batch.brands import Brands
from relhealth.batch.inputs import is_json_lines
from relhealth.batch.lines import Rejects, read_lines, whole_output
from relhealth.errors import ConfigurationError, InvalidInputError
from relhealth.models.load import load_scorer
from relhealth.scoring.scorer import Scorer
from relhealth.scoring.sketch import sketch
from relhealth.wire.json_reading import read_request_line
from relhealth.wire.parsing import parse_history
from relhealth.wire.times import format_moment, parse_moment

_EXIT_REJECTED: Final = 1
_EXIT_NOTHING: Final = 2
_PLAIN_BYTES: Final = 2**20


def configure_mirror(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``relhealth mirror``."""
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="histories (.jsonl, .jsonl.gz, .parquet) or flat tables of messages (.csv, .parquet), "
        "folders and patterns of them; - is JSON lines from standard input",
    )
    parser.add_argument("--output", type=Path, help="file to write instead of standard output")
    parser.add_argument("--rejects", type=Path, help="file for what was refused, as JSON lines")
    parser.add_argument("--as-of", metavar="TIME", help="RFC 3339, for all; left out: now")
    parser.add_argument("--workers", type=int, metavar="N", help="processes; left out: cores")
    parser.add_argument("--model", type=Path, help="folder of another act detector")
    parser.add_argument("--rubric", type=Path, help="another rubric file")
    tables = parser.add_argument_group("tables")
    tables.add_argument("--brand", metavar="ID", help="the brand of a flat table without brand_id")
    tables.add_argument("--column", action="append", default=[], metavar="NAME=COLUMN")
    tables.add_argument("--time-format", metavar="FORMAT", help="strptime format of a flat table")
    tables.add_argument("--twitter-support", action="store_true")
    tables.add_argument("--memory-limit", default="1GB", metavar="SIZE", help="for grouping")
    parser.set_defaults(run=run_mirror)


def run_mirror(arguments: argparse.Namespace) -> int:
    """Writes a line of JSON for each brand; gives the exit code.

    Raises:
        ConfigurationError: An argument or file cannot be used.
    """
    as_of_us = _moment(arguments.as_of)
    sys.stderr.write(f"as of {format_moment(as_of_us)}\n")
    scorer = load_scorer(arguments.model, arguments.rubric)
    if _is_plain(arguments.files):
        brands = _of_lines(arguments, scorer, as_of_us)
    else:
        brands = _of_tables(arguments, as_of_us)
    lines = brands.lines(scorer, as_of_us)
    if not lines:
        sys.stderr.write("relhealth: no history could be read\n")
        return _EXIT_NOTHING
    with whole_output(arguments.output) as output:
        output.writelines(f"{line}\n" for line in lines)
    return _EXIT_REJECTED if brands.rejected else 0


def _is_plain(names: list[str]) -> bool:
    """Whether the files are a few lines, or a stream that can be read but once."""
    paths = [Path(name) for name in names]
    if any(name == "-" or path.is_fifo() for name, path in zip(names, paths, strict=True)):
        return True
    lines = all(path.is_file() and is_json_lines(path) for path in paths)
    return lines and sum(path.stat().st_size for path in paths) < _PLAIN_BYTES


def _of_lines(arguments: argparse.Namespace, scorer: Scorer, as_of_us: int) -> Brands:
    brands = Brands()
    with contextlib.ExitStack() as stack:
        told = None
        if arguments.rejects is not None:
            told = stack.enter_context(whole_output(arguments.rejects))
        rejects = Rejects(told)
        for line in read_lines(arguments.files):
            brand_id = None
            try:
                request = read_request_line(line.content)
                brand_id = request.history.brand_id or None
                history = parse_history(request.history)
            except InvalidInputError as error:
                rejects.add(line, error)
                brands.reject(brand_id)
                continue
            brands.add(history.brand_id, sketch(scorer, history, as_of_us))
    return brands


def _of_tables(arguments: argparse.Namespace, as_of_us: int) -> Brands:
    try:
        from relhealth.batch import jobs, run  # noqa: PLC0415 - they need the extra `batch`
        from relhealth.batch.chunks import ChunkSize, chunks_of  # noqa: PLC0415
        from relhealth.batch.inputs import find_files  # noqa: PLC0415
        from relhealth.batch.mirroring import Sketching, sketch_brands  # noqa: PLC0415
        from relhealth.batch.progress import Progress  # noqa: PLC0415
        from relhealth.batch.sources import read_histories  # noqa: PLC0415
        from relhealth.batch.staging import staged_rejects  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"tables and big files need {error.name}: pip install 'relhealth[batch]'"
        ) from error
    workers = jobs.cores() if arguments.workers is None else arguments.workers
    if workers < 1:
        raise ConfigurationError("--workers must be 1 or more")
    files = find_files(arguments.files)
    layout = jobs.layout_of(arguments)
    progress = Progress(sys.stderr, command="relhealth mirror")
    make = Sketching(functools.partial(load_scorer, arguments.model, arguments.rubric), as_of_us)
    with (
        tempfile.TemporaryDirectory(prefix="relhealth-") as scratch,
        contextlib.ExitStack() as stack,
    ):
        folder = Path(scratch)
        tell = run.teller(arguments.rejects, stack)
        found = run.histories_of(files, layout, arguments.memory_limit, folder, progress.say)
        unread = tell(staged_rejects(folder))
        chunks = chunks_of(read_histories(found), ChunkSize())
        brands = sketch_brands(chunks, make, workers, tell, progress.show)
        for _ in range(unread):
            brands.reject(None)
    return brands


def _moment(text: str | None) -> int:
    if text is None:
        return time.time_ns() // 1_000
    moment = parse_moment(text)
    if moment is None:
        raise ConfigurationError("--as-of must be an RFC 3339 time with an offset or Z")
    return moment
