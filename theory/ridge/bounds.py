"""Ridge towards the source: risks that are exceeded, or not, with a confidence, at finite n and d, any covariance."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.linear.lower_bound import INVERSE, greatest_power
from theory.linear.lower_bound import MEANS as ABOVE_IT
from theory.linear.moments import HALF
from theory.linear.quantile_any_covariance import MEANS as EXACTLY
from theory.linear.quantile_any_covariance import inverted
from theory.linear.upper_bound import MEANS as BELOW_IT
from theory.linear.upper_bound import MOMENT, least_power
from theory.notation import RIDGE_RISK, d, n
from theory.result import Implicit, Kind, Result
from theory.ridge.leading_order import PENALISED
from theory.ridge.moments import error_moments, inverse_moment, inverse_moments, moment, stated

SEVERAL = sp.And(sp.Gt(d, n), sp.Ge(n, 3))
"""Sizes at which the best power is near to those that steps are looked at with."""
FEW = sp.And(PENALISED, sp.Ge(n, 2))


@cache
def upper_bound() -> Result:
    """A bound on the excess risk of ridge with probability at least `confidence`, for any covariance, n and d.

    The least over m of (E (R + sigma^2)^m/(1 - p))^{1/m} - sigma^2, by Markov's inequality and the exact moments (key
    ridge.error_moments), as in linear.upper_bound.  No constant is unknown.  For n >= 2 and a penalty > 0.
    """
    value, where, derivations = moment()
    bound, steps = least_power(value, HALF, where, SEVERAL)
    named = Implicit(MOMENT, sp.Eq(MOMENT, value), means=error_moments().statement)
    words, shown = "excess risk of ridge not exceeded with probability p", ("b_p", "b_{p}")
    regime, near = ("n >= 2", FEW, bound), ("ridge.error_moments", "ridge.quantile")
    given, whole = [BELOW_IT], [*derivations, *steps]
    return stated("upper_bound", words, shown, Kind.UPPER_BOUND, [regime], given, whole, near, (*where, named))


@cache
def lower_bound() -> Result:
    """An excess risk of ridge that is exceeded with probability at least `confidence`, for any covariance, n and d.

    The greatest over m > 0 of ((1 - p)/E (R + sigma^2)^-m)^{1/m} - sigma^2, by Markov's inequality and the exact
    inverse moments (key ridge.inverse_moments), as in linear.lower_bound; 0 where that is negative.  For n >= 2.
    """
    value, where, derivations = inverse_moment()
    bound, steps = greatest_power(value, sp.oo, where, SEVERAL)
    words, shown = "excess risk of ridge exceeded with probability p", ("a_p", "a_{p}")
    regime, near = ("n >= 2", FEW, bound), ("ridge.inverse_moments", "ridge.quantile")
    given, whole = [ABOVE_IT], [*derivations, *steps]
    return stated("lower_bound", words, shown, Kind.LOWER_BOUND, [regime], given, whole, near, (*where, _inverse()))


@cache
def quantile() -> Result:
    """The excess risk of ridge that is not exceeded with probability `confidence`: exact, any covariance, n and d.

    The tightest bound there is, by Mellin's inversion of ridge.inverse_moments; numbers have a probability that is
    right to 3e-4, and are refused where that is not reached, as for few samples or features (a dozen).  Law of the data
    as in ridge.error_moments; n >= 2.
    """
    value, where, derivations = inverse_moment()
    found, derivation = inverted(value, sp.oo, where, RIDGE_RISK, sp.And(sp.Gt(d, n), sp.Gt(n, 5)))
    words, shown = "excess risk of ridge not exceeded with probability p, exact", ("q_p", "q_p")
    regime, near = ("n >= 2", FEW, found), ("ridge.inverse_moments", "ridge.upper_bound", "ridge.lower_bound")
    given, whole = [EXACTLY], [*derivations, derivation]
    return stated("quantile", words, shown, Kind.EXACT, [regime], given, whole, near, (*where, _inverse()))


def _inverse() -> Implicit:
    value, _, _ = inverse_moment()
    return Implicit(INVERSE, sp.Eq(INVERSE, value), means=inverse_moments().statement)
