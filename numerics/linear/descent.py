"""Fine-tuning carried out: full-batch gradient descent from the source."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from numerics.instance import InstanceError

MOST_STEPS = 1_000_000


@dataclass(frozen=True, eq=False)
class Descent:
    """Where gradient descent ended: the weights, the steps taken, and |X'(y - X weights)| there."""

    weights: Float[np.ndarray, " d"]
    steps: int
    residual: float


def gradient_descent(
    x: Float[np.ndarray, "n d"],
    y: Float[np.ndarray, " n"],
    start: Float[np.ndarray, " d"],
    *,
    tolerance: float,
) -> Descent:
    """Full-batch gradient descent on |y - X h|^2 / 2 from `start`, to the limit u + X+ (y - X u).

    The step is 2/(s_max^2 + s_min^2), s the non-zero singular values of X: the fastest constant one.  Stops
    when |X'(y - Xh)| <= tolerance |X'(y - X start)|, or at the rounding level of that gradient.

    Raises `InstanceError` unless 0 < tolerance < 1 and the shapes agree, and when 1,000,000 steps do
    not suffice.

    >>> run = gradient_descent(np.array([[1.0, 0.0]]), np.array([3.0]), np.ones(2), tolerance=1e-9)
    >>> run.weights.tolist(), run.steps
    ([3.0, 1.0], 1)
    """
    if not 0 < tolerance < 1:
        raise InstanceError(f"tolerance={tolerance}: needs a number in (0, 1); write tolerance=1e-10, say.")
    if x.ndim != 2 or (y.shape, start.shape) != (x.shape[:1], x.shape[1:]):
        raise InstanceError(f"X {x.shape}, y {y.shape}, start {start.shape}: needs (n, d), (n,) and (d,).")
    values = np.linalg.svd(x, compute_uv=False)
    values = values[values > max(x.shape) * np.finfo(float).eps * values[0]]
    step = 2.0 / (values[0] ** 2 + values[-1] ** 2) if values.size else 0.0
    weights, gradient = start.copy(), x.T @ (y - x @ start)
    rounding = np.finfo(float).eps * float(np.sum(values**2) * np.linalg.norm(start) + np.linalg.norm(x.T @ y))
    enough = max(tolerance * float(np.linalg.norm(gradient)), rounding)
    for taken in range(MOST_STEPS + 1):
        residual = float(np.linalg.norm(gradient))
        if residual <= enough:
            return Descent(weights, taken, residual)
        weights += step * gradient
        gradient = x.T @ (y - x @ weights)
    raise InstanceError(
        f"gradient descent has |gradient|={residual:.1e} after {MOST_STEPS} steps, {enough:.1e} asked: "
        "the design is ill-conditioned (n near d?); raise tolerance."
    )
