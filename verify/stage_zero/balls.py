"""Numbers that are enclosed: formulas, integrals and roots in ball arithmetic, every rounding accounted for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import add, mul
from types import MappingProxyType

import sympy as sp
from flint import acb, arb, fmpq

PRECISION = 256
"""Bits of a midpoint."""
HALVINGS = 400
"""Steps of a bisection; it ends by itself where signs are no longer certain."""


def exact(value: sp.Rational) -> arb:
    """A rational number, to the last bit of a ball."""
    return arb(fmpq(int(value.p), int(value.q)))


Known = Mapping[sp.Symbol, arb]
NOTHING: Known = MappingProxyType({})


def ball(value: sp.Expr, known: Known = NOTHING) -> arb:
    """A ball that holds the number which a formula stands for, its symbols known; ValueError for other heads."""
    match value:
        case sp.Symbol() if value in known:
            return known[value]
        case sp.Rational():
            return exact(value)
        case sp.Float():
            return exact(sp.Rational(value))
        case sp.Add():
            return reduce(add, (ball(part, known) for part in value.args))
        case sp.Mul():
            return reduce(mul, (ball(part, known) for part in value.args))
        case sp.Pow():
            return power(ball(value.base, known), value.exp, known)
    return _function(value, known)


def power(base: arb, exponent: sp.Expr, known: Known = NOTHING) -> arb:
    """base^exponent; for an exponent that is no integer the base is at least 0."""
    if exponent.is_Integer:
        return base ** int(exponent)
    if exponent == sp.S.Half:
        return base.sqrt()
    return base ** ball(exponent, known)


def _function(value: sp.Expr, known: Known) -> arb:
    match value:
        case sp.log():
            return ball(value.args[0], known).log()
        case sp.asin():
            return ball(value.args[0], known).asin()
        case sp.acos():
            return ball(value.args[0], known).acos()
        case sp.gamma():
            return ball(value.args[0], known).gamma()
        case sp.sign():
            return ball(value.args[0], known).sgn()
        case sp.betainc_regularized():
            first, second, start, end = (ball(part, known) for part in value.args)
            share = end.beta_lower(first, second, regularized=1)
            return share - start.beta_lower(first, second, regularized=1)
    if value == sp.pi:
        return arb.pi()
    raise ValueError(f"{value}: no ball for {type(value).__name__}")


def integral(integrand: Callable[[acb], acb], low: arb, high: arb) -> arb:
    """A ball that holds the integral of a function that is holomorphic about the interval; other points give no
    finite value."""
    return acb.integral(lambda z, _: integrand(z), low, high).real


def root(increasing: Callable[[arb], arb], low: arb, high: arb) -> arb:
    """A ball that holds the root of a continuous function with increasing(low) < 0 < increasing(high).

    Bisection, as long as the sign at the middle is certain; the root lies between certain signs.
    """
    if not (increasing(low) < 0 and increasing(high) > 0):
        raise ValueError(f"no change of sign is certain between {low} and {high}")
    for _ in range(HALVINGS):
        middle = ((low + high) / 2).mid()
        at = increasing(middle)
        if at < 0:
            low = middle
        elif at > 0:
            high = middle
        else:
            break
    return low.union(high)
