"""``relhealth score`` and ``relhealth detect``."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from relhealth.batch.arguments import add_artefacts, add_files, add_tables, moment_of, own_files
from relhealth.batch.ending import EXIT_REJECTED
from relhealth.batch.inputs import is_plain, is_stream
from relhealth.batch.lines import Line, atomic_output, read_lines
from relhealth.batch.rejects import Rejects, teller
from relhealth.batch.scoring import Outcome, Run, score_here, score_there
from relhealth.credentials import Credentials
from relhealth.errors import ConfigurationError, InvalidInputError
from relhealth.wire.limits import MAXIMUM_HALF_LIFE_DAYS
from relhealth.wire.times import format_moment


def configure_score(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``relhealth score``."""
    add_files(parser)
    parser.add_argument(
        "--output", type=Path, help="file to write: .jsonl, .csv or .parquet; resumes by itself"
    )
    parser.add_argument("--rejects", type=Path, help="file for what was refused, as JSON lines")
    parser.add_argument("--as-of", metavar="TIME", help="RFC 3339; left out: now")
    parser.add_argument("--half-life", type=float, metavar="DAYS", help="left out: the rubric's")
    parser.add_argument("--view", choices=("summary", "evidence"), help="left out: summary")
    parser.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="processes, or streams to a service; left out: cores",
    )
    add_artefacts(parser)
    _add_service(parser)
    _add_tables(parser)
    _add_watching(parser)
    parser.set_defaults(run=run_score)


def _add_service(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("through a service")
    group.add_argument("--address", metavar="HOST:PORT", help="score through this service")
    group.add_argument("--tls-ca", type=Path, help="PEM that the service is checked against")
    group.add_argument("--tls-certificate", type=Path, help="PEM chain of this client")
    group.add_argument("--tls-key", type=Path, help="PEM key of this client")
    group.add_argument("--token-file", type=Path, help="file that holds a bearer token")


def _add_tables(parser: argparse.ArgumentParser) -> None:
    group = add_tables(parser)
    group.add_argument(
        "--previous", type=Path, metavar="TABLE", help="result .parquet: score only what changed"
    )
    group.add_argument(
        "--refresh-after",
        type=float,
        default=7.0,
        metavar="DAYS",
        help="age at which an unchanged row is scored anew all the same (default 7)",
    )


def _add_watching(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("jobs")
    group.add_argument(
        "--restart", action="store_true", help="throw away what an interrupted run left"
    )
    group.add_argument(
        "--metrics-textfile", type=Path, metavar="FILE", help="write metrics of the run (.prom)"
    )
    group.add_argument("--pushgateway", metavar="HOST:PORT", help="push metrics of the run")


def configure_detect(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``relhealth detect``."""
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="JSON lines of id, sender and text; - is stdin"
    )
    parser.add_argument("--output", type=Path, help="file to write instead of standard output")
    parser.add_argument("--rejects", type=Path, help="file for what was refused, as JSON lines")
    add_artefacts(parser)
    parser.set_defaults(run=run_detect)


def run_score(arguments: argparse.Namespace) -> int:
    """Scores files; gives the exit code.

    Raises:
        ConfigurationError: An argument or file cannot be used.
        RemoteError: The service cannot be had.
    """
    as_of_us = moment_of(arguments.as_of)
    _check_half_life(arguments.half_life)
    own_files(arguments)
    if _is_plain(arguments):
        return _score_lines(arguments, as_of_us)
    try:
        from relhealth.batch.jobs import Moment, run_big  # noqa: PLC0415 - needs the extra `batch`
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"tables and --output need {error.name}: pip install 'relhealth[batch]'"
        ) from error
    moment = Moment(as_of_us, arguments.as_of is not None)
    counts = run_big(arguments, moment, _credentials(arguments))
    return EXIT_REJECTED if counts.rejected else 0


def _is_plain(arguments: argparse.Namespace) -> bool:
    """Whether one process reads line by line.

    Raises:
        ConfigurationError: Something is asked of a stream that wants files.
    """
    metrics = arguments.metrics_textfile is not None or arguments.pushgateway is not None
    if any(is_stream(name) for name in arguments.files):
        _check_stream(arguments.output, previous=arguments.previous is not None, metrics=metrics)
    elif arguments.output is not None or metrics:
        return False
    return is_plain(arguments.files)


def _check_stream(output: Path | None, *, previous: bool, metrics: bool) -> None:
    if output is not None and output.suffix != ".jsonl":
        raise ConfigurationError("--output must end in .jsonl where a stream is read")
    if previous:
        raise ConfigurationError("--previous wants files and no stream")
    if metrics:
        raise ConfigurationError("--metrics-textfile and --pushgateway want files and no stream")


def _score_lines(arguments: argparse.Namespace, as_of_us: int) -> int:
    from relhealth.wire.json_writing import write_line  # noqa: PLC0415 - only this command's

    run = Run(as_of_us=as_of_us, half_life_days=arguments.half_life, view=arguments.view)
    sys.stderr.write(f"as of {format_moment(run.as_of_us)} where a line does not say\n")
    lines = read_lines(arguments.files)
    with contextlib.ExitStack() as stack:
        outcomes = _scored(arguments, lines, run, stack)
        return _write(
            arguments,
            (
                (line, outcome if isinstance(outcome, InvalidInputError) else write_line(outcome))
                for line, outcome in outcomes
            ),
        )


def _scored(
    arguments: argparse.Namespace,
    lines: Iterator[Line],
    run: Run,
    stack: contextlib.ExitStack,
) -> Iterator[Outcome]:
    if arguments.address is None:
        from relhealth.models.load import load_scorer  # noqa: PLC0415 - loads only where it scores

        return score_here(lines, run, load_scorer(arguments.model, arguments.rubric))
    from relhealth.client import RelationshipHealthClient  # noqa: PLC0415 - gRPC only where asked

    credentials = _credentials(arguments)
    client = stack.enter_context(RelationshipHealthClient(arguments.address, credentials))
    return score_there(lines, run, client)


def _credentials(arguments: argparse.Namespace) -> Credentials:
    return Credentials(
        arguments.tls_ca,
        arguments.tls_certificate,
        arguments.tls_key,
        _token(arguments.token_file),
    )


def run_detect(arguments: argparse.Namespace) -> int:
    """Finds acts; gives the exit code.

    Raises:
        ConfigurationError: A file cannot be used.
    """
    from relhealth.batch.detecting import detect  # noqa: PLC0415 - only this command's
    from relhealth.models.load import load_scorer  # noqa: PLC0415 - only this command's

    detector = load_scorer(arguments.model, arguments.rubric).detector
    return _write(arguments, detect(read_lines(arguments.files), detector))


def _write(
    arguments: argparse.Namespace, outcomes: Iterator[tuple[Line, str | InvalidInputError]]
) -> int:
    with teller(arguments.rejects) as tell, atomic_output(arguments.output) as output:
        rejects = Rejects(tell)
        for line, outcome in outcomes:
            if isinstance(outcome, InvalidInputError):
                rejects.add(line, outcome)
            else:
                output.write(outcome + "\n")
    return EXIT_REJECTED if rejects.count else 0


def _check_half_life(days: float | None) -> None:
    if days is not None and not 1 <= days <= MAXIMUM_HALF_LIFE_DAYS:
        raise ConfigurationError(f"--half-life: must lie between 1 and {MAXIMUM_HALF_LIFE_DAYS}")


def _token(file: Path | None) -> str | None:
    try:
        return None if file is None else file.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise ConfigurationError("--token-file: cannot be read") from error
