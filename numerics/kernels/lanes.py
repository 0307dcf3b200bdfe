"""Gram matrix, Cholesky factor, solves and inverse of eight matrices at once, a trial in each lane.

A matrix of m rows (a multiple of 4) is flat, entry (i, j) of the eight trials at 8 (i m + j); only the lower half is
stored and read.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from numerics.kernels.compiled import strictly_compiled
from numerics.kernels.memory import aligned
from numerics.kernels.rows import clear
from numerics.kernels.tiles import factored, few_products, products, squares, substituted
from numerics.kernels.vectors import LANES, load, spread, store

PANEL = 64
"""Vectors of every row multiplied before going on to the next, so that they stay in the second cache."""


@strictly_compiled
def gram(x: Float[np.ndarray, " size"], rows: int, m: int, turned: bool, w: Float[np.ndarray, " mm8"]) -> None:
    """Lower half of W = X X', X zero below its diagonal if `turned`; that of W one in the rows after the first `rows`.

    m (m+4) flops an entry of a row.
    """
    across = x.size // m
    sums = aligned(16 * LANES)
    clear(w, 0)
    for panel in range(0, across, PANEL * LANES):
        end = min(panel + PANEL * LANES, across)
        for i in range(0, m, 4):
            begin = max(panel, LANES * i) if turned else panel
            count = (end - begin) // LANES
            height = min(4, rows - i)
            for j in range(0, i + 1 if count > 0 else 0, 4):
                if i == j and height == 4:
                    squares(x, i * across + begin, across, LANES, count, sums)
                elif height > 2:
                    products(x, i * across + begin, across, LANES, x, j * across + begin, across, LANES, count, sums)
                else:
                    few_products(
                        x, i * across + begin, across, LANES, x, j * across + begin, across, LANES, count, sums
                    )
                for r in range(height):
                    for c in range(4):
                        at = LANES * ((i + r) * m + j + c)
                        store(w, at, load(w, at) + load(sums, LANES * (4 * r + c)))
    for i in range(rows, m):
        store(w, LANES * (i * m + i), spread(1.0))


@strictly_compiled
def substitute(
    tile: Float[np.ndarray, " 128"],
    lower: Float[np.ndarray, " mm8"],
    reciprocals: Float[np.ndarray, " m8"],
    j: int,
    out: Float[np.ndarray, " mm8"],
    at: int,
    stride: int,
) -> None:
    """The tile T of `out` at `at` with T L' = `tile`, L the tile of the factor on its diagonal at j."""
    one, two, three = (LANES * j + (j + 1) * stride), (LANES * j + (j + 2) * stride), (LANES * j + (j + 3) * stride)
    l10, l20, l21 = load(lower, one), load(lower, two), load(lower, two + 8)
    l30, l31, l32 = load(lower, three), load(lower, three + 8), load(lower, three + 16)
    k = LANES * j
    r0, r1, r2, r3 = (
        load(reciprocals, k),
        load(reciprocals, k + 8),
        load(reciprocals, k + 16),
        load(reciprocals, k + 24),
    )
    for r in range(4):
        k = 32 * r
        b0, b1, b2, b3 = load(tile, k), load(tile, k + 8), load(tile, k + 16), load(tile, k + 24)
        x0, x1, x2, x3 = substituted(b0, b1, b2, b3, l10, l20, l21, l30, l31, l32, r0, r1, r2, r3)
        k = at + r * stride
        store(out, k, x0)
        store(out, k + 8, x1)
        store(out, k + 16, x2)
        store(out, k + 24, x3)


