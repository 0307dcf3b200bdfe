"""Ridge towards the source, any covariance: moments of its test error and its mean risk, exact at finite n and d."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeAlias

import sympy as sp

from theory.calculus.rule import Reason
from theory.linear.any_covariance import first_power
from theory.linear.inverse_moments import inverse_moment as plain_inverse_moment
from theory.linear.moments import ANY, HALF, complement, coordinates, power
from theory.linear.moments import moment as plain_moment
from theory.notation import RIDGE_RISK, n, sigma
from theory.references import AZAIS_2009, DAR_2021, HORN_2013, MUIRHEAD_1982
from theory.result import Derivation, Equality, Implicit, Kind, Result
from theory.ridge.leading_order import PENALISED
from theory.ridge.weak_features import noise_from_error, with_penalty
from theory.single import MEAN, stating

Found: TypeAlias = tuple[sp.Expr, tuple[Implicit, ...], tuple[Derivation, ...]]
SEEN = RIDGE_RISK + sigma**2
ENOUGH = sp.Ge(n, 3)
EXCHANGE = Reason(
    "noise exchanged for the dual variable",
    "The density of the noise at n penalty l - X v, v = t - h, times det(X X' + n penalty I) is that of l = (X X' + n "
    "penalty I)^-1 (X D + e): as without a penalty (key linear.error_moments), with infinitely many weak features.",
    Equality.IN_EXPECTATION,
    AZAIS_2009.at("Theorem 6.4"),
)
stated = stating("ridge", (AZAIS_2009.at("Theorem 6.4"), MUIRHEAD_1982, HORN_2013.at("section 0.8"), DAR_2021), ANY)


def _with_penalty(of: Callable[[], Found], seen: sp.Expr, title: str) -> Found:
    """The same formula with the penalty's features in its sums."""
    value, definitions, _ = of()
    where, steps = with_penalty(definitions)
    lemmas = (complement().step, coordinates().step, *steps)
    exchange = EXCHANGE.step(seen, value, where=where)
    derivations = (
        noise_from_error(),
        Derivation("lemmas", ENOUGH, lemmas),
        Derivation(title, ENOUGH, (exchange,)),
    )
    return value, where, derivations


@cache
def moment() -> Found:
    """The formula of E (R + sigma^2)^m, what its symbols stand for, and how it came about."""
    return _with_penalty(plain_moment, SEEN**power, "the moments")


@cache
def inverse_moment() -> Found:
    """The same for the inverse moments."""
    return _with_penalty(plain_inverse_moment, SEEN**-power, "the inverse moments")


@cache
def error_moments() -> Result:
    """E (R(h) + sigma^2)^m for ridge towards the source, any covariance: exact at finite n and d, either larger.

    Law of the data: rows of X independent N(0, S), S with eigenvalues l_i > 0; D_i = coordinates of t - u in its
    eigenbasis; label noise N(0, sigma^2); h = argmin |y - X h|^2/n + penalty |h - u|^2.  Exact for 1 < m < (n + 1)/2.
    Arguments `penalty` > 0 and `power`, which is m.  That of linear.error_moments with infinitely many weak features.

    >>> given = {"n": 8, "d": 3, "sigma": 0.5, "source": [0, 0, 0], "target": [1, 1, 1], "spectrum": [1, 2, 3]}
    >>> round(error_moments().evaluate(**given, penalty=0.5, power=2), 5)
    1.12207
    """
    value, where, derivations = moment()
    shown = "E (R(h) + sigma^2)^m", r"\mathbb{E}\left(R(h)+\sigma^2\right)^m"
    domain = sp.And(PENALISED, sp.Gt(power, 1), sp.Lt(power, HALF))
    regime, near = ("1 < m < (n + 1)/2", domain, value), ("linear.error_moments", "ridge.upper_bound")
    words = "moments of the test error of ridge, any covariance"
    return stated("error_moments", words, shown, Kind.EXACT, [regime], [], derivations, near, where)


@cache
def inverse_moments() -> Result:
    """E (R(h) + sigma^2)^-m for ridge towards the source, any covariance: exact at finite n and d, either larger.

    As ridge.error_moments, for n >= 2 and every m > 0: no power is too large, with or without noise.
    """
    value, where, derivations = inverse_moment()
    shown = "E (R(h) + sigma^2)^-m", r"\mathbb{E}\left(R(h)+\sigma^2\right)^{-m}"
    regime = ("n >= 2", sp.And(PENALISED, sp.Ge(n, 2)), value)
    words, near = "inverse moments of the test error of ridge, any covariance", ("linear.inverse_moments",)
    return stated("inverse_moments", words, shown, Kind.EXACT, [regime], [], derivations, near, where)


@cache
def risk_exact() -> Result:
    """E R(h) for ridge towards the source, any covariance: exact at finite n >= 3 and d, either larger.

    Law of the data as in ridge.error_moments, whose limit m -> 1 this is, less sigma^2.  ridge.risk_equivalent is its
    leading order.

    >>> given = {"n": 8, "d": 3, "sigma": 0.5, "source": [0, 0, 0], "target": [1, 1, 1], "spectrum": [1, 2, 3]}
    >>> round(risk_exact().evaluate(**given, penalty=0.5), 5)
    0.6575
    """
    value, where, derivations = moment()
    mean, named, derivation = first_power(value, where, RIDGE_RISK, ENOUGH)
    words, near = "expected excess risk of ridge, exact", ("ridge.risk_equivalent", "linear.risk_any_covariance")
    regime = ("n >= 3", sp.And(PENALISED, ENOUGH), mean)
    return stated("risk_exact", words, MEAN, Kind.EXACT, [regime], [], [*derivations, derivation], near, named)
