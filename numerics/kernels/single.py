"""Gram matrix, Cholesky factor, solves and inverse of one matrix, the entries of a row in vectors.

A matrix of m rows (a multiple of 4) is flat, entry (i, j) at i s + j with the stride s = m rounded up to 8.  Only the
lower half of a symmetric matrix is stored and read; a factor is zero above its diagonal.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from numerics.kernels.compiled import strictly_compiled
from numerics.kernels.rows import clear
from numerics.kernels.tiles import products, substituted, totals, totals_added
from numerics.kernels.vectors import LANES, fma, load, spread, store, total

PANEL, BLOCK = 64, 64
"""Rows of X are multiplied 64 vectors at a time, by 64 other rows: a quarter of a megabyte in the second cache."""


@strictly_compiled
def gram(x: Float[np.ndarray, " size"], rows: int, m: int, w: Float[np.ndarray, " ms"]) -> None:
    """Lower half of W = X X', X zero below its diagonal; that of W one in the rows after the first `rows`.

    m (m+4) flops an entry of a row.
    """
    across, stride = x.size // m, w.size // m
    sums = np.empty(16 * LANES)
    clear(w, 0)
    for panel in range(0, across, PANEL * LANES):
        end = min(panel + PANEL * LANES, across)
        for block in range(0, m, BLOCK):
            for i in range(block, m, 4):
                begin = max(panel, i - i % LANES)
                count = (end - begin) // LANES
                for j in range(block, min(block + BLOCK, i + 1) if count > 0 else block, 4):
                    products(x, i * across + begin, across, LANES, x, j * across + begin, across, LANES, count, sums)
                    totals_added(sums, w, i * stride + j, stride)
    for i in range(rows, m):
        w[i * stride + i] = 1.0


@strictly_compiled
def substitute(
    tile: Float[np.ndarray, " 16"],
    lower: Float[np.ndarray, " ms"],
    reciprocals: Float[np.ndarray, " m"],
    j: int,
    out: Float[np.ndarray, " ms"],
    at: int,
    stride: int,
) -> None:
    """The tile T of `out` at `at` with T L' = `tile`, L the tile of the factor on its diagonal at j."""
    l10, l20, l21 = lower[(j + 1) * stride + j], lower[(j + 2) * stride + j], lower[(j + 2) * stride + j + 1]
    below = (j + 3) * stride + j
    l30, l31, l32 = lower[below], lower[below + 1], lower[below + 2]
    r0, r1, r2, r3 = reciprocals[j], reciprocals[j + 1], reciprocals[j + 2], reciprocals[j + 3]
    for r in range(4):
        b0, b1, b2, b3 = tile[4 * r], tile[4 * r + 1], tile[4 * r + 2], tile[4 * r + 3]
        x0, x1, x2, x3 = substituted(b0, b1, b2, b3, l10, l20, l21, l30, l31, l32, r0, r1, r2, r3)
        row = at + r * stride
        out[row], out[row + 1], out[row + 2], out[row + 3] = x0, x1, x2, x3


@strictly_compiled
def factor(
    w: Float[np.ndarray, " ms"],
    lower: Float[np.ndarray, " ms"],
    reciprocals: Float[np.ndarray, " m"],
    pivots: Float[np.ndarray, " m"],
) -> None:
    """The Cholesky factor L of W, W = L L', into `lower`; 1/L[i, i] into `reciprocals`, L[i, i]^2 into `pivots`.

    A pivot <= 0 leaves NaN from there on.  m^3/3 flops, a tile of 4 x 4 at a time: what rows i and j have in common
    before column j is subtracted (what row i has after it is still zero), the rest is a 4 x 4 problem.
    """
    m = reciprocals.size
    stride = w.size // m
    sums, tile = np.empty(16 * LANES), np.empty(16)
    clear(lower, 0)
    for i in range(0, m, 4):
        for j in range(0, i + 1, 4):
            products(lower, i * stride, stride, LANES, lower, j * stride, stride, LANES, (j + 4) // LANES, sums)
            totals(sums, tile)
            for r in range(4):
                for c in range(4):
                    tile[4 * r + c] = w[(i + r) * stride + j + c] - tile[4 * r + c]
            if i > j:
                substitute(tile, lower, reciprocals, j, lower, i * stride + j, stride)
                continue
            for c in range(i, i + 4):
                for r in range(c, i + 4):
                    value = tile[4 * (r - i) + c - i]
                    for k in range(i, c):
                        value -= lower[r * stride + k] * lower[c * stride + k]
                    if r == c:
                        pivots[c] = value
                        value = np.sqrt(value)
                        reciprocals[c] = 1.0 / value
                        lower[r * stride + c] = value
                    else:
                        lower[r * stride + c] = value * reciprocals[c]


@strictly_compiled
def forward(
    lower: Float[np.ndarray, " ms"],
    reciprocals: Float[np.ndarray, " m"],
    b: Float[np.ndarray, " m"],
    found: Float[np.ndarray, " s"],
) -> None:
    """Put L^-1 b into `found`, filled up with zeros; m^2 flops."""
    m = reciprocals.size
    stride = lower.size // m
    clear(found, 0)
    for i in range(m):
        known = spread(0.0)
        for k in range(0, i, LANES):
            known = fma(load(lower, i * stride + k), load(found, k), known)
        found[i] = (b[i] - total(known)) * reciprocals[i]


@strictly_compiled
def backward(
    lower: Float[np.ndarray, " ms"],
    reciprocals: Float[np.ndarray, " m"],
    found: Float[np.ndarray, " s"],
    b: Float[np.ndarray, " m"],
) -> None:
    """Put L'^-1 `found` into `b`; m^2 flops.  `found` is overwritten."""
    m = reciprocals.size
    stride = lower.size // m
    for i in range(m - 1, -1, -1):
        b[i] = found[i] * reciprocals[i]
        value = spread(b[i])
        for k in range(0, i, LANES):
            store(found, k, load(found, k) - load(lower, i * stride + k) * value)


@strictly_compiled
def invert_transposed(
    lower: Float[np.ndarray, " ms"], reciprocals: Float[np.ndarray, " m"], out: Float[np.ndarray, " ms"]
) -> None:
    """(L^-1)' into `out`: row j is the solution h of L h = e_j, zero before j; m^3/3 flops."""
    m = reciprocals.size
    stride = lower.size // m
    sums, tile = np.empty(16 * LANES), np.empty(16)
    clear(out, 0)
    for j in range(0, m, 4):
        begin = j - j % LANES
        for i in range(j, m, 4):
            count = (i + 4) // LANES - begin // LANES
            products(out, j * stride + begin, stride, LANES, lower, i * stride + begin, stride, LANES, count, sums)
            totals(sums, tile)
            for k in range(16):
                tile[k] = (1.0 if i == j and k % 5 == 0 else 0.0) - tile[k]
            substitute(tile, lower, reciprocals, i, out, j * stride + i, stride)


@strictly_compiled
def inverse(transposed: Float[np.ndarray, " ms"], m: int, out: Float[np.ndarray, " ms"]) -> None:
    """(L L')^-1 = H' H, both halves, from H' = (L^-1)'; m^3/3 flops."""
    stride = transposed.size // m
    sums, tile = np.empty(16 * LANES), np.empty(16)
    clear(out, 0)
    for i in range(0, m, 4):
        begin = i - i % LANES
        count = (stride - begin) // LANES
        for j in range(0, i + 1, 4):
            products(
                transposed,
                i * stride + begin,
                stride,
                LANES,
                transposed,
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
