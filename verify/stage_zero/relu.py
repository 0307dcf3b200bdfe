"""Shallow ReLU networks: the kernel and what it is made of by other routes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import sympy as sp
from flint import acb, arb

from theory.catalogue import result as catalogued
from theory.result import Result
from verify.stage_zero.balls import ball, exact, integral
from verify.stage_zero.relation import Kind, Relation, Residual
from verify.stage_zero.values import known, value

COSINES = (sp.Rational(-4, 5), sp.Rational(-1, 3), sp.Rational(1, 7), sp.Rational(9, 10))
DEGREES = 12


def _plackett(result: Result) -> Iterator[Residual]:
    """P(u > 0, v > 0) of normals with correlation c: 1/4, and the integral of their density at 0 over correlations.  A
    normal is positive with itself half of the time, and never with its negative."""
    for c in COSINES:
        moved = integral(lambda r: 1 / (1 - r * r).sqrt(), arb(0), exact(c)) / (2 * arb.pi())
        yield ball(value(result, {"cosine": c})) - exact(c) * (exact(sp.Rational(1, 4)) + moved)
    yield value(result, {"cosine": 1}) - sp.Rational(1, 2)
    yield value(result, {"cosine": -1})


def _arcsine(result: Result) -> Iterator[Residual]:
    """t/4 + t arcsin(t)/(2 pi), the arcsine by its equation (1 - t^2) y'' = t y'."""
    arcsine = [sp.Integer(0), sp.Integer(1)]
    for j in range(DEGREES):
        arcsine.append(arcsine[j] * j**2 / sp.Integer((j + 1) * (j + 2)))
    for j in range(DEGREES):
        linear = sp.Rational(1, 4) if j == 1 else sp.Integer(0)
        yield value(result, {"degree": j}) - linear - (arcsine[j - 1] if j else 0) / (2 * sp.pi)


def _zonal(degree: int, d: int, c: acb) -> acb:
    """The harmonic of a degree by its three-term recurrence."""
    before, here = acb(1), c
    if degree == 0:
        return before
    for j in range(1, degree):
        before, here = here, ((2 * j + d - 2) * c * here - j * before) / (j + d - 2)
    return here


def _density(d: int, phi: acb) -> acb:
    return phi.cos() ** (d - 2)


def _pulled(degree: int, d: int, phi: acb) -> acb:
    c = phi.sin()
    return c * (acb.pi() / 2 + phi) / (2 * acb.pi()) * _zonal(degree, d, c) * _density(d, phi)


def _over_the_angle(result: Result) -> Iterator[Residual]:
    """The mean of the kernel times the harmonic, c = sin phi: the kernel is sin phi (pi/2 + phi)/(2 pi)."""
    for d in (3, 5, 8):
        right = arb.pi() / 2
        whole = integral(partial(_density, d), -right, right)
        for degree in range(6):
            pulled = integral(partial(_pulled, degree, d), -right, right)
            yield ball(value(result, {"d": d, "degree": degree})) - pulled / whole


def _as_a_norm(result: Result) -> Iterator[Residual]:
    """The squared norm of x'D in the space of the kernel: |D|^2/d over the eigenvalue of linear functions."""
    point = {"squared_distance": sp.Rational(7, 5), "n": 3}
    for d in (3, 8):
        linear = known("relu.harmonics", {"d": d, "degree": 1})
        yield value(result, {**point, "d": d}) - sp.Rational(7, 5) / d / linear


INPUTS = ((1.0, 0.0, 0.0), (0.6, 0.8, 0.0), (0.0, 0.6, -0.8))
LABELS, START = (0.7, -0.4, 1.1), (0.3, -0.2, 0.5)
CLOSE = 1e-12


def _interpolates(result: Result) -> Iterator[Residual]:
    """On the sample the limit is the labels."""
    for point, label in zip(INPUTS, LABELS, strict=True):
        given = {"X": INPUTS, "y": list(LABELS), "source": list(START), "point": list(point), "duration": "inf"}
        yield abs(result.evaluate(**given) - label) <= CLOSE


def _one_sample(result: Result) -> Iterator[Residual]:
    """One sample, whose kernel is 1/2: h(c) 2 (1 - e^(-tau/2)) times what the source leaves of its label."""
    point, label, start = np.array([0.0, 1.0, 0.0]), 0.9, np.array(START)
    c = float(point @ INPUTS[1])
    pulled = c * (np.pi - np.arccos(c)) / (2 * np.pi)
    for duration in (0.3, 2.0, np.inf):
        learned = 2 * (1 - np.exp(-duration / 2)) * (label - start @ INPUTS[1])
        given = {"X": INPUTS[1:2], "y": [label], "source": list(START), "point": point.tolist()}
        yield bool(abs(result.evaluate(**given, duration=duration) - point @ start - pulled * learned) <= CLOSE)


