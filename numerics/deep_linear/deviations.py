"""How far training ends from the theory of the balanced gradient flow: unbalanced starts and finite steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from numerics.deep_linear.descent import Layers
from numerics.deep_linear.flow import end_to_end_flow
from numerics.deep_linear.layerwise import fast_gradient_descent, layer_flow
from numerics.deep_linear.weights import balanced, end_to_end


def unbalanced(weights: Layers, delta: float) -> list[Float[np.ndarray, "_ _"]]:
    """The layers times e^delta, e^-delta, e^delta, ...: the product stays, the balance goes.

    The last of an odd number of layers is kept.

    >>> [layer.round(3).tolist() for layer in unbalanced([np.array([[2.0]]), np.array([[2.0]])], np.log(2))]
    [[[4.0]], [[1.0]]]
    """
    paired = len(weights) // 2 * 2
    signs = [delta * (-1) ** i if i < paired else 0.0 for i in range(len(weights))]
    return [np.exp(sign) * layer for sign, layer in zip(signs, weights, strict=True)]


def imbalance_deviations(
    x: Float[np.ndarray, "n d"],
    y: Float[np.ndarray, " n"],
    u: Float[np.ndarray, " d"],
    depth: int,
    deltas: Sequence[float],
    *,
    tolerance: float = 1e-9,
) -> tuple[Float[np.ndarray, " deltas"], Float[np.ndarray, " deltas"]]:
    """`deltas`, and |h(delta) - h| / |h| for the gradient flows from the starts `unbalanced(..., delta)`.

    h is the limit from the balanced start, h(delta) that of the flow of the matrices; both to `tolerance`
    relative, in the gradient.  The distance is proportional to delta near 0.  From |delta| of about 1/2 the product
    may pass through 0, which no balanced one does, and end with Qh against Qu: the distance jumps to order 1.
    Raises what `layer_flow` raises.

    >>> x, y, u = np.array([[1.0, 0.0]]), np.array([2.0]), np.array([1.0, 1.0])
    >>> deltas, distances = imbalance_deviations(x, y, u, 2, [0.01, 0.02])
    >>> bool(abs(distances[1] / distances[0] - 2) < 0.05)
    True
    """
    limit = end_to_end_flow(x[None], y[None], u[None], depth)[0]
    starts = [unbalanced(balanced(u, depth), float(delta)) for delta in deltas]
    ends = np.array([end_to_end(layer_flow(x, y, start, tolerance=tolerance).weights) for start in starts])
    return np.asarray(deltas, dtype=float), np.linalg.norm(ends - limit, axis=1) / np.linalg.norm(limit)


def step_deviations(
    x: Float[np.ndarray, "n d"],
    y: Float[np.ndarray, " n"],
    u: Float[np.ndarray, " d"],
    depth: int,
    fractions: Sequence[float],
    *,
    tolerance: float = 1e-10,
) -> tuple[Float[np.ndarray, " fractions"], Float[np.ndarray, " fractions"]]:
    """The steps of gradient descent at these fractions of the stable one, and |h(step) - h| / |h|.

    h is the limit of the gradient flow from the same balanced start.  The distance is proportional to the step
    near 0, and 0 at every step for depth 1 and where the limit is the least-squares solution whatever the path.
    Raises what `fast_gradient_descent` raises.

    >>> x, y, u = np.array([[1.0, 0.0]]), np.array([2.0]), np.array([1.0, 1.0])
    >>> steps, distances = step_deviations(x, y, u, 2, [0.01, 0.02])
    >>> bool(abs(distances[1] / distances[0] - 2) < 0.05)
    True
    """
    limit, start = end_to_end_flow(x[None], y[None], u[None], depth)[0], balanced(u, depth)
    runs = [fast_gradient_descent(x, y, start, fraction=fraction, tolerance=tolerance) for fraction in fractions]
    ends = np.array([end_to_end(run.weights) for run in runs])
    return np.array([run.step for run in runs]), np.linalg.norm(ends - limit, axis=1) / np.linalg.norm(limit)
