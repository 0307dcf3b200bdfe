"""linear.conditional_risk: the excess risk given the design, averaged over the label noise."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.expressions import Expression
from theory.calculus.rule import Chain, Reason
from theory.calculus.stein import noise_moments
from theory.linear.setting import (
    DETERMINED,
    FRESH,
    GIVEN_SOURCE,
    OVERPARAMETERIZED,
    REGIME_NAMES,
    SAME_COVARIANCE,
    S,
    Task,
    error_chain,
    task,
    trained_weights,
)
from theory.references import SHACHAF_2021
from theory.result import Assumption, Equality, Kind, Regime, Result, Statement

EXPAND = Reason("expand excess risk", "R(h) = (h - t)' S (h - t), with the error h - t as found.", Equality.PATHWISE)


def risk_chain(sample: Task, regime: sp.Basic, test: Expression) -> Chain:
    """From the estimator to its excess risk under test covariance `test`, noise not yet averaged."""
    chain = error_chain(sample, regime)
    error = chain.expression
    deviation = trained_weights(sample) - sample.teacher
    chain.turn_to(deviation.T @ test @ deviation)
    return chain.record(EXPAND, error.T @ test @ error)


def conditional_risk_chain(sample: Task, regime: sp.Basic, test: Expression) -> Chain:
    """The same, averaged over the label noise."""
    return risk_chain(sample, regime, test).apply(noise_moments, sample.e)


@cache
def conditional_risk() -> Result:
    """E[R(h) | X] = D' Q S Q D + sigma^2 tr(X+' S X+), for any covariance S.

    Law of the noise: E e = 0, E e e' = sigma^2 I, independent of X.  Exact for every full-rank X (n, d).
    Source: Shachaf et al. 2021, section 4.
    """
    chains = {r: conditional_risk_chain(task(S), r, S) for r in (OVERPARAMETERIZED, DETERMINED)}
    return Result(
        key="linear.conditional_risk",
        statement=Statement("expected excess risk given the design", "E[R(h) | X]", r"\mathbb{E}[R(h)\mid X]"),
        kind=Kind.IDENTITY,
        regimes=tuple(Regime(REGIME_NAMES[r], r, chain.current) for r, chain in chains.items()),
        given=(
            Assumption("label noise with mean 0 and covariance sigma^2 I, independent of X; X of full rank"),
            FRESH,
            GIVEN_SOURCE,
            SAME_COVARIANCE,
        ),
        derivations=tuple(chain.derivation() for chain in chains.values()),
        references=(SHACHAF_2021.at("section 4"),),
        see_also=("linear.risk", "linear.risk_equivalent"),
    )
