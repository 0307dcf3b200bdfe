"""One batch of deep linear fine-tuning, trial after trial, from one Gram matrix each.

Columns of `out`: risk, |h|, c, |X+ y|^2, |Qu|^2.  `doubtful` marks the trials whose Gram matrix was too
ill-conditioned to be trusted.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from numpy.random import Generator

from numerics.kernels.cholesky import factor, solve
from numerics.kernels.compiled import compiled
from numerics.kernels.deep_linear import coefficient
from numerics.kernels.design import draw_tall, draw_wide
from numerics.kernels.linear import PIVOT_RATIO
from numerics.kernels.products import apply, apply_transposed, gram


class Unseen(NamedTuple):
    """What the coordinates outside the design add: |u|^2 there, and the risk floor + curvature (c - vertex)^2."""

    square: float
    floor: float
    curvature: float
    vertex: float


@compiled
def outside(unseen: Unseen, c: float) -> float:
    """The risk of the coordinates outside the design, where h = c u."""
    return unseen.floor + unseen.curvature * (c - unseen.vertex) ** 2


@compiled
def record(out: Float[np.ndarray, " 5"], risk: float, c: float, fitted: float, kept: float) -> None:
    """One trial into its row; P h and Q h are orthogonal, so |h|^2 = |X+ y|^2 + c^2 |Qu|^2."""
    part = c * np.sqrt(kept)
    out[0], out[1], out[2], out[3], out[4] = risk, np.sqrt(fitted + part * part), c, fitted, kept


@compiled
def wide_trial(
    weights: Float[np.ndarray, " r"],
    target: Float[np.ndarray, " r"],
    source: Float[np.ndarray, " r"],
    fitted_part: Float[np.ndarray, " r"],
    seen_part: Float[np.ndarray, " r"],
    depth: float,
    unseen: Unseen,
    out: Float[np.ndarray, " 5"],
) -> None:
    """The row of a trial with n < r, from the vectors X+ y and Pu."""
    fitted, seen, kept, risk = 0.0, 0.0, unseen.square, 0.0
    for j in range(source.size):
        fitted += fitted_part[j] * fitted_part[j]
        seen += seen_part[j] * seen_part[j]
        kept += (source[j] - seen_part[j]) ** 2
    c = coefficient(fitted, seen, kept, depth)
    for j in range(source.size):
        risk += weights[j] * (fitted_part[j] + c * (source[j] - seen_part[j]) - target[j]) ** 2
    record(out, risk + outside(unseen, c), c, fitted, kept)


@compiled
def wide_batch(
    rng: Generator,
    n: int,
    sigma: float,
    scale: Float[np.ndarray, " r"],
    weights: Float[np.ndarray, " r"],
    target: Float[np.ndarray, " r"],
    source: Float[np.ndarray, " r"],
    depth: float,
    unseen: Unseen,
    out: Float[np.ndarray, "trials 5"],
    doubtful: Bool[np.ndarray, " trials"],
) -> None:
    """Trials with n < r: everything from the n x n matrix W = X X'."""
    r = scale.size
    rows, noise, w = np.empty((n, r)), np.empty(n), np.empty((n, n))
    y, along, fitted_part, seen_part = np.empty(n), np.empty(n), np.empty(r), np.empty(r)
    for trial in range(out.shape[0]):
        draw_wide(rng, scale, rows, noise)
        gram(rows, w)
        doubtful[trial] = not factor(w) > PIVOT_RATIO
        if doubtful[trial]:
            continue
        apply(rows, target, y)
        for i in range(n):
            y[i] += sigma * noise[i]
        solve(w, y)
        apply_transposed(rows, y, fitted_part)
        apply(rows, source, along)
        solve(w, along)
        apply_transposed(rows, along, seen_part)
        wide_trial(weights, target, source, fitted_part, seen_part, depth, unseen, out[trial])


@compiled
def tall_trial(
    weights: Float[np.ndarray, " r"],
    target: Float[np.ndarray, " r"],
    source: Float[np.ndarray, " r"],
    gained: Float[np.ndarray, " r"],
    depth: float,
    line: bool,
    unseen: Unseen,
    out: Float[np.ndarray, " 5"],
) -> None:
    """The row of a trial with n >= r, from the vector X+ e; on a `line` h stops at zero before it turns."""
    fitted, seen, risk, agreement = 0.0, 0.0, 0.0, 0.0
    for j in range(source.size):
        fitted += (target[j] + gained[j]) ** 2
        seen += source[j] * source[j]
        risk += weights[j] * gained[j] * gained[j]
        agreement += source[j] * (target[j] + gained[j])
    if line and agreement <= 0.0:
        risk = weights[0] * target[0] * target[0] + unseen.floor
        out[0], out[1], out[2], out[3], out[4] = risk, 0.0, 0.0, fitted, 0.0
        return
    c = coefficient(fitted, seen, unseen.square, depth)
    record(out, risk + outside(unseen, c), c, fitted, unseen.square)


@compiled
def tall_batch(
    rng: Generator,
    n: int,
    sigma: float,
    scale: Float[np.ndarray, " r"],
    weights: Float[np.ndarray, " r"],
    target: Float[np.ndarray, " r"],
    source: Float[np.ndarray, " r"],
    depth: float,
    line: bool,
    unseen: Unseen,
    out: Float[np.ndarray, "trials 5"],
    doubtful: Bool[np.ndarray, " trials"],
) -> None:
    """Trials with n >= r, whitened: X+ e = sigma diag(1/scale) (Z'Z)^-1 Z'e from the r x r matrix Z'Z."""
    r = scale.size
    columns, noise, w, gained = np.empty((r, n)), np.empty(n), np.empty((r, r)), np.empty(r)
    for trial in range(out.shape[0]):
        draw_tall(rng, columns, noise)
        gram(columns, w)
        doubtful[trial] = not factor(w) > PIVOT_RATIO
        if doubtful[trial]:
            continue
        apply(columns, noise, gained)
        solve(w, gained)
        for j in range(r):
            gained[j] *= sigma / scale[j]
        tall_trial(weights, target, source, gained, depth, line, unseen, out[trial])


@compiled
def frozen_batch(
    rng: Generator,
    n: int,
    sigma: float,
    scale: Float[np.ndarray, " r"],
    target: Float[np.ndarray, " r"],
    source: Float[np.ndarray, " r"],
    out: Float[np.ndarray, " trials"],
) -> None:
    """<Xu, y> / |Xu|^2 of each trial, all that trained layers behind a frozen one can learn; u not zero."""
    rows, noise, y, along = np.empty((n, scale.size)), np.empty(n), np.empty(n), np.empty(n)
    for trial in range(out.size):
        draw_wide(rng, scale, rows, noise)
        apply(rows, target, y)
        apply(rows, source, along)
        product, square = 0.0, 0.0
        for i in range(n):
            product += along[i] * (y[i] + sigma * noise[i])
            square += along[i] * along[i]
        out[trial] = product / square
