"""The fast simulator: designs drawn triangular by compiled kernels, and one small problem a trial.

The law of X is left as it is by the signs of its columns, and by all rotations of them where the covariance is
isotropic: so that the risk may be averaged over the signs of the coordinates of t - u, or over its direction.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from numerics.linear.literal import DESIGN, TOGETHER
from numerics.linear.problem import Problem, problem
from numerics.linear.samples import rotated
from numerics.spectral.columns import Batch, with_even_risk
from numerics.spectral.model import Spectral
from numerics.streams import lanes


def solved(
    instance: Spectral,
    given: Problem,
    x: Float[np.ndarray, "trials m d"],
    e: Float[np.ndarray, "trials m"],
) -> Float[np.ndarray, "5 trials"]:
    """Bias, mean noise, noise, risk and even risk, of the weights u + H'(y - X u)."""
    gap, moved = given.target - given.start, instance.moved(x, given.n)
    missed = gap - np.einsum("tm,tmj->tj", x @ gap, moved)
    fitted = np.einsum("tm,tmj->tj", e, moved)
    noise_mean = given.sigma**2 * np.sum(np.square(moved) @ given.weights, axis=1)
    bias, noise, risk = (np.square(error) @ given.weights for error in (missed, fitted, fitted - missed))
    return np.stack([bias, noise_mean, noise, risk, noise_mean + even_bias(given, gap, moved, x)])


def even_bias(
    given: Problem,
    gap: Float[np.ndarray, " d"],
    moved: Float[np.ndarray, "trials m d"],
    x: Float[np.ndarray, "trials m d"],
) -> Float[np.ndarray, " trials"]:
    """The mean over signs, or directions, of (t - u)'E'A E(t - u), with E = I - H'X."""
    if np.ptp(given.scale) == 0 and np.ptp(given.weights) == 0:
        seen = moved @ np.swapaxes(x, -1, -2)
        lost = given.d - 2 * np.einsum("tmm->t", seen) + np.einsum("tkm,tmk->t", seen, seen)
        return np.asarray(float(gap @ gap) * given.weights[0] / given.d * lost)
    seen = np.swapaxes(moved, -1, -2) @ x
    whole = given.weights @ np.square(seen) + given.weights * (1 - 2 * np.einsum("tjj->tj", seen))
    return np.asarray(whole @ gap**2)


def fast_batch(instance: Spectral, seed: int, number: int, size: int) -> Batch:
    """The first `size` trials of batch `number`: the samples rotated, the law that of the literal ones.

    A rotation of the samples changes neither X'X nor X'y, so that the samples may be drawn as a triangle of at most d
    rows: the compiled kernels do so for eight trials at once.
    """
    given = problem(instance.linear)
    state = lanes(seed, number, DESIGN)
    x, e = rotated(state, given.n, given.sigma, given.scale, np.ones(size, dtype=bool), given.together)
    step = max(1, TOGETHER // max(1, x[:1].size))
    found = [solved(instance, given, x[k : k + step], e[k : k + step]) for k in range(0, size, step)]
    return with_even_risk(np.concatenate(found, axis=1))
