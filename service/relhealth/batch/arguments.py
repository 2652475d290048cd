"""Arguments that several commands over files share."""

from __future__ import annotations

import argparse
from pathlib import Path

from relhealth.atomic_files import is_passing, kept_beside
from relhealth.batch.inputs import is_stream
from relhealth.errors import ConfigurationError
from relhealth.wire.times import now_us, parse_moment


def add_files(parser: argparse.ArgumentParser, *, streams: bool = True) -> None:
    """Files of relationships in every form that can be read, streams of lines among them or not."""
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="histories (.jsonl, .jsonl.gz, .parquet) or flat tables of messages (.csv, .parquet), "
        "folders and patterns of them"
        + ("; - is JSON lines from standard input" if streams else ""),
    )


def add_artefacts(parser: argparse.ArgumentParser) -> None:
    """What to judge with, where it is not what is shipped."""
    parser.add_argument("--model", type=Path, help="folder of another act detector")
    parser.add_argument("--rubric", type=Path, help="another rubric file")


def add_tables(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """How flat tables among the files are written; gives the group, for more of its kind."""
    group = parser.add_argument_group("tables")
    group.add_argument("--brand", metavar="ID", help="the brand of a flat table without brand_id")
    group.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="NAME=COLUMN",
        help="a flat table's own name for a column; repeat for more",
    )
    group.add_argument("--time-format", metavar="FORMAT", help="strptime format of a flat table")
    group.add_argument(
        "--twitter-support",
        action="store_true",
        help="flat tables have the shape of 'Customer Support on Twitter'",
    )
    group.add_argument(
        "--memory-limit", default="1GB", metavar="SIZE", help="for grouping (default 1GB)"
    )
    return group


def add_aggregation(parser: argparse.ArgumentParser, *, streams: bool = True) -> None:
    """Everything that a command takes which aggregates the relationships of files."""
    add_files(parser, streams=streams)
    parser.add_argument("--output", type=Path, help="file to write instead of standard output")
    parser.add_argument("--rejects", type=Path, help="file for what was refused, as JSON lines")
    parser.add_argument("--as-of", metavar="TIME", help="RFC 3339, for all; left out: now")
    parser.add_argument("--workers", type=int, metavar="N", help="processes; left out: cores")
    add_artefacts(parser)
    add_tables(parser)


def own_files(arguments: argparse.Namespace) -> tuple[Path, ...]:
    """The files that a command writes, and the folder that it keeps beside an output.

    Raises:
        ConfigurationError: Two of them are one, or one is also read.
    """
    taken = {Path(name).resolve(): "an input" for name in arguments.files if not is_stream(name)}
    own: list[Path] = []
    for option in ("--output", "--rejects", "--metrics-textfile"):
        path: Path | None = getattr(arguments, option[2:].replace("-", "_"), None)
        if path is None or is_passing(path):
            continue
        other = taken.setdefault(path.resolve(), option)
        if other != option:
            raise ConfigurationError(f"{option} {path} is {other}, too")
        own.append(path)
    if arguments.output is not None:
        own.append(kept_beside(arguments.output))
    return tuple(own)


def moment_of(text: str | None) -> int:
    """The moment of `--as-of`, or now; in microseconds since 1970 UTC.

    Raises:
        ConfigurationError: It is no time.
    """
    if text is None:
        return now_us()
    moment = parse_moment(text)
    if moment is None:
        raise ConfigurationError("--as-of: must be an RFC 3339 time with an offset or Z")
    return moment
