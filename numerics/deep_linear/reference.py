"""The reference simulator: the limit of the flow by singular values and bisection, in NumPy."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Bool, Float

from numerics.deep_linear.columns import Batch, as_batch
from numerics.deep_linear.model import DeepLinear
from numerics.deep_linear.problem import problem, stays_on_a_line
from numerics.linear.literal import DESIGN, TOGETHER, pseudo_inverse, times
from numerics.linear.samples import Samples, independent, rotated
from numerics.streams import lanes

HALVINGS = 120


def root_size(
    fitted: Float[np.ndarray, " trials"], kept: Float[np.ndarray, " trials"], depth: float
) -> Float[np.ndarray, " trials"]:
    """log(r/|u|): the root of (r/|u|)^2 = fitted + (r/|u|)^(2 - 2/L) kept, both over |u|^2, by bisection.

    z = (r/|u|)^(2/L) is kept + fitted z^(1-L), so at least one of the terms is z/2: the bracket.  -inf for
    the root 0, where both terms are zero.
    """
    with np.errstate(divide="ignore"):
        log_fitted, log_kept = np.log(fitted), np.log(kept)
    low = np.maximum(log_kept, log_fitted / depth)
    high = np.maximum(log_kept + math.log(2), (log_fitted + math.log(2)) / depth)
    nothing = np.isneginf(low)
    low, high = (np.where(nothing, 0.0, depth / 2 * end) for end in (low, high))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        below = 2 * middle < np.logaddexp(log_fitted, (2 - 2 / depth) * middle + log_kept)
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.where(nothing, -np.inf, low)


def factors(
    fitted: Float[np.ndarray, " trials"],
    seen: Float[np.ndarray, " trials"],
    kept: Float[np.ndarray, " trials"],
    depth: float,
) -> Float[np.ndarray, " trials"]:
    """c = (r/|u|)^(1 - 1/L) from |X+ y|^2, |Pu|^2 and |Qu|^2."""
    if depth == 1:
        return np.ones_like(fitted)
    if depth == math.inf:
        return np.asarray(np.sqrt(fitted / seen))
    size = seen + kept
    return np.asarray(np.exp((1 - 1 / depth) * root_size(fitted / size, kept / size, depth)))


def dot(a: Float[np.ndarray, "trials k"], b: Float[np.ndarray, "#trials k"]) -> Float[np.ndarray, " trials"]:
    """a'b in every trial."""
    return np.asarray(np.sum(a * b, axis=-1))


def inverse_of(instance: DeepLinear, x: Float[np.ndarray, "trials n d"]) -> Float[np.ndarray, "trials d n"]:
    """X+; with n >= rank X = Z diag(scale) has X+ = diag(1/scale) Z+, and only Z must be well-conditioned."""
    scale = np.where(instance.covariance > 0, np.sqrt(instance.covariance), 1.0)
    rank = int(np.count_nonzero(instance.covariance))
    if instance.n < rank:
        return pseudo_inverse(x, instance.n)
    return np.asarray(pseudo_inverse(x / scale, rank) / scale[:, None])


def trials(
    instance: DeepLinear, x: Float[np.ndarray, "trials n d"], e: Float[np.ndarray, "trials n"]
) -> Float[np.ndarray, "trials 5"]:
    """Risk, |h|, c, |X+ y|^2 and |Qu|^2 of training on X and y = X t + e, trial by trial."""
    given, u, t = problem(instance), instance.source[None], instance.target
    inverse = inverse_of(instance, x)
    fitted_part = times(inverse, x @ t + e)
    seen_part = times(inverse, times(x, u))
    kept_part = np.zeros_like(seen_part) + u - seen_part
    if given.n >= given.rank:
        kept_part[:, instance.covariance > 0] = 0.0
    fitted, kept = dot(fitted_part, fitted_part), dot(kept_part, kept_part)
    c = factors(fitted, dot(seen_part, seen_part), kept, given.depth)
    h = fitted_part + c[:, None] * kept_part
    if stays_on_a_line(given):
        crossed = dot(fitted_part, u) <= 0
        h[crossed], c[crossed] = 0.0, 0.0
    return np.stack([dot((h - t) ** 2, instance.risk_weights[None]), np.sqrt(dot(h, h)), c, fitted, kept], axis=1)


def frozen_trials(
    instance: DeepLinear, x: Float[np.ndarray, "trials n d"], e: Float[np.ndarray, "trials n"]
) -> Float[np.ndarray, "trials 3"]:
    """Risk, |h| and c where layers are frozen, so that h = c u and only c is learned."""
    along, y = x @ instance.source, x @ instance.target + e
    learning = instance.depth - instance.frozen_layers
    c = np.ones(len(x))
    if learning and along.any():
        c = dot(along, y) / dot(along, along)
    if learning > 1:
        c = np.maximum(c, 0.0)
    h = c[:, None] * instance.source
    return np.stack([dot((h - instance.target) ** 2, instance.risk_weights[None]), np.sqrt(dot(h, h)), c], axis=1)


def in_parts(instance: DeepLinear, sample: Samples) -> Float[np.ndarray, "trials k"]:
    """The columns of every trial, not too many at once."""
    x, e = sample
    step = max(1, TOGETHER // (instance.n * instance.d))
    law = frozen_trials if instance.frozen_layers else trials
    return np.concatenate([law(instance, x[k : k + step], e[k : k + step]) for k in range(0, len(x), step)])


def rotated_rows(
    instance: DeepLinear, seed: int, number: int, wanted: Bool[np.ndarray, " trials"]
) -> Float[np.ndarray, "wanted k"]:
    """The columns of the trials of batch `number` that are `wanted`, on the samples that the compiled kernels draw."""
    scale, at_once = np.sqrt(instance.covariance), problem(instance).together
    return in_parts(instance, rotated(lanes(seed, number, DESIGN), instance.n, instance.sigma, scale, wanted, at_once))


def reference_batch(instance: DeepLinear, seed: int, number: int, size: int) -> Batch:
    """The first `size` trials of batch `number`, in all d coordinates, all samples drawn in full.

    Raises `InstanceError` where a design is too ill-conditioned for float64.
    """
    scale = np.sqrt(instance.covariance)
    return as_batch(
        in_parts(instance, independent(lanes(seed, number, DESIGN), instance.n, instance.sigma, scale, size))
    )
