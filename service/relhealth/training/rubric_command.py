"""`relhealth model cross-read`, `fit` and `judge`: the rubric, fitted and judged by ratings."""

from __future__ import annotations

import argparse
import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from relhealth.domain.reading import Reading
from relhealth.domain.rubric import ContextRules
from relhealth.models.act_detector import load_weights
from relhealth.models.load import load_scorer
from relhealth.models.locate import artefacts, detector_path
from relhealth.scoring.scorer import Scorer
from relhealth.training.context_fit import fit_context
from relhealth.training.cross_reading import (
    cross_read,
    load_readings,
    recorded_reading,
    write_readings,
)
from relhealth.training.dataset import gather
from relhealth.training.fitting import FitReport, fit_rubric
from relhealth.training.judging import (
    Agreement,
    Verdict,
    judge,
    recency_frequency_reciprocity,
    response_rate,
    sentiment,
)
from relhealth.training.rated import (
    RatedHistory,
    Reader,
    labelled_reading,
    load_labels,
    load_rated,
)
from relhealth.training.recipe import SHIPPED
from relhealth.training.rubric_file import write_rubric

_HISTORIES = "histories.jsonl"
_RATINGS = "ratings.jsonl"
_READINGS = "readings.jsonl"
_ACTS = "acts.jsonl"
_FOLDS = 3


