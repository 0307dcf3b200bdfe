"""The network itself: pretrained, then fine-tuned by full-batch gradient descent on its first layer.

Units come in pairs with the same weights and opposite signs, so that the untrained network is zero everywhere.  Given
source weights are put in as an infinite source sample would: every w_r moves by 2 a_r u/sqrt(m), and f_S(x) is
x'u (2/m) #{r: w_r'x >= 0}, to O(m^(-1/2)) x'u.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy.random import Generator

from numerics.instance import InstanceError
from numerics.kernels.relu import descend
from numerics.relu.kernel import kernel
from numerics.relu.model import ReLU

Points = Float[np.ndarray, "points d"]
Values = Float[np.ndarray, " points"]
TOLERANCE, STEPS = 1e-12, 100_000
"""Mean squared error at which training ends, and steps that it may take."""


@dataclass(frozen=True, eq=False)
class Network:
    """First-layer weights (d x m, a column a unit) and signs."""

    weights: Float[np.ndarray, "d m"]
    signs: Float[np.ndarray, " m"]

    def at(self, points: Points) -> Values:
        """Outputs."""
        hidden = np.maximum(points @ self.weights, 0)
        return np.asarray(hidden @ self.signs / np.sqrt(len(self.signs)))


@dataclass(frozen=True, eq=False)
class Trained:
    """A network after training, and the steps that it took."""

    network: Network
    steps: int


def untrained(rng: Generator, d: int, width: int, kind: type[np.floating[Any]] = np.float64) -> Network:
    """Standard normal weights, in pairs; zero everywhere.  It is trained in its own floating type."""
    half = rng.standard_normal((d, width // 2)).astype(kind)
    ones = np.ones(width // 2, kind)
    return Network(np.concatenate([half, half], axis=1), np.concatenate([ones, -ones]))


def moved(network: Network, u: Float[np.ndarray, " d"]) -> Network:
    """With x'u added to it, to O(m^(-1/2))."""
    shift = 2 * np.outer(u, network.signs) / np.sqrt(len(network.signs))
    return Network(network.weights + shift, network.signs)


def step_size(x: Points) -> float:
    """1 over the largest eigenvalue of the kernel at infinite width."""
    return 1 / float(np.linalg.eigvalsh(kernel(x, x))[-1])


def train(
    network: Network, x: Points, y: Values, *, step: float | None = None, tolerance: float = TOLERANCE
) -> Trained:
    """The network after gradient descent to that mean squared error; the one given is left as it is.

    Raises `InstanceError` where the loss stays above it: the width is too small to fit, or the step too large.
    """
    weights = network.weights.copy()
    size = step_size(x) if step is None else step
    taken = _descend(weights, network.signs, x, y, size, tolerance, STEPS)
    if taken == STEPS:
        width = len(network.signs)
        raise InstanceError(f"width={width}, step {size:g}: not trained after {STEPS} steps; take more units, or less.")
    return Trained(Network(weights, network.signs), taken)


def steps(network: Network, x: Points, y: Values, *, size: float, count: int) -> Network:
    """The network after so many steps of a size, trained or not."""
    weights = network.weights.copy()
    _descend(weights, network.signs, x, y, size, 0.0, count)
    return Network(weights, network.signs)


def _descend(
    weights: Float[np.ndarray, "d m"], signs: Values, x: Points, y: Values, size: float, tolerance: float, most: int
) -> int:
    kind, scale = weights.dtype, 1 / np.sqrt(len(signs))
    scales = np.array([scale, scale * size], kind)
    return descend(x.astype(kind), y.astype(kind), weights, signs, scales, tolerance, most)


def pretrained(instance: ReLU, rng: Generator, source: tuple[Points, Values] | None) -> Network:
    """Where fine-tuning starts."""
    assert instance.width is not None
    start = untrained(rng, instance.d, instance.width)
    if source is not None:
        return train(start, *source).network
    assert instance.source is not None
    return moved(start, instance.source)
