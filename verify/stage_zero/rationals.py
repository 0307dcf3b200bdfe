"""Formulas at rational numbers, in FLINT's: the number that `xreplace` gives, a hundred times sooner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import add, eq, ge, gt, le, lt, mul, ne
from types import MappingProxyType
from typing import TypeAlias

import sympy as sp
from flint import fmpq

Number: TypeAlias = fmpq
Numbers: TypeAlias = Mapping[sp.Symbol, Number]

ORDERS: Mapping[type, Callable[[Number, Number], bool]] = MappingProxyType(
    {sp.Ge: ge, sp.Gt: gt, sp.Le: le, sp.Lt: lt, sp.Eq: eq, sp.Ne: ne}
)


class NotRational(ValueError):
    """Something in a formula is no rational number: another way must be gone."""


def rational(value: sp.Rational) -> Number:
    """A rational number as FLINT's."""
    return fmpq(int(value.p), int(value.q))


def written(value: Number) -> sp.Rational:
    """The same back."""
    return sp.Rational(int(value.p), int(value.q))


def evaluated(formula: sp.Expr, at: Numbers) -> Number:
    """The number that a formula stands for.  Raises `NotRational`."""
    match formula:
        case sp.Symbol() if formula in at:
            return at[formula]
        case sp.Rational():
            return rational(formula)
        case sp.Add():
            return reduce(add, [evaluated(part, at) for part in formula.args])
        case sp.Mul():
            return reduce(mul, [evaluated(part, at) for part in formula.args])
        case sp.Pow() if formula.exp.is_Integer:
            return _power(evaluated(formula.base, at), int(formula.exp))
        case sp.Piecewise():
            return _chosen(formula, at)
        case sp.Max():
            return max(evaluated(part, at) for part in formula.args)
        case sp.Min():
            return min(evaluated(part, at) for part in formula.args)
        case sp.Abs():
            return abs(evaluated(formula.args[0], at))
        case sp.Mod():
            number, divisor = (evaluated(part, at) for part in formula.args)
            return number - divisor * (number * _power(divisor, -1)).floor()
    raise NotRational(f"{type(formula).__name__} in {formula}")


def holds(condition: sp.Basic, at: Numbers) -> bool:
    """Whether a condition is true.  Raises `NotRational`."""
    match condition:
        case sp.And():
            return all(holds(part, at) for part in condition.args)
        case sp.Or():
            return any(holds(part, at) for part in condition.args)
        case sp.Not():
            return not holds(condition.args[0], at)
    if condition in (sp.true, sp.false):
        return bool(condition)
    order = ORDERS.get(type(condition))
    if order is None:
        raise NotRational(f"{type(condition).__name__} in {condition}")
    first, second = condition.args
    return order(evaluated(first, at), evaluated(second, at))


def _power(base: Number, exponent: int) -> Number:
    if base == 0 and exponent < 0:
        raise NotRational("a division by zero")
    return base**exponent


def _chosen(formula: sp.Piecewise, at: Numbers) -> Number:
    for each, condition in formula.args:
        if holds(condition, at):
            return evaluated(each, at)
    raise NotRational("no branch applies")
