"""Training on the matrices in compiled code: gradient descent, and gradient flow to high order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int
from scipy.integrate import DOP853

from numerics.deep_linear.descent import (
    MOST_STEPS,
    DeepDescent,
    Layers,
    check_control,
    check_training,
    finished,
    gradient_scale,
    stable_step,
)
from numerics.instance import InstanceError
from numerics.kernels.layer_flow import follow_layers
from numerics.kernels.layers import descend


def flattened(weights: Layers) -> tuple[Float[np.ndarray, " size"], Int[np.ndarray, " layers"]]:
    """All entries, layer after layer and row after row, and the widths d, k_1, ..., 1."""
    widths = np.array([weights[0].shape[0], *(layer.shape[1] for layer in weights)], dtype=np.int64)
    return np.concatenate([layer.ravel() for layer in weights]).astype(float), widths


def unflattened(flat: Float[np.ndarray, " size"], widths: Int[np.ndarray, " layers"]) -> list[Float[np.ndarray, "_ _"]]:
    """The inverse of `flattened`."""
    parts = np.split(flat, np.cumsum(widths[:-1] * widths[1:])[:-1])
    return [part.reshape(widths[i], widths[i + 1]) for i, part in enumerate(parts)]


def fast_gradient_descent(
    x: Float[np.ndarray, "n d"],
    y: Float[np.ndarray, " n"],
    weights: Layers,
    *,
    frozen: int = 0,
    fraction: float = 0.1,
    tolerance: float = 1e-8,
    most: int = MOST_STEPS,
) -> DeepDescent:
    """What `gradient_descent` does, in compiled code: the same steps, the same stop, the same refusals.

    >>> run = fast_gradient_descent(np.array([[1.0]]), np.array([4.0]), [np.ones((1, 1))] * 2)
    >>> float((run.weights[0] @ run.weights[1])[0, 0].round(6))
    4.0
    """
    check_training(x, y, weights, frozen)
    check_control(fraction, tolerance)
    flat, widths = flattened(weights)
    step, scale = fraction * stable_step(x, y, weights, frozen=frozen), gradient_scale(x, y, weights, frozen)
    rows, labels = np.ascontiguousarray(x, dtype=float), np.ascontiguousarray(y, dtype=float)
    steps, left = descend(flat, widths, frozen, rows, labels, step, tolerance * scale, most)
    return finished(unflattened(flat, widths), steps, step, left / scale if scale else 0.0, tolerance)


def descent_path(
    x: Float[np.ndarray, "n d"],
    y: Float[np.ndarray, " n"],
    weights: Layers,
    counts: Sequence[int],
    *,
    frozen: int = 0,
    fraction: float = 0.1,
) -> Float[np.ndarray, "counts d"]:
    """The end-to-end map after each of the increasing numbers `counts` of gradient steps, converged or not.

    >>> one = np.array([[1.0]])
    >>> descent_path(one, np.array([4.0]), [one, one], [0, 1]).round(3).tolist()
    [[1.0], [1.053]]
    """
    check_training(x, y, weights, frozen)
    check_control(fraction, 0.5)
    flat, widths = flattened(weights)
    step, taken, path = fraction * stable_step(x, y, weights, frozen=frozen), 0, []
    rows, labels = np.ascontiguousarray(x, dtype=float), np.ascontiguousarray(y, dtype=float)
    for count in counts:
        descend(flat, widths, frozen, rows, labels, step, 0.0, count - taken)
        taken = count
        path.append(np.linalg.multi_dot([*unflattened(flat, widths), np.ones((1, 1))])[:, 0])
    return np.array(path)


def layer_flow(
    x: Float[np.ndarray, "n d"],
    y: Float[np.ndarray, " n"],
    weights: Layers,
    *,
    frozen: int = 0,
    tolerance: float = 1e-8,
    most: int = 100_000,
) -> DeepDescent:
    """Gradient flow on all but the first `frozen` layers, from any start, to its limit.

    Dormand-Prince 8(5,3) on the matrices themselves; `tolerance` is the relative gradient at which it stops (see
    `DeepDescent`; its step is 0 here), a hundredth of it the error of a step relative to the trained weights.
    A flow into the saddle 0 stops at layers of 1e-5 of the start, with its residual as it is there.

    Raises `InstanceError` for shapes that do not fit, tolerance outside (0, 1), and when `most` steps do not
    suffice.  Source: Hairer, Norsett & Wanner, Solving Ordinary Differential Equations I, II.5.

    >>> run = layer_flow(np.array([[1.0]]), np.array([4.0]), [np.ones((1, 1))] * 2)
    >>> float((run.weights[0] @ run.weights[1])[0, 0].round(6))
    4.0
    """
    check_training(x, y, weights, frozen)
    check_control(1.0, tolerance)
    flat, widths = flattened(weights)
    scale, largest = gradient_scale(x, y, weights, frozen), float(np.linalg.norm(x, 2))
    if scale == 0.0:
        return DeepDescent(unflattened(flat, widths), 0, 0.0, 0.0)
    rows, labels = np.ascontiguousarray(x, dtype=float), np.ascontiguousarray(y, dtype=float)
    tableau, errors = np.ascontiguousarray(DOP853.A), np.array([DOP853.E5[:-1], DOP853.E3[:-1]])
    first = 1e-3 / largest**2
    steps, left = follow_layers(
        flat, widths, frozen, rows, labels, tableau, DOP853.B, errors, first, 0.01 * tolerance, tolerance * scale, most
    )
    if steps == most:
        raise InstanceError(
            f"the flow has relative gradient {left / scale:.1e} after {most} steps, {tolerance:.1e} asked: "
            "the design is ill-conditioned (n near d?); raise tolerance."
        )
    return DeepDescent(unflattened(flat, widths), steps, 0.0, left / scale)
