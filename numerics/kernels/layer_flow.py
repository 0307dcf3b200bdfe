"""Gradient flow on the layers themselves: an explicit Runge-Kutta method of order 8 with error control."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from numerics.kernels.compiled import compiled
from numerics.kernels.layers import layer_slopes

FLOOR = 1e-5
"""Trained layers this much smaller than at the start are at the saddle 0; rounding would drive them off again."""


@compiled
def speed(
    weights: Float[np.ndarray, " size"],
    widths: Int[np.ndarray, " layers"],
    frozen: int,
    right: Float[np.ndarray, "layers k"],
) -> float:
    """sum_i |W_1|^2...|W_{i-1}|^2 |W_{i+1}...W_L|^2 over trained i: L |b|^(2-2/L) in a balanced network."""
    total, before, position = 0.0, 1.0, 0
    for i in range(1, widths.size):
        after, square = 0.0, 0.0
        for j in range(widths[i]):
            after += right[i, j] ** 2
        for _ in range(widths[i - 1] * widths[i]):
            square += weights[position] ** 2
            position += 1
        total += before * after if i > frozen else 0.0
        before *= square
    return total


@compiled
def follow_layers(
    weights: Float[np.ndarray, " size"],
    widths: Int[np.ndarray, " layers"],
    frozen: int,
    x: Float[np.ndarray, "n d"],
    y: Float[np.ndarray, " n"],
    tableau: Float[np.ndarray, "stages stages"],
    end: Float[np.ndarray, " stages"],
    errors: Float[np.ndarray, "2 stages"],
    step: float,
    tolerance: float,
    enough: float,
    most: int,
) -> tuple[int, float]:
    """Flow in place until the gradient of the trained product is `enough`; the steps and that gradient.

    The clock runs at `speed`; `tolerance` is the error of a step relative to the trained weights.  No step changes
    them by more than half, so that none crosses the saddle 0 of several layers; ends there, `enough` or not.
    """
    layers, stages, trained = widths.size, end.size, 0
    right, left = np.empty((layers, np.max(widths))), np.empty((layers, np.max(widths)))
    for i in range(frozen):
        trained += widths[i] * widths[i + 1]
    slopes, point = np.empty((stages, weights.size)), weights.copy()
    gradient, several, first = 0.0, widths.size - 1 - frozen > 1, np.sum(weights[trained:] ** 2)
    for taken in range(most):
        for k in range(stages):
            point[:] = weights
            for j in range(k):
                for i in range(trained, weights.size):
                    point[i] += step * tableau[k, j] * slopes[j, i]
            seen = layer_slopes(point, widths, frozen, x, y, right, left, slopes[k])
            slopes[k] /= speed(point, widths, frozen, right)
            if k == 0:
                gradient = seen
                if gradient <= enough or (several and np.sum(weights[trained:] ** 2) <= FLOOR**2 * first):
                    return taken, gradient
        fifth, third, moved, scale = 0.0, 0.0, 0.0, 0.0
        for i in range(trained, weights.size):
            change, high, low = 0.0, 0.0, 0.0
            for k in range(stages):
                change += step * end[k] * slopes[k, i]
                high += step * errors[0, k] * slopes[k, i]
                low += step * errors[1, k] * slopes[k, i]
            point[i] = weights[i] + change
            fifth, third = fifth + high * high, third + low * low
            moved, scale = moved + change * change, scale + weights[i] * weights[i]
        scale = scale if several else max(scale, first)
        if several and not moved <= 0.25 * scale:
            step *= 0.5
            continue
        error = fifth / np.sqrt((fifth + 0.01 * third + 1e-300) * scale) / tolerance
        if error <= 1.0:
            weights[:] = point
        step *= min(5.0, max(0.2, 0.9 * (error + 1e-30) ** -0.125))
    return most, gradient
