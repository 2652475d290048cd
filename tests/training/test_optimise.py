"""The fit's numbers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from threadpoolctl import threadpool_info, threadpool_limits

from relhealth.training.optimise import Problem, fit

ACTS = 17


def problem(features: int, sentences: int) -> Problem:
    """Random sentences of about forty features, each a message that does a fifth of the acts."""
    chance = np.random.default_rng(1)
    values = sparse.random_array(
        (sentences, features), density=40 / features, rng=chance, dtype=np.float32, format="csr"
    )
    targets = (chance.random((sentences, ACTS)) < 0.2).astype(np.float32)
    owners, importance = np.arange(sentences), np.ones(sentences, np.float32)
    return Problem(sparse.csr_matrix(values), owners, targets, importance, penalty=1.0)


def test_a_fit_is_the_same_however_many_threads_there_are() -> None:
    """So many weights that their sums would be divided among the threads."""
    if all(library["user_api"] != "blas" for library in threadpool_info()):
        pytest.skip("no BLAS whose threads can be set")
    asked = problem(features=40_000, sentences=1_500)
    found = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads, user_api="blas"):
            weights, biases = fit(asked, iterations=30)
        found.append((weights.tobytes(), biases.tobytes()))
    assert found[0] == found[1]
