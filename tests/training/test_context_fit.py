"""The fit of what an answer does: it finds what the labels hold, and nothing in few of them."""

from __future__ import annotations

import numpy as np
import pytest

from relhealth.domain.reading import Reading
from relhealth.models.locate import artefacts
from relhealth.signals.context import given_answer
from relhealth.training.context_fit import fit_context, fit_ratio
from relhealth.training.cross_reading import load_readings, recorded_reading
from relhealth.training.rated import RatedHistory, load_labels, load_rated

RATED = artefacts() / "training" / "rated"


@pytest.mark.parametrize("ratio", [0.3, 1.0, 6.0])
def test_it_finds_the_ratio_that_the_answers_were_drawn_with(ratio: float) -> None:
    drawn = np.random.default_rng(7)
    alone, asked = drawn.uniform(0.05, 0.95, 4000), drawn.uniform(0.3, 1.0, 4000)
    truth = [given_answer(p, ratio, a) for p, a in zip(alone, asked, strict=True)]
    does = (drawn.uniform(size=4000) < truth).astype(np.float64)
    assert fit_ratio(alone, asked, does) == pytest.approx(ratio, rel=0.2)


def test_few_answers_say_little() -> None:
    one = np.array([0.5])
    assert 1.0 < fit_ratio(one, np.ones(1), np.ones(1)) < 1.2
    nothing = np.zeros(0)
    assert fit_ratio(nothing, nothing, nothing) == pytest.approx(1.0)


def test_in_the_rated_histories_answers_inform_and_complain_less() -> None:
    rated = load_rated(RATED / "histories.jsonl", RATED / "ratings.jsonl")
    rows = load_readings(RATED / "readings.jsonl")

    def read(item: RatedHistory) -> Reading:
        return recorded_reading(item.history, rows)

    found = fit_context(rated, load_labels(RATED / "acts.jsonl"), read)
    assert found.answer_information_ratio > 2.0
    assert found.answer_complaint_ratio < 0.7
