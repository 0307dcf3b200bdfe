"""Where all is flat: the eigenvalues of X X' from a tridiagonal matrix of chi-squares, no design drawn.

Rotations on both sides turn an m x k Gaussian matrix, m <= k, into a bidiagonal one whose entries are independent: chi
with k, k - 1, ..., k - m + 1 degrees of freedom on the diagonal, and with m - 1, ..., 1 below it.  They leave the
singular values as they are, and those are all that the risk averaged over label noise and directions depends on.
Source: Dumitriu & Edelman, Matrix models for beta ensembles, theorem 3.1.
"""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
from jaxtyping import Float

from numerics.instance import InstanceError
from numerics.kernels.vectors import LANES
from numerics.linear.problem import problem
from numerics.linear.samples import chi_squares
from numerics.spectral.columns import Batch
from numerics.spectral.model import Spectral
from numerics.streams import lanes

AT_ONCE, NUMBERS = 2**10, 2**16
"""Trials whose chi-squares are drawn together: so many, or as many as take so many numbers, rounded up to eights."""


def is_flat(instance: Spectral) -> bool:
    """Whether the covariance, and that of the test, are multiples of the identity."""
    given = instance.linear
    return bool(np.ptp(given.covariance) == 0 and np.ptp(given.risk_weights) == 0)


def eigenvalues(squares: Float[np.ndarray, "q trials"], m: int) -> Float[np.ndarray, "trials m"]:
    """Of B B', from the squares of the diagonal of B and of what is below it, in O(m^2) a trial."""
    from scipy.linalg.lapack import dsterf

    if m == 1:
        return squares.T
    diagonal, below = squares[:m].T, squares[m:].T
    beside = np.sqrt(below * diagonal[:, :-1])
    diagonal = np.hstack([diagonal[:, :1], diagonal[:, 1:] + below])
    found = [dsterf(one, other) for one, other in zip(diagonal, beside, strict=True)]
    assert not any(failed for _, failed in found), "an eigenvalue was not found"
    return np.array([values for values, _ in found])


def exact_batch(instance: Spectral, seed: int, number: int, size: int) -> Batch:
    """The first `size` trials of batch `number`, the column even_risk alone.  `InstanceError` where not all is flat."""
    if not is_flat(instance):
        raise InstanceError("law='exact': the spectra are not flat, so no exact law is known; use law='fast'.")
    given = problem(instance.linear)
    m, k = sorted((given.n, given.d))
    degrees, state, found = [*range(k, k - m, -1), *range(m - 1, 0, -1)], lanes(seed, number), []
    level, gap = float(given.scale[0] ** 2), given.target - given.start
    at_once = min(AT_ONCE, -(-NUMBERS // (LANES * len(degrees))) * LANES)
    for begin in range(0, size, at_once):
        squares = chi_squares(state, degrees, at_once)[:, : size - begin]
        x = level * np.maximum(eigenvalues(squares, m), 0.0) / given.n
        moved = instance.response(x)
        bias = float(gap @ gap) / given.d * (given.d - m + np.sum(np.square(1 - x * moved), axis=1))
        noise = given.sigma**2 / given.n * np.sum(x * moved**2, axis=1)
        found.append(given.weights[0] * (bias + noise))
    return Batch(MappingProxyType({"even_risk": np.concatenate(found)}))
