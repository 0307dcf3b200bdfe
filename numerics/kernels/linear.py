"""One batch of linear fine-tuning: designs drawn, their Gram matrices factored, eight trials together or one.

Rows of `out`: bias, noise as drawn, risk as drawn; `averaged`, if not None, gets the noise part averaged over the
noise given X.  `doubtful` marks the trials whose Gram matrix was too ill-conditioned to be trusted.  All are filled
up to a multiple of the trials done together: 8 where the room `w` for a Gram matrix is None, else 1.  Vectors of d
numbers come laid out as rows (`numerics.kernels.rows.laid_out`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from numerics.kernels.compiled import strictly_compiled
from numerics.kernels.factored import (
    Room,
    as_sums,
    factor,
    finish,
    inverse_trace,
    judge,
    matrix,
    pseudo_inverse_square,
    solve,
    solve_backward,
    trials_of,
)
from numerics.kernels.memory import aligned, aligned_zeros
from numerics.kernels.normals import BLOCK, State
from numerics.kernels.rows import clear, combine, copy, filled
from numerics.kernels.samples import Rotation, draw_tall, draw_wide
from numerics.kernels.vectors import LANES, fma, load, spread, store


class Learned(NamedTuple):
    """A source that is learned from samples of its own.

    state           its stream
    w               as for the target, room for a Gram matrix, or None
    sigma           standard deviation of their noise
    rows            how many there are once they are rotated: the smaller of n and d
    wide            whether n < d
    rotation        how they are drawn
    """

    state: State
    w: Room
    sigma: float
    rows: int
    wide: bool
    rotation: Rotation


@strictly_compiled
def learn_source(
    learned: Learned,
    scale: Float[np.ndarray, " across_d"],
    teacher: Float[np.ndarray, " across_d"],
    source: Float[np.ndarray, " across_d"],
    trusted: Bool[np.ndarray, " trials"],
) -> None:
    """Draw X~, e~ and put X~+ (X~ w + sigma e~) into `source`, one row for the trials done together.

    Where X~ is not wide the result is w + sigma diag(1/scale) R^-1 e~, Z~'Z~ = R'R.
    """
    w, rows = learned.w, learned.rows
    trials, m = trials_of(w), -(-rows // 4) * 4
    noise, root, reciprocals = aligned(filled(rows * trials)), matrix(m, trials), aligned(m * trials)
    sums = aligned(m * LANES)
    if learned.wide:
        across = scale.size
        drawn = aligned_zeros(m * across + BLOCK)
        x = drawn[: m * across]
        draw_wide(learned.state, rows, scale, learned.rotation, teacher, drawn, sums, noise, w)
        factor(x, rows, m, learned.rotation.degrees.size > 0, w, root, reciprocals, trusted)
        as_sums(noise, rows, trials, learned.sigma, sums)
        solve(root, reciprocals, w, sums, aligned_zeros(sums.size))
        combine(x, sums, sums, source, aligned(source.size))
    else:
        pivots = aligned(m * trials)
        draw_tall(learned.state, rows, learned.rotation, root, reciprocals, pivots, noise)
        judge(pivots, rows, trusted)
        clear(sums, 0)
        as_sums(noise, rows, trials, 1.0, sums)
        solve_backward(root, reciprocals, w, sums)
        for j in range(rows):
            for trial in range(trials):
                at = j * trials + trial
                source[at] = teacher[at] + learned.sigma * sums[LANES * j + trial] / scale[at]


@strictly_compiled
def subtract(
    a: Float[np.ndarray, " across"], b: Float[np.ndarray, " across"], out: Float[np.ndarray, " across"]
) -> None:
    """a - b into `out`."""
    for at in range(0, out.size, LANES):
        store(out, at, load(a, at) - load(b, at))


@strictly_compiled
def record(
    weights: Float[np.ndarray, " across"],
    gap: Float[np.ndarray, " across"],
    fitted: Float[np.ndarray, " across"],
    gained: Float[np.ndarray, " across"],
    sigma: float,
    trials: int,
    out: Float[np.ndarray, "3 all"],
    begin: int,
) -> None:
    """Bias, noise and risk from t - u, its fitted part P (t - u), and X+ e for noise of unit size."""
    bias, noise, risk = spread(0.0), spread(0.0), spread(0.0)
    for at in range(0, weights.size, LANES):
        a, kept, moved = load(weights, at), load(gap, at) - load(fitted, at), sigma * load(gained, at)
        error = moved - kept
        bias, noise, risk = fma(a * kept, kept, bias), fma(a * moved, moved, noise), fma(a * error, error, risk)
    value = aligned(LANES)
    store(value, 0, bias)
    finish(value, trials, out[0], begin)
    store(value, 0, noise)
    finish(value, trials, out[1], begin)
    store(value, 0, risk)
    finish(value, trials, out[2], begin)


@strictly_compiled
def wide_batch(
    state: State,
    w: Room,
    rotation: Rotation,
    n: int,
    sigma: float,
    scale: Float[np.ndarray, " across"],
    weights: Float[np.ndarray, " across"],
    target: Float[np.ndarray, " across"],
    start: Float[np.ndarray, " across"],
    learned: Learned | None,
    flat: bool,
    averaged: Float[np.ndarray, " all"] | None,
    out: Float[np.ndarray, "3 all"],
    doubtful: Bool[np.ndarray, " all"],
) -> None:
    """Trials with n < d: everything from the n x n matrix W = X X'.  `flat`: A is weights[0] times the identity.

    Where the source is `learned`, `start` is its teacher.
    """
    trials, across, m = trials_of(w), scale.size, -(-n // 4) * 4
    drawn, noise = aligned_zeros(m * across + BLOCK), aligned(filled(n * trials))
    x = drawn[: m * across]
    root, reciprocals = matrix(m, trials), aligned(m * trials)
    along, across_noise = aligned(m * LANES), aligned(m * LANES)
    fitted, gained, source, gap = aligned(across), aligned(across), aligned(across), aligned(across)
    ones = np.ones(n)
    value, trusted, source_trusted = aligned(LANES), np.ones(trials, np.bool_), np.ones(trials, np.bool_)
    copy(start, 0, source)
    subtract(target, source, gap)
    for begin in range(0, doubtful.size, trials):
        if learned is not None:
            learn_source(learned, scale, start, source, source_trusted)
            subtract(target, source, gap)
        draw_wide(state, n, scale, rotation, gap, drawn, along, noise, w)
        factor(x, n, m, rotation.degrees.size > 0, w, root, reciprocals, trusted)
        clear(across_noise, 0)
        as_sums(noise, n, trials, 1.0, across_noise)
        solve(root, reciprocals, w, along, across_noise)
        combine(x, along, across_noise, fitted, gained)
        record(weights, gap, fitted, gained, sigma, trials, out, begin)
        if averaged is not None:
            if flat:
                inverse_trace(root, reciprocals, n, w, ones, value)
                store(value, 0, weights[0] * load(value, 0))
            else:
                pseudo_inverse_square(x, root, reciprocals, w, weights, value)
            store(value, 0, sigma * sigma * load(value, 0))
            finish(value, trials, averaged, begin)
        for trial in range(trials):
            doubtful[begin + trial] = not (trusted[trial] and source_trusted[trial])


@strictly_compiled
def tall_batch(
    state: State,
    w: Room,
    rotation: Rotation,
    sigma: float,
    weights: Float[np.ndarray, " d"],
    averaged: Float[np.ndarray, " all"] | None,
    out: Float[np.ndarray, "3 all"],
    doubtful: Bool[np.ndarray, " all"],
) -> None:
    """Trials with n >= d, whitened: no bias, and Z+ e = R^-1 e, Z'Z = R'R."""
    trials, d = trials_of(w), weights.size
    m = -(-d // 4) * 4
    noise, root, reciprocals = aligned(filled(d * trials)), matrix(m, trials), aligned(m * trials)
    gained, pivots = aligned(m * LANES), aligned(m * trials)
    value, trusted = aligned(LANES), np.ones(trials, np.bool_)
    for begin in range(0, doubtful.size, trials):
        draw_tall(state, d, rotation, root, reciprocals, pivots, noise)
        judge(pivots, d, trusted)
        clear(gained, 0)
        as_sums(noise, d, trials, 1.0, gained)
        solve_backward(root, reciprocals, w, gained)
        for trial in range(trials):
            square = 0.0
            for j in range(d):
                square += weights[j] * (sigma * gained[LANES * j + trial]) ** 2
            out[1, begin + trial] = out[2, begin + trial] = square
        if averaged is not None:
            inverse_trace(root, reciprocals, d, w, weights, value)
            store(value, 0, sigma * sigma * load(value, 0))
            finish(value, trials, averaged, begin)
        for trial in range(trials):
            doubtful[begin + trial] = not trusted[trial]
