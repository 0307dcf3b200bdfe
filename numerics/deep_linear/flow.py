"""Gradient flow of a balanced deep linear network, integrated on its end-to-end map."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from numerics.instance import InstanceError
from numerics.kernels.rosenbrock import follow_all

MOST_STEPS = 100_000
TOLERANCE = 1e-10
ROUNDING = 1e-14
"""A part of u outside the row space that is no larger than this, relative to u, is none."""


def singular_coordinates(
    x: Float[np.ndarray, "trials n d"], y: Float[np.ndarray, "trials n"], u: Float[np.ndarray, "trials d"]
) -> tuple[
    Float[np.ndarray, "trials m"],
    Float[np.ndarray, "trials m"],
    Float[np.ndarray, "trials m"],
    Float[np.ndarray, "trials m d"],
]:
    """Squared singular values, X'y and u in an orthonormal basis of the row space and of Qu, and that basis.

    Exact: the gradient lies in the row space, and the flow multiplies Qb by a number, so b stays in their span.
    """
    left, values, basis = np.linalg.svd(x, full_matrices=False)
    values = np.where(values > max(x.shape[1:]) * np.finfo(float).eps * values[:, :1], values, 0.0)
    along = np.einsum("trd,td->tr", basis, u)
    off = u - np.einsum("trd,tr->td", basis, along)
    off -= np.einsum("trd,tr->td", basis, np.einsum("trd,td->tr", basis, off))
    length = np.linalg.norm(off, axis=1, keepdims=True)
    length[length <= ROUNDING * np.linalg.norm(u, axis=1, keepdims=True)] = 0.0
    unit = np.divide(off, length, out=np.zeros_like(off), where=length > 0)
    none = np.zeros_like(length)
    return (
        np.concatenate([values**2, none], axis=1),
        np.concatenate([values * np.einsum("tnr,tn->tr", left, y), none], axis=1),
        np.concatenate([along, length], axis=1),
        np.concatenate([basis, unit[:, None]], axis=1),
    )


def frozen_coordinates(
    x: Float[np.ndarray, "trials n d"],
    y: Float[np.ndarray, "trials n"],
    u: Float[np.ndarray, "trials d"],
    share: float,
) -> tuple[
    Float[np.ndarray, "trials 1"],
    Float[np.ndarray, "trials 1"],
    Float[np.ndarray, "trials 1"],
    Float[np.ndarray, "trials 1 d"],
]:
    """The same for the trained layers alone, behind frozen ones of product |u|^share v: one direction is left."""
    length = np.linalg.norm(u, axis=1, keepdims=True)
    features = np.einsum("tnd,td->tn", x, u) * length ** (share - 1)
    squares = np.sum(features**2, axis=1, keepdims=True)
    gains = np.sum(features * y, axis=1, keepdims=True)
    return squares, gains, length ** (1 - share), (u * length ** (share - 1))[:, None]


def end_to_end_flow(
    x: Float[np.ndarray, "trials n d"],
    y: Float[np.ndarray, "trials n"],
    u: Float[np.ndarray, "trials d"],
    depth: int,
    *,
    frozen: int = 0,
    tolerance: float = TOLERANCE,
) -> Float[np.ndarray, "trials d"]:
    """The limit h of gradient flow on |y - X W_1...W_L|^2 / 2 from a balanced start with product u, trial by trial.

    The product b = W_1...W_L obeys
        db/dt = -|b|^(2-2/L) (I + (L-1) bb'/|b|^2) X'(Xb - y),   L = depth,
    for every width.  It is integrated after one singular value decomposition, in at most n + 1 numbers and
    in the clock dtau = |b|^(2-2/L) dt, which changes no limit; `tolerance` is relative to |b|, for the error of
    each step and for the distance to the limit.  With the first `frozen` layers at their start the trained ones
    see the data through |u|^(k/L) u/|u|.  Where the flow shrinks to the saddle 0, h = 0: behind frozen layers, or
    with u in a row space of one dimension, two trained layers or more never change the sign of b.
    Valid for any n, d.  Source: Arora, Cohen & Hazan 2018, Theorem 1 and Claim 2.

    Raises `InstanceError` for shapes that do not fit, u = 0, frozen outside 0..depth, tolerance outside
    (0, 1e-3], where 100,000 steps do not suffice, and where rounding holds the flow at the saddle 0 that it passes.

    >>> x, y, u = np.array([[[1.0, 0.0]]]), np.array([[2.0]]), np.array([[1.0, 0.0]])
    >>> end_to_end_flow(x, y, u, 3).round(9).tolist()
    [[2.0, 0.0]]
    """
    if x.ndim != 3 or y.shape != x.shape[:2] or u.shape != x.shape[::2] or 0 in x.shape:
        raise InstanceError(
            f"X {x.shape}, y {y.shape}, u {u.shape}: needs (trials, n, d), (trials, n) and (trials, d), none 0."
        )
    if depth < 1 or not 0 <= frozen <= depth:
        raise InstanceError(f"depth={depth}, frozen={frozen}: needs depth >= 1 and 0 <= frozen <= depth.")
    if not 0 < tolerance <= 1e-3:
        raise InstanceError(f"tolerance={tolerance}: needs a number in (0, 1e-3]; write tolerance=1e-10, say.")
    if not np.all(np.any(u != 0, axis=1)):
        raise InstanceError("u = 0 in some trial: a balanced network of product 0 never moves; give a non-zero u.")
    if frozen == depth:
        return u.copy()
    squares, gains, states, basis = (
        frozen_coordinates(x, y, u, frozen / depth) if frozen else singular_coordinates(x, y, u)
    )
    passes = (states[:, -1] > 0) & np.any(gains != 0, axis=1) & (frozen == 0)  # |h| >= |X+ y| > 0
    steps = np.zeros(len(u), dtype=np.int64)
    follow_all(squares, gains, states, float(depth - frozen), tolerance, MOST_STEPS, steps)
    if np.any(steps == MOST_STEPS):
        raise InstanceError(
            f"the flow of {np.sum(steps == MOST_STEPS)} trials has no limit after {MOST_STEPS} steps at tolerance "
            f"{tolerance:.0e}: rounding hides it; raise tolerance."
        )
    if held := np.sum(passes & ~np.any(states, axis=1)):
        raise InstanceError(
            f"the flow of {held} trials passes so near the saddle 0 that rounding holds it there: depth={depth} is too "
            "deep to integrate from this start; simulate with law='closed'."
        )
    return np.asarray(np.einsum("tm,tmd->td", states, basis))
