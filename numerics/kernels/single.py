"""Gram matrix, Cholesky factor, solves and inverse of one matrix, the entries of a row in vectors.

A matrix of m rows (a multiple of 4) is flat, entry (i, j) at i s + j with the stride s = m rounded up to 8.  Only the
lower half of a symmetric matrix is stored and read; a factor is zero above its diagonal.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from numerics.kernels.compiled import strictly_compiled
from numerics.kernels.rows import clear
from numerics.kernels.tiles import products
from numerics.kernels.vectors import LANES, fma, load, spread, store, total

PANEL_NUMBERS = 2**16
"""Entries of X multiplied before going on: half a megabyte, which stays in the second cache."""


@strictly_compiled
def gram(x: Float[np.ndarray, " size"], rows: int, m: int, w: Float[np.ndarray, " ms"]) -> None:
    """Lower half of W = X X', the diagonal one in the rows after the first `rows`; m (m+4) flops an entry of a row."""
    across, stride = x.size // m, w.size // m
    panel = max(1, PANEL_NUMBERS // (m * LANES))
    sums = np.empty(16 * LANES)
    clear(w, 0)
    for begin in range(0, across, panel * LANES):
        count = min(panel, (across - begin) // LANES)
        for i in range(0, m, 4):
            for j in range(0, i + 1, 4):
                products(x, i * across + begin, across, LANES, x, j * across + begin, across, LANES, count, sums)
                for r in range(4):
                    for c in range(4):
                        w[(i + r) * stride + j + c] += total(load(sums, LANES * (4 * r + c)))
    for i in range(rows, m):
        w[i * stride + i] = 1.0


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
    sums = np.empty(16 * LANES)
    clear(lower, 0)
    for i in range(0, m, 4):
        for j in range(0, i + 1, 4):
            products(lower, i * stride, stride, LANES, lower, j * stride, stride, LANES, (j + 4) // LANES, sums)
            for c in range(j, j + 4):
                for r in range(max(i, c), i + 4):
                    value = w[r * stride + c] - total(load(sums, LANES * (4 * (r - i) + c - j)))
                    for k in range(j, c):
                        value -= lower[r * stride + k] * lower[c * stride + k]
                    if r == c:
                        pivots[c] = value
                        value = np.sqrt(value)
                        reciprocals[c] = 1.0 / value
                        lower[r * stride + c] = value
                    else:
                        lower[r * stride + c] = value * reciprocals[c]


@strictly_compiled
def solve(
    lower: Float[np.ndarray, " ms"],
    reciprocals: Float[np.ndarray, " m"],
    b: Float[np.ndarray, " m"],
    found: Float[np.ndarray, " s"],
) -> None:
    """Overwrite `b` with (L L')^-1 b: forward, then back substitution; 2 m^2 flops.  `found` is scratch."""
    m = reciprocals.size
    stride = lower.size // m
    clear(found, 0)
    for i in range(m):
        known = spread(0.0)
        for k in range(0, i, LANES):
            known = fma(load(lower, i * stride + k), load(found, k), known)
        found[i] = (b[i] - total(known)) * reciprocals[i]
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
    sums = np.empty(16 * LANES)
    clear(out, 0)
    for j in range(0, m, 4):
        begin = j - j % LANES
        for i in range(j, m, 4):
            count = (i + 4) // LANES - begin // LANES
            products(out, j * stride + begin, stride, LANES, lower, i * stride + begin, stride, LANES, count, sums)
            for c in range(i, i + 4):
                for r in range(j, min(j + 4, c + 1)):
                    value = (1.0 if r == c else 0.0) - total(load(sums, LANES * (4 * (r - j) + c - i)))
                    for k in range(max(i, r), c):
                        value -= out[r * stride + k] * lower[c * stride + k]
                    out[r * stride + c] = value * reciprocals[c]


@strictly_compiled
def inverse(transposed: Float[np.ndarray, " ms"], m: int, out: Float[np.ndarray, " ms"]) -> None:
    """(L L')^-1 = H' H, both halves, from H' = (L^-1)'; m^3/3 flops."""
    stride = transposed.size // m
    sums = np.empty(16 * LANES)
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
            for r in range(4):
                for c in range(4):
                    value = total(load(sums, LANES * (4 * r + c)))
                    out[(i + r) * stride + j + c] = value
                    out[(j + c) * stride + i + r] = value
