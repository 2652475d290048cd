"""exp and log from additions and multiplications alone, so that every machine gets the same bits.

C libraries round these functions differently, from one release to the next and from one processor
to another; IEEE arithmetic they cannot. Kernels repeat the operations below in the same order, four
numbers at a time. The results are within three units in the last place.
"""

from __future__ import annotations

import math
from typing import Final

LARGEST: Final = 700.0
"""exp holds its argument within this, so that its result is a normal number."""

_LOG2_E: Final = 1.4426950408889634
_LN2: Final = (0.6931471803691238, 1.9082149292705877e-10)
"""The logarithm of 2 in two parts, the first so short that a whole number times it is exact."""
_ROUNDING: Final = 6755399441055744.0
"""3 * 2**51: added and taken away again it rounds to a whole number."""
_ROOT_HALF: Final = 0.7071067811865476

# Of exp's series on +-ln(2)/2, from the highest power down; 1 and 1 follow.
_FACTORIALS: Final = tuple([1.0 / math.factorial(n) for n in range(13, 1, -1)])
# Of log((1 + s) / (1 - s)) / (2 * s) in the square of s, from the highest power down; 1 follows.
_ODD: Final = tuple([1.0 / (2 * n + 1) for n in range(11, 0, -1)])


def exp(x: float) -> float:
    """The exponential of x, which is held within +-`LARGEST`."""
    x = max(-LARGEST, min(LARGEST, x))
    whole = (x * _LOG2_E + _ROUNDING) - _ROUNDING
    rest = (x - whole * _LN2[0]) - whole * _LN2[1]
    value = 0.0
    for coefficient in _FACTORIALS:
        value = (value + coefficient) * rest
    value = ((value + 1.0) * rest) + 1.0
    return math.ldexp(value, int(whole))


def log(x: float) -> float:
    """Natural logarithm of a normal positive number."""
    mantissa, exponent = math.frexp(x)
    if mantissa < _ROOT_HALF:
        mantissa, exponent = 2.0 * mantissa, exponent - 1
    s = (mantissa - 1.0) / (mantissa + 1.0)
    square, value = s * s, 0.0
    for coefficient in _ODD:
        value = (value + coefficient) * square
    return exponent * _LN2[0] + (exponent * _LN2[1] + 2.0 * s * (value + 1.0))


def sigmoid(logit: float) -> float:
    """The probability of a logit."""
    less = exp(-abs(logit))
    return (1.0 if logit >= 0.0 else less) / (1.0 + less)
