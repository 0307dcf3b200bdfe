"""Gram matrix, Cholesky factor, solves and inverse of one matrix, the entries of a row in vectors.

A matrix of m rows (a multiple of 4) is flat, entry (i, j) at i s + j with the stride s = m rounded up to 16.  A
symmetric matrix and its factor R, W = R'R, are stored above the diagonal: so a column of R' is in vectors, and sums
over its rows need no adding of lanes.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from numerics.kernels.compiled import strictly_compiled
from numerics.kernels.memory import aligned
from numerics.kernels.rows import WIDE, clear
from numerics.kernels.tiles import factored, products, squares, substituted, totals, totals_added, wide_products
from numerics.kernels.vectors import LANES, fma, load, spread, store, store_totals

BLOCK = 64
"""Rows are multiplied by so many other rows before going on to the next: they stay in the second cache."""


@strictly_compiled
def gram(x: Float[np.ndarray, " size"], m: int, left: int, right: int, w: Float[np.ndarray, " ms"]) -> None:
    """Add the upper half of X X' to W, X the columns from `left` to before `right`, zero below its diagonal.

    m (m+4) flops an entry of a row.
    """
    across, stride = x.size // m, w.size // m
    sums = aligned(16 * LANES)
    for block in range(0, m, BLOCK):
        for i in range(block, m, 4):
            begin = max(left, i - i % LANES)
            count = (right - begin) // LANES
            for j in range(block, min(block + BLOCK, i + 1) if count > 0 else block, 4):
                if i == j:
                    squares(x, i * across + begin, across, LANES, count, sums)
                else:
                    products(x, j * across + begin, across, LANES, x, i * across + begin, across, LANES, count, sums)
                totals_added(sums, w, j * stride + i, stride)


@strictly_compiled
def factor(
    w: Float[np.ndarray, " ms"],
    upper: Float[np.ndarray, " ms"],
    reciprocals: Float[np.ndarray, " m"],
    pivots: Float[np.ndarray, " m"],
) -> None:
    """The Cholesky factor R of W, W = R'R, into `upper`; 1/R[i, i] into `reciprocals`, R[i, i]^2 into `pivots`.

    A pivot <= 0 leaves NaN from there on.  m^3/3 flops, a tile of 4 x 16 at a time, sixteen columns from top to
    bottom, so that they stay in the first cache: what columns i and j have in common above row j is subtracted, and the
    rest is a 4 x 4 problem for each column.
    """
    m = reciprocals.size
    stride = w.size // m
    sums = aligned(4 * WIDE)
    clear(upper, 0)
    for i in range(0, stride, WIDE):
        for j in range(0, min(m, i + WIDE), 4):
            wide_products(upper, j, 1, stride, upper, i, stride, j, sums)
            for r in range(4):
                for at in range(WIDE * r, WIDE * (r + 1), LANES):
                    store(sums, at, load(w, (j + r) * stride + i + at - WIDE * r) - load(sums, at))
            if j >= i:
                factor_tile(sums, j - i, j, stride, upper, reciprocals, pivots)
            for at in range(0, WIDE, LANES):
                substitute(sums, at, upper, reciprocals, j, j * stride + i + at, stride)
            if j >= i:
                for r in range(j, j + 4):
                    upper[r * stride + i : r * stride + r] = 0.0


@strictly_compiled
def factor_tile(
    sums: Float[np.ndarray, " 64"],
    at: int,
    j: int,
    stride: int,
    upper: Float[np.ndarray, " ms"],
    reciprocals: Float[np.ndarray, " m"],
    pivots: Float[np.ndarray, " m"],
) -> None:
    """The tile of the factor on its diagonal at j, from the columns of the rows in `sums` from `at` on."""
    a, b, c, d = at, at + WIDE, at + 2 * WIDE, at + 3 * WIDE
    l10, l20, l21, l30, l31, l32, p0, p1, p2, p3, r0, r1, r2, r3 = factored(
        sums[a],
        sums[a + 1],
        sums[b + 1],
        sums[a + 2],
        sums[b + 2],
        sums[c + 2],
        sums[a + 3],
        sums[b + 3],
        sums[c + 3],
        sums[d + 3],
    )
    pivots[j], pivots[j + 1], pivots[j + 2], pivots[j + 3] = p0, p1, p2, p3
    reciprocals[j], reciprocals[j + 1], reciprocals[j + 2], reciprocals[j + 3] = r0, r1, r2, r3
    row = j * stride + j
    upper[row + 1], upper[row + 2], upper[row + 3] = l10, l20, l30
    row += stride
    upper[row + 2], upper[row + 3] = l21, l31
    upper[row + stride + 3] = l32


@strictly_compiled
def substitute(
    sums: Float[np.ndarray, " 64"],
    at: int,
    upper: Float[np.ndarray, " ms"],
    reciprocals: Float[np.ndarray, " m"],
    j: int,
    to: int,
    stride: int,
) -> None:
    """Eight columns t of four rows of the factor, at `to`: T't is in `sums` from `at` on, T the tile of these rows
    on the diagonal."""
    l10, l20, l21, l30, l31, l32 = tile(upper, j, stride)
    r0, r1, r2, r3 = reciprocals[j], reciprocals[j + 1], reciprocals[j + 2], reciprocals[j + 3]
    b0, b1, b2, b3 = load(sums, at), load(sums, at + WIDE), load(sums, at + 2 * WIDE), load(sums, at + 3 * WIDE)
    x0, x1, x2, x3 = substituted(b0, b1, b2, b3, l10, l20, l21, l30, l31, l32, r0, r1, r2, r3)
    store(upper, to, x0)
    store(upper, to + stride, x1)
    store(upper, to + 2 * stride, x2)
    store(upper, to + 3 * stride, x3)


@strictly_compiled
def tile(upper: Float[np.ndarray, " ms"], j: int, stride: int) -> tuple[float, float, float, float, float, float]:
    """What is above the diagonal in the tile on it at j: R[0, 1], R[0, 2], R[1, 2], R[0, 3], R[1, 3], R[2, 3]."""
    a = j * stride + j
    b, c = a + stride, a + 2 * stride
    return upper[a + 1], upper[a + 2], upper[b + 2], upper[a + 3], upper[b + 3], upper[c + 3]


@strictly_compiled
def forward(
    upper: Float[np.ndarray, " ms"],
    reciprocals: Float[np.ndarray, " m"],
    one: Float[np.ndarray, " s"],
    other: Float[np.ndarray, " s"],
) -> None:
    """Overwrite `one` and `other`, filled up with zeros, by R'^-1 times them; m^2 flops each, four rows at a time."""
    m = reciprocals.size
    stride = upper.size // m
    for j in range(0, m, 4):
        l10, l20, l21, l30, l31, l32 = tile(upper, j, stride)
        r0, r1, r2, r3 = reciprocals[j], reciprocals[j + 1], reciprocals[j + 2], reciprocals[j + 3]
        a, b, c, d = one[j], one[j + 1], one[j + 2], one[j + 3]
        a, b, c, d = substituted(a, b, c, d, l10, l20, l21, l30, l31, l32, r0, r1, r2, r3)
        e, f, g, h = other[j], other[j + 1], other[j + 2], other[j + 3]
        e, f, g, h = substituted(e, f, g, h, l10, l20, l21, l30, l31, l32, r0, r1, r2, r3)
        va, vb, vc, vd = spread(a), spread(b), spread(c), spread(d)
        ve, vf, vg, vh = spread(e), spread(f), spread(g), spread(h)
        for at in range(j - j % LANES, stride, LANES):
            row = j * stride + at
            p, q = load(upper, row), load(upper, row + stride)
            r, s = load(upper, row + 2 * stride), load(upper, row + 3 * stride)
            store(one, at, load(one, at) - fma(va, p, fma(vb, q, fma(vc, r, vd * s))))
            store(other, at, load(other, at) - fma(ve, p, fma(vf, q, fma(vg, r, vh * s))))
        one[j], one[j + 1], one[j + 2], one[j + 3] = a, b, c, d
        other[j], other[j + 1], other[j + 2], other[j + 3] = e, f, g, h


