"""linear.lower_bound: an excess risk that is exceeded with a given confidence, for any covariance and n < d."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.plane import Greatest, InverseMoment
from theory.calculus.rule import Reason
from theory.linear.inverse_moments import HIGHEST, inverse_moment, inverse_moments
from theory.linear.moments import ANY, power
from theory.linear.setting import OVERPARAMETERIZED
from theory.linear.upper_bound import SOLVED
from theory.notation import RISK, n, sigma, symbol
from theory.references import BOUCHERON_2013
from theory.result import Assumption, Derivation, Equality, Implicit, Kind, Regime, Result, Statement

confidence = symbol("confidence")
limit = symbol("risk")
INVERSE = sp.Symbol("inverse_moment", positive=True)

MARKOV = Reason(
    "Markov's inequality",
    "Where R <= r, (R + sigma^2)^-m is at least (r + sigma^2)^-m, for any m > 0; P(R <= r) is the mean of the left "
    "side.",
    Equality.AT_MOST,
    BOUCHERON_2013.at("section 2.1"),
)
BEST = Reason("the best power", "What holds for every m holds for the greatest of all.", Equality.AT_MOST)
NONE_BELOW = Reason("risks are not negative", "What is below 0 says nothing, and 0 is a bound.", Equality.AT_MOST)
MEANS = Assumption(
    "a_p is a number with P(R(h) <= a_p) <= 1 - p, at the confidence 0 < p < 1: the greatest that any power m gives, "
    "and none below 0"
)


def greatest_power(
    value: sp.Expr, highest: sp.Expr, where: tuple[Implicit, ...], domain: sp.Basic
) -> tuple[sp.Expr, tuple[Derivation, ...]]:
    """The greatest that Markov's inequality gives over powers below `highest`, by the formula of the inverse moments;
    0 where that is negative."""
    seen = limit + sigma**2
    indicator = sp.Piecewise((1, sp.Le(RISK, limit)), (0, True))
    markov = MARKOV.step(indicator, (seen / (RISK + sigma**2)) ** power)
    solved = ((1 - confidence) / INVERSE) ** (1 / power) - sigma**2
    solution = SOLVED.step((INVERSE * seen**power).subs(limit, solved), 1 - confidence)
    bound = Greatest(solved, power, sp.Integer(0), highest)
    positive, moment = sp.Max(bound, 0), {INVERSE: InverseMoment(power, value)}
    best = BEST.step(solved.xreplace(moment).xreplace({power: 16 * power}), bound.xreplace(moment), where=where)
    capped = NONE_BELOW.step(best.after, positive.xreplace(moment), where=where)
    return positive, (
        Derivation("the bound", OVERPARAMETERIZED, (markov, solution)),
        Derivation("the best bound", domain, (best, capped)),
    )


@cache
def lower_bound() -> Result:
    """An excess risk that is exceeded with probability at least `confidence`, for any covariance and n < d.

    The greatest over m > 0 of ((1 - p)/E (R + sigma^2)^-m)^{1/m} - sigma^2, by Markov's inequality and the exact
    inverse moments (key linear.inverse_moments), for the source, target, covariance and noise that are given; 0 where
    that is negative.  No constant is unknown; it lies below the quantile by what Markov's inequality loses.  For n < d
    and n >= 2; for n >= d, and isotropic designs, linear.quantile is exact.  Source: Boucheron, Lugosi & Massart 2013,
    section 2.1.
    """
    value, where, derivations = inverse_moment()
    bound, steps = greatest_power(value, HIGHEST, where, sp.And(OVERPARAMETERIZED, sp.Gt(n, 2)))
    named = Implicit(INVERSE, sp.Eq(INVERSE, value), means=inverse_moments().statement)
    return Result(
        key="linear.lower_bound",
        statement=Statement("excess risk exceeded with probability p, any covariance", "a_p", "a_{p}"),
        kind=Kind.LOWER_BOUND,
        regimes=(Regime("2 <= n < d", sp.And(OVERPARAMETERIZED, sp.Ge(n, 2)), bound),),
        given=(*ANY, MEANS),
        derivations=(*derivations, *steps),
        references=(BOUCHERON_2013.at("section 2.1"),),
        see_also=("linear.inverse_moments", "linear.quantile_any_covariance", "linear.upper_bound"),
        where=(*where, named),
    )
