"""Results at exact numbers: the formula of the regime that applies, rational numbers put in.

All numbers at once, by `xreplace`: `subs` would put in one after the other and rewrite every condition each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product

import sympy as sp

from theory.calculus.expressions import Expression
from theory.catalogue import result as catalogued
from theory.notation import symbol
from theory.result import Implicit, Regime, Result

Point = Mapping[str, sp.Expr | int]


def numbers(point: Point) -> dict[sp.Symbol, sp.Expr]:
    """The same by symbols."""
    return {symbol(name): sp.sympify(value, strict=True) for name, value in point.items()}


def all_numbers(result: Result, point: Point) -> dict[sp.Symbol, sp.Expr]:
    """The numbers of a point, and those of the symbols that a result gives by formulas in them."""
    return dict(_solved(result.where, frozenset(numbers(point).items()))) if result.where else numbers(point)


@cache
def _solved(where: tuple[Implicit, ...], point: frozenset[tuple[sp.Symbol, sp.Expr]]) -> dict[sp.Symbol, sp.Expr]:
    at = dict(point)
    for implicit in where:
        if implicit.formula is not None and implicit.formula.free_symbols <= at.keys():
            at.setdefault(implicit.symbol, implicit.formula.xreplace(at))
    return at


def regime(result: Result, point: Point) -> Regime:
    """The first regime whose condition holds.  Raises ValueError outside the domain."""
    at = all_numbers(result, point)
    for found in result.regimes:
        if found.condition.xreplace(at) == sp.true:
            return found
    raise ValueError(f"{result.key} has no formula at {dict(point)}")


def formula(result: Result, point: Point) -> sp.Expr:
    """The formula that applies, in its symbols."""
    found = regime(result, point).value
    if isinstance(found, Expression):
        raise TypeError(f"{result.key} is a formula in matrices")
    return found


def matrix_formula(result: Result, point: Point) -> Expression:
    """The same for a result in matrices."""
    found = regime(result, point).value
    if not isinstance(found, Expression):
        raise TypeError(f"{result.key} is a formula in numbers")
    return found


def value(result: Result, point: Point) -> sp.Expr:
    """The formula that applies, with the numbers put in."""
    return formula(result, point).xreplace(all_numbers(result, point))


def known(key: str, point: Point) -> sp.Expr:
    """The same for another result of the catalogue, by its key."""
    return value(catalogued(key), point)


def known_formula(key: str, point: Point) -> sp.Expr:
    """Its formula in symbols."""
    return formula(catalogued(key), point)


WIDE: Point = {"n": 10, "d": 40, "sigma": 1}
TALL: Point = {"n": 40, "d": 10, "sigma": 1}
"""Sizes in the middle of either regime."""

SIZES = ((1, 2), (1, 3), (2, 3), (2, 4), (2, 5), (3, 7), (4, 9), (3, 3), (4, 3), (5, 3), (6, 3), (7, 3), (9, 4), (1, 1))
"""On both sides of every threshold of mean and variance, and on it."""
TASK: Point = {
    "level": sp.Rational(3, 2),
    "squared_target": sp.Rational(7, 4),
    "squared_source": sp.Rational(3, 5),
    "source_target": sp.Rational(1, 2),
    "squared_distance": sp.Rational(27, 20),
}
"""|t - u|^2 = |t|^2 + |u|^2 - 2 <u,t>."""


def points() -> Iterator[Point]:
    """Every size, with noise and without."""
    for (n, d), sigma in product(SIZES, (sp.Rational(2, 3), sp.Integer(0))):
        yield {**TASK, "n": n, "d": d, "sigma": sigma}
