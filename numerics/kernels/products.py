"""Products of a matrix given by its rows: with a vector, with a vector transposed."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from numerics.kernels.compiled import compiled


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