def _of_the_kernel(result: Result) -> Iterator[Residual]:
    """The norm of linear functions from the kernel's eigenvalue, its largest value from the kernel: twice the mean with
    random signs, and what McDiarmid's inequality adds.  In the plane it is what it is in any dimension."""
    for n, d, p in ((5, 3, 0.9), (40, 20, 0.5)):
        ball = np.sqrt(1.3 / d / float(known("relu.harmonics", {"d": d, "degree": 1})))
        largest = ball * np.sqrt(float(known("relu.kernel", {"cosine": 1})))
        wanted = largest * (2 + np.sqrt(-np.log(1 - p) / 2)) / np.sqrt(n)
        for features in (2, d):
            found = result.evaluate(n=n, d=features, squared_distance=1.3, confidence=p)
            yield bool(abs(found - wanted) <= CLOSE * wanted)


def _ridge_of_one(n: float, d: int) -> float:
    """The root of 1/kappa + 1/(1 + kappa) = n/d, bracketed by that of either term, and of both with 1/kappa."""
    low, high = d / n / 2, 2 * d / n + 1
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if 1 / middle + 1 / (1 + middle) > n / d else (low, middle)
    return low


def _share(kappa: float, n: float, d: int) -> float:
    """The share of |t - u|^2/d that is left: (kappa/(1 + kappa))^2 over 1 - d/(n (1 + kappa)^2)."""
    kept = kappa / (1 + kappa)
    return kept**2 / (1 - d / n / (1 + kappa) ** 2)


def _as_ridge(result: Result) -> Iterator[Residual]:
    """ridge.risk on features of variance 1/d, at the penalty 1/n; and the equation of kappa, bisected."""
    for n, d in ((10, 30), (30, 30), (50, 20), (3, 2)):
        for sigma in (0.0, 0.3):
            given = {"n": n, "d": d, "sigma": sigma, "squared_distance": 1.3}
            other = catalogued("ridge.risk").evaluate(**given, level=1 / d, penalty=1 / n)
            yield bool(abs(result.evaluate(**given) / other - 1) <= 1e-9)
        plain = result.evaluate(n=n, d=d, sigma=0.0, squared_distance=1.0) * d
        yield bool(abs(plain / _share(_ridge_of_one(n, d), n, d) - 1) <= 1e-9)


def _at_equal_risk(result: Result) -> Iterator[Residual]:
    """With n samples from the source, and as many and those saved from zero, the risk is the same: both kappas
    bisected."""
    for n, d, distance, target in ((10, 30, 0.5, 1.0), (30, 30, 0.4, 1.5), (3, 2, 0.4, 1.5)):
        risk = _share(_ridge_of_one(n, d), n, d) * distance / d
        saved = result.evaluate(d=d, risk=risk, squared_distance=distance, squared_target=target)
        more = n + saved
        left = _share(_ridge_of_one(more, d), more, d) * target / d
        yield bool(abs(left / risk - 1) <= 1e-9)


def _source_in_parts(result: Result) -> Iterator[Residual]:
    """Of the error u - w the mean is -kappa/(1 + kappa) w, and the mean square the risk of the source regression, d
    times."""
    for n, d, many in ((10, 30, 20), (30, 20, 15), (5, 2, 3)):
        teacher, product = 1.2, 0.7
        kappa = _ridge_of_one(many, d)
        source = {"n": many, "d": d, "sigma": 0.2, "squared_distance": teacher}
        missed = d * catalogued("relu.risk_equivalent").evaluate(**source)
        further = missed + 2 * kappa / (1 + kappa) * (product - teacher)
        cost = further * _share(_ridge_of_one(n, d), n, d) / d
        given = {"n": n, "d": d, "n_source": many, "sigma_source": 0.2}
        found = result.evaluate(**given, squared_teacher=teacher, teacher_target=product)
        yield bool(abs(found / cost - 1) <= 1e-9)


RELATIONS = (
    Relation("relu.kernel", "normals of growing correlation", Kind.ENCLOSED, _plackett),
    Relation("relu.kernel_expansion", "coefficients of the arcsine", Kind.CANCELS, _arcsine),
    Relation("relu.solution", "labels that are learned", Kind.AGREES, _interpolates),
    Relation("relu.solution", "one sample", Kind.AGREES, _one_sample),
    Relation("relu.harmonics", "integrals over the angle", Kind.ENCLOSED, _over_the_angle),
    Relation("relu.linear_teacher_bound", "the norm of a linear function", Kind.CANCELS, _as_a_norm),
    Relation("relu.bound", "norm, largest value and signs", Kind.AGREES, _of_the_kernel),
    Relation("relu.risk_equivalent", "ridge.risk, and a bisection", Kind.AGREES, _as_ridge),
    Relation("relu.sample_complexity", "equal risks", Kind.AGREES, _at_equal_risk),
    Relation("relu.pretrained_error", "mean and mean square of the source's error", Kind.AGREES, _source_in_parts),
)
