"""The closed simulator: designs drawn, the limit of the flow from one scalar equation, in compiled code."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from numerics.deep_linear import reference
from numerics.deep_linear.columns import Batch, as_batch
from numerics.deep_linear.frozen import drawn_slopes, scaled
from numerics.deep_linear.model import DeepLinear
from numerics.deep_linear.problem import problem, stays_on_a_line
from numerics.kernels.deep_linear_batches import tall_batch, wide_batch
from numerics.kernels.rows import laid_out, room
from numerics.kernels.samples import rotation
from numerics.linear.literal import DESIGN
from numerics.streams import lanes


def closed_batch(instance: DeepLinear, seed: int, number: int, size: int) -> Batch:
    """The first `size` trials of batch `number`: the samples rotated, the law that of `reference_batch`.

    Trials whose Gram matrix has a Cholesky pivot ratio below 1e-5 are recomputed by singular values.
    """
    if instance.frozen_layers:
        return as_batch(scaled(instance, drawn_slopes(instance, seed, number, size)))
    table, doubtful = compiled_rows(instance, seed, number, size)
    if doubtful.any():
        table[doubtful] = reference.rotated_rows(instance, seed, number, doubtful)
    return as_batch(table)


def compiled_rows(
    instance: DeepLinear, seed: int, number: int, size: int
) -> tuple[Float[np.ndarray, "trials 5"], Bool[np.ndarray, " trials"]]:
    """The columns of each trial, and which rows are not to be trusted."""
    given, state = problem(instance), lanes(seed, number, DESIGN)
    filled = -(-size // given.together) * given.together
    table, doubtful = np.zeros((5, filled)), np.zeros(filled, dtype=bool)
    w, turn = room(min(given.n, given.rank), given.together), rotation(given.n, given.rank, given.together)
    vectors = given.scale, given.weights, given.target, given.source
    if given.n < given.rank:
        scale, weights, target, source = (laid_out(vector, given.together) for vector in vectors)
        rows = scale, weights, target, source
        wide_batch(state, w, turn, given.n, given.sigma, *rows, given.depth, given.unseen, table, doubtful)
    else:
        line = stays_on_a_line(given)
        tall_batch(state, w, turn, given.sigma, *vectors, given.depth, line, given.unseen, table, doubtful)
    return table[:, :size].T, doubtful[:size]
