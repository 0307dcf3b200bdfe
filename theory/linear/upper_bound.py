"""linear.upper_bound: an excess risk that is not exceeded with a given confidence, for any covariance and n < d."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.plane import Least
from theory.calculus.rule import Reason
from theory.linear.moments import ANY, FINITE, HALF, error_moments, moment, power
from theory.linear.setting import OVERPARAMETERIZED
from theory.notation import RISK, d, n, sigma, symbol
from theory.references import BOUCHERON_2013
from theory.result import Assumption, Derivation, Equality, Implicit, Kind, Regime, Result, Statement

confidence = symbol("confidence")
limit = symbol("risk")
MOMENT = sp.Symbol("moment", positive=True)

MARKOV = Reason(
    "Markov's inequality",
    "Where R >= r, (R + sigma^2)^m is at least (r + sigma^2)^m, for any m > 0; P(R >= r) is the mean of the left side.",
    Equality.AT_MOST,
    BOUCHERON_2013.at("section 2.1"),
)
SOLVED = Reason(
    "solve for the limit", "The mean of the right side, with E (R + sigma^2)^m as found, is 1 - p.", Equality.PATHWISE
)
BEST = Reason("the best power", "What holds for every m holds for the least of all.", Equality.AT_MOST)
MEANS = Assumption(
    "b_p is a number with P(R(h) >= b_p) <= 1 - p, at the confidence 0 < p < 1: the least that any power m gives"
)


def least_power(
    value: sp.Expr, high: sp.Expr, where: tuple[Implicit, ...], domain: sp.Basic
) -> tuple[sp.Expr, tuple[Derivation, ...]]:
    """The least that Markov's inequality gives over powers from 1 to `high`, by the formula of their moments."""
    seen = limit + sigma**2
    indicator = sp.Piecewise((1, sp.Ge(RISK, limit)), (0, True))
    markov = MARKOV.step(indicator, ((RISK + sigma**2) / seen) ** power)
    solved = (MOMENT / (1 - confidence)) ** (1 / power) - sigma**2
    solution = SOLVED.step((MOMENT / seen**power).subs(limit, solved), 1 - confidence)
    bound = Least(solved, power, sp.Integer(1), high)
    best = BEST.step(bound.xreplace({MOMENT: value}), solved.xreplace({MOMENT: value}), where=where)
    return bound, (
        Derivation("the bound", OVERPARAMETERIZED, (markov, solution)),
        Derivation("the best bound", domain, (best,)),
    )


@cache
def upper_bound() -> Result:
    """A bound on the excess risk with probability at least `confidence`, for any covariance and n < d.

    The least over m of (E (R + sigma^2)^m/(1 - p))^{1/m} - sigma^2, by Markov's inequality and the exact moments
    (key linear.error_moments), for the source, target, covariance and noise that are given.  No constant is unknown; it
    lies above the quantile by what Markov's inequality loses.  For n < d and n >= 2, with noise for d >= n + 2: else no
    power has a finite mean.  For n >= d, and isotropic designs, linear.quantile is exact.
    Source: Boucheron, Lugosi & Massart 2013, section 2.1.
    """
    value, where, derivations = moment()
    high = sp.Piecewise((HALF, sp.Eq(sigma, 0)), (sp.Min(HALF, (d - n + 1) / 2), True))
    bound, steps = least_power(value, high, where, sp.And(OVERPARAMETERIZED, sp.Gt(n, 2)))
    domain = sp.And(OVERPARAMETERIZED, sp.Ge(n, 2), FINITE.subs(power, 1))
    named = Implicit(MOMENT, sp.Eq(MOMENT, value), means=error_moments().statement)
    return Result(
        key="linear.upper_bound",
        statement=Statement("excess risk not exceeded with probability p, any covariance", "b_p", "b_{p}"),
        kind=Kind.UPPER_BOUND,
        regimes=(Regime("2 <= n < d - 1, or without noise", domain, bound),),
        given=(*ANY, MEANS),
        derivations=(*derivations, *steps),
        references=(BOUCHERON_2013.at("section 2.1"),),
        see_also=("linear.error_moments", "linear.quantile"),
        where=(*where, named),
    )
