"""The reference simulator: in every trial two regressions, exactly as the definition says, in NumPy."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from numerics.frozen.columns import Batch, as_batch
from numerics.frozen.model import Frozen
from numerics.linear.literal import pseudo_inverse, times
from numerics.linear.samples import normals
from numerics.streams import lanes

TARGET, SOURCE, TASK = 0, 1, 2
"""Parts of a batch's stream: the target's design and noise, the source's, and the source task."""
TOGETHER = 2**18
"""Entries of the designs that are decomposed at once."""

Vectors = Float[np.ndarray, "trials k"]
Trials = Float[np.ndarray, " trials"]


def fitted(x: Float[np.ndarray, "trials n k"], y: Float[np.ndarray, "trials n"]) -> Vectors:
    """X+ y in every trial: minimum-norm least squares."""
    if x.shape[2] == 0:
        return np.zeros((len(x), 0))
    return times(pseudo_inverse(x, min(x.shape[1:])), y)


def square(a: Vectors) -> Trials:
    """|a|^2 in every trial."""
    return np.asarray(np.einsum("tj,tj->t", a, a))


def over(a: Trials, variance: Trials) -> Trials:
    """a / variance, 0 where the variance is 0."""
    return np.asarray(np.divide(a, variance, out=np.zeros_like(a), where=variance > 0))


def in_coordinates(instance: Frozen, kept: Vectors) -> Vectors:
    """Vectors that are these numbers at the transferred coordinates, 0 elsewhere."""
    whole = np.zeros((len(kept), instance.d))
    whole[:, instance.transferred] = kept
    return whole


def picked(instance: Frozen, learned: Vectors) -> Vectors:
    """The transferred of the coordinates that the source is learned in."""
    return learned[:, [int(np.flatnonzero(instance.source_coordinates == j)[0]) for j in instance.transferred]]


def trials(
    instance: Frozen,
    x: Float[np.ndarray, "trials n d"],
    e: Float[np.ndarray, "trials n"],
    x_source: Float[np.ndarray, "trials n_source d"],
    e_source: Float[np.ndarray, "trials n_source"],
    task: Vectors,
) -> Float[np.ndarray, "7 trials"]:
    """Every column, from the samples of both tasks and the source task w."""
    t, free, learned = instance.target, instance.free, instance.source_coordinates
    seen = x_source[:, :, learned]
    unexplained = times(x_source[:, :, instance.hidden], task[:, instance.hidden]) + e_source
    w = fitted(seen, times(x_source, task) + e_source)
    clean, noise_source = fitted(seen, times(seen, task[:, learned])), fitted(seen, unexplained)
    transferred = in_coordinates(instance, picked(instance, w))
    h = transferred.copy()
    h[:, free] = fitted(x[:, :, free], x @ t + e - times(x, transferred))
    rest = np.where(np.isin(np.arange(instance.d), free), 0.0, t)
    noise = square(fitted(x[:, :, free], times(x, rest - transferred) + e))
    error = square(t[instance.transferred] - picked(instance, w))
    spread = instance.sigma**2 + square(rest - transferred)
    spread_source = instance.sigma_source**2 + square(task[:, instance.hidden])
    source_noise = square(picked(instance, noise_source))
    bias = square(t[instance.transferred] - picked(instance, clean))
    return np.stack(
        [square(h - t), error, noise, over(noise, spread), source_noise, over(source_noise, spread_source), bias]
    )


def literal_batch(instance: Frozen, seed: int, number: int, size: int) -> Batch:
    """The first `size` trials of batch `number`, all samples drawn in full."""
    n, n_source, d = instance.n, instance.n_source, instance.d
    target, source = (
        normals(lanes(seed, number, part), size, rows, d + 1) for part, rows in ((TARGET, n), (SOURCE, n_source))
    )
    task = instance.task_mean + instance.task_noise * normals(lanes(seed, number, TASK), size, d)
    step = max(1, TOGETHER // (max(n, n_source) * d))
    found = [
        trials(
            instance,
            target[part, :, :d],
            instance.sigma * target[part, :, d],
            source[part, :, :d],
            instance.sigma_source * source[part, :, d],
            task[part],
        )
        for part in (slice(k, k + step) for k in range(0, size, step))
    ]
    return as_batch(np.concatenate(found, axis=1))
