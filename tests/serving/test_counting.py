"""Compiled counting gives the same numbers as the plain functions."""

from __future__ import annotations

from array import array
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relhealth.extensions import COUNTING, load_extension
from relhealth.serving.board import (
    HistogramPlace,
    plain_add,
    plain_observe,
    plain_observe_row,
)

HISTOGRAMS = (
    HistogramPlace.of(0, (1.0, 2.5, 5.0)),
    HistogramPlace.of(5, ()),
    HistogramPlace.of(7, (0.5,)),
)
COUNT = 10
_NUMBERS = st.integers(-1, 6) | st.sampled_from([0.5, 1.0, 2.5, 5.0, 5.1, 1e300])
_VALUES = st.none() | _NUMBERS


def compiled() -> Any:  # noqa: ANN401 - a module
    return load_extension(COUNTING) or pytest.skip("nothing was compiled")


def numbers() -> memoryview[float]:
    return memoryview(array("d", [0.25] * COUNT))


@given(st.tuples(_VALUES, _VALUES, _VALUES))
def test_values_fall_into_the_same_buckets(values: tuple[float | None, ...]) -> None:
    ours, theirs = numbers(), numbers()
    plain_observe(theirs, HISTOGRAMS, values)
    compiled().observe(ours, HISTOGRAMS, values)
    assert ours.tolist() == theirs.tolist()


@given(st.tuples(*[st.sampled_from([nan, -1.0, 0.5, 1.0, 2.5, 5.0, 5.1, 1e300, inf])] * 3))
def test_a_row_falls_into_the_same_buckets(values: tuple[float, ...]) -> None:
    ours, theirs = numbers(), numbers()
    row = array("d", values).tobytes()
    plain_observe_row(theirs, HISTOGRAMS, row)
    compiled().observe_row(ours, HISTOGRAMS, row)
    assert ours.tolist() == theirs.tolist()


@given(st.integers(0, COUNT), st.lists(st.floats(-1e9, 1e9), max_size=COUNT))
def test_amounts_are_added_in_the_same_places(first: int, amounts: list[float]) -> None:
    ours, theirs = numbers(), numbers()
    few = tuple(amounts[: COUNT - first])
    plain_add(theirs, first, few)
    compiled().add(ours, first, few)
    assert ours.tolist() == theirs.tolist()


@pytest.mark.parametrize(
    ("function", "arguments", "error"),
    [
        ("add", (numbers(), COUNT - 1, (1.0, 2.0)), IndexError),
        ("add", (numbers(), -1, (1.0,)), IndexError),
        ("add", (numbers(), "one", (1.0,)), TypeError),
        ("add", (numbers(), 0, ("one",)), TypeError),
        ("add", (numbers(), 0, [1.0]), TypeError),
        ("add", (numbers(), 0), TypeError),
        ("add", (bytes(80), 0, (1.0,)), BufferError),
        ("observe", (numbers(), HISTOGRAMS, (1.0,)), ValueError),
        ("observe", (numbers(), [], ()), ValueError),
        ("observe", (numbers(), (HistogramPlace.of(8, (0.5,)),), (9.0,)), IndexError),
        ("observe", (numbers(), ((0, [0.5]),), (9.0,)), TypeError),
        ("observe", (numbers(), ((0, "x"),), (9.0,)), TypeError),
        ("observe", (numbers(), (HistogramPlace.of(0, ()),), (10**400,)), OverflowError),
        ("observe", (numbers(), HISTOGRAMS, bytes(24)), TypeError),
        ("observe_row", (numbers(), HISTOGRAMS, bytes(16)), ValueError),
        ("observe_row", (numbers(), HISTOGRAMS, bytes(25)), ValueError),
        ("observe_row", (numbers(), [], b""), ValueError),
        ("observe_row", (numbers(), HISTOGRAMS, (1.0, 2.0, 3.0)), TypeError),
        ("observe_row", (numbers(), (HistogramPlace.of(8, (0.5,)),), bytes(8)), IndexError),
        ("observe_row", (numbers(), (1,), bytes(8)), SystemError),
    ],
)
def test_what_cannot_be_counted_is_an_error(
    function: str, arguments: tuple[Any, ...], error: type[Exception]
) -> None:
    with pytest.raises(error):
        getattr(compiled(), function)(*arguments)
