"""Least squares from the factor of a Gram matrix, in either layout of `numerics.kernels.rows`.

Where a matrix `w` is asked for, None means eight trials together, room for W one trial; the compiler keeps the one
way only.  Coefficients, one for each row of X, are vectors: the coefficients of
eight trials, or eight copies of one.  Sums over rows are vectors too, of which `solve` adds the lanes where they are
parts of one sum.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from numerics.kernels import lanes, single
from numerics.kernels.compiled import strictly_compiled
from numerics.kernels.memory import aligned, aligned_zeros
from numerics.kernels.rows import WIDE, combine, copy, gathered, repeated
from numerics.kernels.vectors import LANES, fma, load, spread, store, total

# Rounding enters the bias at worst as eps cond(W)^(3/2): below 1e-7 relative while cond(W) < 9e5, far below any Monte
# Carlo error.  The least pivot ratio stands for 1/cond(W): it is at least that, and in random designs within a small
# factor of it, for which 1e-5 leaves nine.  Source: Higham, Accuracy and Stability of Numerical Algorithms, ch. 10.
PIVOT_RATIO = 1e-5

Room = Float[np.ndarray, " ms"] | None

lanes_gram, lanes_factor, lanes_forward, lanes_backward = lanes.gram, lanes.factor, lanes.forward, lanes.backward
lanes_invert, lanes_inverse = lanes.invert, lanes.inverse
single_factor, single_forward, single_backward = single.factor, single.forward, single.backward
single_invert, single_inverse = single.invert, single.inverse


@strictly_compiled
def trials_of(w: Room) -> int:
    """How many trials are done together."""
    return LANES if w is None else 1


@strictly_compiled
def matrix(m: int, trials: int) -> Float[np.ndarray, " size"]:
    """Room for an m x m matrix, m a multiple of 4, of each of the trials done together."""
    return aligned(m * m * LANES if trials == LANES else m * (-(-m // WIDE) * WIDE))


@strictly_compiled
def factor(
    x: Float[np.ndarray, " size"],
    rows: int,
    m: int,
    turned: bool,
    w: Room,
    root: Float[np.ndarray, " mm"],
    reciprocals: Float[np.ndarray, " m_trials"],
    trusted: Bool[np.ndarray, " trials"],
) -> None:
    """The factor of X X' into `root`, L or R = L'; is it `trusted`?

    X has `rows` rows filled up to m, and is zero below its diagonal if `turned`.  Where there is a `w`, X X' is in it.
    """
    pivots = aligned(reciprocals.size)
    if w is None:
        lanes_gram(x, rows, m, turned, root)
        lanes_factor(root, reciprocals, pivots)
    else:
        for i in range(rows, m):
            w[i * (w.size // m) + i] = 1.0
        single_factor(w, root, reciprocals, pivots)
    judge(pivots, rows, trusted)


@strictly_compiled
def judge(pivots: Float[np.ndarray, " m_trials"], rows: int, trusted: Bool[np.ndarray, " trials"]) -> None:
    """Whether a factor can be `trusted`: its least squared pivot is above 1e-5 of the largest."""
    trials = trusted.size
    for trial in range(trials):
        least, largest = np.inf, 0.0
        for i in range(rows):
            pivot = pivots[i * trials + trial]
            if not pivot > 0.0:
                least = 0.0
            least, largest = min(least, pivot), max(largest, pivot)
        trusted[trial] = least > PIVOT_RATIO * largest


@strictly_compiled
def solve(
    root: Float[np.ndarray, " mm"],
    reciprocals: Float[np.ndarray, " m_trials"],
    w: Room,
    one: Float[np.ndarray, " m8"],
    other: Float[np.ndarray, " m8"],
) -> None:
    """Overwrite the sums `one` and `other` with the coefficients W^-1 times them."""
    if w is None:
        lanes_forward(root, reciprocals, one, other)
        lanes_backward(root, reciprocals, one, other)
    else:
        m, across = reciprocals.size, root.size // reciprocals.size
        first, second = aligned_zeros(across), aligned_zeros(across)
        gathered(one, first)
        gathered(other, second)
        single_forward(root, reciprocals, first, second)
        single_backward(root, reciprocals, first)
        single_backward(root, reciprocals, second)
        repeated(first[:m], 0, one)
        repeated(second[:m], 0, other)


@strictly_compiled
def solve_backward(
    root: Float[np.ndarray, " mm"],
    reciprocals: Float[np.ndarray, " m_trials"],
    w: Room,
    b: Float[np.ndarray, " m8"],
) -> None:
    """Overwrite the sums `b` with the coefficients R^-1 b."""
    if w is None:
        lanes_backward(root, reciprocals, b, None)
    else:
        m = reciprocals.size
        found = aligned_zeros(root.size // m)
        gathered(b, found)
        single_backward(root, reciprocals, found)
        repeated(found[:m], 0, b)


@strictly_compiled
def as_sums(x: Float[np.ndarray, " size"], rows: int, trials: int, factor: float, b: Float[np.ndarray, " m8"]) -> None:
    """Add `factor` times one number of `x` for each row (and each trial done together) to the sums `b`."""
    for i in range(rows):
        for trial in range(trials):
            b[LANES * i + trial] += factor * x[i * trials + trial]


@strictly_compiled
def finish(value: Float[np.ndarray, " 8"], trials: int, out: Float[np.ndarray, " all"], begin: int) -> None:
    """A sum over a row into the places of its trials: its lanes, or their sum."""
    if trials == LANES:
        store(out, begin, load(value, 0))
    else:
        out[begin] = total(load(value, 0))


@strictly_compiled
def inverse_trace(
    root: Float[np.ndarray, " mm"],
    reciprocals: Float[np.ndarray, " m_trials"],
    rows: int,
    w: Room,
    weights: Float[np.ndarray, " rows"],
    value: Float[np.ndarray, " 8"],
) -> None:
    """tr(diag(weights) W^-1), as a sum over a row: sum over j of weights[j] |column j of L^-1|^2.  m^3/3 flops."""
    m = reciprocals.size // trials_of(w)
    transposed = aligned(root.size)
    across = transposed.size // m
    if w is None:
        lanes_invert(root, reciprocals, transposed)
    else:
        single_invert(root, reciprocals, transposed)
    found = spread(0.0)
    for j in range(rows):
        square = spread(0.0)
        for at in range(j * across, (j + 1) * across, LANES):
            square = fma(load(transposed, at), load(transposed, at), square)
        found = fma(square, spread(weights[j]), found)
    store(value, 0, found)


@strictly_compiled
def pseudo_inverse_square(
    x: Float[np.ndarray, " size"],
    root: Float[np.ndarray, " mm"],
    reciprocals: Float[np.ndarray, " m_trials"],
    w: Room,
    weights: Float[np.ndarray, " across"],
    value: Float[np.ndarray, " 8"],
) -> None:
    """tr(X+' diag(weights) X+), as a sum over a row: X+' = W^-1 X, two rows of it at a time.

    4 m flops an entry of X, and m^3.
    """
    m = reciprocals.size // trials_of(w)
    transposed, inverted = aligned(root.size), aligned(root.size)
    if w is None:
        lanes_invert(root, reciprocals, transposed)
        lanes_inverse(transposed, m, inverted)
    else:
        single_invert(root, reciprocals, transposed)
        single_inverse(transposed, m, inverted)
    stride = inverted.size // m
    one, other = aligned(weights.size), aligned(weights.size)
    first, second = aligned(m * LANES), aligned(m * LANES)
    found = spread(0.0)
    for i in range(0, m, 2):
        if w is None:
            copy(inverted, i * stride, first)
            copy(inverted, (i + 1) * stride, second)
        else:
            repeated(inverted, i * stride, first)
            repeated(inverted, (i + 1) * stride, second)
        combine(x, first, second, one, other)
        for at in range(0, weights.size, LANES):
            a, b = load(one, at), load(other, at)
            found = fma(load(weights, at), fma(a, a, b * b), found)
    store(value, 0, found)
