"""Moments of laws, by Euler's integral of their densities: infinite where it diverges."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.laws import Beta, BetaPrime

FIRST, SECOND = sp.symbols("a b", positive=True)


def moment(law: sp.Expr, power: int) -> sp.Expr:
    """E x^power of one atom: int x^(a-1+k) (1-x)^(b-1) dx / B(a, b) for Beta(a, b), over (0, 1); and for BetaPrime
    int x^(a-1+k) (1+x)^(-a-b) dx / B(a, b) over (0, oo).

    >>> moment(BetaPrime(sp.Rational(1, 2), 2), 1)
    1/2
    """
    a, b = law.args
    bounded = isinstance(law, Beta)
    if (a + power).is_nonpositive or (not bounded and (b - power).is_nonpositive):
        return sp.oo
    return _generic(bounded, power).subs({FIRST: a, SECOND: b}, simultaneous=True)


@cache
def _generic(bounded: bool, power: int) -> sp.Expr:
    """The ratio of two of Euler's integrals, a rational function of a and b."""
    return sp.gammasimp(_euler(FIRST + power, SECOND if bounded else SECOND - power) / _euler(FIRST, SECOND))


def _euler(a: sp.Expr, b: sp.Expr) -> sp.Expr:
    return sp.gamma(a) * sp.gamma(b) / sp.gamma(a + b)


def mean(law: sp.Expr) -> sp.Expr:
    """The mean of a sum of multiples of atoms."""
    return law.replace(lambda e: isinstance(e, Beta | BetaPrime), lambda e: moment(e, 1))


def variance(law: sp.Expr) -> sp.Expr:
    """The variance of a sum of multiples of independent atoms; infinite where one has no second moment."""
    parts = []
    for term in sp.Add.make_args(law):
        scale, atom = term.as_independent(Beta, BetaPrime)
        if isinstance(atom, Beta | BetaPrime):
            second = moment(atom, 2)
            parts.append(scale**2 * (second if second == sp.oo else second - moment(atom, 1) ** 2))
    return sp.Add(*parts)
