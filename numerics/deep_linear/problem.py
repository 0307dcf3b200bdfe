"""A deep linear instance as the arrays a simulator needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from numerics.deep_linear.model import DeepLinear
from numerics.kernels.deep_linear_batches import Unseen
from numerics.kernels.rows import together


@dataclass(frozen=True, eq=False)
class Problem:
    """A deep linear network on the r coordinates where X = Z diag(scale) is not zero, the others summed up.

    n, sigma, depth             as in the instance; depth is inf for the limit
    scale, weights              square roots of the eigenvalues of S, diagonal of A
    target, source              t and u
    unseen                      the other coordinates
    """

    n: int
    sigma: float
    depth: float
    scale: Float[np.ndarray, " r"]
    weights: Float[np.ndarray, " r"]
    target: Float[np.ndarray, " r"]
    source: Float[np.ndarray, " r"]
    unseen: Unseen

    @property
    def rank(self) -> int:
        """The number of coordinates in which X is not zero."""
        return int(self.scale.size)

    @property
    def together(self) -> int:
        """How many trials the kernels do at once (see `numerics.kernels.rows`); it fixes the order of the draws."""
        return together(min(self.n, self.rank), self.rank)


def problem(instance: DeepLinear) -> Problem:
    """`instance` written out where the design sees it."""
    kept, lost = instance.covariance > 0, instance.covariance == 0
    weights, target, source = instance.risk_weights, instance.target, instance.source
    return Problem(
        n=instance.n,
        sigma=instance.sigma,
        depth=float(instance.depth),
        scale=np.sqrt(instance.covariance[kept]),
        weights=weights[kept],
        target=target[kept],
        source=source[kept],
        unseen=Unseen(float(source[lost] @ source[lost]), *along(weights[lost], target[lost], source[lost])),
    )


def along(
    weights: Float[np.ndarray, " k"], target: Float[np.ndarray, " k"], source: Float[np.ndarray, " k"]
) -> tuple[float, float, float]:
    """(c u - t)' A (c u - t) as floor + curvature (c - vertex)^2: a sum of two squares, whatever c."""
    curvature = float(weights @ source**2)
    vertex = float(weights @ (source * target)) / curvature if curvature else 0.0
    return float(weights @ (vertex * source - target) ** 2), curvature, vertex


def stays_on_a_line(given: Problem) -> bool:
    """Whether the whole path lies on the line of u, which a deep network cannot follow through zero."""
    return given.depth > 1 and given.rank == 1 and given.unseen.square == 0
