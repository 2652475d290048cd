"""Judges an act detector on labelled messages, beside two rivals on the same messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from relhealth.detection.interface import Detector
from relhealth.domain.acts import acts_of
from relhealth.domain.vocabulary import Party
from relhealth.training.messages import LabelledMessage, labels, of_side
from relhealth.training.metrics import ActScore, micro_f1, score_act
from relhealth.training.rivals import TextRegression, keyword_matches

LEAST_SUPPORT: Final = 10
"""Positives that an act needs to count in the mean over acts."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """How one predictor does on one side's messages.

    Attributes:
        acts: Agreement, act by act.
        micro_f1: F1 over all decisions together.
        macro_f1: Mean F1 of the acts with at least ten positives; None where there are none.
    """

    acts: Mapping[str, ActScore]
    micro_f1: float
    macro_f1: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The detector and its rivals on one side's messages."""

    party: Party
    messages: int
    detector: Judgement
    rivals: Mapping[str, Judgement]


def compare(
    detector: Detector,
    messages: Sequence[LabelledMessage],
    rival_messages: Sequence[LabelledMessage],
) -> tuple[Comparison, ...]:
    """Each side's judgement on `messages`; the regression learns from `rival_messages`."""
    return tuple(
        _compare_side(detector, own, of_side(rival_messages, party), party)
        for party in Party
        if (own := of_side(messages, party))
    )


def _compare_side(
    detector: Detector,
    messages: Sequence[LabelledMessage],
    rival_messages: Sequence[LabelledMessage],
    party: Party,
) -> Comparison:
    texts, truth = tuple(m.text for m in messages), labels(messages, party)
    rivals = {"keywords": judge(truth, keyword_matches(texts, party), 0.5, party)}
    if rival_messages:
        rival = TextRegression(rival_messages, party)
        judged = judge(truth, rival.probabilities(texts), rival.thresholds, party)
        rivals = {"tfidf": judged, **rivals}
    own = judge_detector(detector, messages, party)
    return Comparison(party, len(messages), own, rivals)


def judge_detector(
    detector: Detector, messages: Sequence[LabelledMessage], party: Party
) -> Judgement:
    """The detector's judgement on one side's messages."""
    texts = tuple(m.text for m in messages)
    reading = detector.read(texts, (party,) * len(texts), (None,) * len(texts))
    probabilities, thresholds = np.array(reading.probabilities), detector.thresholds[party]
    return judge(labels(messages, party), probabilities, np.array(thresholds), party)


def judge(
    truth: NDArray[np.float64],
    probabilities: NDArray[np.float64],
    thresholds: NDArray[np.float64] | float,
    party: Party,
) -> Judgement:
    """Agreement of probabilities with labels, both of shape (messages, acts of the side)."""
    lines = np.broadcast_to(thresholds, truth.shape[1])
    acts = {
        act: score_act(truth[:, column], probabilities[:, column], float(lines[column]))
        for column, act in enumerate(acts_of(party))
    }
    counted = [s.f1 for s in acts.values() if s.support >= LEAST_SUPPORT and s.f1 is not None]
    macro = float(np.mean(counted)) if counted else None
    return Judgement(acts, micro_f1(truth, probabilities >= lines), macro)


def table(comparison: Comparison) -> str:
    """The comparison as a Markdown table."""
    names = list(comparison.rivals)
    head = ["act", "support", "found", "precision", "recall", "F1", "AP", "ECE"]
    head += [f"F1 {name}" for name in names]
    lines = [_row(head), _row(["---"] + ["---:"] * (len(head) - 1))]
    for act, score in comparison.detector.acts.items():
        cells = [act, str(score.support), str(score.found)]
        figures = (score.precision, score.recall, score.f1, score.average_precision)
        cells += [_figure(figure) for figure in (*figures, score.calibration_error)]
        cells += [_figure(comparison.rivals[name].acts[act].f1) for name in names]
        lines.append(_row(cells))
    judgements = {"detector": comparison.detector, **comparison.rivals}
    lines += ["", f"{comparison.party.name.lower()}: {comparison.messages} messages"]
    lines += [
        f"- {name}: micro-F1 {j.micro_f1:.3f}, macro-F1 {_figure(j.macro_f1)} "
        f"(acts with {LEAST_SUPPORT} or more positives)"
        for name, j in judgements.items()
    ]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
