"""Products of a matrix given by its rows: with itself, with a vector, with a vector transposed."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from numerics.kernels.compiled import compiled


@compiled
def gram(rows: Float[np.ndarray, "m p"], out: Float[np.ndarray, "m m"]) -> None:
    """Lower half of `rows @ rows.T` into `out`; four entries at a time share the loads of one row."""
    m, p = rows.shape
    for i in range(m):
        for k in range(0, i - 2, 4):
            s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
            for j in range(p):
                x = rows[i, j]
                s0 += x * rows[k, j]
                s1 += x * rows[k + 1, j]
                s2 += x * rows[k + 2, j]
                s3 += x * rows[k + 3, j]
            out[i, k], out[i, k + 1], out[i, k + 2], out[i, k + 3] = s0, s1, s2, s3
        for k in range((i + 1) // 4 * 4, i + 1):
            s0 = 0.0
            for j in range(p):
                s0 += rows[i, j] * rows[k, j]
            out[i, k] = s0


@compiled
def apply(rows: Float[np.ndarray, "m p"], x: Float[np.ndarray, " p"], out: Float[np.ndarray, " m"]) -> None:
    """`rows @ x` into `out`."""
    for i in range(rows.shape[0]):
        total = 0.0
        for j in range(rows.shape[1]):
            total += rows[i, j] * x[j]
        out[i] = total


@compiled
def apply_transposed(rows: Float[np.ndarray, "m p"], x: Float[np.ndarray, " m"], out: Float[np.ndarray, " p"]) -> None:
    """`rows.T @ x` into `out`."""
    out[:] = 0.0
    for i in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            out[j] += x[i] * rows[i, j]
