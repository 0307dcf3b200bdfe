"""linear.noise_law, linear.risk_law, linear.quantile: the law of the excess risk over design and noise."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.designs import isotropic_level
from theory.calculus.expressions import Expression, expression, identity, inverse, letter_of, matrix, pinv
from theory.calculus.laws import Quantile, ratios_of_chi_squares, standard_normal_vector
from theory.calculus.letters import Gaussian
from theory.calculus.pseudoinverse import (
    change_of_variable,
    column_gram_inverse,
    projection_algebra,
    pseudo_inverse_of_full_column_rank,
    pseudo_inverse_of_full_row_rank,
    row_gram_inverse,
)
from theory.calculus.rule import Chain, rule
from theory.linear.conditional_risk import risk_chain
from theory.linear.setting import (
    DETERMINED,
    FLAT_IF_OVERPARAMETERIZED,
    OVERPARAMETERIZED,
    REGIME_NAMES,
    STANDARD,
    S,
    Task,
    gap_of,
    target_task,
)
from theory.notation import d, n, sigma, symbol
from theory.references import MUIRHEAD_1982, SHACHAF_2021
from theory.result import Assumption, Derivation, Equality, Kind, Regime, Result, Statement


@rule(Equality.IN_LAW, MUIRHEAD_1982.at("Section 1.5"))
def share_of_a_fixed_vector(target: Expression, x: Expression, q: Expression, gap: Expression) -> Expression:
    """A fixed vector under a uniformly random projection of rank k has the law of a uniformly random vector
    under a fixed one: D'QD = |D|^2 |a|^2 / (|a|^2 + |b|^2), with independent standard normal a in R^k, b in
    R^(d-k)."""
    rank = x.cols - x.rows
    a, b = standard_normal_vector("a", rank), standard_normal_vector("b", x.rows)
    share = (gap.T @ gap) * (a.T @ a) * inverse(a.T @ a + b.T @ b)
    return change_of_variable(target, gap.T @ q @ gap, share)


@rule(Equality.IN_LAW, MUIRHEAD_1982.at("Theorem 3.2.12"))
def normal_vector_in_an_inverse_wishart(target: Expression, vector: Expression, x: Expression) -> Expression:
    """For f independent of a Wishart matrix W, f'W^-1 f = |f|^2 / |g|^2: W is invariant under rotation, so
    f may be turned onto the first axis, and 1/(W^-1)_11 is the squared distance of one column from the span
    of the others, a chi-square |g|^2."""
    by_rows = vector.rows == x.rows
    gram = row_gram_inverse(x) if by_rows else column_gram_inverse(x)
    excess = x.cols - x.rows if by_rows else x.rows - x.cols
    g = standard_normal_vector("g", excess + 1)
    scaled = inverse(g.T @ g) * (1 / isotropic_level(x))
    return change_of_variable(target, vector.T @ gram @ vector, (vector.T @ vector) * scaled)


@rule(Equality.IN_LAW, MUIRHEAD_1982.at("Section 2.1"))
def row_span_independent_of_gram(target: Expression, sample: Task, copy: Expression) -> Expression:
    """X = (X X')^(1/2) U with U uniformly distributed and independent of X X': what depends on the row span
    (Q) is independent of what depends on X X', so X may be replaced in the latter by an independent copy."""
    return change_of_variable(target, row_gram_inverse(sample.x), row_gram_inverse(copy))


@rule(Equality.IN_LAW)
def whitened_design(target: Expression, x: Expression, z: Expression) -> Expression:
    """X = Z S^(1/2) with standard normal Z, and X+ = S^(-1/2) Z+ at full column rank: X+' S X+ = Z+' Z+."""
    return change_of_variable(target, pinv(x).T @ S @ pinv(x), pinv(z).T @ pinv(z))


@rule(Equality.IN_LAW)
def noise_in_the_column_span(target: Expression, e: Expression, z: Expression, f: Expression) -> Expression:
    """(Z'Z)^(-1/2) Z'e = f is N(0, sigma^2 I_d) given Z, hence independent of Z."""
    inner = column_gram_inverse(z)
    return change_of_variable(target, e.T @ z @ inner @ inner @ z.T @ e, f.T @ inner @ f)


def _noise_by_columns(chain: Chain, sample: Task) -> Chain:
    """n >= d: the noise part through a whitened design and the noise in its column span."""
    z = matrix("Z", n, d, law=Gaussian(identity(d)))
    f = matrix("f", d, 1, law=Gaussian(expression(sigma**2)))
    chain.apply(whitened_design, sample.x, z).apply(pseudo_inverse_of_full_column_rank, z)
    chain.apply(noise_in_the_column_span, sample.e, z, f)
    return chain.apply(normal_vector_in_an_inverse_wishart, f, z)


@cache
def noise_law_in(regime: sp.Basic) -> tuple[sp.Expr, Derivation]:
    """The law of the noise part |S^(1/2) X+ e|^2 in one regime."""
    sample = target_task(regime)
    start = sample.e.T @ pinv(sample.x).T @ sample.covariance @ pinv(sample.x) @ sample.e
    chain = Chain(REGIME_NAMES[regime], regime, start)
    if regime == OVERPARAMETERIZED:
        chain.apply(pseudo_inverse_of_full_row_rank, sample.x)
        chain.apply(normal_vector_in_an_inverse_wishart, sample.e, sample.x)
    else:
        _noise_by_columns(chain, sample)
    chain.apply(ratios_of_chi_squares)
    return chain.number, chain.derivation()


@cache
def risk_law_in(regime: sp.Basic) -> tuple[sp.Expr, Derivation]:
    """The law of the excess risk in one regime."""
    sample = target_task(regime)
    chain = risk_chain(sample, regime, sample.covariance)
    if regime == OVERPARAMETERIZED:
        chain.apply(projection_algebra, sample.x, sample.q).apply(pseudo_inverse_of_full_row_rank, sample.x)
        copy = matrix("X2", n, d, law=letter_of(sample.x).law)
        chain.apply(row_span_independent_of_gram, sample, copy)
        chain.apply(share_of_a_fixed_vector, sample.x, sample.q, gap_of(sample))
        chain.apply(normal_vector_in_an_inverse_wishart, sample.e, copy)
    else:
        _noise_by_columns(chain, sample)
    chain.apply(ratios_of_chi_squares)
    return chain.number, chain.derivation()


def _law_result(
    key: str,
    statement: Statement,
    kind: Kind,
    found: dict[sp.Basic, tuple[sp.Expr, Derivation]],
    *see_also: str,
    given: tuple[Assumption, ...] = (),
) -> Result:
    return Result(
        key=key,
        statement=statement,
        kind=kind,
        regimes=tuple(Regime(REGIME_NAMES[r], r, value) for r, (value, _) in found.items()),
        given=(*STANDARD, FLAT_IF_OVERPARAMETERIZED, *given),
        derivations=tuple(derivation for _, derivation in found.values()),
        references=(MUIRHEAD_1982, SHACHAF_2021.at("section 4")),
        see_also=see_also,
    )


@cache
def noise_law() -> Result:
    """The law of the noise part of the excess risk: sigma^2 chi2_n / chi2_{d-n+1} for n < d, with d for n
    otherwise.

    Over design and noise jointly.  Exact; isotropic where n < d, any invertible covariance where n >= d.
    Its mean exists when |n - d| >= 2 and its variance when |n - d| >= 4; the law always does.
    """
    statement = Statement(
        "law of the noise part of the excess risk",
        "|S^(1/2) X+ e|^2",
        r"\lVert\Sigma^{1/2}X^{+}\varepsilon\rVert^2",
    )
    found = {r: noise_law_in(r) for r in (OVERPARAMETERIZED, DETERMINED)}
    return _law_result("linear.noise_law", statement, Kind.LAW, found, "linear.risk_law", "linear.variance")


@cache
def risk_law() -> Result:
    """The law of the excess risk: a Beta variable for the bias part plus an independent beta-prime for the
    noise.

    Over design and noise jointly; without noise level |D|^2 Beta((d-n)/2, n/2).  Exact; isotropic where n <
    d, any invertible covariance where n >= d.
    """
    statement = Statement("law of the excess risk", "R(h)", "R(h)")
    found = {r: risk_law_in(r) for r in (OVERPARAMETERIZED, DETERMINED)}
    return _law_result("linear.risk_law", statement, Kind.LAW, found, "linear.noise_law", "linear.quantile")


@cache
def quantile() -> Result:
    """The excess risk that is not exceeded with probability `confidence`: the tightest bound there is.

    The quantile of linear.risk_law: one atom by SciPy, two by quadrature (error of the cdf below 1e-10) and
    a root.
    """
    statement = Statement("excess risk not exceeded with probability p", "q_p", "q_p")
    confidence = symbol("confidence")
    found = {}
    for regime in (OVERPARAMETERIZED, DETERMINED):
        law, derivation = risk_law_in(regime)
        found[regime] = (Quantile(confidence, law), derivation)
    means = Assumption("q_p is the number with P(R(h) <= q_p) = p, at the confidence 0 < p < 1")
    return _law_result("linear.quantile", statement, Kind.EXACT, found, "linear.risk_law", given=(means,))
