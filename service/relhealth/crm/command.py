"""``relhealth import``: exports to histories; ``relhealth write-back``: scores to updates.

The adapters need the extra `crm`; they are imported when a command runs, so that the command line
starts without it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, cast
from zoneinfo import ZoneInfo

from relhealth.atomic_files import atomic_file
from relhealth.crm.systems import SYSTEMS, adapter_of
from relhealth.errors import ConfigurationError
from relhealth.wire.histories import encode_history
from relhealth.wire.json_writing import write_line

if TYPE_CHECKING:
    from relhealth.crm.adapter import ImportOptions
    from relhealth.crm.report import ImportReport, Rejection

_REJECTED: Final = 1
_DONE: Final = 0


def configure_import(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``relhealth import``."""
    add = parser.add_argument
    add("system", metavar="SYSTEM", choices=SYSTEMS, help=", ".join(SYSTEMS))
    add("paths", metavar="PATH", nargs="+", type=Path, help="export files, or folders of them")
    add("--output", metavar="FILE", type=Path, required=True, help="histories (.jsonl, .jsonl.gz)")
    add("--rejects", metavar="FILE", type=Path, help="rejected records as JSON Lines")
    add("--report", metavar="FILE", type=Path, help="the report as JSON, too")
    add("--brand", metavar="ID", help="the brand of all histories")
    add("--segment", metavar="NAME", default="", help="the segment of all histories")
    add("--join-by-email", action="store_true", help="one e-mail address is one customer")
    add("--time-zone", metavar="NAME", default="UTC", help="of times without an offset")
    add("--bot", metavar="ID", action="append", default=[], help="a sender that is a machine")
    add("--own-address", metavar="ADDRESS", action="append", default=[],
        help="an e-mail address or domain of the brand (for e-mail)")  # fmt: skip
    add("--mapping", metavar="FILE", type=Path, help="which column means what (for csv)")
    parser.set_defaults(run=run_import)


def run_import(arguments: argparse.Namespace) -> int:
    """Imports; 0 done, 1 some records could not be used."""
    with _extra_needed():
        from relhealth.crm.importing import import_files  # noqa: PLC0415
        from relhealth.crm.report import ImportReport  # noqa: PLC0415

        adapter = adapter_of(arguments.system)
    with ExitStack() as stack:
        report = ImportReport(on_rejection=_rejection_sink(arguments.rejects, stack))
        relationships = import_files(adapter, arguments.paths, _options(arguments), report)
        _write_lines(
            arguments.output,
            (
                write_line(encode_history(r.brand_id, r.customer_id, r.segment, r.interactions))
                for r in relationships
            ),
        )
    _write_report(report, arguments.report)
    return _REJECTED if report.rejected else _DONE


def configure_write_back(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``relhealth write-back``."""
    add = parser.add_argument
    add("system", metavar="SYSTEM", choices=SYSTEMS, help=", ".join(SYSTEMS))
    add("scores", metavar="SCORES", type=Path, help="scores as `relhealth score` writes them")
    add("--output", metavar="FILE", type=Path, required=True, help="update requests (.jsonl)")
    add("--written", metavar="FILE", type=Path,
        help="what was written before; kept up to date, and only changes are written")  # fmt: skip
    parser.set_defaults(run=run_write_back)


def run_write_back(arguments: argparse.Namespace) -> int:
    """Makes the system's update requests from scores; 1 where some customers have no record."""
    with _extra_needed():
        from relhealth.crm.writing_back import read_written, request_lines, save_written  # noqa: PLC0415

        adapter = adapter_of(arguments.system)
    written = read_written(arguments.written, arguments.system)
    left_out: list[str] = []
    lines = _lines_of(arguments.scores)
    _write_lines(arguments.output, request_lines(adapter, lines, written, left_out.append))
    if arguments.written is not None:
        save_written(arguments.written, arguments.system, written)
    for customer in left_out:
        sys.stderr.write(
            f"left out: {arguments.system} has no record with fields of {customer!r}\n"
        )
    return _REJECTED if left_out else _DONE


def _options(arguments: argparse.Namespace) -> ImportOptions:
    from relhealth.crm.adapter import ImportOptions  # noqa: PLC0415

    try:
        zone = ZoneInfo(arguments.time_zone)
    except (ValueError, OSError, KeyError) as error:
        raise ConfigurationError("--time-zone: no such time zone") from error
    return ImportOptions(
        brand_id=arguments.brand,
        segment=arguments.segment,
        join_by_email=arguments.join_by_email,
        zone=zone,
        bots=frozenset(arguments.bot),
        own_addresses=frozenset(address.lower() for address in arguments.own_address),
        mapping=arguments.mapping,
    )


@contextmanager
def _extra_needed() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is not None and error.name.startswith("relhealth"):
            raise
        raise ConfigurationError(
            f"{error.name} is missing: install the extra with `pip install 'relhealth[crm]'`"
        ) from error


def _rejection_sink(path: Path | None, stack: ExitStack) -> Callable[[Rejection], None]:
    if path is None:
        return _tell
    stream = stack.enter_context(path.open("w", encoding="utf-8"))

    def write(rejection: Rejection) -> None:
        line = {
            "file": rejection.place.file,
            "line": rejection.place.line,
            "field": rejection.field,
            "reason": rejection.reason.name,
            "record": rejection.record,
        }
        stream.write(json.dumps(line) + "\n")

    return write


def _tell(rejection: Rejection) -> None:
    sys.stderr.write(f"rejected: {rejection}\n")


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    opened = gzip.open if path.suffix == ".gz" else open
    with (
        atomic_file(path) as scratch,
        cast("IO[str]", opened(scratch, "wt", encoding="utf-8", newline="\n")) as stream,
    ):
        stream.writelines(f"{line}\n" for line in lines)


def _lines_of(path: Path) -> Iterator[str]:
    from relhealth.crm.records import BROKEN_ARCHIVE, opened  # noqa: PLC0415

    if not path.is_file():
        raise ConfigurationError(f"{path}: no such file")
    try:
        with opened(path) as stream:
            for line in stream:
                yield line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is no UTF-8") from error
    except BROKEN_ARCHIVE as error:
        raise ConfigurationError(f"{path}: the archive is torn") from error


def _write_report(report: ImportReport, path: Path | None) -> None:
    sys.stderr.write("\n".join(report.lines()) + "\n")
    if path is not None:
        path.write_text(json.dumps(report.as_json(), indent=2) + "\n", encoding="utf-8")
