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
from numerics.kernels.memory import aligned, aligned_zeros
from numerics.kernels.normals import BLOCK, State, fill, fill_scaled
from numerics.kernels.rows import apply, clear, filled
from numerics.kernels.single import gram
from numerics.kernels.vectors import LANES, fma, load, spread, sqrt, store

PANEL = 64
"""Of a design alone so many vectors of every row are drawn, and multiplied, before going on to the next: they stay in
the second cache."""
TURNED = 20
"""Wide designs of fewer rows, eight together, are drawn as they are: so few chi-squares save too few normals."""


class Rotation(NamedTuple):
    """The diagonal of R, for `trials` trials done together: 8 or 1.

    degrees     degrees of freedom of R[i, i]^2, filled up to a multiple of eight with 0; none: samples are not turned
    squares     room for these
    """

    trials: int
    degrees: Float[np.ndarray, " size"]
    squares: Float[np.ndarray, " size"]


def rotation(n: int, d: int, trials: int) -> Rotation:
    """That of n samples in d coordinates, where it pays."""
    rows = 0 if n < min(d, TURNED) and trials == LANES else min(n, d)
    degrees = aligned_zeros(-(-rows * trials // LANES) * LANES)
    degrees[: rows * trials] = np.repeat(n - np.arange(float(rows)), trials)
    return Rotation(trials, degrees, aligned(degrees.size))


@strictly_compiled
def draw_wide(
    state: State,
    rows: int,
    scale: Float[np.ndarray, " across"],
    rotation: Rotation,
    vector: Float[np.ndarray, " across"],
    x: Float[np.ndarray, " size_more"],
    along: Float[np.ndarray, " m8"],
    noise: Float[np.ndarray, " noises"],
    w: Float[np.ndarray, " ms"] | None,
) -> None:
    """Fill `x` with R diag(scale), or Z diag(scale), then `noise` with standard normals; n = `rows` < d.

    The product with `vector` goes into the sums `along`, and the upper half of X X' into `w` if there is one, panel by
    panel, while the columns are at hand.  `scale` is one row, zero where the layout pads it; `x` is zero, or what this
    function left there, and has room for a block more.
    """
    across, m = scale.size, along.size // LANES
    if rotation.degrees.size == 0:
        draw_all(state, rows, scale, x)
        apply(x[: m * across], vector, along)
    else:
        chi_squares(state, rotation.degrees, rotation.squares)
        clear(along, 0)
        if w is not None:
            clear(w, 0)
        panel = across if rotation.trials == LANES else PANEL * LANES
        for left in range(0, across, panel):
            right = min(left + panel, across)
            draw_panel(state, rows, left, right, scale, rotation, vector, x, along)
            if w is not None:
                gram(x[: m * across], m, left, right, w)
    fill(state, noise)


@strictly_compiled
def draw_all(state: State, rows: int, scale: Float[np.ndarray, " across"], x: Float[np.ndarray, " size_more"]) -> None:
    """Z diag(scale)."""
    across = scale.size
    size = rows * across
    fill(state, x[: filled(size)])
    for row in range(0, size, across):
        for at in range(0, across, LANES):
            store(x, row + at, load(x, row + at) * load(scale, at))
    for at in range(size, filled(size), LANES):
        store(x, at, spread(0.0))


@strictly_compiled
def draw_panel(
    state: State,
    rows: int,
    left: int,
    right: int,
    scale: Float[np.ndarray, " across"],
    rotation: Rotation,
    vector: Float[np.ndarray, " across"],
    x: Float[np.ndarray, " size_more"],
    along: Float[np.ndarray, " m8"],
) -> None:
    """Columns of R diag(scale) from `left` to before `right`; their product with those of `vector` is added."""
    trials, _, squares = rotation
    across = scale.size
    for i in range(rows):
        row, diagonal = i * across, LANES * i if trials == LANES else i - i % LANES
        begin = max(left, diagonal)
        if begin >= right:
            break
        fill_scaled(state, scale, begin, right, x, row + begin)
        if begin == diagonal and trials == LANES:
            store(x, row + begin, sqrt(load(squares, begin)) * load(scale, begin))
        elif begin == diagonal:
            x[row + begin : row + i] = 0.0
            x[row + i] = np.sqrt(squares[i]) * scale[i]
        a, b, c, d = load(along, LANES * i), spread(0.0), spread(0.0), spread(0.0)
        whole = right - (right - begin) % BLOCK
        for k in range(begin, whole, BLOCK):
            at = row + k
            a, b = fma(load(x, at), load(vector, k), a), fma(load(x, at + 8), load(vector, k + 8), b)
            c, d = fma(load(x, at + 16), load(vector, k + 16), c), fma(load(x, at + 24), load(vector, k + 24), d)
        for k in range(whole, right, LANES):
            a = fma(load(x, row + k), load(vector, k), a)
        store(along, LANES * i, (a + b) + (c + d))


@strictly_compiled
def draw_tall(
    state: State,
    rows: int,
    rotation: Rotation,
    root: Float[np.ndarray, " mm"],
    reciprocals: Float[np.ndarray, " m_trials"],
    pivots: Float[np.ndarray, " m_trials"],
    noise: Float[np.ndarray, " noises"],
) -> None:
    """The factor of the d x d matrix Z'Z, d = `rows` <= n, into `root`, filled up with ones; then `noise`.

    As the other factors: R, or R' for eight trials together, 1/R[i, i] into `reciprocals`, R[i, i]^2 into `pivots`.
    """
    trials, degrees, squares = rotation
    m = reciprocals.size // trials
    stride = root.size // m
    fresh = aligned(filled(stride))
    chi_squares(state, degrees, squares)
    clear(root, 0)
    for i in range(m):
        row, before = i * stride, i * trials
        begin, count = (row, before) if trials == LANES else (row + i + 1, rows - i - 1)
        if i < rows:
            fill(state, fresh[: filled(count)])
            root[begin : begin + count] = fresh[:count]
        for trial in range(trials):
            at = before + trial
            pivots[at] = squares[at] if i < rows else 1.0
            value = np.sqrt(pivots[at])
            root[row + at], reciprocals[at] = value, 1.0 / value
    fill(state, noise)
