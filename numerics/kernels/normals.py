"""Standard normals, thirty-two at a time: SFC64 in eight lanes and the Box-Muller transform by polynomials in float32.

No branch, no table, no call of a library: the bits are those of IEEE 754 on every processor.

A normal is a float32.  The length of a pair is that of one of 2^32 equally likely u, u to the nearest float32 and the
length within 2.5 of its last places (all were tried); its mean square is 2 (1 + 4.4e-8), and it is at most 6.76, which
a pair of true normals passes with probability 1.2e-10.  So the law is right to 1e-7, which a mean of less than 1e14
draws does not show.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, UInt64

from numerics.kernels.compiled import strictly_compiled
from numerics.kernels.vectors import (
    LANES,
    Vector,
    as_floats,
    as_words,
    fma,
    halved,
    load,
    rounded,
    sqrt,
    store,
    where,
    widened,
)

State = UInt64[np.ndarray, " 32"]
"""Eight generators: the words a, b, c and the counter of SFC64, eight of each."""

BLOCK = 4 * LANES
"""Normals come in multiples of this number."""

_U, _S, _F = np.uint64, np.uint32, np.float32
ONE, THREE, ELEVEN, TWENTY_FOUR, FORTY = _U(1), _U(3), _U(11), _U(24), _U(40)
ONE_BITS, TWO23_BITS, ROOT_HALF_BITS = _S(0x3F800000), _S(0x4B000000), _S(0x3F3504F3)
FRACTION, SIGN, NINE, TWENTY_THREE, THIRTY = _S(0x007FFFFF), _S(0x80000000), _S(9), _S(23), _S(30)
UNIT, HALF_UNIT, EXPONENT_SHIFT = _F(2.0**-32), _F(2.0**-33), _F(2.0**23 + 127.0)
SHORT_ONE, MINUS_TWO, TWO, MIDDLE = _F(1.0), _F(-2.0), _F(2.0), _F(1.5)
LOG_TWO, HALF_PI, MINUS_HALF = _F(np.log(2.0)), _F(np.pi / 2), _F(-0.5)

# log(1+f) = f - s (f - R(s^2)), s = f/(2+f): the minimax R of FreeBSD's e_logf.c, error below 2^-34.24 for
# sqrt(1/2) < 1+f < sqrt(2).
L1, L2, L3, L4 = _F(0xAAAAAA / 2**24), _F(0xCCCE13 / 2**25), _F(0x91E9EE / 2**25), _F(0xF89E26 / 2**26)
# sin and cos on [-pi/4, pi/4]: the polynomials of Cephes' sinf.c (Moshier 1992), errors below 2^-28.
S1, S2, S3 = _F(-1.6666654611e-1), _F(8.3321608736e-3), _F(-1.9515295891e-4)
C1, C2, C3 = _F(4.166664568298827e-2), _F(-1.388731625493765e-3), _F(2.443315711809948e-5)


@strictly_compiled
def stepped(a: Vector, b: Vector, c: Vector, w: Vector) -> tuple[Vector, Vector, Vector, Vector, Vector]:
    """The next output a + b + w of SFC64, and its state after it.

    a <- b ^ (b >> 11), b <- c + (c << 3), c <- (c rotated left by 24) + output, w <- w + 1.
    Source: Doty-Humphrey, PractRand 0.94 (2018), where SFC64 passes 32 TB.
    """
    output = a + b + w
    return output, b ^ (b >> ELEVEN), c + (c << THREE), ((c << TWENTY_FOUR) | (c >> FORTY)) + output, w + ONE


@strictly_compiled
def fill_words(state: State, out: UInt64[np.ndarray, " size"]) -> None:
    """Fill the flat `out` with independent uniform words, eight generators in turn; the size a multiple of 8."""
    a, b, c, w = load(state, 0), load(state, 8), load(state, 16), load(state, 24)
    for at in range(0, out.size, LANES):
        word, a, b, c, w = stepped(a, b, c, w)
        store(out, at, word)
    store(state, 0, a)
    store(state, 8, b)
    store(state, 16, c)
    store(state, 24, w)


@strictly_compiled
def log(u: Vector) -> Vector:
    """log u for normal u > 0: u = 2^k m, sqrt(1/2) <= m < sqrt(2), log u = k log 2 + log m.

    The integer k + 127 becomes a float by being put into the low bits of 2^23.  Fourteen operations and a division.
    """
    bits = as_words(u) - ROOT_HALF_BITS + ONE_BITS
    k = as_floats((bits >> TWENTY_THREE) | TWO23_BITS) - EXPONENT_SHIFT
    f = as_floats((bits & FRACTION) + ROOT_HALF_BITS) - SHORT_ONE
    s = f / (TWO + f)
    z = s * s
    r = fma(z, L4, L3)
    r = fma(z, r, L2)
    r = fma(z, r, L1) * z
    return fma(k, LOG_TWO, f - s * (f - r))


@strictly_compiled
def sine(x: Vector) -> Vector:
    """sin x on [-pi/4, pi/4]."""
    z = x * x
    p = fma(z, S3, S2)
    p = fma(z, p, S1)
    return fma(x * z, p, x)


@strictly_compiled
def cosine(x: Vector) -> Vector:
    """cos x on [-pi/4, pi/4]."""
    z = x * x
    p = fma(z, C3, C2)
    p = fma(z, p, C1)
    return fma(z * z, p, fma(MINUS_HALF, z, SHORT_ONE))


@strictly_compiled
def length(word: Vector) -> Vector:
    """sqrt(-2 log u), u = (word + 1/2) 2^-32 to the nearest float32: the length of a normal vector in the plane."""
    return sqrt(MINUS_TWO * log(fma(rounded(word), UNIT, HALF_UNIT)))


@strictly_compiled
def normal_pair(first: Vector, second: Vector) -> tuple[Vector, Vector]:
    """Two independent standard normals from two independent uniform words of 32 bits (Box & Muller 1958).

    The top 23 bits of the second word give an angle in [-pi/4, pi/4); its bit 1 turns the vector by a half, its bit 0
    reflects it in the diagonal: together uniform on the circle.
    """
    r = length(first)
    angle = (as_floats((second >> NINE) | ONE_BITS) - MIDDLE) * HALF_PI
    across = r * sine(angle)
    along = as_floats(as_words(r * cosine(angle)) ^ ((second << THIRTY) & SIGN))
    return where(second, across, along), where(second, along, across)


@strictly_compiled
def block(
    a: Vector, b: Vector, c: Vector, w: Vector
) -> tuple[Vector, Vector, Vector, Vector, Vector, Vector, Vector, Vector]:
    """Thirty-two normals, and the state after them.

    Every generator gives a word for the lengths of two pairs, then one for their angles, the lower half of each first.
    """
    first, a, b, c, w = stepped(a, b, c, w)
    second, a, b, c, w = stepped(a, b, c, w)
    one, other = normal_pair(halved(first), halved(second))
    return widened(one, 0), widened(one, 1), widened(other, 0), widened(other, 1), a, b, c, w


@strictly_compiled
def fill(state: State, out: Float[np.ndarray, " size"]) -> None:
    """Fill the flat `out` with independent standard normals; the size a multiple of 32.  0.5 ns each, roughly."""
    a, b, c, w = load(state, 0), load(state, 8), load(state, 16), load(state, 24)
    for at in range(0, out.size, BLOCK):
        p, q, r, s, a, b, c, w = block(a, b, c, w)
        store(out, at, p)
        store(out, at + 8, q)
        store(out, at + 16, r)
        store(out, at + 24, s)
    store(state, 0, a)
    store(state, 8, b)
    store(state, 16, c)
    store(state, 24, w)


@strictly_compiled
def fill_scaled(
    state: State,
    scale: Float[np.ndarray, " some"],
    begin: int,
    end: int,
    out: Float[np.ndarray, " size"],
    at: int,
) -> None:
    """Normals times `scale[begin:end]` into `out` from `at` on; end - begin a multiple of 8, the last 32 cut short."""
    a, b, c, w = load(state, 0), load(state, 8), load(state, 16), load(state, 24)
    whole = end - (end - begin) % BLOCK
    for k in range(begin, whole, BLOCK):
        p, q, r, s, a, b, c, w = block(a, b, c, w)
        store(out, at, p * load(scale, k))
        store(out, at + 8, q * load(scale, k + 8))
        store(out, at + 16, r * load(scale, k + 16))
        store(out, at + 24, s * load(scale, k + 24))
        at += BLOCK
    if whole < end:
        p, q, r, s, a, b, c, w = block(a, b, c, w)
        store(out, at, p * load(scale, whole))
        if whole + 8 < end:
            store(out, at + 8, q * load(scale, whole + 8))
        if whole + 16 < end:
            store(out, at + 16, r * load(scale, whole + 16))
    store(state, 0, a)
    store(state, 8, b)
    store(state, 16, c)
    store(state, 24, w)
