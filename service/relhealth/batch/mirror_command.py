"""``relhealth mirror``: the mirror of every brand among files of histories."""

from __future__ import annotations

import argparse
import functools
import sys

from relhealth.batch.arguments import add_aggregation, moment_of, own_files
from relhealth.batch.brands import Brands
from relhealth.batch.ending import EXIT_NOTHING, EXIT_REJECTED
from relhealth.batch.inputs import is_plain
from relhealth.batch.lines import atomic_output, read_lines
from relhealth.batch.rejects import Rejects, teller
from relhealth.errors import ConfigurationError, InvalidInputError
from relhealth.models.load import load_scorer
from relhealth.scoring.scorer import Scorer
from relhealth.scoring.sketch import sketch
from relhealth.wire.json_reading import read_request_line
from relhealth.wire.parsing import parse_history
from relhealth.wire.times import format_moment


def configure_mirror(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``relhealth mirror``."""
    add_aggregation(parser)
    parser.set_defaults(run=run_mirror)


def run_mirror(arguments: argparse.Namespace) -> int:
    """Writes a line of JSON for each brand; gives the exit code.

    Raises:
        ConfigurationError: An argument or file cannot be used.
    """
    as_of_us = moment_of(arguments.as_of)
    own_files(arguments)
    sys.stderr.write(f"as of {format_moment(as_of_us)}\n")
    scorer = load_scorer(arguments.model, arguments.rubric)
    if is_plain(arguments.files):
        brands = _of_lines(arguments, scorer, as_of_us)
    else:
        brands = _of_tables(arguments, as_of_us)
    lines = brands.lines(scorer, as_of_us)
    if not lines:
        sys.stderr.write("relhealth: no history could be read\n")
        return EXIT_NOTHING
    with atomic_output(arguments.output) as output:
        output.writelines(f"{line}\n" for line in lines)
    return EXIT_REJECTED if brands.rejected else 0


def _of_lines(arguments: argparse.Namespace, scorer: Scorer, as_of_us: int) -> Brands:
    brands = Brands()
    with teller(arguments.rejects) as tell:
        rejects = Rejects(tell)
        for line in read_lines(arguments.files):
            brand_id = None
            try:
                request = read_request_line(line.content())
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
        from relhealth.batch.aggregating import material  # noqa: PLC0415 - needs the extra `batch`
        from relhealth.batch.mirroring import mirror_brands  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"tables and big files need {error.name}: pip install 'relhealth[batch]'"
        ) from error
    load = functools.partial(load_scorer, arguments.model, arguments.rubric)
    with material(arguments, "relhealth mirror") as given:
        return mirror_brands(given, load, as_of_us)
