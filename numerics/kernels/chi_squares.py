"""Chi-squares, eight at a time, of any degrees of freedom: Marsaglia and Tsang's method, its logarithms by polynomials.

No table and no call of a library: the bits are those of IEEE 754 on every processor.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from numerics.kernels.compiled import strictly_compiled
from numerics.kernels.normals import BLOCK, State, fill, fill_words
from numerics.kernels.vectors import LANES, Vector, as_floats, as_words, fma, load, some, spread, sqrt, store, where

AT_ONCE = 3 * BLOCK
"""Tries prepared together."""

_U = np.uint64
ONE_BITS, TWO52_BITS, ROOT_HALF_BITS = _U(0x3FF0000000000000), _U(0x4330000000000000), _U(0x3FE6A09E667F3BCD)
FRACTION, ONE, TWELVE, FIFTY_TWO, SIXTY_THREE = _U(0x000FFFFFFFFFFFFF), _U(1), _U(12), _U(52), _U(63)
EXPONENT_SHIFT, LOG_TWO = 2.0**52 + 1023.0, float(np.log(2.0))

# log(1+f) = f - s (f - R(s^2)), s = f/(2+f): the minimax R of fdlibm's e_log.c, error below 2^-58.45 for
# sqrt(1/2) < 1+f < sqrt(2).
L1, L2, L3, L4 = 6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01
L5, L6, L7 = 1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01


@strictly_compiled
def log(u: Vector) -> Vector:
    """log u for normal u > 0: u = 2^k m, sqrt(1/2) <= m < sqrt(2), log u = k log 2 + log m.

    The integer k + 1023 becomes a float by being put into the low bits of 2^52.  Error below 1 unit in the last
    place of max(|log u|, log 2); 25 operations and a division.
    """
    bits = as_words(u) - ROOT_HALF_BITS + ONE_BITS
    k = as_floats((bits >> FIFTY_TWO) | TWO52_BITS) - EXPONENT_SHIFT
    f = as_floats((bits & FRACTION) + ROOT_HALF_BITS) - 1.0
    s = f / (2.0 + f)
    z = s * s
    r = fma(z, L7, L6)
    r = fma(z, r, L5)
    r = fma(z, r, L4)
    r = fma(z, r, L3)
    r = fma(z, r, L2)
    r = fma(z, r, L1) * z
    return fma(k, LOG_TWO, f - s * (f - r))


@strictly_compiled
def is_negative(x: Vector) -> Vector:
    """A word with its lowest bit set where x < 0 (or is -0), and no other."""
    return as_words(x) >> SIXTY_THREE


@strictly_compiled
def accepted(x: Vector, word: Vector, v: Vector, a: Vector) -> Vector:
    """Whether log u <= x^2/2 + a (1 - v + log v), and v >= 0; u = 1 - k 2^-52, k the top 52 bits of `word`."""
    u = 2.0 - as_floats((word >> TWELVE) | ONE_BITS)
    above = fma(a, 1.0 - v + log(v), 0.5 * x * x) - log(u)
    return (is_negative(above) | is_negative(v)) ^ ONE


@strictly_compiled
def chi_squares(state: State, degrees: Float[np.ndarray, " lanes"], out: Float[np.ndarray, " size"]) -> None:
    """Fill `out` with independent chi-squares: eight of these degrees of freedom, eight of the next, 0 for none.

    `degrees` is a multiple of eight long, `out` a multiple of that: each eight are drawn as often, in turn.

    With a = degrees/2 - 1/3 > 0 and v = (1 + x/(3 sqrt a))^3, 2 a v is a chi-square where x > -3 sqrt a has a density
    proportional to v^a e^(-a v).  That is a normal density times exp(f(x)), f = x^2/2 + a (1 - v + log v), and
    f <= 0: f and f' vanish at 0, and f'' = 1 - y^-2/3 - 2y/3 <= 0, y = 1 + x/(3 sqrt a), as means are ordered.  So a
    normal x is kept with probability exp(f(x)), and another is tried in the lanes where it was not: 1.2 on average for
    1 degree of freedom, 1.05 for 2, 1.01 for 10.
    Source: Marsaglia and Tsang, A simple method for generating gamma variables, ACM TOMS 26 (2000), 363-372.
    """
    normals, words, used = np.empty(AT_ONCE), np.empty(AT_ONCE, np.uint64), AT_ONCE
    times = out.size // degrees.size
    for begin in range(0, degrees.size, LANES):
        half = 0.5 * load(degrees, begin) - 1.0 / 3.0
        slope = 1.0 / sqrt(9.0 * half)
        for at in range(begin * times, (begin + LANES) * times, LANES):
            rejected, found = is_negative(half) ^ ONE, spread(0.0)
            while some(rejected):
                if used == AT_ONCE:
                    fill(state, normals)
                    fill_words(state, words)
                    used = 0
                x = load(normals, used)
                y = fma(slope, x, 1.0)
                v = y * y * y
                kept = rejected & accepted(x, load(words, used), v, half)
                used += LANES
                found = where(kept, 2.0 * half * v, found)
                rejected = rejected ^ kept
            store(out, at, found)
