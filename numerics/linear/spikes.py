"""A spectrum that is flat but for k eigenvalues: the law of n samples in r coordinates from k samples in 2k+1.

X = Z S^(1/2), Z an n x r Gaussian matrix, k < n < r; the bulk are the r - k coordinates where the eigenvalue l of S
and the weight a of the test are the same.  D = t - u.

1.  Rotating the samples changes no law, so that the first k columns of Z (the spikes) may be taken upper triangular:
    R[i, i] = chi_{n-i+1}, i = 1, ..., k, R[i, j] normal for j > i.  Then n - k samples see the bulk only.
2.  Let V be the span of these n - k in the bulk: a uniformly random subspace.  All of it lies in the row space of X, so
    only the part of D outside V is left: of the |D_bulk|^2 the share Beta((r-n)/2, (n-k)/2).
3.  The n - k move the estimator within V by w, |w|^2 = (sigma^2/l) chi2_{n-k} / chi2_{r-n+1} (Hotelling), of uniform
    direction and independent of V and of the rest: a risk of a |w|^2, orthogonal to all else.
4.  The other k samples have normal coordinates in V and outside it.  Those in V meet w only: noise of variance
    sigma^2 + l |w|^2 instead of sigma^2.  Those outside are a k x (r-n) Gaussian matrix: its first column along
    what D has there, the others, rotated among themselves, k x k lower triangular with L[i, i] = chi_{r-n-i}.

So a trial is a linear problem with k samples in k + 1 + k coordinates, whatever n and r are.
Source for 1, 3 and 4: Muirhead, Aspects of Multivariate Statistical Theory (1982), 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from numerics.kernels.normals import State
from numerics.kernels.rows import laid_out
from numerics.kernels.spikes import spiked_batch
from numerics.kernels.vectors import LANES
from numerics.linear.literal import pseudo_inverse, times
from numerics.linear.problem import Problem
from numerics.linear.samples import chi_squares, normals

Squares = Float[np.ndarray, "k24 trials"]
Normals = Float[np.ndarray, "k k1 trials"]
MOST_SPIKES = 16
SAMPLES_PER_SPIKE = 4
"""Below so many samples a spike the law of the reduced problem saves too little."""


@dataclass(frozen=True, eq=False)
class Spiked:
    """A problem with n < r split into its bulk, level l and weight a, and the k coordinates that are not in it.

    `gap` is t - u along the spikes, `distance` the length of t - u in the bulk.
    """

    n: int
    r: int
    sigma: float
    level: float
    weight: float
    scale: Float[np.ndarray, " k"]
    weights: Float[np.ndarray, " k"]
    gap: Float[np.ndarray, " k"]
    distance: float


def spiked(small: Problem) -> Spiked:
    """The split with the largest bulk; `small` has no null directions and a fixed source."""
    pairs = np.stack([small.scale, small.weights])
    kinds, labels, counts = np.unique(pairs, axis=1, return_inverse=True, return_counts=True)
    most = int(np.argmax(counts))
    bulk = labels.ravel() == most
    gap = small.target - small.start
    scale, weight = (float(value) for value in kinds[:, most])
    spikes = small.scale[~bulk], small.weights[~bulk], gap[~bulk]
    return Spiked(small.n, small.d, small.sigma, scale**2, weight, *spikes, float(np.linalg.norm(gap[bulk])))


def few(given: Spiked) -> bool:
    """Whether the reduced problem is much smaller than the whole one."""
    return given.gap.size <= min(MOST_SPIKES, given.n // SAMPLES_PER_SPIKE)


def draw(state: State, given: Spiked, trials: int) -> tuple[Squares, Normals]:
    """What the reduced problems of the next trials are made of; 8 divides `trials`.

    The chi-squares of steps 2 and 3, then of the diagonals of R and of L; for each of the k samples its k + 1 normals.
    """
    n, r, k = given.n, given.r, given.gap.size
    steps = np.arange(1.0, k + 1)
    degrees = np.concatenate([[n - k, r - n, n - k, r - n + 1], n - steps + 1, r - n - steps])
    return chi_squares(state, degrees, trials), normals(state, k, k + 1, trials)


def literal_rows(given: Spiked, squares: Squares, normal: Normals) -> Float[np.ndarray, "3 trials"]:
    """Bias, noise and risk of the reduced problems, by singular values.

    Sample i has R[i, j], j > i, along the spikes, then a normal coordinate along D, then L[i, j], j <= i.
    """
    k, trials = given.gap.size, normal.shape[-1]
    caught, missed, top, bottom = squares[:4]
    moved = given.sigma**2 / given.level * top / bottom
    designs = np.zeros((k, 2 * k + 1, trials))
    for i in range(k):
        designs[i, i], designs[i, k + 1 + i] = np.sqrt(squares[4 + i]), np.sqrt(squares[4 + k + i])
        designs[i, i + 1 : k] = normal[i, i + 1 : k]
        designs[i, k] = normal[i, i]
        designs[i, k + 1 : k + 1 + i] = normal[i, :i]
    designs[:, k + 1 + seen_outside(given) :] = 0.0
    designs *= scales(given)[:, None]
    gap = np.zeros((2 * k + 1, trials))
    gap[:k] = given.gap[:, None]
    gap[k] = given.distance * np.sqrt(missed / (caught + missed))
    noise = np.sqrt(given.sigma**2 + given.level * moved) * normal[:, k]
    inverse = pseudo_inverse(designs.transpose(2, 0, 1), k)
    kept, shift = gap.T - times(inverse, times(designs.transpose(2, 0, 1), gap.T)), times(inverse, noise.T)
    weights, gained = all_weights(given), given.weight * moved
    return np.stack([kept**2 @ weights, gained + shift**2 @ weights, gained + (shift - kept) ** 2 @ weights])


def seen_outside(given: Spiked) -> int:
    """The columns of L: outside V and D there are r - n - 1 directions."""
    return min(given.gap.size, given.r - given.n - 1)


def scales(given: Spiked) -> Float[np.ndarray, " k21"]:
    """The square roots of the diagonal of S in the coordinates of the reduced problem."""
    return np.concatenate([given.scale, np.full(given.gap.size + 1, np.sqrt(given.level))])


def all_weights(given: Spiked) -> Float[np.ndarray, " k21"]:
    """The diagonal of A in the coordinates of the reduced problem."""
    return np.concatenate([given.weights, np.full(given.gap.size + 1, given.weight)])


def spiked_rows(state: State, given: Spiked, trials: int) -> Float[np.ndarray, "3 trials"]:
    """Bias, noise and risk of the next trials, a multiple of 8; by singular values where rounding would show."""
    squares, normal = draw(state, given, trials)
    table, doubtful = np.zeros((3, trials)), np.zeros(trials, dtype=bool)
    scale, weights = laid_out(scales(given), LANES), laid_out(all_weights(given), LANES)
    numbers = given.sigma, given.level, given.weight, given.distance
    spiked_batch(scale, weights, given.gap, *numbers, seen_outside(given), squares, normal, table, doubtful)
    if doubtful.any():
        table[:, doubtful] = literal_rows(given, squares[:, doubtful], normal[..., doubtful])
    return table
