"""Logarithm and exponential of eight numbers at a time, or of one: + - * /, fma and shifts only.

Polynomials are split into their even and odd parts, which are evaluated side by side.
No table and no call of a library: the bits are those of IEEE 754 on every processor.  Errors are below 2 units in the
last place, as the tests measure.
"""

from __future__ import annotations

import math

import numpy as np

from numerics.kernels.compiled import strictly_compiled
from numerics.kernels.vectors import Vector, as_floats, as_words, fma, where

_U = np.uint64
ONE_BITS, TWO52_BITS, ROOT_HALF_BITS = _U(0x3FF0000000000000), _U(0x4330000000000000), _U(0x3FE6A09E667F3BCD)
FRACTION, ONE, BIAS, FIFTY_TWO, SIXTY_THREE = _U(0x000FFFFFFFFFFFFF), _U(1), _U(1023), _U(52), _U(63)
EXPONENT_SHIFT, LOG_TWO, ROOT_HALF = 2.0**52 + 1023.0, math.log(2.0), math.sqrt(0.5)

# log(1+f) = f - s (f - R(s^2)), s = f/(2+f): the minimax R of fdlibm's e_log.c, error below 2^-58.45 for
# sqrt(1/2) < 1+f < sqrt(2).
L1, L2, L3, L4 = 6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01
L5, L6, L7 = 1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01

# log 2 = LOG_TWO_HIGH + LOG_TWO_LOW, the first with so few digits that its product with |k| < 2^11 is exact.
LOG_TWO_HIGH, LOG_TWO_LOW = float.fromhex("0x1.62e42feep-1"), float.fromhex("0x1.a39ef35793c76p-33")
ROUNDING = 1.5 * 2.0**52
"""Added to a small number it rounds it to an integer, which is then in the lowest bits."""
LEAST, MOST = -708.0, 709.0
"""Between these e^x is a normal number."""

# The Taylor series of e^r: the next term is below 2^-56 of e^r - 1 where |r| <= log(2)/2.
T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13 = (1.0 / math.factorial(k) for k in range(2, 14))


@strictly_compiled
def is_negative(x: Vector) -> Vector:
    """A word with its lowest bit set where x < 0 (or is -0), and no other."""
    return as_words(x) >> SIXTY_THREE


@strictly_compiled
def larger(a: Vector, b: Vector) -> Vector:
    """The larger of two numbers."""
    return where(is_negative(a - b), b, a)


@strictly_compiled
def log_of_product(k: Vector, f: Vector) -> Vector:
    """log(2^k (1+f)), sqrt(1/2) < 1+f < sqrt(2)."""
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = fma(w, fma(w, L6, L4), L2)
    odd = fma(w, fma(w, fma(w, L7, L5), L3), L1)
    r = fma(w, even, z * odd)
    return fma(k, LOG_TWO, f - s * (f - r))


@strictly_compiled
def log(u: Vector) -> Vector:
    """log u for normal u > 0: u = 2^k m, sqrt(1/2) <= m < sqrt(2), log u = k log 2 + log m.

    The integer k + 1023 becomes a float by being put into the low bits of 2^52.  Error below 1 unit in the last
    place of max(|log u|, log 2); 25 operations and a division.
    """
    bits = as_words(u) - ROOT_HALF_BITS + ONE_BITS
    k = as_floats((bits >> FIFTY_TWO) | TWO52_BITS) - EXPONENT_SHIFT
    return log_of_product(k, as_floats((bits & FRACTION) + ROOT_HALF_BITS) - 1.0)


@strictly_compiled
def log_of_share(q: Vector, p: Vector) -> Vector:
    """log q for normal q > 0, where p = 1 - q is as accurate: near q = 1 it is log(1 - p)."""
    return where(is_negative(ROOT_HALF - q), log_of_product(0.0 * p, 0.0 - p), log(q))


@strictly_compiled
def halvings(x: Vector) -> tuple[Vector, Vector]:
    """2^k and e^r - 1 with x = k log 2 + r, |r| <= log(2)/2, for x between LEAST and MOST."""
    shifted = fma(x, 1.0 / LOG_TWO, ROUNDING)
    k = shifted - ROUNDING
    r = fma(k, -LOG_TWO_LOW, fma(k, -LOG_TWO_HIGH, x))
    z = r * r
    even = fma(z, fma(z, fma(z, fma(z, fma(z, T12, T10), T8), T6), T4), T2)
    odd = fma(z, fma(z, fma(z, fma(z, fma(z, T13, T11), T9), T7), T5), T3)
    return as_floats((as_words(shifted) + BIAS) << FIFTY_TWO), fma(z, fma(r, odd, even), r)


@strictly_compiled
def exp(x: Vector) -> Vector:
    """e^x; zero below LEAST, infinite above MOST."""
    below, above = is_negative(x - LEAST), is_negative(MOST - x)
    scale, grown = halvings(where(below | above, 0.0, x))
    return where(below, 0.0, where(above, np.inf, fma(scale, grown, scale)))


@strictly_compiled
def expm1(x: Vector) -> Vector:
    """e^x - 1; -1 below LEAST, infinite above MOST."""
    below, above = is_negative(x - LEAST), is_negative(MOST - x)
    scale, grown = halvings(where(below | above, 0.0, x))
    return where(below, -1.0, where(above, np.inf, fma(scale, grown, scale - 1.0)))
