"""Standard normals, eight at a time: SFC64 in eight lanes and the Box-Muller transform by polynomials.

No branch, no table, no call of a library: the bits are those of IEEE 754 on every processor.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, UInt64

from numerics.kernels.compiled import strictly_compiled
from numerics.kernels.vectors import LANES, Vector, as_floats, as_words, fma, load, sqrt, store, where

State = UInt64[np.ndarray, " 32"]
"""Eight generators: the words a, b, c and the counter of SFC64, eight of each."""

PAIR = 2 * LANES

_U = np.uint64
ONE_BITS, TWO52_BITS = _U(0x3FF0000000000000), _U(0x4330000000000000)
FRACTION, SIGN = _U(0x000FFFFFFFFFFFFF), _U(0x8000000000000000)
ROOT_HALF_BITS = _U(0x3FE6A09E667F3BCD)
ONE, THREE, ELEVEN, TWELVE, FORTY, FIFTY_TWO, SIXTY_TWO, TWENTY_FOUR = (_U(k) for k in (1, 3, 11, 12, 40, 52, 62, 24))
EXPONENT_SHIFT = 2.0**52 + 1023.0
LOG_TWO, HALF_PI = float(np.log(2.0)), float(np.pi / 2)

# log(1+f) = f - s (f - R(s^2)), s = f/(2+f): the minimax R of fdlibm's e_log.c, error below 2^-58.45 for
# sqrt(1/2) < 1+f < sqrt(2).
L1, L2, L3, L4 = 6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01
L5, L6, L7 = 1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01
# sin and cos on [-pi/4, pi/4]: fdlibm's k_sin.c and k_cos.c, errors below 2^-58.
S1, S2, S3 = -1.66666666666666324348e-01, 8.33333333332248946124e-03, -1.98412698298579493134e-04
S4, S5, S6 = 2.75573137070700676789e-06, -2.50507602534068634195e-08, 1.58969099521155010221e-10
C1, C2, C3 = 4.16666666666666019037e-02, -1.38888888888741095749e-03, 2.48015872894767294178e-05
C4, C5, C6 = -2.75573143513906633035e-07, 2.08757232129817482790e-09, -1.13596475577881948265e-11


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
def sine(x: Vector) -> Vector:
    """sin x on [-pi/4, pi/4], to one unit in the last place."""
    z = x * x
    p = fma(z, S6, S5)
    p = fma(z, p, S4)
    p = fma(z, p, S3)
    p = fma(z, p, S2)
    p = fma(z, p, S1)
    return fma(x * z, p, x)


@strictly_compiled
def cosine(x: Vector) -> Vector:
    """cos x on [-pi/4, pi/4], to 1.25 units in the last place."""
    z = x * x
    p = fma(z, C6, C5)
    p = fma(z, p, C4)
    p = fma(z, p, C3)
    p = fma(z, p, C2)
    p = fma(z, p, C1)
    return fma(z * z, p, fma(-0.5, z, 1.0))


@strictly_compiled
def normal_pair(first: Vector, second: Vector) -> tuple[Vector, Vector]:
    """Two independent standard normals from two independent uniform words (Box & Muller 1958).

    1.  u = 1 - k 2^-52, k the top 52 bits of the first word: uniform on a grid in (0, 1], and r = sqrt(-2 log u)
        is the length of a normal vector in the plane.  The longest is 8.49, passed with probability 2e-16.
    2.  The top 52 bits of the second word give an angle in [-pi/4, pi/4); its bit 1 turns the vector by a half, its
        bit 0 reflects it in the diagonal: together uniform on the circle.
    """
    r = sqrt(-2.0 * log(2.0 - as_floats((first >> TWELVE) | ONE_BITS)))
    angle = (as_floats((second >> TWELVE) | ONE_BITS) - 1.5) * HALF_PI
    across = r * sine(angle)
    along = as_floats(as_words(r * cosine(angle)) ^ ((second << SIXTY_TWO) & SIGN))
    return where(second, across, along), where(second, along, across)


@strictly_compiled
def fill(state: State, out: Float[np.ndarray, " size"]) -> None:
    """Fill the flat `out` with independent standard normals; the size a multiple of 16.  0.06 us for each 16, roughly.

    Lane l of entries 16 k + l and 16 k + 8 + l is the k-th pair of generator l, an SFC64: output a + b + w, then
    a <- b ^ (b >> 11), b <- c + (c << 3), c <- (c rotated left by 24) + output, w <- w + 1.
    Source: Doty-Humphrey, PractRand 0.94 (2018), where SFC64 passes 32 TB.
    """
    a, b, c, w = load(state, 0), load(state, 8), load(state, 16), load(state, 24)
    for at in range(0, out.size - PAIR + 1, PAIR):
        first = a + b + w
        a, b, c, w = b ^ (b >> ELEVEN), c + (c << THREE), ((c << TWENTY_FOUR) | (c >> FORTY)) + first, w + ONE
        second = a + b + w
        a, b, c, w = b ^ (b >> ELEVEN), c + (c << THREE), ((c << TWENTY_FOUR) | (c >> FORTY)) + second, w + ONE
        one, other = normal_pair(first, second)
        store(out, at, one)
        store(out, at + LANES, other)
    store(state, 0, a)
    store(state, 8, b)
    store(state, 16, c)
    store(state, 24, w)
