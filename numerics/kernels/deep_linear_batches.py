"""One batch of deep linear fine-tuning: designs drawn, their Gram matrices factored, eight trials together or one.

Rows of `out`: risk, |h|, c, |X+ y|^2, |Qu|^2.  `doubtful` marks the trials whose Gram matrix was too
ill-conditioned to be trusted.  Both are filled up to a multiple of the trials done together: 8 where the room `w` for
a Gram matrix is None, else 1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from numerics.kernels.compiled import strictly_compiled
from numerics.kernels.deep_linear import coefficient
from numerics.kernels.factored import (
    Room,
    as_sums,
    factor,
    finish,
    judge,
    matrix,
    solve,
    solve_backward,
    trials_of,
)
from numerics.kernels.normals import BLOCK, State
from numerics.kernels.rows import apply, clear, combine, filled
from numerics.kernels.samples import Rotation, draw_tall, draw_wide
from numerics.kernels.vectors import LANES, fma, load, spread, store


class Unseen(NamedTuple):
    """What the coordinates outside the design add: |u|^2 there, and the risk floor + curvature (c - vertex)^2."""

    square: float
    floor: float
    curvature: float
    vertex: float


@strictly_compiled
def outside(unseen: Unseen, c: float) -> float:
    """The risk of the coordinates outside the design, where h = c u."""
    return unseen.floor + unseen.curvature * (c - unseen.vertex) ** 2


@strictly_compiled
def record(out: Float[np.ndarray, "5 all"], at: int, risk: float, c: float, fitted: float, kept: float) -> None:
    """One trial into its column; P h and Q h are orthogonal, so |h|^2 = |X+ y|^2 + c^2 |Qu|^2."""
    part = c * np.sqrt(kept)
    out[0, at], out[1, at], out[2, at] = risk, np.sqrt(fitted + part * part), c
    out[3, at], out[4, at] = fitted, kept


@strictly_compiled
def lengths(
    fitted_part: Float[np.ndarray, " across"],
    seen_part: Float[np.ndarray, " across"],
    source: Float[np.ndarray, " across"],
    trials: int,
    found: Float[np.ndarray, "3 8"],
) -> None:
    """|X+ y|^2, |Pu|^2 and |Qu|^2 of the trials done together."""
    fitted, seen, kept = spread(0.0), spread(0.0), spread(0.0)
    for at in range(0, source.size, LANES):
        f, p = load(fitted_part, at), load(seen_part, at)
        q = load(source, at) - p
        fitted, seen, kept = fma(f, f, fitted), fma(p, p, seen), fma(q, q, kept)
    value = np.empty(LANES)
    store(value, 0, fitted)
    finish(value, trials, found[0], 0)
    store(value, 0, seen)
    finish(value, trials, found[1], 0)
    store(value, 0, kept)
    finish(value, trials, found[2], 0)


@strictly_compiled
def error(
    weights: Float[np.ndarray, " across"],
    target: Float[np.ndarray, " across"],
    source: Float[np.ndarray, " across"],
    fitted_part: Float[np.ndarray, " across"],
    seen_part: Float[np.ndarray, " across"],
    c: Float[np.ndarray, " 8"],
    trials: int,
    found: Float[np.ndarray, " 8"],
) -> None:
    """(h - t)' A (h - t) of the trials done together, h = X+ y + c Q u, `c` in every lane."""
    risk, scaled = spread(0.0), load(c, 0)
    for at in range(0, source.size, LANES):
        h = fma(scaled, load(source, at) - load(seen_part, at), load(fitted_part, at))
        apart = h - load(target, at)
        risk = fma(load(weights, at) * apart, apart, risk)
    value = np.empty(LANES)
    store(value, 0, risk)
    finish(value, trials, found, 0)


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
    source: Float[np.ndarray, " across"],
    depth: float,
    unseen: Unseen,
    out: Float[np.ndarray, "5 all"],
    doubtful: Bool[np.ndarray, " all"],
) -> None:
    """Trials with n < r: everything from the n x n matrix W = X X'."""
    trials, across, m = trials_of(w), scale.size, -(-n // 4) * 4
    drawn, noise = np.zeros(m * across + BLOCK), np.empty(filled(n * trials))
    x = drawn[: m * across]
    root, reciprocals, trusted = matrix(m, trials), np.empty(m * trials), np.ones(trials, np.bool_)
    y, along = np.empty(m * LANES), np.empty(m * LANES)
    fitted_part, seen_part = np.empty(across), np.empty(across)
    found, c, risk = np.empty((3, LANES)), np.empty(LANES), np.empty(LANES)
    for begin in range(0, doubtful.size, trials):
        draw_wide(state, n, scale, rotation, target, drawn, y, noise, w)
        factor(x, n, m, rotation.degrees.size > 0, w, root, reciprocals, trusted)
        as_sums(noise, n, trials, sigma, y)
        apply(x, source, along)
        solve(root, reciprocals, w, y, along)
        combine(x, y, along, fitted_part, seen_part)
        lengths(fitted_part, seen_part, source, trials, found)
        for trial in range(trials):
            doubtful[begin + trial] = not trusted[trial]
            found[2, trial] += unseen.square
            c[trial] = coefficient(found[0, trial], found[1, trial], found[2, trial], depth) if trusted[trial] else 0.0
        for lane in range(trials, LANES):
            c[lane] = c[0]
        error(weights, target, source, fitted_part, seen_part, c, trials, risk)
        for trial in range(trials):
            whole = risk[trial] + outside(unseen, c[trial])
            record(out, begin + trial, whole, c[trial], found[0, trial], found[2, trial])


@strictly_compiled
def tall_trial(
    weights: Float[np.ndarray, " r"],
    target: Float[np.ndarray, " r"],
    source: Float[np.ndarray, " r"],
    gained: Float[np.ndarray, " r"],
    depth: float,
    line: bool,
    unseen: Unseen,
    out: Float[np.ndarray, "5 all"],
    at: int,
) -> None:
    """Column `at` of a trial with n >= r, from the vector X+ e; on a `line` h stops at zero before it turns."""
    fitted, seen, risk, agreement = 0.0, 0.0, 0.0, 0.0
    for j in range(source.size):
        fitted += (target[j] + gained[j]) ** 2
        seen += source[j] * source[j]
        risk += weights[j] * gained[j] * gained[j]
        agreement += source[j] * (target[j] + gained[j])
    if line and agreement <= 0.0:
        record(out, at, weights[0] * target[0] * target[0] + unseen.floor, 0.0, fitted, 0.0)
        out[1, at] = 0.0
        return
    c = coefficient(fitted, seen, unseen.square, depth)
    record(out, at, risk + outside(unseen, c), c, fitted, unseen.square)


@strictly_compiled
def tall_batch(
    state: State,
    w: Room,
    rotation: Rotation,
    sigma: float,
    scale: Float[np.ndarray, " r"],
    weights: Float[np.ndarray, " r"],
    target: Float[np.ndarray, " r"],
    source: Float[np.ndarray, " r"],
    depth: float,
    line: bool,
    unseen: Unseen,
    out: Float[np.ndarray, "5 all"],
    doubtful: Bool[np.ndarray, " all"],
) -> None:
    """Trials with n >= r, whitened: X+ e = sigma diag(1/scale) L'^-1 e, L the factor of the r x r matrix Z'Z."""
    trials, r = trials_of(w), scale.size
    m = -(-r // 4) * 4
    noise, root, reciprocals = np.empty(filled(r * trials)), matrix(m, trials), np.empty(m * trials)
    sums, gained, pivots, trusted = np.empty(m * LANES), np.empty(r), np.empty(m * trials), np.ones(trials, np.bool_)
    for begin in range(0, doubtful.size, trials):
        draw_tall(state, r, rotation, root, reciprocals, pivots, noise)
        judge(pivots, r, trusted)
        clear(sums, 0)
        as_sums(noise, r, trials, 1.0, sums)
        solve_backward(root, reciprocals, w, sums)
        for trial in range(trials):
            doubtful[begin + trial] = not trusted[trial]
            if trusted[trial]:
                for j in range(r):
                    gained[j] = sigma * sums[LANES * j + trial] / scale[j]
                tall_trial(weights, target, source, gained, depth, line, unseen, out, begin + trial)
