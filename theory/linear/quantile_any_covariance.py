"""linear.quantile_any_covariance: the quantiles of the excess risk for any covariance and n < d, exact at finite n."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.plane import InverseMoment, InvertedQuantile
from theory.calculus.rule import Reason
from theory.linear.inverse_moments import HIGHEST, inverse_moment, inverse_moments
from theory.linear.lower_bound import INVERSE, confidence
from theory.linear.moments import ANY, power
from theory.linear.setting import OVERPARAMETERIZED
from theory.notation import RISK, d, n, sigma
from theory.references import AZAIS_2009, TITCHMARSH_1948
from theory.result import Assumption, Derivation, Equality, Implicit, Kind, Regime, Result, Statement

MELLIN = Reason(
    "Mellin's inversion",
    "The indicator of Y <= y is the integral of y^m Y^-m dm/(2 pi i m) along a vertical line in Re m > 0, and its mean "
    "that of y^m E Y^-m, with Y = R + sigma^2: p at the y that is meant.",
    Equality.IN_EXPECTATION,
    TITCHMARSH_1948.at("section 1.29"),
)
MEANS = Assumption("q_p is the number with P(R(h) <= q_p) = p, at the confidence 0 < p < 1, of any covariance")


def inverted(
    value: sp.Expr, highest: sp.Expr, where: tuple[Implicit, ...], risk: sp.Symbol, domain: sp.Basic
) -> tuple[sp.Expr, Derivation]:
    """The quantile of a risk, by the formula of its inverse moments, finite for powers below `highest`."""
    found = InvertedQuantile(INVERSE, power, highest, confidence) - sigma**2
    indicator = sp.Heaviside(found.xreplace({INVERSE: InverseMoment(power, value)}) - risk, 1)
    return found, Derivation("the quantile", domain, (MELLIN.step(indicator, confidence, where=where),))


@cache
def quantile_any_covariance() -> Result:
    """The excess risk that is not exceeded with probability `confidence`, for any covariance and n < d: exact.

    Law of the data: rows of X independent N(0, S), S with eigenvalues l_i > 0; D_i = coordinates of t - u in its
    eigenbasis; label noise N(0, sigma^2).  The tightest bound there is, at finite n and d, by Mellin's inversion of
    linear.inverse_moments; numbers have a probability that is right to 3e-4, and are refused where that is not reached,
    as for very few samples (n/d of a few hundredths) and without noise close to n = d.  For n >= d, and isotropic
    designs, linear.quantile is faster.  Sources: Titchmarsh 1948, section 1.29; Azais & Wschebor 2009, Theorem 6.4.
    """
    value, where, derivations = inverse_moment()
    quantile, derivation = inverted(value, HIGHEST, where, RISK, sp.And(sp.Gt(d, n + 5), sp.Gt(n, 5)))
    named = Implicit(INVERSE, sp.Eq(INVERSE, value), means=inverse_moments().statement)
    return Result(
        key="linear.quantile_any_covariance",
        statement=Statement("excess risk not exceeded with probability p, any covariance", "q_p", "q_p"),
        kind=Kind.EXACT,
        regimes=(Regime("2 <= n < d", sp.And(OVERPARAMETERIZED, sp.Ge(n, 2)), quantile),),
        given=(*ANY, MEANS),
        derivations=(*derivations, derivation),
        references=(TITCHMARSH_1948.at("section 1.29"), AZAIS_2009.at("Theorem 6.4")),
        see_also=("linear.quantile", "linear.inverse_moments", "linear.upper_bound", "linear.lower_bound"),
        where=(*where, named),
    )
