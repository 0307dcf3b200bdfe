"""An instance as the arrays a simulator needs, and the smallest such arrays with the same law."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from numerics.kernels.rows import together
from numerics.linear.model import Linear


@dataclass(frozen=True, eq=False)
class Problem:
    """Linear fine-tuning in d coordinates, written out.

    n               number of samples
    sigma           standard deviation of the label noise
    scale           square roots of the eigenvalues of S: X = Z diag(scale)
    weights         diagonal of A
    target          t
    start           u; or, where it is learned from n_source > 0 samples, its teacher w
    n_source        0 for a fixed source
    sigma_source    standard deviation of the source's label noise
    unseen          constant part of the bias, from coordinates left out
    """

    n: int
    sigma: float
    scale: Float[np.ndarray, " d"]
    weights: Float[np.ndarray, " d"]
    target: Float[np.ndarray, " d"]
    start: Float[np.ndarray, " d"]
    n_source: int
    sigma_source: float
    unseen: float = 0.0

    @property
    def d(self) -> int:
        """The number of coordinates."""
        return int(self.scale.size)

    @property
    def support(self) -> np.ndarray:
        """The coordinates in which X is not zero."""
        return np.flatnonzero(self.scale > 0)

    @property
    def together(self) -> int:
        """How many trials the kernels do at once (see `numerics.kernels.rows`); it fixes the order of the draws."""
        rank = int(self.support.size)
        counts = [self.n, self.n_source] if self.n_source and self.n < rank else [self.n]
        return min(together(min(n, rank), rank) for n in counts)


def problem(instance: Linear) -> Problem:
    """`instance` written out in all its coordinates, null ones included."""
    start = instance.source if instance.source_teacher is None else instance.source_teacher
    assert start is not None, "Linear has a source or a source teacher"
    return Problem(
        n=instance.n,
        sigma=instance.sigma,
        scale=np.sqrt(instance.covariance),
        weights=np.array(instance.risk_weights),
        target=instance.target,
        start=start,
        n_source=instance.n_source or 0,
        sigma_source=instance.sigma_source or 0.0,
    )


def reduced(full: Problem) -> Problem:
    """The smallest problem whose trial quantities, on the same streams, are those of `full`.  Exact.

    Where the eigenvalue is zero X is zero, so h stays at the source (at 0, when that is learned), and the
    error there is the constant `unseen`.  With n >= rank the estimator is least squares: the source is
    forgotten, and as X = Z diag(scale) has X+ = diag(1/scale) Z+, the spectrum leaves through the weights
    a_i / l_i, with all its ill-conditioning.
    """
    kept, lost = full.scale > 0, full.scale == 0
    start = np.zeros(full.d) if full.n_source else full.start
    unseen = float(np.sum(full.weights[lost] * (full.target - start)[lost] ** 2))
    scale, weights, target, start = (a[kept] for a in (full.scale, full.weights, full.target, full.start))
    if full.n >= scale.size:
        free, zero = np.ones_like(scale), np.zeros_like(scale)
        return Problem(full.n, full.sigma, free, weights / scale**2, zero, zero, 0, 0.0, unseen)
    return Problem(full.n, full.sigma, scale, weights, target, start, full.n_source, full.sigma_source, unseen)
