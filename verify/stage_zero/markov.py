"""Bounds and quantiles by moments: Markov's inequality itself, and which powers may be taken.

A moment is put in as a number, so that this is about what is made of moments; those have relations of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import product
from types import MappingProxyType

import sympy as sp

from theory.calculus.plane import Greatest, InvertedQuantile, Least
from theory.catalogue import result as catalogued
from theory.deep_linear.upper_bound import confidence
from theory.notation import sigma
from theory.result import Result
from verify.stage_zero.relation import Kind, Relation, Residual
from verify.stage_zero.values import Point, all_known, applies, formula

OF_MOMENTS: Mapping[str, str] = MappingProxyType(
    {
        "linear.upper_bound": "linear.error_moments",
        "linear.lower_bound": "linear.inverse_moments",
        "linear.quantile_any_covariance": "linear.inverse_moments",
        "ridge.upper_bound": "ridge.error_moments",
        "ridge.lower_bound": "ridge.inverse_moments",
        "ridge.quantile": "ridge.inverse_moments",
    }
)
"""What is made of which moments of R + sigma^2, or inverse ones."""
SIZES = ((1, 3), (2, 3), (2, 8), (3, 5), (7, 12), (12, 7), (5, 5), (400, 900))
CLOSE = sp.Rational(1, 1000)
EVERYWHERE: Point = {"level": 1, "squared_distance": 1, "penalty": 1, "confidence": sp.Rational(1, 2)}
OUTCOME = sp.Symbol("outcome", real=True)
"""In the place of the least, the greatest, or the quantile of R + sigma^2."""


def points() -> Iterator[Point]:
    """Either side of n = d and at it, with noise and without."""
    for (n, d), noise in product(SIZES, (sp.Integer(0), sp.Rational(1, 2))):
        yield {**EVERYWHERE, "n": n, "d": d, "sigma": noise}


def _powers(point: Point) -> Iterator[sp.Rational]:
    """About every number where a moment may cease to be finite, and at it."""
    n, d = (sp.Integer(int(point[name])) for name in ("n", "d"))
    ends = sp.Integer(0), sp.Integer(1), (n + 1) / 2, (d - n) / 2, (d - n + 1) / 2, sp.Integer(3000)
    for end, off in product(ends, (-CLOSE, sp.Integer(0), CLOSE)):
        yield end + off


def _finite(moments: str, point: Point) -> dict[sp.Rational, bool]:
    return {m: bool(m > 0) and applies(catalogued(moments), {**point, "power": m}) for m in _powers(point)}


def _range(moments: str, result: Result) -> Iterator[Residual]:
    """Powers are positive, those of which the moment is finite, and all of those; a bound is where there are any."""
    for point in points():
        finite, stated = _finite(moments, point), applies(result, point)
        yield stated == any(finite.values())
        if not stated:
            continue
        at, node = all_known(result, point), _node(formula(result, point))
        low, high = (at.value(end) for end in _ends(node))
        for power, is_finite in finite.items():
            yield bool(low < power < high) == is_finite


def _markov(result: Result) -> Iterator[Residual]:
    """E Y^m/y^m, or y^m E Y^-m, is what is left of the probability at the bound y on Y = R + sigma^2; and the least or
    greatest is the bound on R, from below no less than zero.  A quantile is that of Y, less sigma^2."""
    for regime in result.regimes:
        value = regime.value
        assert isinstance(value, sp.Expr), "no formula in matrices"
        node = _node(value)
        outer = value.xreplace({node: OUTCOME})
        if isinstance(node, InvertedQuantile):
            yield outer + sigma**2 - OUTCOME
            yield bool(node.at == confidence)
            continue
        below = isinstance(node, Greatest)
        for number in (-1, sp.Rational(2, 3)):
            yield outer.xreplace({OUTCOME: sp.sympify(number)}) - (max(number, 0) if below else number)
        (moment,) = node.formula.free_symbols - {node.variable, sigma, confidence}
        for m in (1, 2, 3):
            reached = (node.formula.xreplace({node.variable: sp.Integer(m)}) + sigma**2) ** m
            yield (reached * moment if below else moment / reached) - (1 - confidence)


def _node(value: sp.Expr) -> Least | InvertedQuantile:
    (node,) = value.atoms(Least, InvertedQuantile)
    assert isinstance(node, Least | InvertedQuantile)
    return node


def _ends(node: Least | InvertedQuantile) -> tuple[sp.Expr, sp.Expr]:
    return (sp.Integer(0), node.highest) if isinstance(node, InvertedQuantile) else (node.low, node.high)


def _fewer(value: sp.Expr) -> sp.Expr:
    """The same with powers below 2 only."""
    node = _node(value)
    return value.xreplace({node: node.xreplace({_ends(node)[1]: sp.Integer(2)})})


RELATIONS = tuple(
    relation
    for key, moments in OF_MOMENTS.items()
    for relation in (
        Relation(key, "what is made of a moment, put in", Kind.CANCELS, _markov),
        Relation(key, f"powers: those of {moments}", Kind.CANCELS, partial(_range, moments), _fewer),
    )
)
