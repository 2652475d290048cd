"""The command line: ``relhealth COMMAND ...``, a thin dispatcher.

A room brings a command of its own in two steps:

1. Its module ``relhealth/<room>/command.py`` defines ``configure_<command>(parser)``, which adds
   the command's arguments to an ``argparse.ArgumentParser`` and ends with
   ``parser.set_defaults(run=...)``. ``run(arguments: argparse.Namespace) -> int`` does the work
   and gives the exit code.
2. `COMMANDS` below gets one line: the command's name, the module, and a help line.

Only the module of the command that was asked for is imported, so that ``relhealth serve`` pays
for no other room. A `RelhealthError` that ``run`` raises becomes its message on standard error and
exit code 2, as does an `OSError`: a file that cannot be written, a disk that is full.

Exit codes: 0 done; 1 some inputs were rejected, the others done; 2 usage, or nothing could be done.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Final

import relhealth
from relhealth.errors import ConfigurationError, RelhealthError
from relhealth.extensions import missing_extensions

EXIT_USAGE: Final = 2


@dataclass(frozen=True, slots=True)
class Command:
    """A subcommand and the module that configures and runs it.

    Attributes:
        extra: The extra without which the module cannot be imported; empty where there is none.
    """

    name: str
    module: str
    help: str
    extra: str = ""


COMMANDS: Final = (
    Command("serve", "relhealth.serving.command", "run the gRPC server"),
    Command("probe", "relhealth.serving.command", "ask a server whether it is ready"),
    Command("token", "relhealth.serving.command", "make a client's token and its digest"),
    Command("score", "relhealth.batch.command", "score files of histories"),
    Command("detect", "relhealth.batch.command", "find the acts of single messages"),
    Command("mirror", "relhealth.batch.mirror_command", "hold up the mirror of a brand"),
    Command("segments", "relhealth.batch.segments_command", "estimate priors by segment"),
    Command("report", "relhealth.report.command", "draw a relationship on a page to look at"),
    Command("import", "relhealth.crm.command", "turn CRM exports into files of histories"),
    Command("write-back", "relhealth.crm.command", "turn scores into a CRM's update requests"),
    Command("model", "relhealth.training.command", "train, judge and describe the models", "train"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; gives its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        options = _parser(arguments).parse_args(arguments)
        run: Callable[[argparse.Namespace], int] = options.run
        return run(options)
    except RelhealthError as error:
        print(f"relhealth: {error}", file=sys.stderr)
        return EXIT_USAGE
    except BrokenPipeError:
        # The reader of our output has gone; what it did not want is no error of ours.
        _drop_output()
        return 0
    except OSError as error:
        reason = error.strerror or type(error).__name__
        if error.filename is None:
            _drop_output()
            print(f"relhealth: {reason}", file=sys.stderr)
        else:
            print(f"relhealth: {error.filename}: {reason}", file=sys.stderr)
        return EXIT_USAGE
    except KeyboardInterrupt:
        return 130


def _drop_output() -> None:
    """Has what is still unwritten go nowhere, or Python would fail at it anew as it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Version(argparse.Action):
    """Prints the version, which takes longer to look up than most commands to begin."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        missing = missing_extensions()
        built = f"not compiled: {', '.join(missing)}" if missing else "compiled"
        print(f"relhealth {relhealth.__version__} ({built})")
        parser.exit()


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="relhealth",
        description="The health of the relationship between a brand and a customer.",
    )
    parser.add_argument(
        "--version", action=_Version, nargs=0, help="print the version, and whether it is compiled"
    )
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    asked_for = next((word for word in arguments if not word.startswith("-")), None)
    for command in COMMANDS:
        subparser = subparsers.add_parser(command.name, help=command.help, description=command.help)
        if command.name == asked_for:
            configure = f"configure_{command.name.replace('-', '_')}"
            getattr(_module(command), configure)(subparser)
    return parser


def _module(command: Command) -> ModuleType:
    try:
        return importlib.import_module(command.module)
    except ModuleNotFoundError as error:
        if not command.extra:
            raise
        raise ConfigurationError(
            f"{command.name} needs {error.name}: pip install 'relhealth[{command.extra}]'"
        ) from error


if __name__ == "__main__":
    sys.exit(main())
