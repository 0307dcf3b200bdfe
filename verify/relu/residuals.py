"""The squared norm of the residual, y~'H^-1 y~, over samples."""

from __future__ import annotations

import numpy as np

from numerics.relu import ReLU
from numerics.relu.data import data
from numerics.relu.kernel import kernel
from numerics.streams import stream
from theory.result import Result
from verify import means
from verify.claim import Case, Level
from verify.relu.features import Draws, Weights, normal
from verify.verdict import Outcome

SAMPLES, UNITS = 200, 4096
"""Samples, as many as a comparison without variance looks at; units of a network whose weights have another law."""


def complexities(instance: ReLU, seed: int, weights: Weights = normal) -> Draws:
    """Of fresh samples; the kernel of normal weights is the one of infinite width."""
    given, source = data(instance, seed, 0, SAMPLES).target, instance.source
    assert source is not None
    h = kernel(given.x, given.x)
    if weights is not normal:
        active = given.x @ weights(stream(seed, 1), (UNITS, instance.d)).T >= 0
        both = active.astype(float) @ np.swapaxes(active.astype(float), -1, -2) / UNITS
        h = given.x @ np.swapaxes(given.x, -1, -2) * both
    residual = given.y - given.x @ source
    spectrum, axes = np.linalg.eigh(h)
    along = np.sum(np.swapaxes(axes, -1, -2) * residual[:, None, :], axis=-1)
    return np.asarray(np.sum(along**2 / np.maximum(spectrum, 1e-12), axis=-1))


def never_above(bound: float, instance: ReLU, at: Level, weights: Weights = normal) -> Outcome:
    """No sample on which it is above the bound."""
    excess = np.maximum(complexities(instance, at.seed, weights) - bound, 0.0)
    levels = {"alpha": at.alpha, "alpha_pass": at.alpha_pass}
    return means.test_mean(iter([excess]), 0.0, 0.0, "none needed", delta=at.delta, scale=bound, **levels)


def complexity_check(result: Result, case: Case, at: Level) -> Outcome:
    """The bound on it."""
    return never_above(float(result.evaluate(**case.fields)), case.instance, at)
