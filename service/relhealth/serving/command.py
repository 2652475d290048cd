"""``relhealth serve``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from relhealth.serving.settings import CHOICES, FIELDS, load_settings, print_settings


def configure_serve(parser: argparse.ArgumentParser) -> None:
    """Adds a flag for each setting."""
    parser.add_argument("--config", type=Path, help="TOML file of settings")
    parser.add_argument(
        "--print-config", action="store_true", help="print the settings in force and stop"
    )
    for item in FIELDS:
        flag = f"--{item.name.replace('_', '-')}"
        meaning = f"{item.metadata['meaning']} (default: {item.default})"
        if item.type == "bool":
            parser.add_argument(
                flag, action=argparse.BooleanOptionalAction, default=None, help=meaning
            )
        else:
            parser.add_argument(flag, choices=CHOICES.get(item.name), metavar="X", help=meaning)
    parser.set_defaults(run=run_serve)


def run_serve(arguments: argparse.Namespace) -> int:
    """Serves until it is told to stop.

    Raises:
        ConfigurationError: A setting cannot be used.
        ArtefactError: The model or rubric cannot be used.
    """
    settings = load_settings(vars(arguments), os.environ, arguments.config)
    if arguments.print_config:
        sys.stdout.write(print_settings(settings))
        return 0
    # Workers are many; the linear algebra of each does well with one thread.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from relhealth.serving.supervisor import Supervisor  # noqa: PLC0415 - after the variable is set

    return Supervisor(settings).run()
