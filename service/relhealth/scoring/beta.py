"""Intervals of the Beta distribution: compiled where the build made it, plain here.

`kernel/beta.h` repeats what is stated here, step by step; a test holds the two equal, bit for bit.
The distribution function is the continued fraction of DLMF 8.17.22, evaluated by its recurrence;
its inverse is found by the quantile's series about a point (Steinbrecher and Shaw 2008), at first
where Abramowitz and Stegun put it; by Halley's method, held in a bracket, while that is too far.
"""

from __future__ import annotations

import math
from typing import Final, Protocol, cast

from relhealth.extensions import JUDGE, load_extension

_MOST_TERMS: Final = 20_000
_MOST_STEPS: Final = 300
_SETTLED: Final = 2.5e-16
_LARGE: Final = 10.0
# Beyond these a convergent's parts are scaled, so that none of their products overflows.
_SMALL: Final = 1e-100
_LARGE_CONVERGENT: Final = 1e100
# Halley's steps triple the correct digits: after one as short as this, beside both ends, nothing is
# left to mend.
_NEAR: Final = 1e-6
# The series is used where its last term is that small beside the first; where it is as small as the
# second number, beside both ends, those left out are nothing.
_TOLD: Final = 0.01
_NOTHING_LEFT: Final = 1e-11


class CentralInterval(Protocol):
    """The equal-tailed interval that holds a share of a Beta's mass."""

    def __call__(self, a: float, b: float, level: float, /) -> tuple[float, float]:
        """Lower and upper end, for positive `a` and `b`, and 0 < `level` < 1.

        Relative errors stay below 1e-12 for `a` and `b` from 0.05 to 10,000.
        """
        ...


def plain_central_interval(a: float, b: float, level: float, /) -> tuple[float, float]:
    """The interval in Python; see `CentralInterval`."""
    tail = (1.0 - level) / 2.0
    log_beta, deviate = _log_beta(a, b), _normal_deviate(tail)
    lower = _quantile(a, b, log_beta, tail, deviate)
    return lower, _quantile(a, b, log_beta, 1.0 - tail, -deviate)


def _log_beta(a: float, b: float) -> float:
    """Log B(a, b), shifted to where Stirling's series is exact to the last digits."""
    shift = 1.0
    while a < _LARGE:
        shift *= (a + b) / a
        a += 1.0
    while b < _LARGE:
        shift *= (a + b) / b
        b += 1.0
    powers = (0.5 - a) * math.log1p(b / a) - b * math.log1p(a / b) - 0.5 * math.log(b / math.tau)
    beyond = _beyond_stirling(a) + _beyond_stirling(b) - _beyond_stirling(a + b)
    return powers + beyond + math.log(shift)


def _beyond_stirling(z: float) -> float:
    """What log gamma is above (z - 1/2) log z - z + log(2 pi) / 2, for large z (DLMF 5.11.1)."""
    y = 1.0 / (z * z)
    series = 1 / 1680 - y * (1 / 1188 - y * (691 / 360360 - y / 156))
    return (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * series))) / z


def _normal_deviate(tail: float) -> float:
    """Beyond which the normal distribution has a tail below a half, to 0.003 (A&S 26.2.22)."""
    t = math.sqrt(-2.0 * math.log(tail))
    return t - (2.30753 + t * 0.27061) / (1.0 + t * (0.99229 + t * 0.04481))


def _quantile(a: float, b: float, log_beta: float, p: float, deviate: float) -> float:
    """The point below which the Beta has a share `p` of its mass.

    Beyond the deviate, the normal distribution has about that share.
    """
    low, high, x = 0.0, 1.0, _by_normal(a, b, deviate)
    if not 0.0 < x < 1.0:
        x = _by_powers(a, b, log_beta, p)
    for _ in range(_MOST_STEPS):
        if not 0.0 < x < 1.0:
            break  # nearer to an end than a double can tell
        front = math.exp(a * math.log(x) + b * math.log1p(-x) - log_beta)
        gap = _gap(a, b, x, front, p)
        low, high = (x, high) if gap < 0.0 else (low, x)
        following, settled = 0.5 * (low + high), False
        if front > 0.0:
            moved, last = _moved(a - 1.0, b - 1.0, x, -gap / front)
            if low <= moved <= high:
                following, settled = moved, last <= _NOTHING_LEFT
        if settled or abs(following - x) <= _NEAR * following * (1.0 - following):
            return following
        x = following
    return x


