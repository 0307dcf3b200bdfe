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
from numerics.linear.problem import problem
from numerics.linear.samples import chi_squares
from numerics.spectral.columns import Batch
from numerics.spectral.model import Spectral
from numerics.streams import lanes

AT_ONCE = 2**10
"""Trials whose chi-squares are drawn together."""


def is_flat(instance: Spectral) -> bool:
    """Whether the covariance, and that of the test, are multiples of the identity."""
    given = instance.linear
    return bool(np.ptp(given.covariance) == 0 and np.ptp(given.risk_weights) == 0)


def eigenvalues(squares: Float[np.ndarray, "q trials"], m: int) -> Float[np.ndarray, "trials m"]:
    """Of B B', from the squares of the diagonal of B and of what is below it."""
    diagonal, below = squares[:m], squares[m:]
    matrix, place = np.zeros((squares.shape[1], m, m)), np.arange(m)
    matrix[:, place, place] = diagonal.T
    matrix[:, place[1:], place[1:]] += below.T
    matrix[:, place[1:], place[:-1]] = np.sqrt(below * diagonal[:-1]).T
    return np.asarray(np.linalg.eigvalsh(matrix))


def exact_batch(instance: Spectral, seed: int, number: int, size: int) -> Batch:
    """The first `size` trials of batch `number`, the column even_risk alone.  `InstanceError` where not all is flat."""
    if not is_flat(instance):
        raise InstanceError("law='exact': the spectra are not flat, so no exact law is known; use law='fast'.")
    given = problem(instance.linear)
    m, k = sorted((given.n, given.d))
    degrees, state, found = [*range(k, k - m, -1), *range(m - 1, 0, -1)], lanes(seed, number), []
    level, gap = float(given.scale[0] ** 2), given.target - given.start
    for _ in range(0, size, AT_ONCE):
        x = level * np.maximum(eigenvalues(chi_squares(state, degrees, AT_ONCE), m), 0.0) / given.n
        moved = instance.response(x)
        bias = float(gap @ gap) / given.d * (given.d - m + np.sum(np.square(1 - x * moved), axis=1))
        noise = given.sigma**2 / given.n * np.sum(x * moved**2, axis=1)
        found.append(given.weights[0] * (bias + noise))
    return Batch(MappingProxyType({"even_risk": np.concatenate(found)[:size]}))
