"""Fine-tuning on a spectrum that is flat but for k eigenvalues, from k samples in 2k+1 coordinates.

The reduction is derived in `numerics.linear.spikes`.  Eight trials at once, one in each lane.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from numerics.kernels.compiled import strictly_compiled
from numerics.kernels.factored import factor, matrix, solve
from numerics.kernels.linear import record
from numerics.kernels.rows import apply, clear, combine
from numerics.kernels.vectors import LANES, load, store


@strictly_compiled
def spiked_batch(
    weights: Float[np.ndarray, " k21_8"],
    designs: Float[np.ndarray, "groups k_k21_8"],
    gaps: Float[np.ndarray, "groups k21_8"],
    noises: Float[np.ndarray, "groups k_8"],
    gained: Float[np.ndarray, " all"],
    k: int,
    out: Float[np.ndarray, "3 all"],
    doubtful: Bool[np.ndarray, " all"],
) -> None:
    """Bias, noise and risk of every trial: of its k samples, and `gained` more noise and risk.

    A group is eight trials, its numbers (a design row after row, t - u, noise) one trial in each lane.
    """
    across, m = weights.size, -(-k // 4) * 4
    x, root, reciprocals = np.zeros(m * across), matrix(m, LANES), np.empty(m * LANES)
    along, noise = np.empty(m * LANES), np.empty(m * LANES)
    fitted, moved, trusted = np.empty(across), np.empty(across), np.ones(LANES, np.bool_)
    for group in range(designs.shape[0]):
        begin = LANES * group
        for at in range(0, k * across, LANES):
            store(x, at, load(designs[group], at))
        factor(x, k, m, True, None, root, reciprocals, trusted)
        apply(x, gaps[group], along)
        clear(noise, 0)
        for at in range(0, k * LANES, LANES):
            store(noise, at, load(noises[group], at))
        solve(root, reciprocals, None, along, noise)
        combine(x, along, noise, fitted, moved)
        record(weights, gaps[group], fitted, moved, 1.0, LANES, out, begin)
        for lane in range(LANES):
            out[1, begin + lane] += gained[begin + lane]
            out[2, begin + lane] += gained[begin + lane]
            doubtful[begin + lane] = not trusted[lane]
