"""Shallow ReLU networks: the kernel and what it is made of by other routes."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp
from flint import arb

from theory.result import Result
from verify.stage_zero.balls import ball, exact, integral
from verify.stage_zero.relation import Kind, Relation, Residual
from verify.stage_zero.values import value

COSINES = (sp.Rational(-4, 5), sp.Rational(-1, 3), sp.Rational(1, 7), sp.Rational(9, 10))
DEGREES = 12


def _plackett(result: Result) -> Iterator[Residual]:
    """P(u > 0, v > 0) of normals with correlation c: 1/4, and the integral of their density at 0 over correlations."""
    for c in COSINES:
        moved = integral(lambda r: 1 / (1 - r * r).sqrt(), arb(0), exact(c)) / (2 * arb.pi())
        yield ball(value(result, {"cosine": c})) - exact(c) * (exact(sp.Rational(1, 4)) + moved)


def _arcsine(result: Result) -> Iterator[Residual]:
    """t/4 + t arcsin(t)/(2 pi), the arcsine by its equation (1 - t^2) y'' = t y'."""
    arcsine = [sp.Integer(0), sp.Integer(1)]
    for j in range(DEGREES):
        arcsine.append(arcsine[j] * j**2 / sp.Integer((j + 1) * (j + 2)))
    for j in range(DEGREES):
        linear = sp.Rational(1, 4) if j == 1 else sp.Integer(0)
        yield value(result, {"degree": j}) - linear - (arcsine[j - 1] if j else 0) / (2 * sp.pi)


RELATIONS = (
    Relation("relu.kernel", "normals of growing correlation", Kind.ENCLOSED, _plackett),
    Relation("relu.kernel_expansion", "coefficients of the arcsine", Kind.CANCELS, _arcsine),
)
