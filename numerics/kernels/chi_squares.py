"""Chi-squares, eight at a time, of any degrees of freedom: Marsaglia and Tsang's method.

The bits are those of IEEE 754 on every processor.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from numerics.kernels.compiled import strictly_compiled
from numerics.kernels.elementary import ONE, ONE_BITS, is_negative, log
from numerics.kernels.memory import aligned
from numerics.kernels.normals import BLOCK, State, fill, fill_words
from numerics.kernels.vectors import LANES, Vector, as_floats, fma, load, some, spread, sqrt, store, where

AT_ONCE = 3 * BLOCK
"""Tries prepared together."""
TWELVE = np.uint64(12)


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
    normals, words, used = aligned(AT_ONCE), aligned(AT_ONCE).view(np.uint64), AT_ONCE
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
