"""The fast simulator: compiled trials on the reduced problem, the literal ones where rounding would show."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from numerics.kernels.linear import tall_batch, wide_batch
from numerics.linear import literal
from numerics.linear.columns import Batch, as_batch
from numerics.linear.model import Linear
from numerics.linear.problem import Problem, problem, reduced
from numerics.streams import stream


def fast_batch(instance: Linear, seed: int, number: int, size: int) -> Batch:
    """The first `size` trials of batch `number`, from the stream of `literal_batch`, equal to rounding.

    Trials whose Gram matrix has a Cholesky pivot ratio below 1e-6 (so a condition number about 1e6 or
    more, where forming X X' may cost more than six digits) are recomputed by singular values.
    """
    small = reduced(problem(instance))
    table, doubtful = compiled_rows(small, seed, number, size)
    if doubtful.any():
        table[doubtful] = literal.rows(small, seed, number, doubtful)
    bias, noise_mean, noise, risk = table.T.copy()
    return as_batch(bias + small.unseen, noise_mean, noise, risk + small.unseen)


def compiled_rows(
    small: Problem, seed: int, number: int, size: int
) -> tuple[Float[np.ndarray, "trials 4"], Bool[np.ndarray, " trials"]]:
    """Bias, mean noise, noise and risk of each trial, and which rows are not to be trusted."""
    design = stream(seed, number, literal.DESIGN)
    source = stream(seed, number, literal.SOURCE) if small.n_source else design  # which then is not drawn from
    table, doubtful = np.zeros((size, 4)), np.zeros(size, dtype=bool)
    if small.n >= small.d:
        tall_batch(design, small.n, small.sigma, small.weights, table, doubtful)
    else:
        wide_batch(
            design,
            source,
            small.n,
            small.sigma,
            small.scale,
            small.weights,
            small.target,
            small.start,
            small.n_source,
            small.sigma_source,
            table,
            doubtful,
        )
    return table, doubtful
