"""One batch of linear fine-tuning, trial after trial, in one pass over each design.

Columns of `out`: bias, noise averaged over its signs and sizes, noise as drawn, risk as drawn.
`doubtful` marks the trials whose Gram matrix was too ill-conditioned to be trusted.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float
from numpy.random import Generator

from numerics.kernels.cholesky import factor, invert_factor, solve, square_transposed
from numerics.kernels.compiled import compiled
from numerics.kernels.design import draw_tall, draw_wide
from numerics.kernels.products import apply, apply_transposed, gram

# Rounding enters the bias at worst as eps cond(W)^(3/2): below 1e-6 relative while cond(W) < 1e6, far below
# any Monte Carlo error.  The least pivot ratio stands for 1/cond(W).
PIVOT_RATIO = 1e-6


@compiled
def weighted_square(weights: Float[np.ndarray, " d"], x: Float[np.ndarray, " d"]) -> float:
    """x' diag(weights) x."""
    total = 0.0
    for j in range(x.size):
        total += weights[j] * x[j] * x[j]
    return total


@compiled
def inverse_rows_square(
    inverse: Float[np.ndarray, "m m"], rows: Float[np.ndarray, "m d"], weights: Float[np.ndarray, " d"]
) -> float:
    """tr(X+' A X+) with X+' = W^-1 X, one row of it at a time."""
    total = 0.0
    line = np.empty(rows.shape[1])
    for i in range(rows.shape[0]):
        apply_transposed(rows, inverse[i], line)
        total += weighted_square(weights, line)
    return total


@compiled
def mean_noise_wide(
    lower: Float[np.ndarray, "n n"],
    rows: Float[np.ndarray, "n d"],
    weights: Float[np.ndarray, " d"],
    flat: bool,
    inverse_factor: Float[np.ndarray, "n n"],
) -> float:
    """tr(X+' A X+) for n < d, given the factor of W = X X'; A a multiple of I (`flat`) needs no product with X."""
    n = lower.shape[0]
    invert_factor(lower, inverse_factor)
    if flat:
        total = 0.0
        for i in range(n):
            for j in range(i + 1):
                total += inverse_factor[i, j] ** 2
        return float(weights[0] * total)
    inverse = np.empty((n, n))
    square_transposed(inverse_factor, inverse)
    return inverse_rows_square(inverse, rows, weights)


@compiled
def mean_noise_tall(
    lower: Float[np.ndarray, "d d"], weights: Float[np.ndarray, " d"], inverse_factor: Float[np.ndarray, "d d"]
) -> float:
    """tr(A (Z'Z)^-1), given the factor of Z'Z."""
    d = lower.shape[0]
    invert_factor(lower, inverse_factor)
    total = 0.0
    for i in range(d):
        for j in range(i + 1):
            total += weights[j] * inverse_factor[i, j] ** 2
    return total


@compiled
def learn_source(
    rng: Generator,
    scale: Float[np.ndarray, " d"],
    teacher: Float[np.ndarray, " d"],
    sigma: float,
    rows: Float[np.ndarray, "m p"],
    noise: Float[np.ndarray, " n"],
    w: Float[np.ndarray, "m m"],
    coefficients: Float[np.ndarray, " m"],
    source: Float[np.ndarray, " d"],
) -> bool:
    """Draw X~, e~ and put X~+ (X~ w + sigma e~) into `source`; return whether the result can be trusted.

    `rows` holds X~ for fewer samples than coordinates, the transpose of the whitened X~ otherwise.
    """
    if noise.size < scale.size:
        draw_wide(rng, scale, rows, noise)
        gram(rows, w)
        ratio = factor(w)
        apply(rows, teacher, coefficients)
        for i in range(noise.size):
            coefficients[i] += sigma * noise[i]
        solve(w, coefficients)
        apply_transposed(rows, coefficients, source)
        return ratio > PIVOT_RATIO
    draw_tall(rng, rows, noise)
    gram(rows, w)
    ratio = factor(w)
    apply(rows, noise, source)
    solve(w, source)
    for j in range(scale.size):
        source[j] = teacher[j] + sigma * source[j] / scale[j]
    return ratio > PIVOT_RATIO


@compiled
def wide_batch(
    rng: Generator,
    source_rng: Generator,
    n: int,
    sigma: float,
    scale: Float[np.ndarray, " d"],
    weights: Float[np.ndarray, " d"],
    target: Float[np.ndarray, " d"],
    start: Float[np.ndarray, " d"],
    n_source: int,
    sigma_source: float,
    out: Float[np.ndarray, "trials 4"],
    doubtful: Bool[np.ndarray, " trials"],
) -> None:
    """Trials with n < d: everything from the n x n matrix W = X X'."""
    d = scale.size
    rows, noise, w = np.empty((n, d)), np.empty(n), np.empty((n, n))
    along, fitted, kept, gained = np.empty(n), np.empty(d), np.empty(d), np.empty(d)
    small, large = min(n_source, d), max(n_source, d)
    source_rows, source_noise = np.empty((small, large)), np.empty(n_source)
    source_w, source_coefficients, source = np.empty((small, small)), np.empty(small), start.copy()
    inverse_factor, gap, flat = np.empty((n, n)), np.empty(d), bool(np.all(weights == weights[0]))
    for trial in range(out.shape[0]):
        trusted = True
        if n_source > 0:
            trusted = learn_source(
                source_rng,
                scale,
                start,
                sigma_source,
                source_rows,
                source_noise,
                source_w,
                source_coefficients,
                source,
            )
        draw_wide(rng, scale, rows, noise)
        gram(rows, w)
        doubtful[trial] = not (factor(w) > PIVOT_RATIO and trusted)
        if doubtful[trial]:
            continue
        for j in range(d):
            gap[j] = target[j] - source[j]
        apply(rows, gap, along)
        solve(w, along)
        apply_transposed(rows, along, fitted)
        solve(w, noise)
        apply_transposed(rows, noise, gained)
        for j in range(d):
            kept[j] = gap[j] - fitted[j]
            gained[j] *= sigma
        out[trial, 0] = weighted_square(weights, kept)
        out[trial, 1] = sigma**2 * mean_noise_wide(w, rows, weights, flat, inverse_factor) if sigma > 0.0 else 0.0
        out[trial, 2] = weighted_square(weights, gained)
        for j in range(d):
            gained[j] -= kept[j]
        out[trial, 3] = weighted_square(weights, gained)


@compiled
def tall_batch(
    rng: Generator,
    n: int,
    sigma: float,
    weights: Float[np.ndarray, " d"],
    out: Float[np.ndarray, "trials 4"],
    doubtful: Bool[np.ndarray, " trials"],
) -> None:
    """Trials with n >= d, whitened: everything from the d x d matrix Z'Z, and no bias."""
    d = weights.size
    columns, noise, w, gained = np.empty((d, n)), np.empty(n), np.empty((d, d)), np.empty(d)
    inverse_factor = np.empty((d, d))
    for trial in range(out.shape[0]):
        draw_tall(rng, columns, noise)
        gram(columns, w)
        doubtful[trial] = not factor(w) > PIVOT_RATIO
        if doubtful[trial]:
            continue
        apply(columns, noise, gained)
        solve(w, gained)
        out[trial, 0] = 0.0
        out[trial, 1] = sigma**2 * mean_noise_tall(w, weights, inverse_factor)
        out[trial, 2] = sigma**2 * weighted_square(weights, gained)
        out[trial, 3] = out[trial, 2]
