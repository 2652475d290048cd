"""`relhealth model`: fits, judges and describes the act detector and the rubric."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from relhealth.domain.vocabulary import Party
from relhealth.errors import ArtefactError, ConfigurationError
from relhealth.models.act_detector import load_detector, load_weights
from relhealth.models.locate import artefacts, detector_path
from relhealth.training.adapt import LEAST_MESSAGES, adapt
from relhealth.training.artefact import describe_file, write_detector
from relhealth.training.dataset import gather
from relhealth.training.detector import train_detector
from relhealth.training.evaluate import compare, table
from relhealth.training.messages import read_messages
from relhealth.training.recipe import SHIPPED
from relhealth.training.rubric_command import (
    configure_cross_read,
    configure_fit,
    configure_judge,
)

_LOCAL: Final = "local"


def configure_model(parser: argparse.ArgumentParser) -> None:
    """Adds the model's commands."""
    commands = parser.add_subparsers(metavar="ACTION", required=True)
    train = commands.add_parser("train", help="fit the act detector, or adapt it with --data")
    train.add_argument("--output", type=Path, required=True, metavar="FOLDER")
    train.add_argument("--version", default=_LOCAL, help="name of the version that is written")
    train.add_argument("--messages", type=Path, metavar="FOLDER", help="the project's messages")
    source = train.add_mutually_exclusive_group()
    source.add_argument("--sources", type=Path, metavar="FOLDER", help="public sources to add")
    source.add_argument("--data", type=Path, metavar="FILE", help="own labelled messages (JSONL)")
    train.add_argument("--model", type=Path, metavar="FOLDER", help="the version to adapt")
    train.set_defaults(run=run_train)
    evaluate = commands.add_parser("evaluate", help="judge the act detector on labelled messages")
    evaluate.add_argument("file", type=Path, metavar="FILE")
    evaluate.add_argument("--model", type=Path, metavar="FOLDER")
    evaluate.add_argument(
        "--rival-data",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="what the TF-IDF rival learns from; the project's messages by default",
    )
    evaluate.set_defaults(run=run_evaluate)
    configure_cross_read(
        commands.add_parser("cross-read", help="read rated histories with unseeing detectors")
    )
    configure_fit(commands.add_parser("fit", help="fit the rubric to rated histories"))
    configure_judge(commands.add_parser("judge", help="judge the scores beside people's ratings"))
    card = commands.add_parser("card", help="print the model card")
    card.add_argument("--model", type=Path, metavar="FOLDER")
    card.set_defaults(run=run_card)


def run_train(arguments: argparse.Namespace) -> int:
    """Trains anew, or adapts a version to a deployment's own messages.

    Raises:
        ConfigurationError: A file cannot be read, or the messages are too few.
    """
    if arguments.data is not None:
        return _adapt(arguments)
    dataset = gather(arguments.messages or _messages(), arguments.sources)
    weights = train_detector(dataset, SHIPPED, arguments.version)
    write_detector(arguments.output, weights, dataset.origins)
    print(f"{len(dataset.messages)} messages; written to {arguments.output}")
    return 0


def _adapt(arguments: argparse.Namespace) -> int:
    messages = read_messages(arguments.data)
    shipped = load_weights(detector_path(arguments.model))
    adapted, gains = adapt(shipped, messages, SHIPPED, f"{shipped.version}+{arguments.version}")
    for gain in gains:
        print(
            f"{gain.party.name.lower()}: {gain.messages} messages, micro-F1 on held-out ones "
            f"{gain.micro_f1_before:.3f} before, {gain.micro_f1_after:.3f} after"
        )
    if not gains:
        raise ConfigurationError(
            f"{arguments.data}: has {LEAST_MESSAGES} messages of neither side to learn from"
        )
    for party in set(Party) - {gain.party for gain in gains}:
        print(f"{party.name.lower()}: fewer than {LEAST_MESSAGES} messages, left as it was")
    write_detector(arguments.output, adapted, [describe_file(arguments.data, messages)])
    print(f"written to {arguments.output}")
    return 0


def run_evaluate(arguments: argparse.Namespace) -> int:
    """Prints figures act by act, beside the rivals.

    Raises:
        ConfigurationError: A file cannot be read, or holds nothing.
    """
    messages = read_messages(arguments.file)
    if not messages:
        raise ConfigurationError(f"{arguments.file}: holds no messages")
    paths = arguments.rival_data or sorted(_messages().glob("messages*.jsonl"))
    rival_messages = tuple(message for path in paths for message in read_messages(path))
    sys.stderr.write(f"the rival learns from {len(rival_messages):,} messages\n")
    detector = load_detector(detector_path(arguments.model))
    for comparison in compare(detector, messages, rival_messages):
        print(table(comparison))
        print()
    return 0


def run_card(arguments: argparse.Namespace) -> int:
    """Prints the model card.

    Raises:
        ArtefactError: There is none; a version adapted to a deployment's own messages has none.
    """
    card = detector_path(arguments.model) / "MODEL_CARD.md"
    if not card.is_file():
        raise ArtefactError(f"{card.parent} has no model card")
    print(card.read_text(encoding="utf-8"))
    return 0


def _messages() -> Path:
    return artefacts() / "training"
