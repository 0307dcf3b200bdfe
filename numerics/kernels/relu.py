"""Full-batch gradient descent on the first layer of a ReLU network: two matrix products and one pass a step."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from numerics.kernels.compiled import compiled

Array = Float[np.ndarray, "..."]


@compiled
def pulled(inner: Array, signs: Array, y: Array, scales: Array) -> float:
    """From w'x to what every input pulls at every unit: its sign where w'x >= 0, times what is left of the label and a
    step; and the sum of the squares of what is left.  A row stays in cache.

    `inner` (n, m) is changed in place; `scales` are m^(-1/2), and that times the step.
    """
    loss = 0.0
    for i in range(inner.shape[0]):
        row = inner[i]
        zero = y[i] * 0
        output = zero
        for r in range(len(row)):
            output += max(row[r], zero) * signs[r]
        left = y[i] - output * scales[0]
        loss += left * left
        pull = left * scales[1]
        for r in range(len(row)):
            row[r] = pull * signs[r] if row[r] >= 0 else zero
    return loss


@compiled
def descend(x: Array, y: Array, weights: Array, signs: Array, scales: Array, tolerance: float, most: int) -> int:
    """Steps against the gradient of |y - f(X)|^2/2, until the mean squared error is `tolerance` or less; how many there
    were, `most` if it is not reached or the loss leaves floating point.

    `x` (n, d), `weights` (d, m), changed in place, `signs` (m,), `scales` (2,): m^(-1/2), and that times the step; all
    of one floating type.
    """
    points = x.shape[0]
    turned = np.ascontiguousarray(x.T)
    inner = np.empty((points, weights.shape[1]), x.dtype)
    move = np.empty_like(weights)
    for taken in range(most):
        np.dot(x, weights, inner)
        loss = pulled(inner, signs, y, scales)
        if loss <= tolerance * points:
            return taken
        if not loss < np.inf:
            return most
        np.dot(turned, inner, move)
        weights += move
    return most
