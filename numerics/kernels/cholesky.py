"""Cholesky factor of a small positive definite matrix, its solves and its inverse.

Matrices are symmetric with only the lower half stored and read.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from numerics.kernels.compiled import compiled


@compiled
def factor(a: Float[np.ndarray, "m m"]) -> float:
    """Overwrite the lower half of `a` with L, a = L L'; return the least squared pivot over the largest.

    That ratio is at least 1/cond(a), and in random designs within a small factor of it.  A pivot that
    is not positive ends the work with ratio 0.  Source: Higham, Accuracy and Stability, ch. 10.
    """
    least, largest = np.inf, 0.0
    for i in range(a.shape[0]):
        for j in range(i):
            total = a[i, j]
            for k in range(j):
                total -= a[i, k] * a[j, k]
            a[i, j] = total / a[j, j]
        pivot = a[i, i]
        for k in range(i):
            pivot -= a[i, k] * a[i, k]
        if not pivot > 0.0:
            return 0.0
        least, largest = min(least, pivot), max(largest, pivot)
        a[i, i] = np.sqrt(pivot)
    return least / largest


@compiled
def solve(lower: Float[np.ndarray, "m m"], x: Float[np.ndarray, " m"]) -> None:
    """Overwrite `x` with (L L')^-1 x: forward, then back substitution."""
    m = lower.shape[0]
    for i in range(m):
        total = x[i]
        for k in range(i):
            total -= lower[i, k] * x[k]
        x[i] = total / lower[i, i]
    for i in range(m - 1, -1, -1):
        x[i] /= lower[i, i]
        for k in range(i):
            x[k] -= lower[i, k] * x[i]


@compiled
def invert_factor(lower: Float[np.ndarray, "m m"], out: Float[np.ndarray, "m m"]) -> None:
    """Lower half of L^-1 into `out`, row after row."""
    for i in range(lower.shape[0]):
        out[i, : i + 1] = 0.0
        for k in range(i):
            for j in range(k + 1):
                out[i, j] -= lower[i, k] * out[k, j]
        for j in range(i):
            out[i, j] /= lower[i, i]
        out[i, i] = 1.0 / lower[i, i]


@compiled
def square_transposed(h: Float[np.ndarray, "m m"], out: Float[np.ndarray, "m m"]) -> None:
    """h' h, both halves, into `out`, for lower triangular `h`: the inverse of L L' when h = L^-1."""
    m = h.shape[0]
    out[:, :] = 0.0
    for k in range(m):
        for i in range(k + 1):
            for j in range(i + 1):
                out[i, j] += h[k, i] * h[k, j]
    for i in range(m):
        for j in range(i):
            out[j, i] = out[i, j]
