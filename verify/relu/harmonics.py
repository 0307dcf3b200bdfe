"""Eigenvalues on spherical harmonics, from drawn features and inputs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import count

import numpy as np
import sympy as sp
from scipy.special import eval_gegenbauer

from numerics.streams import stream
from theory.notation import d as features
from theory.relu.setting import degree
from theory.result import Result, Value
from verify import means
from verify.claim import Case, Level
from verify.drawing import first, kept
from verify.relu.features import CHUNK, Draws, Weights, normal
from verify.verdict import Outcome

POLE = 0.9
"""Cosine of the angle from the input to the pole of the harmonic."""


def zonal(order: int, d: int, c: np.ndarray | float) -> np.ndarray:
    """The harmonic of an order, 1 at its pole."""
    return np.asarray(eval_gegenbauer(order, d / 2 - 1, c) / eval_gegenbauer(order, d / 2 - 1, 1.0))


def pulled(d: int, order: int, seed: int, weights: Weights = normal) -> Iterator[Draws]:
    """x'v 1{w'x >= 0} 1{w'v >= 0} times the harmonic at v, for fresh v on the sphere and fresh w."""
    at, pole = np.eye(d)[0], POLE * np.eye(d)[0]
    pole[1] = np.sqrt(1 - POLE**2)

    def drawn(number: int) -> Draws:
        v = stream(seed, number).standard_normal((CHUNK, d))
        v /= np.linalg.norm(v, axis=1, keepdims=True)
        w = weights(stream(seed, number, 1), (CHUNK, d))
        active = (w @ at >= 0) & (np.sum(w * v, axis=1) >= 0)
        return np.asarray((v @ at) * active * zonal(order, d, v @ pole))

    return (kept(("harmonic", d, order, seed, weights, k), partial(drawn, k)) for k in count())


def mean(claimed: float, d: int, order: int, at: Level, weights: Weights = normal) -> Outcome:
    """Whether the kernel takes the harmonic to so many times itself; where that is 0, on the scale of order 1."""
    there = float(zonal(order, d, POLE))
    return means.test_mean(
        pulled(d, order, at.seed, weights),
        claimed * there,
        means.pilot_variance(first(pulled(d, order, at.seed ^ 1, weights), CHUNK)),
        "pilot x2",
        delta=at.delta,
        scale=abs(claimed or 1 / (4 * d)) * abs(there),
        alpha=at.alpha,
        alpha_pass=at.alpha_pass,
    )


def harmonic_check(result: Result, case: Case, at: Level) -> Outcome:
    """The eigenvalue of a degree."""
    order = int(dict(case.arguments)["degree"])
    return mean(float(result.evaluate(**case.fields)), case.instance.d, order, at)


def off_by_one(value: Value) -> Value:
    """A harmonic's degree off by one, or a feature more where there is no degree."""
    assert isinstance(value, sp.Expr)
    return value.subs(degree, degree + 1) if value.has(degree) else value.subs(features, features + 1)
