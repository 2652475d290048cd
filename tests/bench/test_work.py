"""A guard against slower code that no busy machine disturbs: work is counted, not timed.

Where more work is wanted, ``python tests/bench/work.py`` renews what is expected. Calls and memory
are the interpreter's; what the compiled kernels do in between is counted in instructions.
"""

from __future__ import annotations

from dataclasses import asdict

import pytest

from bench.work import (
    SIZES,
    VIEWS,
    Work,
    count,
    count_all,
    expected,
    expected_instructions,
    instructions,
    request,
)
from programs import program
from relhealth.detection.compiled import load_kernel
from relhealth.models.load import load_scorer

# Later Pythons make fewer calls, so that these hold as upper bounds on all of them.
TOLERANCE = 1.10
LINEAR = 1.05
# Compilers, their libraries and processors differ in the instructions that they choose.
OTHER_COMPILERS = 1.3
LONG = (500, 2_000)

pytestmark = pytest.mark.skipif(
    load_kernel() is None, reason="the plain reference does the kernel's work in Python"
)


@pytest.fixture(scope="module")
def counted() -> dict[str, Work]:
    return count_all()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("view", VIEWS)
def test_scoring_does_no_more_work_than_it_did(
    counted: dict[str, Work], view: str, size: int
) -> None:
    name = f"{view} {size}"
    now, before = asdict(counted[name]), asdict(expected()[name])
    assert {
        unit: f"{number} where {before[unit]} was"
        for unit, number in now.items()
        if number > before[unit] * TOLERANCE
    } == {}


@pytest.mark.parametrize("view", VIEWS)
def test_four_times_the_messages_are_no_more_than_four_times_the_calls(view: str) -> None:
    scorer = load_scorer(None, None)
    few, many = (asdict(count(scorer, request(size, view))) for size in LONG)
    factor = LONG[1] / LONG[0]
    for unit in ("python_calls", "c_calls"):
        assert many[unit] <= few[unit] * factor * LINEAR, unit


@pytest.mark.slow
@pytest.mark.parametrize("view", VIEWS)
def test_the_kernels_spend_no_more_instructions_than_they_did(view: str) -> None:
    valgrind = program("valgrind", "valgrind")
    few, many = (instructions(valgrind, view, size) for size in SIZES)
    before = expected_instructions()
    assert few <= before[f"{view} {SIZES[0]}"] * OTHER_COMPILERS
    assert many <= before[f"{view} {SIZES[1]}"] * OTHER_COMPILERS
    assert many <= few * SIZES[1] / SIZES[0] * LINEAR


def test_the_same_work_is_counted_every_time() -> None:
    scorer = load_scorer(None, None)
    raw = request(SIZES[0], "evidence")
    first, second = (count(scorer, raw) for _ in range(2))
    assert first.python_calls == second.python_calls
    assert first.c_calls == second.c_calls
