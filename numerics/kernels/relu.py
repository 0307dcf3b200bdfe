"""Full-batch gradient descent on the first layer of a ReLU network: two matrix products and one pass a step."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from numerics.kernels.compiled import compiled

Array = Float[np.ndarray, "..."]


@compiled
def activate(active: Array, signs: Array, outputs: Array) -> None:
    """Outputs of the network from w'x; what they are made of is replaced by their slopes: the sign where w'x >= 0."""
    points, width = active.shape
    scale = 1 / np.sqrt(width)
    for i in range(points):
        total = active[i, 0] * 0
        for r in range(width):
            on = active[i, r] >= 0
            total += active[i, r] * signs[r] if on else active[i, r] * 0
            active[i, r] = signs[r] if on else active[i, r] * 0
        outputs[i] = total * scale


@compiled
def descend(x: Array, y: Array, weights: Array, signs: Array, step: float, tolerance: float, most: int) -> int:
    """Steps of `step` against the gradient of |y - f(X)|^2/2, until the mean squared error is `tolerance` or less; how
    many there were, `most` at most.

    `x` (n, d), `weights` (d, m), changed in place, `signs` (m,): all of one floating type.
    """
    points, width = x.shape[0], weights.shape[1]
    outputs = np.empty_like(y)
    turned = np.ascontiguousarray(x.T)
    for taken in range(most + 1):
        slopes = np.dot(x, weights)
        activate(slopes, signs, outputs)
        loss = 0.0
        for i in range(points):
            loss += (outputs[i] - y[i]) ** 2
        if loss <= tolerance * points or taken == most:
            return taken
        for i in range(points):
            pull = x[i, 0] * 0 + step * (y[i] - outputs[i]) / np.sqrt(width)
            for r in range(width):
                slopes[i, r] *= pull
        weights += np.dot(turned, slopes)
    return most
