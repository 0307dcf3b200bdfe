"""Results at exact numbers: the formula of the regime that applies, rational numbers put in.

All numbers at once, in FLINT's or by `xreplace`: `subs` would put in one after the other and rewrite every condition
each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product

import sympy as sp

from theory.calculus.expressions import Expression
from theory.catalogue import result as catalogued
from theory.notation import symbol
from theory.result import Implicit, Regime, Result
from verify.stage_zero.rationals import NotRational, Numbers, evaluated, holds, rational, written

Point = Mapping[str, sp.Expr | int]


def numbers(point: Point) -> dict[sp.Symbol, sp.Expr]:
    """The same by symbols."""
    return {symbol(name): sp.sympify(value, strict=True) for name, value in point.items()}


@dataclass(frozen=True)
class Known:
    """The numbers that symbols stand for, and those of them that are rational, which are quicker to compute with."""

    numbers: Mapping[sp.Symbol, sp.Expr]
    rational: Numbers

    def holds(self, condition: sp.Basic) -> bool:
        """Whether a condition is true."""
        try:
            return holds(condition, self.rational)
        except NotRational:
            return bool(condition.xreplace(self.numbers) == sp.true)

    def value(self, formula: sp.Expr) -> sp.Expr:
        """A formula with the numbers put in; of a choice, the branch."""
        try:
            return written(evaluated(formula, self.rational))
        except NotRational:
            return self._branch(formula).xreplace(self.numbers)

    def _branch(self, formula: sp.Expr) -> sp.Expr:
        branches = formula.args if isinstance(formula, sp.Piecewise) else ()
        return next((each for each, condition in branches if self.holds(condition)), formula)


def all_known(result: Result, point: Point) -> Known:
    """The numbers of a point, and those of the symbols that a result gives by formulas in them."""
    return _solved(result.where, frozenset(numbers(point).items()))


def all_numbers(result: Result, point: Point) -> dict[sp.Symbol, sp.Expr]:
    """The same in SymPy's."""
    return dict(all_known(result, point).numbers)


@cache
def _solved(where: tuple[Implicit, ...], point: frozenset[tuple[sp.Symbol, sp.Expr]]) -> Known:
    at = _with_rationals(dict(point))
    for implicit in where:
        if implicit.formula is not None and implicit.needs <= at.numbers.keys():
            at = _with_rationals({implicit.symbol: at.value(implicit.formula), **at.numbers})
    return at


def _with_rationals(numbers: Mapping[sp.Symbol, sp.Expr]) -> Known:
    return Known(numbers, {name: rational(number) for name, number in numbers.items() if number.is_Rational})


def applies(result: Result, point: Point) -> bool:
    """Whether a result has a formula there."""
    at = all_known(result, point)
    return any(at.holds(regime.condition) for regime in result.regimes)


def regime(result: Result, point: Point) -> Regime:
    """The first regime whose condition holds.  Raises ValueError outside the domain."""
    at = all_known(result, point)
    for found in result.regimes:
        if at.holds(found.condition):
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
    return all_known(result, point).value(formula(result, point))


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
