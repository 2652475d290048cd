"""Intervals of the Beta, beside SciPy's; compiled and plain, bit for bit."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betaincinv

from relhealth.scoring.beta import central_interval, plain_central_interval

PARAMETERS = (0.05, 0.2, 0.5, 0.9, 1.0, 1.5, 3.3, 10.0, 37.0, 150.0, 2000.0, 1e4)
LEVELS = (0.2, 0.5, 0.8, 0.9, 0.95, 0.999)


@pytest.mark.parametrize(("a", "b"), list(product(PARAMETERS, PARAMETERS)))
def test_the_ends_are_scipys_to_twelve_digits(a: float, b: float) -> None:
    for level in LEVELS:
        tail = (1.0 - level) / 2.0
        theirs = [float(betaincinv(a, b, p)) for p in (tail, 1.0 - tail)]
        assert central_interval(a, b, level) == pytest.approx(theirs, rel=1e-12, abs=1e-290)


@pytest.mark.parametrize(("a", "b"), list(product((1e-6, 1e-3, 1e6), repeat=2)))
def test_ends_beyond_the_rubrics_strengths_are_within_a_millionth_of_a_point(
    a: float, b: float
) -> None:
    for level in LEVELS:
        tail = (1.0 - level) / 2.0
        theirs = [float(betaincinv(a, b, p)) for p in (tail, 1.0 - tail)]
        assert central_interval(a, b, level) == pytest.approx(theirs, abs=1e-8)


@settings(deadline=None)
@given(
    st.floats(1e-6, 1e6),
    st.floats(1e-6, 1e6),
    st.floats(0.0, 1.0 - 1e-12, exclude_min=True),
)
def test_compiled_and_plain_give_the_same_bits(a: float, b: float, level: float) -> None:
    assert central_interval(a, b, level) == plain_central_interval(a, b, level)


def test_what_is_compiled_is_not_the_plain_one() -> None:
    pytest.importorskip("relhealth.scoring._judge")
    assert central_interval is not plain_central_interval


def test_the_interval_lies_as_the_mass_does() -> None:
    lower, upper = central_interval(2.0, 2.0, 0.9)
    assert lower == pytest.approx(1.0 - upper, rel=1e-14)
    assert central_interval(1.0, 1.0, 0.9) == pytest.approx((0.05, 0.95), rel=1e-15)
    assert central_interval(1e-6, 1e-6, 0.9) == (0.0, 1.0)
