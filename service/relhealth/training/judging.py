"""Judges the judgement: scores beside mean ratings, and the rivals on the same histories."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr

from relhealth.domain.history import MICROSECONDS_PER_DAY
from relhealth.domain.reading import Reading
from relhealth.domain.score import RelationshipScore
from relhealth.domain.vocabulary import Party, Stance, Trait
from relhealth.scoring.options import ScoreOptions
from relhealth.scoring.scorer import Scorer
from relhealth.signals.pairing import pair
from relhealth.signals.wording import Words
from relhealth.training.rated import RatedHistory

Rival = Callable[[RatedHistory, Reading], float | None]

_POINTS = 100.0
_RECENCY_SCALE_DAYS = 30.0
_FREQUENCY_WINDOW_DAYS = 90.0
_FREQUENT = 20.0


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well predictions agree with mean ratings.

    Attributes:
        count: How many histories both could be had of.
        spearman: Rank correlation; None where it is undefined.
        mean_absolute_error: In points; None for a rival on another scale.
        interval_coverage: Share of ratings within the interval; None without intervals.
    """

    count: int
    spearman: float | None
    mean_absolute_error: float | None = None
    interval_coverage: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """All agreements: by trait and for health, the stance's accuracy, and the rivals' on health."""

    traits: dict[Trait, Agreement]
    health: Agreement
    stance_accuracy: float
    stance_majority_share: float
    rivals: dict[str, Agreement]
    rivals_on_traits: dict[str, float]


def judge(
    rated: Sequence[RatedHistory],
    scorer: Scorer,
    read: Callable[[RatedHistory], Reading],
    rivals: dict[str, Rival],
) -> Verdict:
    """Scores every rated history and compares."""
    readings = [read(item) for item in rated]
    scores = [
        scorer.score_read(item.history, reading, ScoreOptions(item.as_of_us))
        for item, reading in zip(rated, readings, strict=True)
    ]
    guesses = {
        name: [rival(item, reading) for item, reading in zip(rated, readings, strict=True)]
        for name, rival in rivals.items()
    }
    health: list[float | None] = [item.health for item in rated]
    return Verdict(
        traits={trait: _trait_agreement(trait, rated, scores) for trait in Trait},
        health=_health_agreement(rated, scores),
        stance_accuracy=_stance_accuracy(rated, scores),
        stance_majority_share=_stance_majority(rated),
        rivals={name: _rank(guess, health) for name, guess in guesses.items()},
        rivals_on_traits={name: _mean_rank(guess, rated) for name, guess in guesses.items()},
    )


def _trait_agreement(
    trait: Trait, rated: Sequence[RatedHistory], scores: Sequence[RelationshipScore]
) -> Agreement:
    rows = [
        (score.traits[trait - 1], rating)
        for item, score in zip(rated, scores, strict=True)
        if (rating := item.traits[trait - 1]) is not None
    ]
    values = [trait_score.value for trait_score, _ in rows]
    truth = [_POINTS * rating for _, rating in rows]
    held = [
        t.estimate.lower <= _POINTS * rating <= t.estimate.upper
        for t, rating in rows
        if t.estimate is not None
    ]
    return Agreement(
        count=len(rows),
        spearman=_spearman(values, truth),
        mean_absolute_error=float(np.mean(np.abs(np.subtract(values, truth)))),
        interval_coverage=float(np.mean(held)) if held else None,
    )


def _health_agreement(
    rated: Sequence[RatedHistory], scores: Sequence[RelationshipScore]
) -> Agreement:
    values = [score.health.value for score in scores]
    truth = [_POINTS * item.health for item in rated]
    held = [
        score.health.estimate.lower <= rating <= score.health.estimate.upper
        for score, rating in zip(scores, truth, strict=True)
        if score.health.estimate is not None
    ]
    return Agreement(
        count=len(values),
        spearman=_spearman(values, truth),
        mean_absolute_error=float(np.mean(np.abs(np.subtract(values, truth)))),
        interval_coverage=float(np.mean(held)) if held else None,
    )


def majority_stance(item: RatedHistory) -> Stance:
    """The stance that most readers chose; the first in order on a tie."""
    return max(Stance, key=lambda s: (item.stances.get(s, 0), -s))


def _stance_accuracy(rated: Sequence[RatedHistory], scores: Sequence[RelationshipScore]) -> float:
    right = [
        score.stance.label == majority_stance(item)
        for item, score in zip(rated, scores, strict=True)
    ]
    return float(np.mean(right))


def _stance_majority(rated: Sequence[RatedHistory]) -> float:
    chosen = [majority_stance(item) for item in rated]
    return max([chosen.count(stance) for stance in Stance]) / len(chosen)


def _rank(guesses: Sequence[float | None], truth: Sequence[float | None]) -> Agreement:
    both = [(g, t) for g, t in zip(guesses, truth, strict=True) if g is not None and t is not None]
    return Agreement(len(both), _spearman([g for g, _ in both], [t for _, t in both]))


def _mean_rank(guesses: Sequence[float | None], rated: Sequence[RatedHistory]) -> float:
    found = [_rank(guesses, [item.traits[t - 1] for item in rated]).spearman for t in Trait]
    return float(np.mean([f for f in found if f is not None]))


def _spearman(values: Sequence[float], truth: Sequence[float]) -> float | None:
    if len(set(values)) < 2 or len(set(truth)) < 2:  # noqa: PLR2004 - ranks need two values
        return None
    return float(spearmanr(values, truth).statistic)


def recency_frequency_reciprocity(item: RatedHistory, _: Reading) -> float | None:
    """``100 * 2^(-days/30) * min(1, n90/20) * balance``, a published open-source formula."""
    sent_us = item.history.sent_us
    days = (item.as_of_us - sent_us[-1]) / MICROSECONDS_PER_DAY
    since_us = item.as_of_us - _FREQUENCY_WINDOW_DAYS * MICROSECONDS_PER_DAY
    recent = sum(1 for s in sent_us if s >= since_us)
    brand = sum(1 for s in item.history.senders if s == Party.BRAND)
    customer = len(sent_us) - brand
    balance = min(brand, customer) / max(brand, customer)
    decay = math.exp2(-days / _RECENCY_SCALE_DAYS)
    return _POINTS * decay * min(1.0, recent / _FREQUENT) * balance


def response_rate(scorer: Scorer) -> Rival:
    """The share of the customer's calls that were answered."""

    def rival(item: RatedHistory, reading: Reading) -> float | None:
        rubric = scorer.rubric
        words = Words(item.history.texts)
        columns = reading.columns
        calls = pair(item.history, reading, columns, words, rubric.calls, rubric.outreach).calls
        answered = sum(1 for call in calls if call.answered_by is not None)
        return answered / len(calls) if calls else None

    return rival


def sentiment(score: Callable[[str], float]) -> Rival:
    """The mean sentiment of the customer's messages, by a given sentiment score of a text."""

    def rival(item: RatedHistory, _: Reading) -> float | None:
        texts = [
            text
            for text, sender in zip(item.history.texts, item.history.senders, strict=True)
            if sender == Party.CUSTOMER and text
        ]
        return sum([score(t) for t in texts]) / len(texts) if texts else None

    return rival
