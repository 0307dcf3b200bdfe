"""Sums of Legendre polynomials in any dimension, by their recurrence."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from numerics.kernels.compiled import compiled

Array = Float[np.ndarray, " entries"]
TOGETHER = 256
"""Arguments whose polynomials are held at once."""


@compiled
def summed(c: Array, weights: Array, rising: Array, falling: Array) -> Array:
    """sum weights[k] P_k(c): P_0 = 1, P_1 = c, P_{k+1} = rising[k] c P_k - falling[k] P_{k-1}; two weights at least."""
    found = np.empty_like(c)
    before, now = np.empty(TOGETHER), np.empty(TOGETHER)
    for start in range(0, len(c), TOGETHER):
        size = min(TOGETHER, len(c) - start)
        for i in range(size):
            before[i], now[i] = 1.0, c[start + i]
            found[start + i] = weights[0] + weights[1] * now[i]
        for k in range(1, len(weights) - 1):
            for i in range(size):
                after = rising[k] * c[start + i] * now[i] - falling[k] * before[i]
                before[i], now[i] = now[i], after
                found[start + i] += weights[k + 1] * after
    return found
