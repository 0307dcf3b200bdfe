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
from verify.linear.drawing import changed
from verify.linear.laws import law_of

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
    """Var of their sum: the sum of both variances where A = S, at most that by Minkowski's inequality elsewhere.

    Where n < d and A = S = level I, the bias depends on the row span of X and the noise part on X X', which are
    independent; where n >= d there is no bias.
    """
    bias, noise = bias_variance(instance), noise_variance(instance)
    return (sqrt(bias) + sqrt(noise)) ** 2 if _shifted(instance) else bias + noise


def learned_risk_variance(instance: Linear) -> float:
    """Var of the same where the source u is learned, A = S, and S = level I where n < d.

    There the bias is D'QSQD with D = t - u independent of Q, whose row span is uniformly random: E (D'QSQD)^k
    = E |D|^2k E (v'QSQv)^k for any unit vector v.  The noise part depends on X X' alone, which is independent of Q and
    u.
    """
    if instance.n >= instance.d:
        return noise_variance(instance)
    mean, variance = _learned_distance(instance)
    first, second = _unit_bias(instance)
    return second * (variance + mean**2) - (first * mean) ** 2 + noise_variance(instance)


def _unit_bias(instance: Linear) -> tuple[float, float]:
    """First and second moment of v'QSQv for a unit vector v; zero where n >= d."""
    if instance.n >= instance.d:
        return 0.0, 0.0
    first, second = (_number(_bias_moment(k, False), instance, D=np.eye(instance.d)[0]) for k in (1, 2))
    return first, second


def _learned_distance(instance: Linear) -> tuple[float, float]:
    """Mean and variance of |t - u|^2 for u = X~+ (X~ w + e~) and S = level I.

    With g = t - w it is |g|^2 + (t'Q~t - g'Q~g) + |X~+ e~|^2 - 2 g'X~+ e~.  The second term depends on the row span of
    X~, the third on X~ X~' (or, without the second, on X~'X~) and e~, so that they are independent; the last is odd in
    e~, hence uncorrelated with both, and has mean square 4 |g|^2 E |X~+ e~|^2 / d, as g may be turned anywhere.
    """
    zero, level = [0.0] * instance.d, float(instance.covariance[0])
    size = {"n": instance.n_source, "sigma": instance.sigma_source, "n_source": None, "sigma_source": None}
    source = changed(instance, **size, source_teacher=None, source=zero)
    t, w = np.asarray(instance.target), np.asarray(instance.source_teacher)
    g = t - w
    projected = _unit_bias(source)[0] / level * float(t @ t - g @ g)
    square = difference_second_moment(source, t, g) / level**2 if source.n < source.d else 0.0
    noise = law_of("linear.noise_law", source)
    learned, spread = noise.mean / level, noise.variance / level**2
    mean = float(g @ g) + projected + learned
    return mean, max(square - projected**2, 0.0) + spread + 4 * float(g @ g) * learned / instance.d


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
