"""linear.risk_any_covariance: the expected excess risk for any covariance and n < d, exact at finite n and d."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.plane import LineIntegral, PlaneIntegral
from theory.calculus.rule import Reason
from theory.linear.moments import ANY, EDGE, EXCESS, PARTS, alpha, beta, edge, moment, power, z
from theory.notation import RISK, d, n, sigma
from theory.references import AZAIS_2009, SHACHAF_2021
from theory.result import Derivation, Equality, Implicit, Kind, Regime, Result, Statement

ONCE = Reason(
    "the first power",
    "As m -> 1, E^{m - 2}/Gamma(m - 1) weighs more and more what is near alpha = beta, where E vanishes like "
    "(alpha - beta)^2: its integral across that edge tends to half of the rest there.  The other two terms stay.",
    Equality.IN_EXPECTATION,
)


def first_power(
    value: sp.Expr, where: tuple[Implicit, ...], risk: sp.Symbol, domain: sp.Basic
) -> tuple[sp.Expr, tuple[Implicit, ...], Derivation]:
    """The limit m -> 1 of the formula of E (R + sigma^2)^m, less sigma^2."""
    (plane,) = value.atoms(PlaneIntegral)
    start = power - 1
    constant = sp.limit(sp.gammasimp(value / plane * sp.gamma(start)), power, 1)
    exponent = plane.exponent.subs(power, 1)
    # E = (alpha - beta)^2 edge: the integral of (alpha - beta)^{2 (m - 1) - 1}/Gamma(m - 1) across alpha = beta is 1/2
    once = exponent + sp.log(EXCESS)  # E^{m - 2} E
    across = once - sp.log(alpha - beta) - sp.log(EDGE)
    along = LineIntegral(across, PARTS[0], alpha, beta, z)
    rest = PlaneIntegral(once, PARTS[1] + PARTS[2] * EXCESS, alpha, beta, z)
    mean = constant * (along / 2 + rest) - sigma**2
    named = (*where, Implicit(EDGE, sp.Eq(EDGE, edge())))
    return mean, named, Derivation("the mean", domain, (ONCE.step(risk, mean, where=named),))


@cache
def risk_any_covariance() -> Result:
    """E R(h) for any covariance, 3 <= n <= d - 2: bias and variance of fine-tuning at finite n and d, in one formula.

    Law of the data: rows of X independent N(0, S), S with eigenvalues l_i > 0; D_i = coordinates of t - u in its
    eigenbasis; label noise N(0, sigma^2).  Exact; nothing is said for d = n + 1, where it is infinite with noise.
    linear.risk_equivalent is its leading order.  The limit m -> 1 of linear.error_moments, less sigma^2.
    """
    value, where, derivations = moment()
    domain = sp.And(sp.Ge(d, n + 2), sp.Ge(n, 3))
    risk, named, derivation = first_power(value, where, RISK, domain)
    return Result(
        key="linear.risk_any_covariance",
        statement=Statement("expected excess risk, any covariance", "E R(h)", r"\mathbb{E}\,R(h)"),
        kind=Kind.EXACT,
        regimes=(Regime("3 <= n <= d - 2", domain, risk),),
        given=ANY,
        derivations=(*derivations, derivation),
        references=(AZAIS_2009.at("Theorem 6.4"), SHACHAF_2021.at("section 4")),
        see_also=("linear.error_moments", "linear.risk", "linear.risk_equivalent"),
        where=named,
    )
