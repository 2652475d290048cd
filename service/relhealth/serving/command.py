"""``relhealth serve``, ``probe`` and ``token``."""

from __future__ import annotations

import argparse
import hashlib
import os
import secrets
import sys
from pathlib import Path

from relhealth.credentials import Credentials
from relhealth.errors import RemoteError
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


def configure_probe(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``relhealth probe``."""
    parser.add_argument("--address", default="127.0.0.1:50051", metavar="HOST:PORT")
    parser.add_argument("--tls-ca", type=Path, help="PEM that the service is checked against")
    parser.add_argument("--tls-certificate", type=Path, help="PEM chain of this client")
    parser.add_argument("--tls-key", type=Path, help="PEM key of this client")
    parser.add_argument("--deadline", type=float, default=2.0, metavar="SECONDS")
    parser.set_defaults(run=run_probe)


def run_probe(arguments: argparse.Namespace) -> int:
    """Asks a service whether it is ready; 0 where it is, 1 where it is not.

    Raises:
        ConfigurationError: A file cannot be read.
    """
    from relhealth.client import RelationshipHealthClient  # noqa: PLC0415 - gRPC only where asked

    credentials = Credentials(arguments.tls_ca, arguments.tls_certificate, arguments.tls_key)
    with RelationshipHealthClient(arguments.address, credentials, arguments.deadline) as client:
        try:
            return 0 if client.is_serving() else 1
        except RemoteError as error:
            sys.stderr.write(f"{error}\n")
            return 1


def configure_token(parser: argparse.ArgumentParser) -> None:
    """``relhealth token`` has no arguments."""
    parser.set_defaults(run=run_token)


def run_token(_: argparse.Namespace) -> int:
    """Makes a token for a client, and the digest that the file of clients keeps of it."""
    token = secrets.token_urlsafe(32)
    digest = hashlib.sha256(token.encode()).hexdigest()
    sys.stdout.write(f"token        {token}\ntoken_sha256 {digest}\n")
    return 0