@strictly_compiled
def backward(
    upper: Float[np.ndarray, " ms"],
    reciprocals: Float[np.ndarray, " m"],
    x: Float[np.ndarray, " s"],
) -> None:
    """Overwrite `x`, filled up with zeros, by R^-1 x; m^2 flops, four rows at a time."""
    m = reciprocals.size
    stride = upper.size // m
    sums = aligned(4)
    for j in range(m - 4, -1, -4):
        a, b, c, d = x[j], x[j + 1], x[j + 2], x[j + 3]
        x[j] = x[j + 1] = x[j + 2] = x[j + 3] = 0.0
        p, q, r, s = spread(0.0), spread(0.0), spread(0.0), spread(0.0)
        for at in range(j - j % LANES, stride, LANES):
            row, v = j * stride + at, load(x, at)
            p, q = fma(load(upper, row), v, p), fma(load(upper, row + stride), v, q)
            r, s = fma(load(upper, row + 2 * stride), v, r), fma(load(upper, row + 3 * stride), v, s)
        store_totals(sums, 0, p, q, r, s)
        u01, u02, u12, u03, u13, u23 = tile(upper, j, stride)
        r0, r1, r2, r3 = reciprocals[j], reciprocals[j + 1], reciprocals[j + 2], reciprocals[j + 3]
        a, b, c, d = a - sums[0], b - sums[1], c - sums[2], d - sums[3]
        x[j + 3], x[j + 2], x[j + 1], x[j] = substituted(d, c, b, a, u23, u13, u12, u03, u02, u01, r3, r2, r1, r0)


