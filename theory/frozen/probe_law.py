"""frozen.probe_quantile: the law of a probe's excess risk, and the risk that is not exceeded with a confidence."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.expressions import Expression, expression, identity, inverse, matrix
from theory.calculus.laws import Quantile, ratios_of_chi_squares
from theory.calculus.letters import Gaussian
from theory.calculus.pseudoinverse import change_of_variable, column_gram_inverse
from theory.calculus.rule import rule
from theory.frozen.probe import ENOUGH, FIXED_FEATURES, count, in_law, outputs, probed, unexplained
from theory.linear.law import normal_vector_in_an_inverse_wishart
from theory.linear.setting import GAUSSIAN, SAME_COVARIANCE, S
from theory.notation import n, sigma, symbol
from theory.references import MUIRHEAD_1982
from theory.result import Assumption, Derivation, Equality, Kind, Regime, Result, Statement

QUANTILE = Assumption("q_p is the number with P(R(h) <= q_p) = p, at the confidence 0 < p < 1")


@rule(Equality.IN_LAW, MUIRHEAD_1982.at("Section 3.2"))
def whitened_features(
    target: Expression, rest: Expression, seen: Expression, inner: Expression, z: Expression
) -> Expression:
    """G = Z C^(1/2) with standard normal Z and C = F'SF: G (G'G)^-1 C (G'G)^-1 G' = Z (Z'Z)^-2 Z'."""
    gram, white = inverse(seen.T @ seen), column_gram_inverse(z)
    old = rest.T @ seen @ gram @ inner @ gram @ seen.T @ rest
    return change_of_variable(target, old, rest.T @ z @ white @ white @ z.T @ rest)


@rule(Equality.IN_LAW)
def residual_in_the_column_span(target: Expression, rest: Expression, z: Expression, f: Expression) -> Expression:
    """(Z'Z)^(-1/2) Z'f is N(0, v I_m) given Z, hence independent of Z, where the entries of f are N(0, v)."""
    white = column_gram_inverse(z)
    return change_of_variable(target, rest.T @ z @ white @ white @ z.T @ rest, f.T @ white @ f)


@cache
def probe_law() -> tuple[sp.Expr, Derivation]:
    """The law of the excess risk of one output, over design and noise."""
    given = in_law()
    chain, rest, features = given.chain, given.rest, probed().features
    z = matrix("Z", n, count, law=Gaussian(identity(count)))
    f = matrix("fP", count, 1, law=Gaussian(expression(unexplained + sigma**2)))
    chain.apply(whitened_features, rest, given.seen, features.T @ S @ features, z).apply(
        residual_in_the_column_span, rest, z, f
    )
    chain.apply(normal_vector_in_an_inverse_wishart, f, z).apply(ratios_of_chi_squares)
    return chain.number, chain.derivation()


@cache
def probe_quantile() -> Result:
    """The excess risk of a probe that is not exceeded with probability `confidence`: the tightest bound there is.

    R = r'Sr + (r'Sr + sigma^2) chi2_m/chi2_{n-m+1} in law, with the unexplained part r'Sr of the target and m features.
    Law of the data: rows of X independent N(0, S) for any covariance S, y = X t + e, e ~ N(0, sigma^2 I), one output; F
    does not depend on the sample.  n >= m, the rank of S^(1/2) F.  Exact.  Fields as those of frozen.probe, and
    confidence.  Source: Muirhead 1982, Theorem 3.2.12.

    >>> features = [[1, 0], [0, 1], [0, 0]]
    >>> found = probe_quantile().evaluate(n=7, d=3, sigma=1, target=[1, 2, 3], features=features, confidence=0.5)
    >>> round(found, 6)  # 9 + 10 times the median of chi2_2/chi2_6
    11.59921
    """
    law, derivation = probe_law()
    domain = sp.And(ENOUGH, sp.Eq(outputs, 1))
    return Result(
        key="frozen.probe_quantile",
        statement=Statement("excess risk of a probe not exceeded with probability p", "q_p", "q_p"),
        kind=Kind.EXACT,
        regimes=(Regime("n >= probe_parameters, one output", domain, Quantile(symbol("confidence"), law)),),
        given=(GAUSSIAN, FIXED_FEATURES, SAME_COVARIANCE, QUANTILE),
        derivations=(derivation,),
        references=(MUIRHEAD_1982.at("Theorem 3.2.12"),),
        see_also=("frozen.probe", "linear.quantile"),
    )