def _by_normal(a: float, b: float, deviate: float) -> float:
    """Where a normal deviate puts the quantile (A&S 26.5.22); 0 where `a` or `b` is below 1."""
    if a < 1.0 or b < 1.0:
        return 0.0
    of_a, of_b = 1.0 / (2.0 * a - 1.0), 1.0 / (2.0 * b - 1.0)
    bend, h = (deviate * deviate - 3.0) / 6.0, 2.0 / (of_a + of_b)
    apart = (of_b - of_a) * (bend + 5.0 / 6.0 - 2.0 / (3.0 * h))
    w = deviate * math.sqrt(h + bend) / h - apart
    return a / (a + b * math.exp(2.0 * w))


def _by_powers(a: float, b: float, log_beta: float, p: float) -> float:
    """Where the power law of one end or the other puts the quantile; else the mean."""
    mean, below = a / (a + b), (math.log(p * a) + log_beta) / a
    if below < math.log(mean):
        return math.exp(below)
    above = (math.log((1.0 - p) * b) + log_beta) / b
    return 1.0 - math.exp(above) if above < math.log(b / (a + b)) else mean


def _gap(a: float, b: float, x: float, front: float, p: float) -> float:
    """The mass below `x`, less `p`; `front` is x^a (1-x)^b / B(a, b)."""
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _fraction(a, b, x) / a - p
    return 1.0 - p - front * _fraction(b, a, 1.0 - x) / b


def _moved(left: float, right: float, x: float, step: float) -> tuple[float, float]:
    """Where the quantile is by a look at `x`, and the size of the last term that told it.

    The density is ``x^left (1-x)^right``; Newton's method goes `step`, in units of ``x (1-x)``.
    """
    y = 1.0 - x
    unit, xx, yy = x * y, x * x, y * y
    # Derivatives of the density's logarithm, signs changed, in powers of the unit.
    first, second = right * x - left * y, right * xx + left * yy
    third, fourth = 2.0 * (right * xx * x - left * yy * y), 6.0 * (right * xx * xx + left * yy * yy)
    squared = first * first
    c3 = (2.0 * squared + second) / 6.0
    c4 = ((6.0 * squared + 7.0 * second) * first + third) / 24.0
    c5 = (
        (24.0 * squared + 46.0 * second) * squared
        + 11.0 * first * third
        + 7.0 * second * second
        + fourth
    ) / 120.0
    last = abs(step * step * (step * step) * c5)
    if last <= _TOLD:
        terms = 1.0 + step * (0.5 * first + step * (c3 + step * (c4 + step * c5)))
        return x + unit * step * terms, last * abs(step)
    return x + unit * step / (1.0 - 0.5 * max(-1.0, min(step * first, 1.0))), 1.0


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of DLMF 8.17.22, by its convergents' recurrence (DLMF 1.12.5)."""
    total = a + b
    # Numerators and denominators of the last convergent and the one before.
    over_before, under_before = 1.0, 1.0
    over, under = 1.0, 1.0 - total * x / (a + 1.0)
    for term in range(1, _MOST_TERMS):
        m, place = float(term), a + 2.0 * term
        even = m * (b - m) * x / ((place - 1.0) * place)
        odd = -(a + m) * (total + m) * x / (place * (place + 1.0))
        over_between, under_between = over + even * over_before, under + even * under_before
        over, under = over_between + odd * over, under_between + odd * under
        crossed = over * under_between
        if abs(crossed - over_between * under) <= _SETTLED * abs(crossed):
            break
        scale = 1.0 if _SMALL < abs(under) < _LARGE_CONVERGENT else 1.0 / under
        over_before, under_before = over_between * scale, under_between * scale
        over, under = over * scale, under * scale
    return over / under


def _load() -> CentralInterval:
    """The compiled one; the plain one where the package was built without a compiler."""
    compiled = load_extension(JUDGE)
    if compiled is None:
        return plain_central_interval
    return cast("CentralInterval", compiled.central_interval)


central_interval: Final = _load()
