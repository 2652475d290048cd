"""``relhealth report``: the page of one relationship, or a brand's mirror with all its pages."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from relhealth.batch.arguments import add_artefacts, moment_of
from relhealth.batch.ending import EXIT_REJECTED
from relhealth.batch.inputs import is_csv, is_parquet, is_stream
from relhealth.batch.lines import atomic_output
from relhealth.batch.rejects import Rejects, print_rejects
from relhealth.errors import ConfigurationError, InvalidInputError
from relhealth.models.load import load_scorer
from relhealth.report.build import report_of
from relhealth.report.relationship_page import relationship_page
from relhealth.report.sources import Source, only_source, read_sources


def configure_report(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``relhealth report``."""
    parser.add_argument("file", metavar="FILE", help="JSON lines, also .gz; - is stdin")
    parser.add_argument("--output", type=Path, required=True, metavar="PAGE.html")
    parser.add_argument(
        "--include-text", action="store_true", help="show what was said; left out: only its length"
    )
    parser.add_argument(
        "--brand", action="store_true", help="the brand's mirror, and a page for each history"
    )
    parser.add_argument("--customer", metavar="ID", help="whose history, where FILE holds several")
    parser.add_argument(
        "--as-of", metavar="TIME", help="RFC 3339, where a line names none; left out: now"
    )
    add_artefacts(parser)
    parser.set_defaults(run=run_report)


def run_report(arguments: argparse.Namespace) -> int:
    """Writes the page; gives the exit code.

    Raises:
        ConfigurationError: An argument or file cannot be used.
    """
    if arguments.brand and arguments.customer is not None:
        raise ConfigurationError("--customer: --brand shows all customers")
    _check_file(arguments.file, arguments.output)
    rejects = Rejects(print_rejects)
    sources = read_sources(arguments.file, moment_of(arguments.as_of), rejects)
    draw = _draw_brand if arguments.brand else _draw_relationship
    page = draw(arguments, sources, rejects)
    if page is None:
        sys.stderr.write(f"relhealth: {arguments.file} holds no history to show\n")
        return EXIT_REJECTED
    with atomic_output(arguments.output) as stream:
        stream.write(page)
    sys.stderr.write(f"wrote {arguments.output}\n")
    return EXIT_REJECTED if rejects.count else 0


def _check_file(file: str, output: Path) -> None:
    if is_stream(file):
        return
    path = Path(file)
    if is_parquet(path) or is_csv(path):
        raise ConfigurationError(f"{file} is a table: a report reads JSON lines")
    if path.resolve() == output.resolve():
        raise ConfigurationError(f"--output {output} is the input, too")


def _draw_relationship(
    arguments: argparse.Namespace, sources: Iterator[Source], rejects: Rejects
) -> str | None:
    source = only_source(sources, arguments.file, arguments.customer)
    if source is None:
        return None
    scorer = load_scorer(arguments.model, arguments.rubric)
    try:
        report = report_of(scorer, source.history, source.options, with_text=arguments.include_text)
    except InvalidInputError as error:
        rejects.add(source.line, error)
        return None
    return relationship_page(report)


def _draw_brand(
    arguments: argparse.Namespace, sources: Iterator[Source], rejects: Rejects
) -> str | None:
    # The mirror's statistics are slow to import, and only this door needs them.
    from relhealth.report.brand_build import BrandBook  # noqa: PLC0415
    from relhealth.report.brand_page import brand_page  # noqa: PLC0415

    scorer = load_scorer(arguments.model, arguments.rubric)
    book = BrandBook(scorer, arguments.output, with_text=arguments.include_text)
    book.add_all(sources, rejects)
    report = book.report(rejects.count)
    return None if report is None else brand_page(report)