@strictly_compiled
def invert(
    upper: Float[np.ndarray, " ms"], reciprocals: Float[np.ndarray, " m"], out: Float[np.ndarray, " ms"]
) -> None:
    """T = R^-1 into `out`, m^3/3 flops: sixteen columns from bottom to top, four rows of R T = I at a time."""
    m = reciprocals.size
    stride = upper.size // m
    sums = aligned(4 * WIDE)
    clear(out, 0)
    for i in range(0, stride, WIDE):
        end = min(m, i + WIDE)
        for j in range(end - 4, -1, -4):
            below = j + 4
            wide_products(upper, j * stride + below, stride, 1, out, below * stride + i, stride, end - below, sums)
            for k in range(0, 4 * WIDE, LANES):
                store(sums, k, spread(0.0) - load(sums, k))
            if j >= i:
                for r in range(4):
                    sums[WIDE * r + j - i + r] += 1.0
            u01, u02, u12, u03, u13, u23 = tile(upper, j, stride)
            r0, r1, r2, r3 = reciprocals[j], reciprocals[j + 1], reciprocals[j + 2], reciprocals[j + 3]
            for at in range(0, WIDE, LANES):
                b0, b1 = load(sums, at), load(sums, at + WIDE)
                b2, b3 = load(sums, at + 2 * WIDE), load(sums, at + 3 * WIDE)
                x3, x2, x1, x0 = substituted(b3, b2, b1, b0, u23, u13, u12, u03, u02, u01, r3, r2, r1, r0)
                to = j * stride + i + at
                store(out, to, x0)
                store(out, to + stride, x1)
                store(out, to + 2 * stride, x2)
                store(out, to + 3 * stride, x3)


@strictly_compiled
def inverse(inverted: Float[np.ndarray, " ms"], m: int, out: Float[np.ndarray, " ms"]) -> None:
    """(R'R)^-1 = T T', both halves, from T = R^-1; m^3/3 flops."""
    stride = inverted.size // m
    sums, tile = aligned(16 * LANES), aligned(16)
    clear(out, 0)
    for i in range(0, m, 4):
        begin = i - i % LANES
        count = (stride - begin) // LANES
        for j in range(0, i + 1, 4):
            products(
                inverted,
                i * stride + begin,
                stride,
                LANES,
                inverted,
                j * stride + begin,
                stride,
                LANES,
                count,
                sums,
            )
            totals(sums, tile)
            for r in range(4):
                for c in range(4):
                    value = tile[4 * r + c]
                    out[(i + r) * stride + j + c] = value
                    out[(j + c) * stride + i + r] = value
