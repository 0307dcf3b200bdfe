"""linear.inverse_moments: E (R(h) + sigma^2)^-m for any covariance and n < d, exact, for any m > 0.

As linear.error_moments, before its last bend: for a negative power the integral over x converges where it stands, with
a = alpha + beta on a vertical line and b = alpha beta > 0.  alpha and beta are e^{eta/2 +- i phi}, so that
a = 2 b^{1/2} cos phi; on the line Re phi = c, 0 < c < pi, 1 + a l + b l^2 = (1 + alpha l)(1 + beta l) has no zero, and
no logarithm meets a cut: those of 1 + alpha l and 1 + beta l add up to an argument below c in size, and so does that of
what is over (alpha - beta)^2 in the excess, while that of sin^2 phi has the other sign or is below pi - 2 c.

A plane through the saddle need not keep eta real.  With theta = Im eta/2, c = Re phi and y = Im phi the arguments of
alpha and beta are theta + c and theta - c, and e^{-i theta} times the product is

    e^{-i theta} + 2 cos(phi) r l + e^{i theta} r^2 l^2,    r = |b|^{1/2}.

While |theta| < pi/2 and |theta| + c < pi it is turned into the right half-plane, for all l > 0, by e^{-i s} with
tan s = -tanh(y) |cot theta|: |theta| + |s| < pi/2, and the quadratic in l that its real part is has no root as
cos c + tanh(y)^2 |cot theta| sin c + cos theta (1 - tanh(y)^2) > 0, which is so at tanh(y)^2 = 0 and 1.  There no
logarithm meets its cut, and the excess, a sum of such reciprocals and of 1, is not zero.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.plane import SaddleIntegral
from theory.linear.moments import (
    ANY,
    EDGE,
    EXCHANGE,
    HALF,
    PARTS,
    WEIGHT,
    alpha,
    beta,
    complement,
    coordinates,
    definitions,
    edge,
    logarithms,
    measure,
    noise_from_error,
    power,
    z,
)
from theory.linear.setting import OVERPARAMETERIZED
from theory.notation import RISK, d, n, sigma
from theory.references import AZAIS_2009, HORN_2013, MUIRHEAD_1982
from theory.result import Derivation, Implicit, Kind, Regime, Result, Statement

eta, phi = sp.symbols("eta phi", real=True)
ROOT = sp.exp(eta / 2)
"""The square root of b = alpha beta."""
HIGHEST = sp.Piecewise(((d - n) / 2, sp.Eq(sigma, 0)), (sp.oo, True))
"""The powers below this one have a mean."""


@cache
def inverse_moment() -> tuple[sp.Expr, tuple[Implicit, ...], tuple[Derivation, ...]]:
    """The formula of E (R + sigma^2)^-m, what its symbols stand for, and how it came about."""
    constant, order = (part.subs(power, -power) for part in measure())
    decay = 4 * ROOT**2 * sp.sin(phi) ** 2 * EDGE  # what stands in e^{-x decay}: (alpha - beta)^2 = -4 b sin^2 phi
    # int dx x^order e^{-x decay} x^-k = Gamma(order + 1 - k) decay^(k - order - 1)
    parts = sp.Add(*(part * decay**k / sp.rf(order + 1 - k, k) for k, part in enumerate(PARTS)))
    exponent = (
        (HALF + power - 1) * eta
        - (order + 1) * logarithms(decay)
        + WEIGHT
        + eta  # d b
        + logarithms(ROOT * sp.sin(phi))  # d a / (2 pi i) = b^{1/2} sin phi d phi / (pi i), upwards
    )
    where = (
        Implicit(alpha, sp.Eq(alpha, sp.exp(eta / 2 + sp.I * phi))),
        Implicit(beta, sp.Eq(beta, sp.exp(eta / 2 - sp.I * phi))),
        *definitions(),
        Implicit(EDGE, sp.Eq(EDGE, edge())),
    )
    value = constant * sp.gamma(order + 1) * SaddleIntegral(exponent, parts, eta, phi, z)
    exchange = EXCHANGE.step((RISK + sigma**2) ** -power, value, where=where)
    lemmas = complement().step, coordinates().step
    derivations = (
        noise_from_error(),
        Derivation("lemmas", OVERPARAMETERIZED, lemmas),
        Derivation("the inverse moments", sp.And(OVERPARAMETERIZED, sp.Gt(n, 2)), (exchange,)),
    )
    return value, where, derivations


@cache
def inverse_moments() -> Result:
    """E (R(h) + sigma^2)^-m for any covariance and n < d: the inverse moments of the test error, at finite n and d.

    Law of the data: rows of X independent N(0, S), S with eigenvalues l_i > 0; D_i = coordinates of t - u in its
    eigenbasis; label noise N(0, sigma^2).  Exact for n >= 2 and every m > 0, and m < (d - n)/2 where sigma = 0
    (infinite beyond).  Argument `power` is m.  Computed by trapezoidal sums around a saddle, to the accuracy that is
    reached (refused otherwise).  A special case of the Kac-Rice formula, Azais & Wschebor 2009, Theorem 6.4.
    """
    value, where, derivations = inverse_moment()
    finite = sp.Or(sp.Ne(sigma, 0), sp.Lt(power, (d - n) / 2))
    return Result(
        key="linear.inverse_moments",
        statement=Statement(
            "inverse moments of the test error, any covariance",
            "E (R(h) + sigma^2)^-m",
            r"\mathbb{E}\left(R(h)+\sigma^2\right)^{-m}",
        ),
        kind=Kind.EXACT,
        regimes=(Regime("2 <= n < d, finite", sp.And(OVERPARAMETERIZED, sp.Ge(n, 2), finite), value),),
        given=ANY,
        derivations=derivations,
        references=(AZAIS_2009.at("Theorem 6.4"), MUIRHEAD_1982.at("Section 3.2"), HORN_2013.at("section 0.8")),
        see_also=("linear.error_moments", "linear.lower_bound", "linear.quantile_any_covariance"),
        where=where,
    )
