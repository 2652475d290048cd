"""Fits what its place in the conversation says of a message: `signals/context.py`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from scipy import optimize

from relhealth.domain.acts import CustomerAct
from relhealth.domain.rubric import ContextRules
from relhealth.signals.context import given_answer, replies_to_questions
from relhealth.training.arrays import Array
from relhealth.training.rated import RatedHistory, Reader

_PENALTY = 4.0
"""Of half the squared logarithm of a ratio: it holds a ratio that few answers tell of to 1."""
_WIDEST = 5.0
_DIGITS = 2
_LEAST = 1e-3  # a recorded reading has hundredths, and says 0 for what is below half of one


def fit_context(
    rated: Sequence[RatedHistory],
    labels: Mapping[tuple[str, str], frozenset[str]],
    read: Reader,
) -> ContextRules:
    """The ratios under which the readings of answers agree best with their labels.

    Args:
        rated: Histories.
        labels: The acts of their messages by customer and interaction id; others are left out.
        read: Reads a history as the service will: with a detector that has not seen it.
    """
    asked: list[float] = []
    rows: list[tuple[float, ...]] = []
    truth: list[frozenset[str]] = []
    for item in rated:
        reading = read(item)
        if reading is None:
            continue
        for position, sureness in replies_to_questions(item.history, reading):
            key = (item.history.customer_id, item.history.ids[position])
            if key in labels:
                asked.append(sureness)
                rows.append(reading.probabilities[position])
                truth.append(labels[key])

    def ratio(act: CustomerAct) -> float:
        probabilities = np.array([row[act] for row in rows])
        does = np.array([act.name.lower() in acts for acts in truth], dtype=np.float64)
        return fit_ratio(probabilities, np.array(asked), does)

    return ContextRules(
        answer_information_ratio=ratio(CustomerAct.INFORMATION),
        answer_complaint_ratio=ratio(CustomerAct.COMPLAINT),
    )


def fit_ratio(probabilities: Array, asked: Array, does: Array) -> float:
    """The likeliest ratio of an act; all of shape (answers,).

    Args:
        probabilities: That each answer does the act, read alone.
        asked: How far each answers a question, 0 to 1.
        does: 1 where it does the act, 0 where it does not.
    """
    likely = np.clip(probabilities, _LEAST, 1.0 - _LEAST)

    def loss(logarithm: float) -> float:
        ratio = math.exp(logarithm)
        found = np.array([given_answer(p, ratio, a) for p, a in zip(likely, asked, strict=True)])
        surprise = -np.log(np.where(does > 0.0, found, 1.0 - found))
        return float(surprise.sum()) + 0.5 * _PENALTY * logarithm**2

    found = optimize.minimize_scalar(loss, bounds=(-_WIDEST, _WIDEST), method="bounded")
    return round(math.exp(found.x), _DIGITS)
