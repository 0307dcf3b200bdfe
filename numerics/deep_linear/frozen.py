"""Frozen layers: the network can only scale its source, h = c u."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from numpy.random import Generator

from numerics.deep_linear.model import DeepLinear
from numerics.deep_linear.problem import along, problem
from numerics.linear.literal import DESIGN
from numerics.linear.samples import independent
from numerics.streams import lanes


def scaled(instance: DeepLinear, slopes: Float[np.ndarray, " trials"]) -> Float[np.ndarray, "trials 3"]:
    """Risk, |h| and c from the least-squares slopes <Xu, y> / |Xu|^2.

    One trained layer takes the slope.  Two or more take it where it is positive and end at zero where it is
    not: they stay balanced, and their product cannot pass through zero.
    """
    c = slopes if instance.depth - instance.frozen_layers == 1 else np.maximum(slopes, 0.0)
    floor, curvature, vertex = along(instance.risk_weights, instance.target, instance.source)
    return np.stack([floor + curvature * (c - vertex) ** 2, np.abs(c) * np.linalg.norm(instance.source), c], axis=1)


def never_moves(instance: DeepLinear) -> bool:
    """Whether h = u whatever the data: all layers are frozen, or X u = 0."""
    return instance.frozen_layers == instance.depth or not problem(instance).source.any()


def drawn_slopes(instance: DeepLinear, seed: int, number: int, size: int) -> Float[np.ndarray, " trials"]:
    """The slopes of the first `size` designs of batch `number`, drawn and multiplied out."""
    if never_moves(instance):
        return np.ones(size)
    given = problem(instance)
    x, e = independent(lanes(seed, number, DESIGN), given.n, given.sigma, given.scale, size)
    along = x @ given.source
    return np.asarray(np.sum(along * (x @ given.target + e), axis=1) / np.sum(along**2, axis=1))


def exact_slopes(rng: Generator, instance: DeepLinear, size: int) -> Float[np.ndarray, " trials"]:
    """beta + s N / chi_n, any spectrum: beta = u'St / u'Su, s^2 u'Su = sigma^2 + |S^(1/2) (t - beta u)|^2.

    X u ~ N(0, u'Su I_n), and y = beta X u + rest with the rest Gaussian, uncorrelated with X u and so
    independent of it; given X u the slope is therefore normal with variance s^2 u'Su / |Xu|^2.
    """
    if never_moves(instance):
        return np.ones(size)
    unexplained, energy, beta = along(instance.covariance, instance.target, instance.source)
    spread = np.sqrt((instance.sigma**2 + unexplained) / energy)
    return np.asarray(beta + spread * rng.standard_t(instance.n, size) / np.sqrt(instance.n))
