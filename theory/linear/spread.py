"""linear.risk_variance and linear.noise_variance: how much the risk varies from one design to the next."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.expressions import Expression, pinv, trace
from theory.calculus.pseudoinverse import projection_algebra
from theory.calculus.rational import factor
from theory.calculus.rule import Chain, Reason
from theory.linear.regimes import NoiseTerm, positive_denominators, regimes
from theory.linear.risk import average_over_design, averaged_risk, named
from theory.linear.setting import (
    DETERMINED,
    FLAT_IF_OVERPARAMETERIZED,
    NOISELESS,
    OVERPARAMETERIZED,
    REGIME_NAMES,
    STANDARD,
    Task,
    gap_of,
    target_task,
)
from theory.notation import sigma
from theory.references import COLLINS_2006, MUIRHEAD_1982, SHACHAF_2021
from theory.result import Derivation, Equality, Kind, Regime, Result, Statement

SUBTRACT = Reason("subtract the squared mean", "Var R = E R^2 - (E R)^2, factored.", Equality.PATHWISE)


def bias_form(sample: Task, test: Expression) -> Expression:
    """D' Q A Q D: the risk without noise, under test covariance A."""
    gap = gap_of(sample)
    return projection_algebra(gap.T @ sample.q @ test @ sample.q @ gap, sample.x, sample.q)


def noise_form(sample: Task, test: Expression) -> Expression:
    """sigma^2 tr(X+' A X+): the noise part of the risk given the design."""
    return trace(pinv(sample.x).T @ test @ pinv(sample.x)).scaled(sigma**2)


def moment(form: Expression, power: int, sample: Task, regime: sp.Basic) -> tuple[Chain, sp.Basic]:
    """E over designs of a power of a form in Q or X+, still in letters, and when it is finite."""
    product = form
    for _ in range(power - 1):
        product = product * form
    chain = Chain(REGIME_NAMES[regime], regime, product)
    return chain, average_over_design(chain, sample, regime)


def _variance(form: Expression, mean: sp.Expr, sample: Task, regime: sp.Basic) -> tuple[NoiseTerm, Derivation]:
    """Var over designs of a form whose mean is known."""
    chain, finite = moment(form, 2, sample, regime)
    second = named(chain)
    variance = positive_denominators(factor(second - mean**2), regime)
    if chain.turn_to(second - mean**2).number != variance:
        chain.record(SUBTRACT, variance)
    return NoiseTerm(sigma, variance, finite), chain.derivation()


def _noiseless_variance(regime: sp.Basic) -> tuple[NoiseTerm, Derivation]:
    sample = target_task(regime)
    form = bias_form(sample, sample.covariance)
    return _variance(form, averaged_risk(regime).bias, sample, regime)


@cache
def risk_variance() -> Result:
    """The variance over designs of the noiseless excess risk: 2n(d-n)/(d^2(d+2)) level^2 |D|^4 for n < d,
    else 0.

    Exact for isotropic Gaussian designs without label noise (sigma = 0), by Weingarten calculus.
    """
    found = {r: _noiseless_variance(r) for r in (OVERPARAMETERIZED, DETERMINED)}
    return Result(
        key="linear.risk_variance",
        statement=Statement(
            "variance of the noiseless excess risk",
            "Var R(h), sigma = 0",
            r"\operatorname{Var}R(h)\big|_{\sigma=0}",
        ),
        kind=Kind.EXACT,
        regimes=tuple(Regime(REGIME_NAMES[r], r, term.value) for r, (term, _) in found.items()),
        given=(*STANDARD, FLAT_IF_OVERPARAMETERIZED, NOISELESS),
        derivations=tuple(derivation for _, derivation in found.values()),
        references=(COLLINS_2006.at("Section 3"), SHACHAF_2021),
        see_also=("linear.risk_law", "linear.noise_variance"),
    )


def _noise_variance(regime: sp.Basic) -> tuple[NoiseTerm, Derivation]:
    sample = target_task(regime)
    form = noise_form(sample, sample.covariance)
    return _variance(form, averaged_risk(regime).variance.value, sample, regime)


@cache
def noise_variance() -> Result:
    """The variance over designs of the conditional noise part sigma^2 tr(X+' S X+): infinite where |n - d|
    < 4.

    Exact for Gaussian designs: isotropic where n < d, any invertible covariance where n >= d.
    """
    found = {r: _noise_variance(r) for r in (OVERPARAMETERIZED, DETERMINED)}
    return Result(
        key="linear.noise_variance",
        statement=Statement(
            "variance over designs of the noise part given the design",
            "Var E[|S^(1/2) X+ e|^2 | X]",
            r"\operatorname{Var}\mathbb{E}[\lVert\Sigma^{1/2}X^{+}\varepsilon\rVert^2\mid X]",
        ),
        kind=Kind.EXACT,
        regimes=tuple(p for r, (term, _) in found.items() for p in regimes(REGIME_NAMES[r], r, term.silent, [term])),
        given=(*STANDARD, FLAT_IF_OVERPARAMETERIZED),
        derivations=tuple(derivation for _, derivation in found.values()),
        references=(MUIRHEAD_1982.at("Theorem 3.2.12"),),
        see_also=("linear.noise_law", "linear.variance"),
    )
