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
from numerics.kernels.elementary import is_negative
from numerics.kernels.factored import (
    Room,
    as_sums,
    factor,
    judge,
    matrix,
    solve,
    solve_backward,
    trials_of,
)
from numerics.kernels.memory import aligned, aligned_zeros
from numerics.kernels.normals import BLOCK, State
from numerics.kernels.rows import apply, clear, combine, filled
from numerics.kernels.samples import Rotation, draw_tall, draw_wide
from numerics.kernels.vectors import LANES, Vector, fma, load, spread, sqrt, store, total, where


class Unseen(NamedTuple):
    """What the coordinates outside the design add: |u|^2 there, and the risk floor + curvature (c - vertex)^2."""

    square: float
    floor: float
    curvature: float
    vertex: float


@strictly_compiled
def outside(unseen: Unseen, c: Vector) -> Vector:
    """The risk of the coordinates outside the design, where h = c u."""
    apart = c - unseen.vertex
    return fma(unseen.curvature * apart, apart, unseen.floor)


@strictly_compiled
def record(out: Float[np.ndarray, "5 all"], at: int, risk: Vector, c: Vector, fitted: Vector, kept: Vector) -> None:
    """Eight trials into their columns; P h and Q h are orthogonal, so |h|^2 = |X+ y|^2 + c^2 |Qu|^2."""
    store(out[0], at, risk)
    store(out[1], at, sqrt(fma(c * c, kept, fitted)))
    store(out[2], at, c)
    store(out[3], at, fitted)
    store(out[4], at, kept)


@strictly_compiled
def record_tall(
    out: Float[np.ndarray, "5 all"],
    at: int,
    risk: Vector,
    at_zero: float,
    fitted: Vector,
    seen: Vector,
    agreement: Vector,
    depth: float,
    line: bool,
    unseen: Unseen,
) -> None:
    """Eight trials with n >= r: X+ y has the squared size `fitted` and the `risk`.

    On a `line` h stops at zero, where the risk is `at_zero`, before it turns: where u'X+ y, `agreement`, is negative.
    """
    c = coefficient(fitted, seen, spread(unseen.square), depth)
    record(out, at, risk + outside(unseen, c), c, fitted, spread(unseen.square))
    if line:
        turned = is_negative(agreement)
        store(out[0], at, where(turned, at_zero + unseen.floor, load(out[0], at)))
        store(out[1], at, where(turned, 0.0, load(out[1], at)))
        store(out[2], at, where(turned, 0.0, load(out[2], at)))


@strictly_compiled
def whole(sum_over_row: Vector, trials: int) -> Vector:
    """A sum over a row, of each of eight trials in its lane, or of one in every lane."""
    return sum_over_row if trials == LANES else spread(total(sum_over_row))


@strictly_compiled
def lengths(
    fitted_part: Float[np.ndarray, " across"],
    seen_part: Float[np.ndarray, " across"],
    source: Float[np.ndarray, " across"],
    trials: int,
) -> tuple[Vector, Vector, Vector]:
    """|X+ y|^2, |Pu|^2 and |Qu|^2 of the trials done together."""
    fitted, seen, kept = spread(0.0), spread(0.0), spread(0.0)
    for at in range(0, source.size, LANES):
        f, p = load(fitted_part, at), load(seen_part, at)
        q = load(source, at) - p
        fitted, seen, kept = fma(f, f, fitted), fma(p, p, seen), fma(q, q, kept)
    return whole(fitted, trials), whole(seen, trials), whole(kept, trials)


@strictly_compiled
def error(
    weights: Float[np.ndarray, " across"],
    target: Float[np.ndarray, " across"],
    source: Float[np.ndarray, " across"],
    fitted_part: Float[np.ndarray, " across"],
    seen_part: Float[np.ndarray, " across"],
    c: Vector,
    trials: int,
) -> Vector:
    """(h - t)' A (h - t) of the trials done together, h = X+ y + c Q u."""
    risk = spread(0.0)
    for at in range(0, source.size, LANES):
        h = fma(c, load(source, at) - load(seen_part, at), load(fitted_part, at))
        apart = h - load(target, at)
        risk = fma(load(weights, at) * apart, apart, risk)
    return whole(risk, trials)


@strictly_compiled
def keep(
    found: Float[np.ndarray, "5 8"],
    trusted: Bool[np.ndarray, " trials"],
    out: Float[np.ndarray, "5 all"],
    doubtful: Bool[np.ndarray, " all"],
    begin: int,
) -> None:
    """The columns of the trials done together into their places."""
    for trial in range(trusted.size):
        doubtful[begin + trial] = not trusted[trial]
        for row in range(5):
            out[row, begin + trial] = found[row, trial]


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
    drawn, noise = aligned_zeros(m * across + BLOCK), aligned(filled(n * trials))
    x = drawn[: m * across]
    root, reciprocals, trusted = matrix(m, trials), aligned(m * trials), np.ones(trials, np.bool_)
    y, along = aligned(m * LANES), aligned(m * LANES)
    fitted_part, seen_part = aligned(across), aligned(across)
    found = np.empty((5, LANES))
    for begin in range(0, doubtful.size, trials):
        draw_wide(state, n, scale, rotation, target, drawn, y, noise, w)
        factor(x, n, m, rotation.degrees.size > 0, w, root, reciprocals, trusted)
        as_sums(noise, n, trials, sigma, y)
        apply(x, source, along)
        solve(root, reciprocals, w, y, along)
        combine(x, y, along, fitted_part, seen_part)
        fitted, seen, kept = lengths(fitted_part, seen_part, source, trials)
        kept = kept + unseen.square
        c = coefficient(fitted, seen, kept, depth)
        risk = error(weights, target, source, fitted_part, seen_part, c, trials)
        record(found, 0, risk + outside(unseen, c), c, fitted, kept)
        keep(found, trusted, out, doubtful, begin)


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
    noise, root, reciprocals = aligned(filled(r * trials)), matrix(m, trials), aligned(m * trials)
    sums, pivots, trusted = aligned(m * LANES), aligned(m * trials), np.ones(trials, np.bool_)
    found, at_zero, seen = np.empty((5, LANES)), 0.0, 0.0
    for j in range(r):
        at_zero += weights[j] * target[j] * target[j]
        seen += source[j] * source[j]
    for begin in range(0, doubtful.size, trials):
        draw_tall(state, r, rotation, root, reciprocals, pivots, noise)
        judge(pivots, r, trusted)
        clear(sums, 0)
        as_sums(noise, r, trials, 1.0, sums)
        solve_backward(root, reciprocals, w, sums)
        fitted, risk, agreement = spread(0.0), spread(0.0), spread(0.0)
        for j in range(r):
            gained = sigma / scale[j] * load(sums, LANES * j)
            learned = gained + target[j]
            fitted, agreement = fma(learned, learned, fitted), fma(source[j], learned, agreement)
            risk = fma(weights[j] * gained, gained, risk)
        record_tall(found, 0, risk, at_zero, fitted, spread(seen), agreement, depth, line, unseen)
        keep(found, trusted, out, doubtful, begin)
