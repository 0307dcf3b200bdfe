"""The reference simulator: every trial exactly as the definition says, in NumPy."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from numerics.instance import InstanceError
from numerics.linear.columns import Batch, as_batch
from numerics.linear.model import Linear
from numerics.linear.problem import Problem, problem
from numerics.linear.samples import Samples, independent, rotated
from numerics.streams import lanes

DESIGN, SOURCE = 0, 1
"""Parts of a batch's stream: the target's design and noise, and those of a learned source."""

TOGETHER = 2**18
"""Entries of the designs that are decomposed at once: enough to hide Python, too few to fill the memory."""

# Below this ratio of singular values float64 leaves no correct digit in X+ worth averaging.
SMALLEST_SINGULAR_VALUE = 1e-11


def pseudo_inverse(x: Float[np.ndarray, "*trials n d"], rank: int) -> Float[np.ndarray, "*trials d n"]:
    """X+ by singular values, of which `rank` must be clearly positive in every trial, else `InstanceError`.

    The rank of a Gaussian design is known, so the usual guess by a cut-off is turned into a check.
    """
    left, values, right = np.linalg.svd(x, full_matrices=False)
    if np.any(values[..., rank - 1] <= SMALLEST_SINGULAR_VALUE * values[..., 0]):
        raise InstanceError(
            f"a design of rank {rank} has condition number above {1 / SMALLEST_SINGULAR_VALUE:.0e}: "
            "float64 cannot resolve X+; set the smallest eigenvalues of the spectrum to zero."
        )
    kept = np.swapaxes(right[..., :rank, :], -1, -2) / values[..., None, :rank]
    return np.asarray(kept @ np.swapaxes(left[..., :rank], -1, -2))


def times(
    matrix: Float[np.ndarray, "trials k m"], vector: Float[np.ndarray, "#trials m"]
) -> Float[np.ndarray, "trials k"]:
    """The product of matrix and vector in every trial."""
    return np.asarray((matrix @ vector[..., None])[..., 0])


def source_of(given: Problem, sample: Samples | None) -> Float[np.ndarray, "#trials d"]:
    """The source u: the fixed one, or X~+ (X~ w + e~) from the source sample X~, e~ of each trial."""
    if sample is None:
        return given.start[None]
    x, e = sample
    inverse = pseudo_inverse(x, min(given.n_source, given.support.size))
    return np.asarray(times(inverse, x @ given.start + e))


def trials(
    given: Problem,
    source: Float[np.ndarray, "#trials d"],
    x: Float[np.ndarray, "trials n d"],
    e: Float[np.ndarray, "trials n"],
) -> Float[np.ndarray, "trials 4"]:
    """Bias, mean noise, noise and risk of fine-tuning from `source` on X and y = X t + e, trial by trial."""
    inverse = pseudo_inverse(x, min(given.n, given.support.size))
    target, weights = given.target, given.weights

    def risk(start: Float[np.ndarray, "#trials d"], y: Float[np.ndarray, "trials n"]) -> Float[np.ndarray, " trials"]:
        error = start + times(inverse, y - times(x, start)) - target
        return np.asarray(error**2 @ weights)

    bias = risk(source, x @ target)
    noise_mean = given.sigma**2 * np.einsum("tjn,j,tjn->t", inverse, weights, inverse)
    noise = risk(target[None], x @ target + e)
    return np.stack([bias, noise_mean, noise, risk(source, x @ target + e)], axis=1)


def in_parts(given: Problem, targets: Samples, sources: Samples | None) -> Float[np.ndarray, "trials 4"]:
    """Bias, mean noise, noise and risk of every trial, not too many at once."""
    x, e = targets
    step = max(1, TOGETHER // x[:1].size) if len(x) else 1
    parts = [slice(k, k + step) for k in range(0, len(x), step)]
    found = [
        trials(given, source_of(given, None if sources is None else (sources[0][p], sources[1][p])), x[p], e[p])
        for p in parts
    ]
    return np.concatenate(found) if found else np.empty((0, 4))


def literal_rows(given: Problem, seed: int, number: int, size: int) -> Float[np.ndarray, "trials 4"]:
    """Bias, mean noise, noise and risk of the first `size` trials of batch `number`, all samples drawn in full."""
    targets = independent(lanes(seed, number, DESIGN), given.n, given.sigma, given.scale, size)
    sources = None
    if given.n_source:
        sources = independent(lanes(seed, number, SOURCE), given.n_source, given.sigma_source, given.scale, size)
    return in_parts(given, targets, sources)


def rotated_rows(
    given: Problem, seed: int, number: int, wanted: Bool[np.ndarray, " trials"]
) -> Float[np.ndarray, "wanted 4"]:
    """The same on the samples that the compiled kernels draw, for the trials that are `wanted`."""
    at_once = given.together
    targets = rotated(lanes(seed, number, DESIGN), given.n, given.sigma, given.scale, wanted, at_once)
    sources = None
    if given.n_source:
        sources = rotated(lanes(seed, number, SOURCE), given.n_source, given.sigma_source, given.scale, wanted, at_once)
    return in_parts(given, targets, sources)


def literal_batch(instance: Linear, seed: int, number: int, size: int) -> Batch:
    """The first `size` trials of batch `number`, as the definition says, in all d coordinates.

    Raises `InstanceError` where a design is too ill-conditioned for float64.
    """
    return as_batch(*literal_rows(problem(instance), seed, number, size).T)


def target_sample(instance: Linear, seed: int, number: int) -> tuple[Float[np.ndarray, "n d"], Float[np.ndarray, " n"]]:
    """X (n x d) and e ~ N(0, sigma^2 I_n) of the first trial of batch `number`; the labels are X t + e.

    >>> target_sample(Linear(n=3, d=2, sigma=1, source=[0, 0], target=[3, 4]), seed=1, number=0)[0].shape
    (3, 2)
    """
    given = problem(instance)
    x, e = independent(lanes(seed, number, DESIGN), given.n, given.sigma, given.scale, 1)
    return x[0], e[0]


def excess_risk_given_design(
    x: Float[np.ndarray, "n d"], noise: Float[np.ndarray, "trials n"], instance: Linear
) -> Float[np.ndarray, " trials"]:
    """Excess risk of h = u + X+ (X t + e - X u) for the fixed design `x` and every row e of `noise`.

    `noise` is the label noise itself, standard deviation included.  `x` must have full rank on the
    support of the spectrum.  Raises `InstanceError` for a learned source and for arrays of another shape.

    >>> given = Linear(n=1, d=2, sigma=1, source=[0, 0], target=[3, 4])
    >>> excess_risk_given_design(np.array([[1.0, 0.0]]), np.array([[0.0], [2.0]]), given).round(9).tolist()
    [16.0, 20.0]
    """
    if instance.source is None:
        raise InstanceError("the source is learned: the design alone does not fix it; give source instead.")
    if x.shape != (instance.n, instance.d) or noise.ndim != 2 or noise.shape[1] != instance.n:
        raise InstanceError(
            f"x {x.shape}, noise {noise.shape}: needs {(instance.n, instance.d)} and (trials, {instance.n})."
        )
    given = problem(instance)
    inverse = pseudo_inverse(x, min(given.n, given.support.size))
    residuals = x @ (given.target - given.start) + noise
    errors = given.start + residuals @ inverse.T - given.target
    return np.asarray((errors**2) @ given.weights)