@strictly_compiled
def factor(
    w: Float[np.ndarray, " mm8"], reciprocals: Float[np.ndarray, " m8"], pivots: Float[np.ndarray, " m8"]
) -> None:
    """Overwrite W by its Cholesky factor L, W = L L'; 1/L[i, i] into `reciprocals`, L[i, i]^2 into `pivots`.

    A pivot <= 0 leaves NaN in its lane from there on.  m^3/3 flops a trial, a tile of 4 x 4 at a time:
    what rows i and j have in common before column j is subtracted, the rest is a 4 x 4 problem.
    """
    m = reciprocals.size // LANES
    sums = aligned(16 * LANES)
    for i in range(0, m, 4):
        for j in range(0, i + 1, 4):
            products(w, LANES * i * m, LANES * m, LANES, w, LANES * j * m, LANES * m, LANES, j, sums)
            for r in range(4):
                for c in range(4):
                    at = LANES * (4 * r + c)
                    store(sums, at, load(w, LANES * ((i + r) * m + j + c)) - load(sums, at))
            if i > j:
                substitute(sums, w, reciprocals, j, w, LANES * (i * m + j), LANES * m)
                continue
            a00, a10, a11 = load(sums, 0), load(sums, 32), load(sums, 40)
            a20, a21, a22 = load(sums, 64), load(sums, 72), load(sums, 80)
            a30, a31, a32, a33 = load(sums, 96), load(sums, 104), load(sums, 112), load(sums, 120)
            l10, l20, l21, l30, l31, l32, p0, p1, p2, p3, r0, r1, r2, r3 = factored(
                a00, a10, a11, a20, a21, a22, a30, a31, a32, a33
            )
            at = LANES * i
            store(pivots, at, p0)
            store(pivots, at + 8, p1)
            store(pivots, at + 16, p2)
            store(pivots, at + 24, p3)
            store(reciprocals, at, r0)
            store(reciprocals, at + 8, r1)
            store(reciprocals, at + 16, r2)
            store(reciprocals, at + 24, r3)
            row = LANES * (i * m + j)
            store(w, row, p0 * r0)
            row += LANES * m
            store(w, row, l10)
            store(w, row + 8, p1 * r1)
            row += LANES * m
            store(w, row, l20)
            store(w, row + 8, l21)
            store(w, row + 16, p2 * r2)
            row += LANES * m
            store(w, row, l30)
            store(w, row + 8, l31)
            store(w, row + 16, l32)
            store(w, row + 24, p3 * r3)


@strictly_compiled
def forward(
    lower: Float[np.ndarray, " mm8"],
    reciprocals: Float[np.ndarray, " m8"],
    one: Float[np.ndarray, " m8"],
    other: Float[np.ndarray, " m8"],
) -> None:
    """Overwrite `one` and `other` with L^-1 times them; m^2 flops each, a trial."""
    m = reciprocals.size // LANES
    for k in range(m):
        scale = load(reciprocals, LANES * k)
        first, second = load(one, LANES * k) * scale, load(other, LANES * k) * scale
        store(one, LANES * k, first)
        store(other, LANES * k, second)
        for i in range(k + 1, m):
            below = load(lower, LANES * (i * m + k))
            store(one, LANES * i, load(one, LANES * i) - below * first)
            store(other, LANES * i, load(other, LANES * i) - below * second)


@strictly_compiled
def backward(
    lower: Float[np.ndarray, " mm8"],
    reciprocals: Float[np.ndarray, " m8"],
    one: Float[np.ndarray, " m8"],
    other: Float[np.ndarray, " m8"] | None,
) -> None:
    """Overwrite `one`, and `other` if there is one, with L'^-1 times them; m^2 flops each, a trial."""
    m = reciprocals.size // LANES
    for i in range(m - 1, -1, -1):
        scale = load(reciprocals, LANES * i)
        first = load(one, LANES * i) * scale
        store(one, LANES * i, first)
        if other is not None:
            second = load(other, LANES * i) * scale
            store(other, LANES * i, second)
        for k in range(i):
            left = load(lower, LANES * (i * m + k))
            store(one, LANES * k, load(one, LANES * k) - left * first)
            if other is not None:
                store(other, LANES * k, load(other, LANES * k) - left * second)


@strictly_compiled
def invert(
    lower: Float[np.ndarray, " mm8"], reciprocals: Float[np.ndarray, " m8"], out: Float[np.ndarray, " mm8"]
) -> None:
    """(L^-1)' into `out`: row j is the solution h of L h = e_j, zero before j; m^3/3 flops a trial."""
    m = reciprocals.size // LANES
    sums = aligned(16 * LANES)
    clear(out, 0)
    for j in range(0, m, 4):
        for i in range(j, m, 4):
            products(
                out, LANES * (j * m + j), LANES * m, LANES, lower, LANES * (i * m + j), LANES * m, LANES, i - j, sums
            )
            for k in range(16):
                store(sums, LANES * k, (1.0 if i == j and k % 5 == 0 else 0.0) - load(sums, LANES * k))
            substitute(sums, lower, reciprocals, i, out, LANES * (j * m + i), LANES * m)


@strictly_compiled
def inverse(transposed: Float[np.ndarray, " mm8"], m: int, out: Float[np.ndarray, " mm8"]) -> None:
    """(L L')^-1 = H' H, both halves, from H' = (L^-1)'; m^3/3 flops a trial."""
    sums = aligned(16 * LANES)
    for i in range(0, m, 4):
        for j in range(0, i + 1, 4):
            products(
                transposed,
                LANES * (i * m + i),
                LANES * m,
                LANES,
                transposed,
                LANES * (j * m + i),
                LANES * m,
                LANES,
                m - i,
                sums,
            )
            for r in range(4):
                for c in range(4):
                    value = load(sums, LANES * (4 * r + c))
                    store(out, LANES * ((i + r) * m + j + c), value)
                    store(out, LANES * ((j + c) * m + i + r), value)
