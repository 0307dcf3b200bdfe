"""linear.risk_variance and linear.noise_variance: how much the risk varies from one design to the next."""

from __future__ import annotations

import sympy as sp

from theory.calculus.expressions import pinv
from theory.calculus.invariance import orthogonal_invariance, trace_is_rank
from theory.calculus.pseudoinverse import (
    projection_algebra,
    pseudo_inverse_of_full_column_rank,
    pseudo_inverse_of_full_row_rank,
)
from theory.calculus.rule import Chain, rule
from theory.calculus.stein import noise_moments
from theory.calculus.wishart import expectation, tidy
from theory.linear.conditional_risk import conditional_risk_chain
from theory.linear.regimes import NoiseTerm, positive_denominators, regimes
from theory.linear.risk import averaged_risk, name_the_scalars
from theory.linear.setting import (
    DETERMINED,
    FLAT_IF_OVERPARAMETERIZED,
    NOISELESS,
    OVERPARAMETERIZED,
    REGIME_NAMES,
    STANDARD,
    target_task,
)
from theory.notation import sigma
from theory.references import COLLINS_2006, MUIRHEAD_1982, SHACHAF_2021
from theory.result import Derivation, Equality, Kind, Regime, Result, Statement


@rule(Equality.PATHWISE)
def subtract_the_squared_mean(target: sp.Expr, mean: sp.Expr) -> sp.Expr:
    """Var R = E R^2 - (E R)^2, factored."""
    return sp.factor(target - mean**2)


def _noiseless_variance() -> tuple[sp.Expr, Derivation]:
    """Var of level D'QD: E (D'QD)^2 by the invariance of Q, minus the square of the bias."""
    sample = target_task(OVERPARAMETERIZED)
    chain = conditional_risk_chain(sample, OVERPARAMETERIZED, sample.covariance)
    noiseless = projection_algebra(chain.expression.map_coefficients(lambda c: c.subs(sigma, 0)), sample.x, sample.q)
    chain = Chain(REGIME_NAMES[OVERPARAMETERIZED], OVERPARAMETERIZED, noiseless * noiseless)
    chain.apply(orthogonal_invariance, sample.x).apply(projection_algebra, sample.x, sample.q)
    chain.apply(trace_is_rank, sample.x, sample.q).apply(name_the_scalars)
    second = chain.current
    return _centred(chain, second, averaged_risk(OVERPARAMETERIZED).bias)


def _centred(chain: Chain, second: object, mean: sp.Expr) -> tuple[sp.Expr, Derivation]:
    """The last step of a variance, as the equality Var = E R^2 - mean^2 of numbers."""
    assert isinstance(second, sp.Expr)
    variance = sp.factor(second - mean**2)
    chain.steps.append(subtract_the_squared_mean.step(second - mean**2, variance))
    return variance, chain.derivation()


def risk_variance() -> Result:
    """The variance over designs of the noiseless excess risk: 2n(d-n)/(d^2(d+2)) level^2 |D|^4 for n < d, else 0.

    Exact for isotropic Gaussian designs without label noise (sigma = 0), by Weingarten calculus.
    """
    value, derivation = _noiseless_variance()
    return Result(
        key="linear.risk_variance",
        statement=Statement("variance of the noiseless excess risk", "Var R(h), sigma = 0",
                            r"\operatorname{Var}R(h)\big|_{\sigma=0}"),
        kind=Kind.EXACT,
        regimes=(
            Regime(REGIME_NAMES[OVERPARAMETERIZED], OVERPARAMETERIZED, value),
            Regime(REGIME_NAMES[DETERMINED], DETERMINED, sp.Integer(0)),
        ),
        given=(*STANDARD, FLAT_IF_OVERPARAMETERIZED, NOISELESS),
        derivations=(derivation, averaged_risk(DETERMINED).derivation),
        references=(COLLINS_2006.at("Corollary 3.4"), SHACHAF_2021),
        see_also=("linear.risk_law", "linear.noise_variance"),
    )


def _noise_variance(regime: sp.Basic) -> tuple[NoiseTerm, Derivation]:
    """Var over X of sigma^2 tr(X+' S X+): second moment by integration by parts, minus the squared variance term."""
    sample = target_task(regime)
    x = sample.x
    start = sample.e.T @ pinv(x).T @ sample.covariance @ pinv(x) @ sample.e
    chain = Chain(REGIME_NAMES[regime], regime, start)
    chain.apply(noise_moments, sample.e)
    chain.apply(
        pseudo_inverse_of_full_row_rank if regime == OVERPARAMETERIZED else pseudo_inverse_of_full_column_rank, x
    )
    given_design = tidy(chain.expression, x)
    squared = Chain(chain.title, regime, given_design * given_design)
    found = expectation(squared.expression, x)
    squared.cite((*chain.steps, *found.steps), found.value).apply(name_the_scalars)
    mean = averaged_risk(regime).variance.value
    value, derivation = _centred(squared, squared.current, mean)
    return NoiseTerm(sigma, positive_denominators(value, regime), found.finite), derivation


def noise_variance() -> Result:
    """The variance over designs of the conditional noise part sigma^2 tr(X+' S X+): infinite where |n - d| < 4.

    Exact for Gaussian designs: isotropic where n < d, any invertible covariance where n >= d.
    """
    found = {r: _noise_variance(r) for r in (OVERPARAMETERIZED, DETERMINED)}
    zero = sp.Integer(0)
    return Result(
        key="linear.noise_variance",
        statement=Statement("variance over designs of the noise part given the design", "Var E[|S^(1/2) X+ e|^2 | X]",
                            r"\operatorname{Var}\mathbb{E}[\lVert\Sigma^{1/2}X^{+}\varepsilon\rVert^2\mid X]"),
        kind=Kind.EXACT,
        regimes=tuple(p for r, (term, _) in found.items() for p in regimes(REGIME_NAMES[r], r, zero, [term])),
        given=(*STANDARD, FLAT_IF_OVERPARAMETERIZED),
        derivations=tuple(derivation for _, derivation in found.values()),
        references=(MUIRHEAD_1982.at("Theorem 3.2.12"),),
        see_also=("linear.noise_law", "linear.variance"),
    )

