"""The exact laws: no design is drawn, a trial costs a few vectors of the features.

Both regressions are X+ y with an isotropic Gaussian X of k columns.  X+ r for an independent r ~ N(0, v I) is
independent of the row span P given its length, points anywhere in that span with equal probability, and
|X+ r|^2 = v chi2_a / chi2_b with (a, b) = (k, n - k + 1) where n >= k, and (n, k - n + 1) where n < k (Hotelling).
Where n < k, s = P w has |s|^2 = B |w|^2 with B ~ Beta(n/2, (k - n)/2), and s - B w points anywhere across w; given s
and w the rest of the row span is a uniformly random subspace across both, so that the direction of X+ r is
cos a s/|s| + sin a z, cos a the first coordinate of a random direction in R^n and z a random direction across s and w.
Source: Muirhead, Aspects of Multivariate Statistical Theory, theorems 1.5.6 and 3.2.12.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from numerics.frozen.columns import Batch, as_batch
from numerics.frozen.literal import Trials, Vectors, over, picked, square
from numerics.frozen.model import Frozen
from numerics.kernels.normals import State
from numerics.linear.samples import chi_squares, normals
from numerics.streams import lanes

TOGETHER = 2**18
"""Numbers of one kind that are drawn at once."""


def padded(size: int) -> int:
    """The next multiple of eight, as chi-squares are drawn."""
    return -(-size // 8) * 8


def unit(a: Vectors) -> Vectors:
    """The direction of a vector, 0 for the zero vector."""
    length = np.sqrt(square(a))[:, None]
    return np.asarray(np.divide(a, length, out=np.zeros_like(a), where=length > 0))


def across(a: Vectors, *directions: Vectors) -> Vectors:
    """The part of a across orthogonal unit vectors (or zero)."""
    for direction in directions:
        a = a - np.einsum("tj,tj->t", a, direction)[:, None] * direction
    return a


@dataclass(frozen=True)
class Fitted:
    """What a regression makes of signal and noise: P w, and X+ r."""

    signal: Vectors
    noise: Vectors


def regression(state: State, n: int, w: Vectors, variance: Trials) -> Fitted:
    """P w and X+ r for n samples in as many columns as w has, r ~ N(0, variance I)."""
    size, k = w.shape
    if k == 0:
        return Fitted(w, w)
    some, other = (normals(state, size, k) for _ in range(2))
    degrees = [min(n, k), abs(n - k) + 1, n, max(k - n, 0), min(n, k) - 1]
    top, bottom, caught, missed, others = chi_squares(state, degrees, padded(size))[:, :size]
    length = np.sqrt(variance * top / bottom)[:, None]
    if n >= k:
        return Fitted(w, length * unit(some))
    share = caught / (caught + missed)
    size_of_w = np.sqrt(square(w))
    direction = unit(across(some, unit(w)))
    signal = share[:, None] * w + (np.sqrt(share * (1 - share)) * size_of_w)[:, None] * direction
    first = normals(state, size)
    length_of = np.sqrt(first**2 + others)  # one sample: a direction in R^1, and its normal may be 0
    along = np.divide(first, length_of, out=np.ones_like(first), where=length_of > 0)[:, None]
    rest = unit(across(other, unit(w), direction))
    turned = along * unit(signal) + np.sqrt(1 - along**2) * rest
    return Fitted(signal, length * np.where(size_of_w[:, None] > 0, turned, unit(some)))


def rows(instance: Frozen, state: State, size: int) -> Float[np.ndarray, "7 trials"]:
    """Every column of so many trials."""
    t, learned, hidden = instance.target, instance.source_coordinates, instance.hidden
    task = instance.task_mean + instance.task_noise * normals(state, size, instance.d)
    spread_source = instance.sigma_source**2 + square(task[:, hidden])
    source = regression(state, instance.n_source, task[:, learned], spread_source)
    wanted = t[instance.transferred]
    error = square(wanted - picked(instance, source.signal + source.noise))
    missing = square(t[None, instance.zeroed]) + error
    spread = instance.sigma**2 + missing
    free = np.broadcast_to(t[instance.free], (size, instance.free.size))
    target = regression(state, instance.n, free, spread)
    noise, source_noise = square(target.noise), square(picked(instance, source.noise))
    bias = square(wanted - picked(instance, source.signal))
    risk = square(target.signal + target.noise - free) + missing
    return np.stack([risk, error, noise, over(noise, spread), source_noise, over(source_noise, spread_source), bias])


def exact_batch(instance: Frozen, seed: int, number: int, size: int) -> Batch:
    """The first `size` trials of batch `number`: equal in law, not trial by trial, to the literal ones.

    Trials that are drawn together have a stream of their own: two instances that take different numbers from it are
    together again at the next, so that their difference varies as little at the end of a batch as at its beginning.
    """
    step = max(1, TOGETHER // instance.d)
    found = [rows(instance, lanes(seed, number, part), step) for part in range(-(-size // step))]
    return as_batch(np.concatenate(found, axis=1)[:, :size])
