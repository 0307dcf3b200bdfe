"""Matrices by rows, each row `width` vectors of eight numbers, in one of two layouts.

    together = 8    a trial in each lane: eight matrices at once, `width` = the length of a row
    together = 1    one matrix: a row's entries follow each other, `width` = length/8 rounded up, then zeros

The number of rows is rounded up to a multiple of 4 with rows of zeros, so that tiles need no remainders.  What acts
lane by lane is the same in both layouts and is here; where one matrix needs its lanes added, the sums come from
`gathered`.  Small problems are done eight together, large ones alone: eight designs must fit the cache.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from numerics.kernels.compiled import strictly_compiled
from numerics.kernels.memory import aligned, aligned_zeros
from numerics.kernels.normals import BLOCK
from numerics.kernels.vectors import LANES, fma, load, spread, store, total

WIDE = 16
"""The rows of one matrix alone are filled up to a multiple of so many numbers."""
CACHE_BYTES = 2**20
"""Eight designs below this size are held together."""


def together(rows: int, length: int) -> int:
    """How many trials with matrices of `rows` rows of this length to do at once: 8 or 1."""
    return LANES if 64 * padded(rows) * length <= CACHE_BYTES else 1


def padded(rows: int) -> int:
    """`rows` rounded up to a multiple of 4."""
    return -(-rows // 4) * 4


def width(length: int, trials: int) -> int:
    """The vectors in a row of this length, `trials` of them together."""
    return length if trials == LANES else -(-length // LANES)


@strictly_compiled
def filled(size: int) -> int:
    """`size` rounded up to what `normals.fill` fills."""
    return -(-size // BLOCK) * BLOCK


def room(rows: int, trials: int) -> Float[np.ndarray, " size"] | None:
    """Room for the Gram matrix of so many rows, which only one trial alone needs."""
    m = padded(rows)
    return None if trials == LANES else aligned(m * -(-m // WIDE) * WIDE)


def laid_out(entries: Float[np.ndarray, " length"], trials: int) -> Float[np.ndarray, " size"]:
    """One row of numbers common to all trials, in the layout for `trials` of them together."""
    row = aligned_zeros(LANES * width(entries.size, trials))
    if trials == LANES:
        row[:] = np.repeat(entries, LANES)
    else:
        row[: entries.size] = entries
    return row


@strictly_compiled
def clear(x: Float[np.ndarray, " size"], begin: int) -> None:
    """Zero from entry `begin` on; a multiple of eight entries."""
    for at in range(begin, x.size, LANES):
        store(x, at, spread(0.0))


@strictly_compiled
def copy(x: Float[np.ndarray, " size"], begin: int, out: Float[np.ndarray, " some"]) -> None:
    """The entries of `x` from `begin` on into `out`; a multiple of eight of them."""
    for at in range(0, out.size, LANES):
        store(out, at, load(x, begin + at))


@strictly_compiled
def apply(x: Float[np.ndarray, " size"], v: Float[np.ndarray, " across"], out: Float[np.ndarray, " out"]) -> None:
    """out[i] = sum over the row of X[i] v, lane by lane, four rows at a time; 2 flops an entry of X."""
    across = v.size
    for i in range(0, out.size // LANES, 4):
        a, b, c, d = spread(0.0), spread(0.0), spread(0.0), spread(0.0)
        at = i * across
        for k in range(0, across, LANES):
            p = load(v, k)
            a = fma(load(x, at + k), p, a)
            b = fma(load(x, at + across + k), p, b)
            c = fma(load(x, at + 2 * across + k), p, c)
            d = fma(load(x, at + 3 * across + k), p, d)
        store(out, LANES * i, a)
        store(out, LANES * i + 8, b)
        store(out, LANES * i + 16, c)
        store(out, LANES * i + 24, d)


@strictly_compiled
def combine(
    x: Float[np.ndarray, " size"],
    first: Float[np.ndarray, " coefficients"],
    second: Float[np.ndarray, " coefficients"],
    one: Float[np.ndarray, " across"],
    other: Float[np.ndarray, " across"],
) -> None:
    """one = sum over i of first[i] X[i], other = sum of second[i] X[i], lane by lane; 4 flops an entry of X."""
    across = one.size
    clear(one, 0)
    clear(other, 0)
    for i in range(0, first.size // LANES, 4):
        at = LANES * i
        a, b, c, d = load(first, at), load(first, at + 8), load(first, at + 16), load(first, at + 24)
        e, f, g, h = load(second, at), load(second, at + 8), load(second, at + 16), load(second, at + 24)
        at = i * across
        for k in range(0, across, LANES):
            p, q = load(x, at + k), load(x, at + across + k)
            r, s = load(x, at + 2 * across + k), load(x, at + 3 * across + k)
            store(one, k, fma(a, p, fma(b, q, fma(c, r, fma(d, s, load(one, k))))))
            store(other, k, fma(e, p, fma(f, q, fma(g, r, fma(h, s, load(other, k))))))


@strictly_compiled
def repeated(x: Float[np.ndarray, " some"], begin: int, out: Float[np.ndarray, " size"]) -> None:
    """Every number of `x` from `begin` on in all eight lanes of a vector of `out`."""
    for i in range(out.size // LANES):
        store(out, LANES * i, spread(x[begin + i]))


@strictly_compiled
def gathered(x: Float[np.ndarray, " size"], out: Float[np.ndarray, " m"]) -> None:
    """The sum of the lanes of every vector of `x`."""
    for i in range(x.size // LANES):
        out[i] = total(load(x, LANES * i))
