"""``relhealth score`` and ``relhealth detect``."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from relhealth.batch.lines import Line, Rejects, read_lines, whole_output
from relhealth.batch.scoring import Outcome, Run, score_here, score_there
from relhealth.errors import ConfigurationError, InvalidInputError
from relhealth.wire.times import format_moment, parse_moment

_EXIT_REJECTED = 1


def configure_score(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``relhealth score``."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="JSON lines, also .gz; - is stdin")
    parser.add_argument("--output", type=Path, help="file to write instead of standard output")
    parser.add_argument("--rejects", type=Path, help="file for what was refused, as JSON lines")
    parser.add_argument("--as-of", metavar="TIME", help="RFC 3339; left out: now")
    parser.add_argument("--half-life", type=float, metavar="DAYS", help="left out: the rubric's")
    parser.add_argument("--view", choices=("summary", "evidence"), help="left out: summary")
    parser.add_argument("--address", metavar="HOST:PORT", help="score through this service")
    parser.add_argument("--tls-ca", type=Path, help="PEM that the service is checked against")
    parser.add_argument("--tls-certificate", type=Path, help="PEM chain of this client")
    parser.add_argument("--tls-key", type=Path, help="PEM key of this client")
    parser.add_argument("--token-file", type=Path, help="file that holds a bearer token")
    _add_artefacts(parser)
    parser.set_defaults(run=run_score)


def configure_detect(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``relhealth detect``."""
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="JSON lines of id, sender and text; - is stdin"
    )
    parser.add_argument("--output", type=Path, help="file to write instead of standard output")
    parser.add_argument("--rejects", type=Path, help="file for what was refused, as JSON lines")
    _add_artefacts(parser)
    parser.set_defaults(run=run_detect)


def _add_artefacts(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, help="folder of another act detector")
    parser.add_argument("--rubric", type=Path, help="another rubric file")


def run_score(arguments: argparse.Namespace) -> int:
    """Scores files; gives the exit code.

    Raises:
        ConfigurationError: An argument or file cannot be used.
        RemoteError: The service cannot be had.
    """
    run = Run(
        as_of_us=_as_of(arguments.as_of),
        half_life_days=arguments.half_life,
        view=arguments.view,
    )
    sys.stderr.write(f"as of {format_moment(run.as_of_us)} where a line does not say\n")
    from relhealth.wire.json_writing import write_line  # noqa: PLC0415 - only this command's

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
    from relhealth.client import Credentials, RelationshipHealthClient  # noqa: PLC0415 - as above

    credentials = Credentials(
        arguments.tls_ca,
        arguments.tls_certificate,
        arguments.tls_key,
        _token(arguments.token_file),
    )
    client = stack.enter_context(RelationshipHealthClient(arguments.address, credentials))
    return score_there(lines, run, client)


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
    with contextlib.ExitStack() as stack:
        told: IO[str] | None = None
        if arguments.rejects is not None:
            told = stack.enter_context(whole_output(arguments.rejects))
        output = stack.enter_context(whole_output(arguments.output))
        rejects = Rejects(told)
        for line, outcome in outcomes:
            if isinstance(outcome, InvalidInputError):
                rejects.add(line, outcome)
            else:
                output.write(outcome + "\n")
    return _EXIT_REJECTED if rejects.count else 0


def _as_of(text: str | None) -> int:
    if text is None:
        return time.time_ns() // 1_000
    moment = parse_moment(text)
    if moment is None:
        raise ConfigurationError("--as-of: must be an RFC 3339 time with an offset or Z")
    return moment


def _token(file: Path | None) -> str | None:
    try:
        return None if file is None else file.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise ConfigurationError("--token-file: cannot be read") from error
