"""The reference simulator: every trial exactly as the definition says, in NumPy."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from numerics.instance import InstanceError
from numerics.kernels.normals import State
from numerics.kernels.rows import standard_sample
from numerics.linear.columns import Batch, as_batch
from numerics.linear.model import Linear
from numerics.linear.problem import Problem, problem
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


def source_of(
    given: Problem, x: Float[np.ndarray, "trials m d"], e: Float[np.ndarray, "trials m"]
) -> Float[np.ndarray, "#trials d"]:
    """The source u: the fixed one, or X~+ (X~ w + e~) from the source sample X~ = `x`, e~ = `e` of each trial."""
    if not given.n_source:
        return given.start[None]
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


def samples(
    state: State,
    n: int,
    sigma: float,
    scale: Float[np.ndarray, " d"],
    wanted: Bool[np.ndarray, " trials"],
    at_once: int,
) -> tuple[Float[np.ndarray, "wanted n d"], Float[np.ndarray, "wanted n"]]:
    """X (rows N(0, diag(scale^2))) and e ~ N(0, sigma^2 I_n) of the trials of a batch that are `wanted`.

    The normals are those that the compiled kernels draw for `at_once` trials together: Z, or its transpose where
    n >= rank, then e.  Coordinates of scale zero take nothing from the stream.
    """
    support = np.flatnonzero(scale > 0)
    turned = n >= support.size
    designs, noises = [np.empty((0, n, support.size))], [np.empty((0, n))]
    for begin in range(0, wanted.size, at_once):
        kept = wanted[begin : begin + at_once]
        z, e = standard_sample(state, min(n, support.size), max(n, support.size), n, at_once)
        z, e = z[: kept.size][kept], e[: kept.size][kept]
        designs.append(z.transpose(0, 2, 1) if turned else z)
        noises.append(e)
    z, e = np.concatenate(designs), np.concatenate(noises)
    x = np.zeros((*z.shape[:2], scale.size))
    x[:, :, support] = z * scale[support]
    return x, sigma * e


def rows(given: Problem, seed: int, number: int, wanted: Bool[np.ndarray, " trials"]) -> Float[np.ndarray, "wanted 4"]:
    """Bias, mean noise, noise and risk of the trials of batch `number` that are `wanted`."""
    at_once = given.together
    targets = samples(lanes(seed, number, DESIGN), given.n, given.sigma, given.scale, wanted, at_once)
    sources = targets[0][:, :0], targets[1][:, :0]
    if given.n_source:
        sources = samples(lanes(seed, number, SOURCE), given.n_source, given.sigma_source, given.scale, wanted, at_once)
    step = max(1, TOGETHER // targets[0][:1].size) if len(targets[0]) else 1
    parts = [slice(k, k + step) for k in range(0, len(targets[0]), step)]
    found = [trials(given, source_of(given, *(s[p] for s in sources)), *(t[p] for t in targets)) for p in parts]
    return np.concatenate(found) if found else np.empty((0, 4))


def literal_batch(instance: Linear, seed: int, number: int, size: int) -> Batch:
    """The first `size` trials of batch `number`, as the definition says, in all d coordinates.

    Raises `InstanceError` where a design is too ill-conditioned for float64.
    """
    given = problem(instance)
    return as_batch(*rows(given, seed, number, np.ones(size, dtype=bool)).T)


def target_sample(instance: Linear, seed: int, number: int) -> tuple[Float[np.ndarray, "n d"], Float[np.ndarray, " n"]]:
    """X (n x d) and e ~ N(0, sigma^2 I_n) of the first trial of batch `number`; the labels are X t + e.

    >>> target_sample(Linear(n=3, d=2, sigma=1, source=[0, 0], target=[3, 4]), seed=1, number=0)[0].shape
    (3, 2)
    """
    given = problem(instance)
    first = np.ones(1, dtype=bool)
    x, e = samples(lanes(seed, number, DESIGN), given.n, given.sigma, given.scale, first, given.together)
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
