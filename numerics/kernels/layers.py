"""Layers of a deep linear network in one flat array: their gradients and gradient descent on them.

`weights` holds W_1, ..., W_L row after row, W_i of shape widths[i-1] x widths[i]; widths[L] = 1.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from numerics.kernels.compiled import compiled
from numerics.kernels.products import apply, apply_transposed


@compiled
def multiply_through(
    weights: Float[np.ndarray, " size"], widths: Int[np.ndarray, " layers"], right: Float[np.ndarray, "layers k"]
) -> None:
    """W_{i+1} ... W_L into `right[i]`, i = L, ..., 0: the end-to-end map is right[0]."""
    depth, end = widths.size - 1, weights.size
    right[depth, 0] = 1.0
    for i in range(depth, 0, -1):
        rows, columns = widths[i - 1], widths[i]
        end -= rows * columns
        for j in range(rows):
            total = 0.0
            for k in range(columns):
                total += weights[end + j * columns + k] * right[i, k]
            right[i - 1, j] = total


@compiled
def layer_slopes(
    weights: Float[np.ndarray, " size"],
    widths: Int[np.ndarray, " layers"],
    frozen: int,
    x: Float[np.ndarray, "n d"],
    y: Float[np.ndarray, " n"],
    right: Float[np.ndarray, "layers k"],
    left: Float[np.ndarray, "layers k"],
    out: Float[np.ndarray, " size"],
) -> float:
    """Minus the gradient of |y - X W_1...W_L|^2 / 2 into `out`, zero for the first `frozen` layers.

    left[i] = (W_1 ... W_i)' X'(y - Xb); the slope of W_i is left[i-1] right[i]'.  Returns |left[frozen]|,
    the gradient with respect to the product of the trained layers.
    """
    n, d, position = x.shape[0], x.shape[1], 0
    multiply_through(weights, widths, right)
    error = np.empty(n)
    apply(x, right[0, :d], error)
    for i in range(n):
        error[i] = y[i] - error[i]
    apply_transposed(x, error, left[0, :d])
    for i in range(1, widths.size):
        rows, columns = widths[i - 1], widths[i]
        left[i, :columns] = 0.0
        for j in range(rows):
            slope = left[i - 1, j] if i > frozen else 0.0
            for k in range(columns):
                left[i, k] += weights[position] * left[i - 1, j]
                out[position] = slope * right[i, k]
                position += 1
    total = 0.0
    for j in range(widths[frozen]):
        total += left[frozen, j] ** 2
    return float(np.sqrt(total))


@compiled
def descend(
    weights: Float[np.ndarray, " size"],
    widths: Int[np.ndarray, " layers"],
    frozen: int,
    x: Float[np.ndarray, "n d"],
    y: Float[np.ndarray, " n"],
    step: float,
    enough: float,
    most: int,
) -> tuple[int, float]:
    """Gradient descent in place until the gradient of the trained product is `enough`; steps and that gradient.

    Ends after `most` steps, or at once where the numbers overflow: the gradient is then above `enough` or NaN.
    """
    right, left = np.empty((widths.size, np.max(widths))), np.empty((widths.size, np.max(widths)))
    slopes = np.empty(weights.size)
    gradient = layer_slopes(weights, widths, frozen, x, y, right, left, slopes)
    taken = 0
    while taken < most and enough < gradient < np.inf:
        for j in range(weights.size):
            weights[j] += step * slopes[j]
        gradient = layer_slopes(weights, widths, frozen, x, y, right, left, slopes)
        taken += 1
    return taken, gradient
