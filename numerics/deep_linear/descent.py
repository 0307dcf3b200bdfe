"""Training carried out: full-batch gradient descent on the matrices of a deep linear network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from numerics.deep_linear.weights import product
from numerics.instance import InstanceError

MOST_STEPS = 10_000_000

Layers = Sequence[Float[np.ndarray, "_ _"]]


@dataclass(frozen=True, eq=False)
class DeepDescent:
    """Where training ended: the layers, the steps taken, their size, and the relative gradient left.

    `residual` is |A'X'(Xb - y)| over its scale |A'X'y| + |A'X'Xu|, with A the product of the frozen layers:
    the gradient with respect to the product of the trained ones, which vanishes at minima and not at saddles.
    """

    weights: list[Float[np.ndarray, "_ _"]]
    steps: int
    step: float
    residual: float


def check_training(x: Float[np.ndarray, "n d"], y: Float[np.ndarray, " n"], weights: Layers, frozen: int) -> None:
    """Refuse with `InstanceError` data and layers that do not fit together, and layers frozen that are not there."""
    shapes = [layer.shape for layer in weights]
    inner = [shape[1] for shape in shapes]
    if x.ndim != 2 or y.shape != x.shape[:1] or [*x.shape[1:], *inner] != [*(shape[0] for shape in shapes), 1]:
        raise InstanceError(f"X {x.shape}, y {y.shape}, layers {shapes}: needs (n, d), (n,) and d x k_1, ..., k x 1.")
    if not 0 <= frozen < len(weights):
        raise InstanceError(f"frozen={frozen}: {len(weights)} layers; freeze at most all but one, nothing trains else.")


def gradient_scale(x: Float[np.ndarray, "n d"], y: Float[np.ndarray, " n"], weights: Layers, frozen: int) -> float:
    """|A'X'y| + |A'X'Xu| at the start: what a gradient of the trained product is measured by."""
    seen = x @ product(weights[:frozen], x.shape[1])
    fitted = seen @ product(weights[frozen:], seen.shape[1])[:, 0]
    return float(np.linalg.norm(seen.T @ y) + np.linalg.norm(seen.T @ fitted))


def stable_step(x: Float[np.ndarray, "n d"], y: Float[np.ndarray, " n"], weights: Layers, *, frozen: int = 0) -> float:
    """1 / (M |XA|^2 R^(2-2/M)), R^2 = |w|^2 + M |(XA)+ y|^2: the inverse of a bound on the curvature.

    A is the product of the frozen layers, w that of the M trained ones at their start.  In a balanced network the
    curvature at product b is at most M |XA|^2 |b|^(2-2/M), and both ends of gradient flow have |b| <= R: the
    limit r solves r^2 = |(XA)+ y|^2 + (r/|w|)^(2-2/M) |Qw|^2, and 1 - s^(1/M) >= (1-s)/M at s = (|w|/r)^2 < 1.
    """
    seen, trained = x @ product(weights[:frozen], x.shape[1]), len(weights) - frozen
    start = product(weights[frozen:], seen.shape[1])[:, 0]
    largest = float(np.linalg.norm(seen, 2))
    if largest == 0.0:
        return 0.0
    square = float(start @ start + trained * np.sum((np.linalg.pinv(seen) @ y) ** 2))
    return float(1.0 / (trained * largest**2 * square ** (1 - 1 / trained)))


def layer_gradients(
    x: Float[np.ndarray, "n d"], y: Float[np.ndarray, " n"], weights: Layers
) -> list[Float[np.ndarray, "_ _"]]:
    """The gradients of |y - X W_1...W_L|^2 / 2: (W_1...W_{i-1})' X'(Xb - y) (W_{i+1}...W_L)', i = 1, ..., L.

    >>> layers = [np.array([[2.0]]), np.array([[3.0]])]
    >>> [g.tolist() for g in layer_gradients(np.array([[1.0]]), np.array([5.0]), layers)]
    [[[3.0]], [[2.0]]]
    """
    d, depth = x.shape[1], len(weights)
    outer = x.T @ (x @ product(weights, d) - y[:, None])
    before = [product(weights[:i], d) for i in range(depth)]
    after = [product(weights[i + 1 :], weights[i].shape[1]) for i in range(depth)]
    return [before[i].T @ outer @ after[i].T for i in range(depth)]


def finished(weights: list[Float[np.ndarray, "_ _"]], steps: int, step: float, left: float, goal: float) -> DeepDescent:
    """The record of a run that reached its goal; otherwise `InstanceError`."""
    if left <= goal:
        return DeepDescent(weights, steps, step, left)
    raise InstanceError(
        f"gradient descent has relative gradient {left:.1e} after {steps} steps of {step:.1e}, {goal:.1e} asked: "
        "it is slow, at the saddle 0, or unstable; raise tolerance, change fraction, or use the flow."
    )


def gradient_descent(
    x: Float[np.ndarray, "n d"],
    y: Float[np.ndarray, " n"],
    weights: Layers,
    *,
    frozen: int = 0,
    fraction: float = 0.1,
    tolerance: float = 1e-8,
    most: int = 100_000,
) -> DeepDescent:
    """Full-batch gradient descent on all but the first `frozen` layers: the reference, every product written out.

    The step is constant: `fraction` of `stable_step`.  Stops at a relative gradient <= tolerance, see `DeepDescent`.

    Raises `InstanceError` for shapes that do not fit, fraction outside (0, 1], tolerance outside (0, 1), and
    when `most` steps do not suffice.

    >>> run = gradient_descent(np.array([[1.0]]), np.array([4.0]), [np.ones((1, 1))] * 2, tolerance=1e-6)
    >>> float((run.weights[0] @ run.weights[1])[0, 0].round(4))
    4.0
    """
    check_training(x, y, weights, frozen)
    check_control(fraction, tolerance)
    layers = [layer.copy() for layer in weights]
    step = fraction * stable_step(x, y, layers, frozen=frozen)
    scale, seen, taken = gradient_scale(x, y, layers, frozen), x @ product(layers[:frozen], x.shape[1]), 0
    while True:
        left = float(np.linalg.norm(seen.T @ (x @ product(layers, x.shape[1])[:, 0] - y)))
        if taken == most or not tolerance * scale < left < np.inf:
            return finished(layers, taken, step, left / scale if scale else 0.0, tolerance)
        gradients = layer_gradients(x, y, layers)
        for i in range(frozen, len(layers)):
            layers[i] = layers[i] - step * gradients[i]
        taken += 1


def check_control(fraction: float, tolerance: float) -> None:
    """Refuse with `InstanceError` a step or a goal outside its range."""
    if not 0 < fraction <= 1:
        raise InstanceError(f"fraction={fraction}: the step is a part of the stable one; write fraction=0.1, say.")
    if not 0 < tolerance < 1:
        raise InstanceError(f"tolerance={tolerance}: needs a number in (0, 1); write tolerance=1e-8, say.")
