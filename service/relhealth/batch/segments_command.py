"""``relhealth segments``: priors by segment, estimated from files of histories."""

from __future__ import annotations

import argparse
import functools
import sys

from relhealth.batch.arguments import add_aggregation, moment_of
from relhealth.batch.ending import EXIT_NOTHING, EXIT_REJECTED
from relhealth.batch.lines import atomic_output
from relhealth.errors import ConfigurationError
from relhealth.models.load import load_scorer
from relhealth.models.segment_priors import rubric_fragment
from relhealth.scoring.segments import FEWEST_RELATIONSHIPS
from relhealth.wire.times import format_moment


def configure_segments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``relhealth segments``."""
    add_aggregation(parser, streams=False)
    parser.add_argument(
        "--fewest",
        type=int,
        default=FEWEST_RELATIONSHIPS,
        metavar="N",
        help="judged relationships of a segment from which a trait has a prior of its own "
        f"(default {FEWEST_RELATIONSHIPS})",
    )
    parser.set_defaults(run=run_segments)


def run_segments(arguments: argparse.Namespace) -> int:
    """Writes the entries of a rubric's file; gives the exit code.

    Raises:
        ConfigurationError: An argument or file cannot be used.
    """
    try:
        from relhealth.batch.aggregating import material  # noqa: PLC0415 - needs the extra `batch`
        from relhealth.batch.segmenting import tally_segments  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"segments need {error.name}: pip install 'relhealth[batch]'"
        ) from error
    if arguments.fewest < 2:  # noqa: PLR2004 - one relationship has no variance
        raise ConfigurationError("--fewest must be 2 or more")
    as_of_us = moment_of(arguments.as_of)
    sys.stderr.write(f"as of {format_moment(as_of_us)}\n")
    load = functools.partial(load_scorer, arguments.model, arguments.rubric)
    with material(arguments, "relhealth segments") as given:
        tally, counts = tally_segments(given, load, as_of_us)
    priors = tally.priors(arguments.fewest)
    if not priors:
        sys.stderr.write(
            f"relhealth: no segment has {arguments.fewest} judged relationships "
            f"({counts.scored} read)\n"
        )
        return EXIT_NOTHING
    with atomic_output(arguments.output) as output:
        output.write(rubric_fragment(priors))
    return EXIT_REJECTED if counts.rejected else 0
