"""Designs and noises in NumPy: as the definition says, and as the compiled kernels draw them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float

from numerics.kernels.chi_squares import chi_squares as fill_chi_squares
from numerics.kernels.factored import matrix
from numerics.kernels.memory import aligned
from numerics.kernels.normals import BLOCK, State, fill
from numerics.kernels.rows import filled, laid_out, padded
from numerics.kernels.samples import draw_tall, draw_wide, rotation
from numerics.kernels.vectors import LANES

Samples = tuple[Float[np.ndarray, "trials m d"], Float[np.ndarray, "trials m"]]
"""X and e of some trials."""


def normals(state: State, *shape: int) -> Float[np.ndarray, " *shape"]:
    """An array of independent standard normals."""
    out = aligned(filled(int(np.prod(shape))))
    fill(state, out)
    return out[: int(np.prod(shape))].reshape(shape)


def chi_squares(
    state: State, degrees: Sequence[float] | Float[np.ndarray, " q"], trials: int
) -> Float[np.ndarray, "q trials"]:
    """Independent chi-squares, a row for each number of degrees of freedom; 0 for none.  8 divides `trials`."""
    out = aligned(len(degrees) * trials)
    fill_chi_squares(state, laid_out(np.asarray(degrees, dtype=float), LANES), out)
    return out.reshape(len(degrees), trials)


def independent(state: State, n: int, sigma: float, scale: Float[np.ndarray, " d"], size: int) -> Samples:
    """n samples, rows of X independent N(0, diag(scale^2)) and e ~ N(0, sigma^2 I), for each of `size` trials.

    Coordinates of scale zero take nothing from the stream.
    """
    support = np.flatnonzero(scale > 0)
    numbers = normals(state, size, n, support.size + 1)
    x = np.zeros((size, n, scale.size))
    x[:, :, support] = numbers[..., :-1] * scale[support]
    return x, sigma * numbers[..., -1]


def rotated(
    state: State,
    n: int,
    sigma: float,
    scale: Float[np.ndarray, " d"],
    wanted: Bool[np.ndarray, " trials"],
    at_once: int,
) -> Samples:
    """The same but for a rotation of the samples, of the trials that are `wanted`: what the kernels draw.

    Where they are turned, the first columns of X with scale > 0 are upper triangular, and samples that are zero in X
    are left out.  `at_once` trials are drawn together.
    """
    support = np.flatnonzero(scale > 0)
    rank = int(support.size)
    rows, columns = min(n, rank), slice(None) if rank == scale.size else support
    drawn = _wide(state, n, rank, at_once) if n < rank else _tall(state, n, rank, at_once)
    places = np.flatnonzero(wanted)
    x, noises = np.zeros((places.size, rows, scale.size)), np.empty((places.size, rows))
    ends = np.searchsorted(places, np.arange(0, wanted.size + at_once, at_once)).tolist()
    for (begin, end), (z, e) in zip(pairwise(ends), drawn, strict=False):
        if begin < end:
            kept = places[begin:end] % at_once
            x[begin:end, :, columns] = z[kept] * scale[support]
            noises[begin:end] = e[kept]
    return x, sigma * noises


def _wide(state: State, n: int, d: int, trials: int) -> Iterator[Samples]:
    """R and e for trial after trial, so many together; the next take the place of the last."""
    ones, turn, sums = laid_out(np.ones(d), trials), rotation(n, d, trials), np.empty(LANES * padded(n))
    size, noise = padded(n) * ones.size, np.empty(filled(n * trials))
    whole = np.zeros(size + BLOCK)
    drawn = _as_matrices(whole[:size], padded(n), trials)[:, :n, :d], noise[: n * trials].reshape(n, trials).T
    while True:
        draw_wide(state, n, ones, turn, ones, whole, sums, noise, None)
        yield drawn


def _tall(state: State, n: int, d: int, trials: int) -> Iterator[Samples]:
    """The rows of R that are not zero, and as much of e."""
    m, turn = padded(d), rotation(n, d, trials)
    root, noise = matrix(m, trials), np.empty(filled(d * trials))
    reciprocals, pivots = np.empty((2, m * trials))
    factor = _as_matrices(root, m, trials)[:, :d, :d]
    drawn = factor.transpose(0, 2, 1) if trials == LANES else factor, noise[: d * trials].reshape(d, trials).T
    while True:
        draw_tall(state, d, turn, root, reciprocals, pivots, noise)
        yield drawn


def _as_matrices(x: Float[np.ndarray, " size"], rows: int, trials: int) -> Float[np.ndarray, "trials rows across"]:
    """What is laid out by rows, as ordinary matrices."""
    if trials == LANES:
        return x.reshape(rows, -1, LANES).transpose(2, 0, 1)
    return x.reshape(1, rows, -1)
