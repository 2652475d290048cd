"""Fits the stance: a multinomial logistic model over the features of the customer's side."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression

from relhealth.domain.reading import Reading
from relhealth.domain.rubric import Rubric, StanceRules
from relhealth.domain.vocabulary import Stance
from relhealth.scoring.stance import FEATURES
from relhealth.signals.scene import observe
from relhealth.training.rated import RatedHistory, Reader

_DIGITS = 3
# What an opt-out says outright is mixed in apart, so the model is over the others.
_MODELLED = tuple([s for s in Stance if s != Stance.OPTED_OUT])


def stance_features(item: RatedHistory, reading: Reading, rubric: Rubric) -> list[float]:
    """The features of one history, in the order of the rubric's names."""
    scene = observe(item.history, reading, rubric, item.as_of_us)
    return [FEATURES[name](scene).value for name in rubric.stance.feature_names]


def fit_stance(
    rated: Sequence[RatedHistory],
    readers: Sequence[Reader],
    rubric: Rubric,
    inverse_penalty: float,
) -> StanceRules:
    """The stance rules with fitted numbers; each reader's choice counts as its share."""
    rows: list[list[float]] = []
    labels: list[int] = []
    shares: list[float] = []
    for item in rated:
        total = sum(item.stances.values())
        for reader in readers:
            reading = reader(item)
            if reading is None:
                continue
            features = stance_features(item, reading, rubric)
            for stance in _MODELLED:
                if item.stances.get(stance):
                    rows.append(features)
                    labels.append(int(stance))
                    shares.append(item.stances[stance] / total)
    model = LogisticRegression(C=inverse_penalty, max_iter=5000, tol=1e-8)
    model.fit(np.array(rows), np.array(labels), sample_weight=np.array(shares))
    return _rules(model, rubric.stance)


def _rules(model: LogisticRegression, start: StanceRules) -> StanceRules:
    place = {int(label): index for index, label in enumerate(model.classes_)}
    intercepts: dict[str, float] = {}
    coefficients: dict[str, tuple[float, ...]] = {}
    for stance in _MODELLED:
        index = place[int(stance)]
        name = stance.name.lower()
        intercepts[name] = round(float(model.intercept_[index]), _DIGITS)
        coefficients[name] = tuple([round(float(c), _DIGITS) for c in model.coef_[index]])
    return dataclasses.replace(start, intercepts=intercepts, coefficients=coefficients)
