"""Fine-tuning on a spectrum that is flat but for k eigenvalues, from k samples in 2k+1 coordinates.

The reduction is derived in `numerics.linear.spikes`.  Eight trials at once, one in each lane.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from numerics.kernels.compiled import strictly_compiled
from numerics.kernels.factored import factor, matrix, solve
from numerics.kernels.linear import record
from numerics.kernels.memory import aligned, aligned_zeros
from numerics.kernels.rows import apply, clear, combine, repeated
from numerics.kernels.vectors import LANES, fma, load, sqrt, store


@strictly_compiled
def design(
    scale: Float[np.ndarray, " k21_8"],
    seen: int,
    squares: Float[np.ndarray, "k24 trials"],
    normal: Float[np.ndarray, "k k1 trials"],
    begin: int,
    x: Float[np.ndarray, " size"],
) -> None:
    """Samples of the trials from `begin` on: R[i, j], j >= i, one along D, and L[i, j], j <= i, j < `seen`."""
    k, across = normal.shape[0], scale.size
    for i in range(k):
        row = i * across
        store(x, row + LANES * i, load(scale, LANES * i) * sqrt(load(squares[4 + i], begin)))
        for j in range(i + 1, k):
            store(x, row + LANES * j, load(scale, LANES * j) * load(normal[i, j], begin))
        store(x, row + LANES * k, load(scale, LANES * k) * load(normal[i, i], begin))
        for j in range(min(i, seen)):
            at = LANES * (k + 1 + j)
            store(x, row + at, load(scale, at) * load(normal[i, j], begin))
        if i < seen:
            at = LANES * (k + 1 + i)
            store(x, row + at, load(scale, at) * sqrt(load(squares[4 + k + i], begin)))


@strictly_compiled
def spiked_batch(
    scale: Float[np.ndarray, " k21_8"],
    weights: Float[np.ndarray, " k21_8"],
    gaps: Float[np.ndarray, " k"],
    sigma: float,
    level: float,
    weight: float,
    distance: float,
    seen: int,
    squares: Float[np.ndarray, "k24 trials"],
    normal: Float[np.ndarray, "k k1 trials"],
    out: Float[np.ndarray, "3 trials"],
    doubtful: Bool[np.ndarray, " trials"],
) -> None:
    """Bias, noise and risk of every trial; |w|^2, of the n - k samples in V, adds to noise and risk."""
    k, across = gaps.size, scale.size
    m = -(-k // 4) * 4
    x, root, reciprocals = aligned_zeros(m * across), matrix(m, LANES), aligned(m * LANES)
    along, noise, gap = aligned(m * LANES), aligned(m * LANES), aligned_zeros(across)
    fitted, moved, trusted = aligned(across), aligned(across), np.ones(LANES, np.bool_)
    repeated(gaps, 0, gap[: LANES * k])
    for begin in range(0, doubtful.size, LANES):
        design(scale, seen, squares, normal, begin, x)
        caught, missed = load(squares[0], begin), load(squares[1], begin)
        store(gap, LANES * k, distance * sqrt(missed / (caught + missed)))
        shift = load(squares[2], begin) / load(squares[3], begin) * (sigma * sigma / level)
        spread_of_noise = sqrt(level * shift + sigma * sigma)
        clear(noise, 0)
        for i in range(k):
            store(noise, LANES * i, spread_of_noise * load(normal[i, k], begin))
        factor(x, k, m, True, None, root, reciprocals, trusted)
        apply(x, gap, along)
        solve(root, reciprocals, None, along, noise)
        combine(x, along, noise, fitted, moved)
        record(weights, gap, fitted, moved, 1.0, LANES, out, begin)
        for row in (1, 2):
            store(out[row], begin, fma(shift, weight, load(out[row], begin)))
        for lane in range(LANES):
            doubtful[begin + lane] = not trusted[lane]
