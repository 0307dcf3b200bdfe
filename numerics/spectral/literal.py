"""The reference simulator: every trial's weights as the setting defines them, in NumPy."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from numerics.linear.literal import DESIGN, TOGETHER
from numerics.linear.problem import problem
from numerics.linear.samples import independent
from numerics.spectral.columns import Batch, as_drawn
from numerics.spectral.model import Spectral
from numerics.streams import lanes


def trials(
    instance: Spectral, x: Float[np.ndarray, "trials n d"], e: Float[np.ndarray, "trials n"]
) -> Float[np.ndarray, "3 trials"]:
    """Bias, noise and risk; noise is what is missed from a start at the target, as weights are linear in labels."""
    given = problem(instance.linear)
    start, target = given.start[None], given.target[None]
    clean = x @ given.target
    weights = [
        instance.fitted(x, labels, begin) for labels, begin in ((clean, start), (clean + e, target), (clean + e, start))
    ]
    return np.stack([np.square(h - target) @ given.weights for h in weights])


def literal_batch(instance: Spectral, seed: int, number: int, size: int) -> Batch:
    """The first `size` trials of batch `number`, all samples drawn in full: columns bias, noise and risk."""
    given = problem(instance.linear)
    x, e = independent(lanes(seed, number, DESIGN), given.n, given.sigma, given.scale, size)
    step = max(1, TOGETHER // (given.n * given.d))
    found = [trials(instance, x[k : k + step], e[k : k + step]) for k in range(0, size, step)]
    return as_drawn(np.concatenate(found, axis=1))
