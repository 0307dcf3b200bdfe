"""The fast simulator: compiled trials on the reduced problem, the literal ones where rounding would show."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from numerics.kernels.linear import Learned, tall_batch, wide_batch
from numerics.kernels.rows import laid_out, room
from numerics.kernels.samples import rotation
from numerics.linear import literal
from numerics.linear.columns import Batch, as_batch
from numerics.linear.model import Linear
from numerics.linear.problem import Problem, problem, reduced
from numerics.streams import lanes


def fast_batch(instance: Linear, seed: int, number: int, size: int, averaged: bool = True) -> Batch:
    """The first `size` trials of batch `number`: the samples rotated, the law that of `literal_batch`.

    Without `averaged` the columns noise_mean and conditional_risk are left out, and the work for them.
    Trials whose Gram matrix has a Cholesky pivot ratio below 1e-5 (so a condition number about 1e5 or
    more, where forming X X' may cost seven digits) are recomputed by singular values.
    """
    small = reduced(problem(instance))
    columns, doubtful = compiled_columns(small, seed, number, size, averaged)
    bias, noise_mean, noise, risk = columns
    if doubtful.any():
        for column, known in zip(columns, literal.rotated_rows(small, seed, number, doubtful).T, strict=True):
            column[doubtful] = known
    if small.unseen:
        bias += small.unseen
        risk += small.unseen
    return as_batch(bias, noise_mean if averaged else None, noise, risk)


def fast_batch_as_drawn(instance: Linear, seed: int, number: int, size: int) -> Batch:
    """The same trials without noise_mean and conditional_risk."""
    return fast_batch(instance, seed, number, size, averaged=False)


def compiled_columns(
    small: Problem, seed: int, number: int, size: int, averaged: bool = True
) -> tuple[tuple[Float[np.ndarray, " trials"], ...], Bool[np.ndarray, " trials"]]:
    """Bias, mean noise, noise and risk of each trial, and which trials are not to be trusted."""
    at_once = small.together
    table = np.zeros((4, -(-size // at_once) * at_once))
    doubtful = np.zeros(table.shape[1], dtype=bool)
    mean, drawn = table[0] if averaged and small.sigma > 0 else None, table[1:]
    state = lanes(seed, number, literal.DESIGN)
    w, turn = room(min(small.n, small.d), at_once), rotation(small.n, small.d, at_once)
    if small.n >= small.d:
        tall_batch(state, w, turn, small.sigma, small.weights, mean, drawn, doubtful)
    else:
        scale, weights = laid_out(small.scale, at_once), laid_out(small.weights, at_once)
        target, start = laid_out(small.target, at_once), laid_out(small.start, at_once)
        vectors = scale, weights, target, start
        flat = bool(np.all(small.weights == small.weights[0]))
        source = learned_source(small, seed, number)
        wide_batch(state, w, turn, small.n, small.sigma, *vectors, source, flat, mean, drawn, doubtful)
    noise_mean, bias, noise, risk = table[:, :size]
    return (bias, noise_mean, noise, risk), doubtful[:size]


def learned_source(small: Problem, seed: int, number: int) -> Learned | None:
    """How the kernel draws a learned source; None for a fixed one."""
    n, d, at_once = small.n_source, small.d, small.together
    if not n:
        return None
    rows, state = min(n, d), lanes(seed, number, literal.SOURCE)
    return Learned(state, room(rows, at_once), small.sigma_source, rows, n < d, rotation(n, d, at_once))
