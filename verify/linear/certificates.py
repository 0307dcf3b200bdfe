"""Variances of what the simulators draw, in closed form: the engine derives the moments, letters get their numbers."""

from __future__ import annotations

from functools import cache
from math import comb, sqrt

import numpy as np

from numerics.linear import Linear
from theory.calculus.arrays import evaluate_expression
from theory.calculus.expressions import Expression, matrix
from theory.exclusive import exclusive
from theory.linear.setting import DETERMINED, OVERPARAMETERIZED, A, level, target_task
from theory.linear.spread import bias_form, moment, noise_form
from theory.notation import d, n, sigma

CLOSED = "closed form"


@exclusive
@cache
def _bias_moment(power: int, shifted: bool) -> Expression:
    sample = target_task(OVERPARAMETERIZED)
    form = bias_form(sample, A if shifted else sample.covariance)
    return moment(form, power, sample, OVERPARAMETERIZED)[0].expression


@exclusive
@cache
def _noise_moment(power: int, wide: bool, shifted: bool) -> Expression:
    regime = OVERPARAMETERIZED if wide else DETERMINED
    sample = target_task(regime)
    form = noise_form(sample, A if shifted else sample.covariance)
    return moment(form, power, sample, regime)[0].expression


@exclusive
@cache
def _difference_moment() -> Expression:
    """E (p'Qp - q'Qq)^2 level^2, for two starts that see the same design."""
    sample = target_task(OVERPARAMETERIZED)
    p, q = matrix("p", d, 1), matrix("q", d, 1)
    form = (p.T @ sample.q @ p - q.T @ sample.q @ q) * level
    return moment(form, 2, sample, OVERPARAMETERIZED)[0].expression


@exclusive
def _number(value: Expression, instance: Linear, **vectors: np.ndarray) -> float:
    spectrum = np.asarray(instance.covariance, dtype=np.float64)
    letters = {"S": np.diag(spectrum), "A": np.diag(instance.risk_weights)}
    letters |= {name: np.asarray(v, dtype=np.float64)[:, None] for name, v in vectors.items()}
    numbers = {n: instance.n, d: instance.d, sigma: instance.sigma, level: float(spectrum[0])}
    return float(evaluate_expression(value, letters, numbers))


def _gap(instance: Linear) -> np.ndarray:
    assert instance.source is not None
    return np.asarray(instance.target - instance.source)


def _shifted(instance: Linear) -> bool:
    return not np.array_equal(instance.covariance, instance.risk_weights)


def bias_variance(instance: Linear) -> float:
    """Var over designs of D'QAQD; zero where n >= d, where Q = 0."""
    if instance.n >= instance.d:
        return 0.0
    first, second = (_number(_bias_moment(k, _shifted(instance)), instance, D=_gap(instance)) for k in (1, 2))
    return max(second - first**2, 0.0)


def noise_variance(instance: Linear) -> float:
    """Var over designs of sigma^2 tr(X+' A X+); finite where |n - d| >= 4 or sigma = 0."""
    if instance.sigma == 0:
        return 0.0
    wide = instance.n < instance.d
    first, second = (_number(_noise_moment(k, wide, _shifted(instance)), instance) for k in (1, 2))
    return max(second - first**2, 0.0)


def risk_variance(instance: Linear) -> float:
    """At most Var of their sum, by Minkowski's inequality."""
    return (sqrt(bias_variance(instance)) + sqrt(noise_variance(instance))) ** 2


def squared_deviation_variance(instance: Linear, part: str) -> float:
    """Var of (X - E X)^2 for the isotropic bias or the noise part: the fourth central moment bounds it."""
    wide = instance.n < instance.d
    if not (wide if part == "bias" else instance.sigma > 0):
        return 0.0
    moments = [1.0]
    for k in range(1, 5):
        if part == "bias":
            moments.append(_number(_bias_moment(k, False), instance, D=_gap(instance)))
        else:
            moments.append(_number(_noise_moment(k, wide, False), instance))
    return sum(comb(4, k) * moments[k] * (-moments[1]) ** (4 - k) for k in range(5))


def difference_second_moment(instance: Linear, p: np.ndarray, q: np.ndarray) -> float:
    """E (level (p'Qp - q'Qq))^2: the second moment bounds the variance of a paired difference of biases."""
    return max(_number(_difference_moment(), instance, p=p, q=q), 0.0)


def quadratic_form_variance(instance: Linear, x: np.ndarray) -> float:
    """Var over the noise, given X, of |A^(1/2)(-Q D + X+ e)|^2 = 2 sigma^4 tr(M^2) + 4 sigma^2 |b|^2.

    M = X+' A X+ and b = X+' A Q D; for Gaussian e the third moments vanish.
    """
    inverse = np.linalg.pinv(x)
    weights = np.asarray(instance.risk_weights)[:, None]
    m = inverse.T @ (weights * inverse)
    gap = _gap(instance)
    b = inverse.T @ (weights[:, 0] * (gap - inverse @ (x @ gap)))
    return float(2 * instance.sigma**4 * np.sum(m * m) + 4 * instance.sigma**2 * (b @ b))
