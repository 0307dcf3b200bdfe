"""Kernel regression, to which training comes down at infinite width."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from numerics.relu.data import Data, Inputs, Sample
from numerics.relu.model import ReLU

SAME = 1e-14
Matrix = Float[np.ndarray, "trials rows cols"]
Values = Float[np.ndarray, "trials points"]


def kernel(left: Inputs, right: Inputs) -> Matrix:
    """h = c (pi - arccos c)/(2 pi) at the inner products c of two sets of points of length one.

    One that is 1 but for rounding is 1: the angle is a root of what it misses.
    """
    c = np.asarray(left @ np.swapaxes(right, -1, -2))
    c = np.where(np.abs(c) > 1 - SAME, np.sign(c), c)
    return np.asarray(c * (np.pi - np.arccos(c)) / (2 * np.pi))


def dual(sample: Sample, residual: Values) -> Values:
    """H^-1 residual."""
    return np.asarray(np.linalg.solve(kernel(sample.x, sample.x), residual[..., None])[..., 0])


def at(points: Inputs, sample: Sample, weights: Values) -> Values:
    """What was learned, at some points."""
    return np.asarray((kernel(points, sample.x) @ weights[..., None])[..., 0])


def predictions(instance: ReLU, given: Data) -> tuple[Values, Values]:
    """After training without end: on the test points; and y~'H^-1 y~, y~ = y - f_S(X)."""
    if given.source is None:
        assert instance.source is not None
        before, start = given.target.x @ instance.source, given.test @ instance.source
    else:
        learned = dual(given.source, given.source.y)
        before, start = (at(points, given.source, learned) for points in (given.target.x, given.test))
    residual = given.target.y - before
    found = dual(given.target, residual)
    return start + at(given.test, given.target, found), np.sum(found * residual, axis=-1)
