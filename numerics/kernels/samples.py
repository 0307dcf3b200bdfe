"""Gaussian samples, drawn after a rotation of the samples that makes them triangular.

X = Z diag(scale), y = X t + sigma e, Z an n x d matrix and e a vector of independent standard normals.  For orthogonal
U, UZ and Ue have the law of Z and e, and (UX)+ Uy = X+ y.  With U from Z = U'R (Householder), R is upper trapezoidal:
R[i, i] = chi_{n-i}, i = 0, 1, ..., and R[i, j], j > i, normal, all independent, and Ue independent of them.  So the
n(n-1)/2 normals below the diagonal need not be drawn, nor multiplied.  Where n >= d only d rows of R are not zero, and
R' is the Cholesky factor of Z'Z.
Source: Muirhead, Aspects of Multivariate Statistical Theory (1982), Theorem 3.2.14 (Bartlett's decomposition).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from numerics.kernels.chi_squares import chi_squares
from numerics.kernels.compiled import strictly_compiled
from numerics.kernels.normals import BLOCK, State, fill, fill_scaled
from numerics.kernels.rows import clear, filled
from numerics.kernels.vectors import LANES, load, spread, sqrt, store


class Rotation(NamedTuple):
    """The diagonal of R, for `trials` trials done together: 8 or 1.

    degrees     degrees of freedom of R[i, i]^2, filled up to a multiple of eight with 0
    squares     room for these
    """

    trials: int
    degrees: Float[np.ndarray, " size"]
    squares: Float[np.ndarray, " size"]


def rotation(n: int, d: int, trials: int) -> Rotation:
    """That of n samples in d coordinates."""
    rows = min(n, d)
    degrees = np.zeros(-(-rows * trials // LANES) * LANES)
    degrees[: rows * trials] = np.repeat(n - np.arange(float(rows)), trials)
    return Rotation(trials, degrees, np.empty(degrees.size))


@strictly_compiled
def extended(x: Float[np.ndarray, " size"]) -> Float[np.ndarray, " more"]:
    """`x` and room for a block more of zeros."""
    out = np.zeros(x.size + BLOCK)
    out[: x.size] = x
    return out


@strictly_compiled
def draw_wide(
    state: State,
    rows: int,
    across: int,
    scale: Float[np.ndarray, " across_more"],
    rotation: Rotation,
    x: Float[np.ndarray, " size_more"],
    noise: Float[np.ndarray, " noises"],
) -> None:
    """Fill `x` with R diag(scale), then `noise` with standard normals; n = `rows` < d.

    `scale` is one row, zero where the layout pads it; rows of `x` after the first `rows` become zero.  Both are
    `extended`: a row is drawn in whole blocks, and what goes beyond its end is overwritten by the next.
    """
    trials, degrees, squares = rotation
    chi_squares(state, degrees, squares)
    for i in range(rows):
        row, begin = i * across, LANES * i if trials == LANES else i - i % LANES
        end = begin + filled(across - begin)
        fill_scaled(state, scale[begin:end], x[row + begin : row + end])
        for at in range(row, row + begin, LANES):
            store(x, at, spread(0.0))
        if trials == LANES:
            store(x, row + begin, sqrt(load(squares, begin)) * load(scale, begin))
        else:
            x[row + begin : row + i] = 0.0
            x[row + i] = np.sqrt(squares[i]) * scale[i]
    clear(x, rows * across)
    fill(state, noise)


@strictly_compiled
def draw_tall(
    state: State,
    rows: int,
    rotation: Rotation,
    lower: Float[np.ndarray, " mm"],
    reciprocals: Float[np.ndarray, " m_trials"],
    pivots: Float[np.ndarray, " m_trials"],
    noise: Float[np.ndarray, " noises"],
) -> None:
    """R' into `lower`, then `noise`: the factor of the d x d matrix Z'Z, d = `rows` <= n, filled up with ones.

    As the other factors: 1/R[i, i] into `reciprocals`, R[i, i]^2 into `pivots`.
    """
    trials, degrees, squares = rotation
    m = reciprocals.size // trials
    stride = lower.size // m
    fresh = np.empty(filled(stride))
    chi_squares(state, degrees, squares)
    clear(lower, 0)
    for i in range(m):
        row, before = i * stride, i * trials
        if i < rows:
            fill(state, fresh[: filled(before)])
            lower[row : row + before] = fresh[:before]
        for trial in range(trials):
            at = before + trial
            pivots[at] = squares[at] if i < rows else 1.0
            value = np.sqrt(pivots[at])
            lower[row + at], reciprocals[at] = value, 1.0 / value
    fill(state, noise)
