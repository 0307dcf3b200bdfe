"""The risk of kernel regression, averaged over the sphere of inputs, label noise and rotations: no point is judged.

What is missed at a point x is a kernel expansion less a linear function, h(x, Z) b - t'x, and by Funk and Hecke

    E h(x, a) h(x, b) = sum_k l_k^2 N_k P_k(a'b),      E h(x, a) x = l_1 a,      E x x' = I/d,

where l_k = E h(c) P_k(c) is the eigenvalue of h on the N_k harmonics of degree k, P_k their Legendre polynomial in d
dimensions (P_k(1) = 1), and c a coordinate of x.  Each l_k is an integral over the angle, of an entire function.
Source: Mueller, Spherical Harmonics, theorem 6.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from numerics.kernels.legendre import summed
from numerics.relu.data import Inputs, Sample
from numerics.relu.kernel import Matrix, Values, kernel
from numerics.relu.model import ReLU

NODES, DEGREES = 1024, 512
"""Nodes of the integrals, and degrees that are taken at most: what is left out is below 1e-8 of the sum for d = 2,
1e-11 for d = 3, and rounding from d = 4 on."""
LEFT = 1e-18
"""A term that is a smaller part of the sum is the last."""


@dataclass(frozen=True, eq=False)
class Harmonics:
    """l_1; l_k^2 N_k by degree; and the recurrence P_{k+1} = rising[k] c P_k - falling[k] P_{k-1}."""

    first: float
    weights: Float[np.ndarray, " degrees"]
    rising: Float[np.ndarray, " degrees"]
    falling: Float[np.ndarray, " degrees"]


@lru_cache(maxsize=64)
def harmonics(d: int) -> Harmonics:
    """Those of the kernel in d dimensions, as far as they are told from zero."""
    nodes, lengths = np.polynomial.legendre.leggauss(NODES)
    angle = np.pi / 2 * (1 + nodes)
    density = lengths * np.sin(angle) ** (d - 2)
    c = np.cos(angle)
    h = density / np.sum(density) * c * (np.pi - angle) / (2 * np.pi)
    k = np.arange(float(DEGREES))
    rising, falling = (2 * k + d - 2) / np.maximum(k + d - 2, 1), k / np.maximum(k + d - 2, 1)
    found, count, before, now = [float(np.sum(h)) ** 2], float(d), np.ones_like(c), c
    for degree in range(1, DEGREES):
        found.append(float(h @ now) ** 2 * count)
        if degree % 2 == 0 and found[-1] < LEFT * sum(found):
            break
        before, now = now, rising[degree] * c * now - falling[degree] * before
        count *= (2 * degree + d) * (degree + d - 2) / ((2 * degree + d - 2) * (degree + 1))
    return Harmonics(float(h @ c), np.array(found), rising[: len(found)], falling[: len(found)])


def product(c: Matrix, d: int) -> Matrix:
    """E h(x, a) h(x, b), x uniform on the sphere, at inner products c = a'b."""
    of = harmonics(d)
    return np.asarray(summed(np.ascontiguousarray(c).ravel(), of.weights, of.rising, of.falling).reshape(c.shape))


def even_risks(instance: ReLU, target: Sample, source: Sample | None) -> Values:
    """E (f(x) - t'x)^2 over x, over label noise, and over rotations of all weights together, trial by trial.

    What is learned is h(x, Z) L y, of labels y = (z_i'w_i + e_i) with the weights of a task each: t - u, or those of
    the source's teacher and of the target.  Rotations leave the law of Z as it is, and make E w_i w_j' = (w_i'w_j/d) I.
    """
    d, own = instance.d, target.x
    if source is None:
        assert instance.source is not None
        goal = instance.target - instance.source
        points, tasks, noise = own, np.tile(goal, (instance.n, 1)), np.full(instance.n, instance.sigma)
        learned = np.linalg.inv(kernel(own, own))
    else:
        assert instance.source_teacher is not None
        assert instance.sigma_source is not None
        goal, counts = instance.target, (source.x.shape[1], instance.n)
        points = np.concatenate([source.x, own], axis=1)
        tasks = np.repeat([instance.source_teacher, goal], counts, axis=0)
        noise = np.repeat([instance.sigma_source, instance.sigma], counts)
        learned = _one_after_the_other(source.x, own)
    gram = points @ np.swapaxes(points, 1, 2)
    labels = gram * (tasks @ tasks.T / d) + np.diag(noise**2)
    along = np.sum(learned * gram * (tasks @ goal / d), axis=(1, 2))
    bent = np.sum(product(gram, d) * (learned @ labels @ np.swapaxes(learned, 1, 2)), axis=(1, 2))
    return np.asarray(goal @ goal / d - 2 * harmonics(d).first * along + bent)


def _one_after_the_other(first: Inputs, then: Inputs) -> Matrix:
    """L where the residuals of what the first sample taught are learned from the second: H_1^-1 above, and below what
    both make of labels."""
    one, other = (np.linalg.inv(kernel(x, x)) for x in (first, then))
    before = -other @ kernel(then, first) @ one
    above = np.concatenate([one, np.zeros_like(np.swapaxes(before, 1, 2))], axis=2)
    return np.concatenate([above, np.concatenate([before, other], axis=2)], axis=1)