def configure_cross_read(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the reading that the fit learns from."""
    parser.add_argument(
        "--rated",
        type=Path,
        metavar="FOLDER",
        help=f"holds {_HISTORIES} and {_RATINGS}; the project's by default",
    )
    parser.add_argument("--messages", type=Path, metavar="FOLDER", help="the project's messages")
    parser.add_argument("--sources", type=Path, metavar="FOLDER", help="public sources to add")
    parser.add_argument("--model", type=Path, metavar="FOLDER", help="whose calibration to take")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE")
    parser.set_defaults(run=run_cross_read)


def configure_fit(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the fit."""
    parser.add_argument(
        "--rated",
        type=Path,
        metavar="FOLDER",
        help=(
            f"holds {_HISTORIES}, {_RATINGS}, {_ACTS} (what messages do) and, where the detector "
            f"learnt from their texts, {_READINGS} (see cross-read); the project's by default"
        ),
    )
    parser.add_argument(
        "--start",
        type=Path,
        metavar="FILE",
        help="the rubric to start from; its authors' by default",
    )
    parser.add_argument("--model", type=Path, metavar="FOLDER", help="the act detector")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE")
    parser.set_defaults(run=run_fit)


def configure_judge(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the judging."""
    parser.add_argument("histories", type=Path, metavar="HISTORIES")
    parser.add_argument("ratings", type=Path, metavar="RATINGS")
    parser.add_argument("--acts", type=Path, metavar="FILE", help="labels to read by instead")
    parser.add_argument("--model", type=Path, metavar="FOLDER", help="the act detector")
    parser.add_argument("--rubric", type=Path, metavar="FILE")
    parser.set_defaults(run=run_judge)


def run_cross_read(arguments: argparse.Namespace) -> int:
    """Reads each rated history with a detector that has not seen it, and writes the readings."""
    folder = arguments.rated or _project_rated()
    rated = load_rated(folder / _HISTORIES, folder / _RATINGS)
    dataset = gather(arguments.messages or artefacts() / "training", arguments.sources)
    shipped = load_weights(detector_path(arguments.model))
    write_readings(list(cross_read(rated, dataset, SHIPPED, shipped, _FOLDS)), arguments.output)
    print(f"{len(rated)} histories; written to {arguments.output}")
    return 0


def run_fit(arguments: argparse.Namespace) -> int:
    """Fits the rubric, writes it, and prints what was found."""
    folder: Path = arguments.rated or _project_rated()
    authored = arguments.start or artefacts() / "training" / "starting_rubric.toml"
    scorer = load_scorer(arguments.model, authored)
    rated = load_rated(folder / _HISTORIES, folder / _RATINGS)
    raters = sum(sum(item.stances.values()) for item in rated)
    reader, who = _unseeing(folder / _READINGS, scorer)
    described = f"{len(rated)} rated histories ({raters} ratings), read by {who}"
    context = fit_context(rated, load_labels(folder / _ACTS), reader)
    start = dataclasses.replace(scorer.rubric, context=context)
    fitted, report = fit_rubric(rated, [reader], start, described)
    shutil.copyfile(authored, arguments.output)
    write_rubric(fitted, arguments.output)
    _print_fit(report)
    print(f"\ncontext: {fitted.context}")
    print(f"evidence scale {fitted.evidence_scale}, correlation {fitted.trait_correlation}")
    print(f"written to {arguments.output}")
    return 0


def _project_rated() -> Path:
    return artefacts() / "training" / "rated"


def _unseeing(path: Path, scorer: Scorer) -> tuple[Reader, str]:
    """Who reads, and what to call them: recorded readings where there are some."""
    if not path.is_file():
        return _detected(scorer), f"act detector {scorer.detector.version}"
    rows = load_readings(path)
    return lambda item: recorded_reading(item.history, rows), "act detectors trained without them"


def _out_of_context(scorer: Scorer) -> Scorer:
    """For readings that were made with the conversation in view, such as a labeller's."""
    context = ContextRules(answer_information_ratio=1.0, answer_complaint_ratio=1.0)
    return Scorer.compiled(dataclasses.replace(scorer.rubric, context=context), scorer.detector)


def run_judge(arguments: argparse.Namespace) -> int:
    """Prints how well scores agree with ratings, beside the rivals."""
    scorer = load_scorer(arguments.model, arguments.rubric)
    rated = load_rated(arguments.histories, arguments.ratings)
    read = _detected(scorer)
    if arguments.acts is not None:
        labelled = _labelled(arguments.acts)
        scorer = _out_of_context(scorer)
        read = lambda item: labelled(item) or scorer.read(item.history)  # noqa: E731
    analyser = SentimentIntensityAnalyzer()
    rivals = {
        "VADER, mean of the customer's messages": sentiment(
            lambda text: float(analyser.polarity_scores(text)["compound"])
        ),
        "response rate": response_rate(scorer),
        "recency x frequency x reciprocity": recency_frequency_reciprocity,
    }
    _print_verdict(judge(rated, scorer, read, rivals))
    return 0


def _detected(scorer: Scorer) -> Callable[[RatedHistory], Reading]:
    readings: dict[int, Reading] = {}

    def read(item: RatedHistory) -> Reading:
        if id(item) not in readings:
            readings[id(item)] = scorer.read(item.history)
        return readings[id(item)]

    return read


def _labelled(path: Path) -> Reader:
    labels = load_labels(path)
    return lambda item: labelled_reading(item.history, labels)


def _print_fit(report: FitReport) -> None:
    print("held out            Spearman   mean absolute error")
    for name, (spearman, error) in report.held_out.items():
        print(f"{name:<20}{spearman:8.2f}{error:22.1f}")
    print("\nwhat each kind adds: growth of its trait's squared error without it")
    for trait, kinds in report.kinds.items():
        print(trait)
        for kind, growth in sorted(kinds.items(), key=lambda item: -item[1]):
            print(f"  {kind:<28}{growth:8.1f}")


def _print_verdict(verdict: Verdict) -> None:
    print(f"{'':<40}{'count':>6}{'Spearman':>10}{'error':>8}{'in 90 %':>9}")
    for trait, agreement in verdict.traits.items():
        _print_agreement(trait.key, agreement)
    _print_agreement("health", verdict.health)
    print()
    for name, agreement in verdict.rivals.items():
        _print_agreement(f"health by {name}", agreement)
    for name, spearman in verdict.rivals_on_traits.items():
        print(f"{'traits by ' + name:<46}{spearman:10.2f}")
    print(
        f"\nstance right in {100 * verdict.stance_accuracy:.0f} %; "
        f"the commonest one alone in {100 * verdict.stance_majority_share:.0f} %"
    )


def _print_agreement(name: str, agreement: Agreement) -> None:
    spearman = "" if agreement.spearman is None else f"{agreement.spearman:.2f}"
    error = agreement.mean_absolute_error
    held = agreement.interval_coverage
    shown_error = "" if error is None else f"{error:.1f}"
    shown_held = "" if held is None else f"{held:.2f}"
    print(f"{name:<40}{agreement.count:>6}{spearman:>10}{shown_error:>8}{shown_held:>9}")
