"""Our exp and log against the C library's, within three units in the last place."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from relhealth.detection.exponentials import LARGEST, exp, log, sigmoid

UNITS = 3


@given(st.floats(-LARGEST, LARGEST))
def test_exp(x: float) -> None:
    assert abs(exp(x) - math.exp(x)) <= UNITS * math.ulp(math.exp(x))


@given(st.floats(1e-300, 1e300))
def test_log(x: float) -> None:
    assert abs(log(x) - math.log(x)) <= UNITS * math.ulp(math.log(x))


@given(st.floats(0.99, 1.01))
def test_log_near_one(x: float) -> None:
    assert abs(log(x) - math.log(x)) <= UNITS * math.ulp(math.log(x))


@given(st.floats(-LARGEST, LARGEST))
def test_sigmoid(x: float) -> None:
    assert math.isclose(sigmoid(x), 0.5 + 0.5 * math.tanh(x / 2.0), abs_tol=1e-15)
    assert math.isclose(sigmoid(x) + sigmoid(-x), 1.0)


def test_what_lies_beyond_is_held() -> None:
    assert exp(math.inf) == exp(LARGEST)
    assert exp(-math.inf) == exp(-LARGEST) > 0.0
    assert sigmoid(math.inf) == 1.0
    assert sigmoid(-math.inf) < 1e-300
    assert exp(0.0) == 1.0
    assert log(1.0) == 0.0
