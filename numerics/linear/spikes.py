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
from jaxtyping import Bool, Float

from numerics.kernels.normals import State
from numerics.kernels.spikes import spiked_batch
from numerics.kernels.vectors import LANES
from numerics.linear.literal import pseudo_inverse, times
from numerics.linear.problem import Problem
from numerics.linear.samples import chi_squares, normals

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


@dataclass(frozen=True, eq=False)
class Draws:
    """The reduced problem of some trials: designs, t - u and noise of the k samples, and a |w|^2."""

    designs: Float[np.ndarray, "k k21 trials"]
    gaps: Float[np.ndarray, "k21 trials"]
    noises: Float[np.ndarray, "k trials"]
    gained: Float[np.ndarray, " trials"]


def draw(state: State, given: Spiked, trials: int) -> Draws:
    """The reduced problems of the next trials, as in steps 1 to 4."""
    n, r, k = given.n, given.r, given.gap.size
    steps = np.arange(1.0, k + 1)
    degrees = np.concatenate([[n - k, r - n, n - k, r - n + 1], n - steps + 1, r - n - steps])
    squares = chi_squares(state, degrees, trials)
    caught, missed, top, bottom = squares[:4]
    normal = normals(state, k * (k + 1) + k, trials)
    moved = given.sigma**2 / given.level * top / bottom
    designs = np.zeros((k, 2 * k + 1, trials))
    upper, lower = np.triu_indices(k, 1), np.tril_indices(k, -1)
    half = upper[0].size
    diagonal = np.arange(k)
    designs[diagonal, diagonal] = np.sqrt(squares[4 : 4 + k])
    designs[upper] = normal[:half]
    designs[:, k] = normal[half : half + k]
    designs[diagonal, k + 1 + diagonal] = np.sqrt(squares[4 + k :])
    designs[lower[0], k + 1 + lower[1]] = normal[half + k : 2 * half + k]
    designs[:, k + 1 + np.flatnonzero(steps >= r - n)] = 0.0
    designs *= np.concatenate([given.scale, np.full(k + 1, np.sqrt(given.level))])[:, None]
    gaps = np.zeros((2 * k + 1, trials))
    gaps[:k] = given.gap[:, None]
    gaps[k] = given.distance * np.sqrt(missed / (caught + missed))
    noises = np.sqrt(given.sigma**2 + given.level * moved) * normal[2 * half + k :][:k]
    return Draws(designs, gaps, noises, given.weight * moved)


def literal_rows(given: Spiked, draws: Draws, wanted: Bool[np.ndarray, " trials"]) -> Float[np.ndarray, "3 wanted"]:
    """Bias, noise and risk of the reduced problems that are `wanted`, by singular values."""
    x, gap = draws.designs[..., wanted].transpose(2, 0, 1), draws.gaps[:, wanted].T
    inverse = pseudo_inverse(x, given.gap.size)
    kept, moved = gap - times(inverse, times(x, gap)), times(inverse, draws.noises[:, wanted].T)
    weights, gained = all_weights(given), draws.gained[wanted]
    return np.stack([kept**2 @ weights, gained + moved**2 @ weights, gained + (moved - kept) ** 2 @ weights])


def all_weights(given: Spiked) -> Float[np.ndarray, " k21"]:
    """The diagonal of A in the coordinates of the reduced problem."""
    return np.concatenate([given.weights, np.full(given.gap.size + 1, given.weight)])


def in_lanes(numbers: Float[np.ndarray, "*shape trials"]) -> Float[np.ndarray, "groups size"]:
    """Eight trials in a row, each in its lane."""
    trials = numbers.shape[-1]
    groups = numbers.reshape(-1, trials // LANES, LANES).transpose(1, 0, 2)
    return np.ascontiguousarray(groups).reshape(trials // LANES, -1)


def spiked_rows(state: State, given: Spiked, trials: int) -> Float[np.ndarray, "3 trials"]:
    """Bias, noise and risk of the next trials, a multiple of 8; by singular values where rounding would show."""
    drawn, k = draw(state, given, trials), given.gap.size
    table, doubtful = np.zeros((3, trials)), np.zeros(trials, dtype=bool)
    laid_out = (in_lanes(numbers) for numbers in (drawn.designs, drawn.gaps, drawn.noises))
    designs, gaps, noises = laid_out
    spiked_batch(np.repeat(all_weights(given), LANES), designs, gaps, noises, drawn.gained, k, table, doubtful)
    if doubtful.any():
        table[:, doubtful] = literal_rows(given, drawn, doubtful)
    return table
