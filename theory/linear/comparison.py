"""linear.benefit, linear.best_rescaling, linear.samples_needed: when fine-tuning pays, and how much."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.expressions import Expression
from theory.calculus.rule import Chain, Reason, rule
from theory.linear.risk import averaged_risk, name_the_scalars
from theory.linear.setting import (
    DETERMINED,
    FLAT_IF_OVERPARAMETERIZED,
    NOISELESS,
    OVERPARAMETERIZED,
    REGIME_NAMES,
    STANDARD,
)
from theory.notation import n, symbol, vector
from theory.references import SHACHAF_2021
from theory.result import Assumption, Equality, Kind, Regime, Result, Statement

gap = symbol("squared_distance")


@rule(Equality.PATHWISE)
def factor_the_gain(target: sp.Expr) -> sp.Expr:
    """Factor; the sign of the gain is the sign of 2<u,t> - |u|^2."""
    return sp.factor(target)


STATIONARY = Reason(
    "stationary point",
    "The risk is a convex quadratic in the scale a: its derivative vanishes at the minimum.",
    Equality.PATHWISE,
)
SOLVED = Reason(
    "solve for samples",
    "The risk falls with n; solve risk(n) = r for n, and round up to the next integer.",
    Equality.PATHWISE,
)


def _bias_factor() -> sp.Expr:
    """bias / |D|^2 for n < d."""
    return sp.factor(averaged_risk(OVERPARAMETERIZED).bias / gap)


def _squared_norm(v: Expression) -> Expression:
    return v.T @ v


@cache
def benefit() -> Result:
    """What is gained by starting at the source instead of at zero: E[R(from 0) - R(from u)], positive iff it pays.

    Fine-tuning beats training from zero if and only if 2 <u,t> > |u|^2, that is |t - u| < |t|.  Exact for isotropic
    Gaussian designs, n < d, with any label noise: it enters both risks alike and cancels draw by draw, also where their
    means are infinite.  For n >= d the start is forgotten and the gain is 0.  Symbols: source_target, squared_source.
    """
    t, u = vector("t"), vector("u")
    difference = (_squared_norm(t) - _squared_norm(t - u)) * _bias_factor()
    chain = Chain(REGIME_NAMES[OVERPARAMETERIZED], OVERPARAMETERIZED, difference)
    chain.apply(name_the_scalars, OVERPARAMETERIZED).apply(factor_the_gain)
    bias = averaged_risk(OVERPARAMETERIZED).derivation
    return Result(
        key="linear.benefit",
        statement=Statement(
            "gain over training from zero (fine-tuning wins iff > 0)",
            "E[R(from 0) - R(from u)]",
            r"\mathbb{E}[R(h_0)-R(h_{\theta_S})]",
        ),
        kind=Kind.EXACT,
        regimes=(
            Regime(REGIME_NAMES[OVERPARAMETERIZED], OVERPARAMETERIZED, chain.number),
            Regime(REGIME_NAMES[DETERMINED], DETERMINED, sp.Integer(0)),
        ),
        given=(*STANDARD, FLAT_IF_OVERPARAMETERIZED),
        derivations=(bias, chain.derivation(), averaged_risk(DETERMINED).derivation),
        references=(SHACHAF_2021.at("section 4"),),
        see_also=("linear.best_rescaling", "linear.samples_needed"),
    )


@cache
def best_rescaling() -> Result:
    """The multiple a u of the source that is the best start: a = <u,t>/|u|^2, which leaves |t|^2 - <u,t>^2/|u|^2.

    Best in mean of the difference to a start at zero, which is finite with any label noise.  Exact for isotropic
    Gaussian designs, n < d, u not zero.  Symbols: source_target, squared_source.
    """
    a = sp.Symbol("a", real=True)
    t, u = vector("t"), vector("u")
    chain = Chain(REGIME_NAMES[OVERPARAMETERIZED], OVERPARAMETERIZED, _squared_norm(t - u * a) * _bias_factor())
    found = chain.apply(name_the_scalars, OVERPARAMETERIZED).number
    (best,) = sp.solve(sp.diff(found, a), a)
    chain.turn_to(sp.Subs(sp.Derivative(found, a), a, best)).record(STATIONARY, sp.Integer(0))
    return Result(
        key="linear.best_rescaling",
        statement=Statement(
            "best multiple of the source to start from",
            "argmin_a E[R(from a u) - R(from 0)]",
            r"\operatorname*{arg\,min}_a\mathbb{E}[R(h_{a\theta_S})-R(h_0)]",
        ),
        kind=Kind.EXACT,
        regimes=(Regime("n < d, u not zero", sp.And(OVERPARAMETERIZED, sp.Gt(symbol("squared_source"), 0)), best),),
        given=(*STANDARD, FLAT_IF_OVERPARAMETERIZED, Assumption("the source weights are not all zero")),
        derivations=(averaged_risk(OVERPARAMETERIZED).derivation, chain.derivation()),
        references=(SHACHAF_2021.at("section 4"),),
        see_also=("linear.benefit",),
    )


@cache
def samples_needed() -> Result:
    """The least number of target samples with mean noiseless excess risk <= r: max(0, ceil(d (1 - r/(level |D|^2)))).

    Exact for isotropic Gaussian designs with sigma = 0.  Argument `risk` is the tolerated excess risk r >= 0.  Exact
    at a boundary too: numbers count as the decimals they are written in.
    """
    tolerated = symbol("risk")
    bias = averaged_risk(OVERPARAMETERIZED).bias
    (crossing,) = sp.solve(bias - tolerated, n)
    enough = sp.Le(symbol("level") * gap, tolerated)
    chain = Chain("the risk at n", OVERPARAMETERIZED, sp.Subs(bias, n, crossing))
    chain.record(SOLVED, tolerated)
    return Result(
        key="linear.samples_needed",
        statement=Statement(
            "least n with expected excess risk at most r",
            "min{n : E R(h) <= r}",
            r"\min\{n:\mathbb{E}R(h)\le r\}",
        ),
        kind=Kind.EXACT,
        regimes=(
            Regime("the source is good enough", enough, sp.Integer(0)),
            Regime("the source is not good enough", sp.Not(enough), sp.ceiling(sp.expand(crossing))),
        ),
        given=(*STANDARD, FLAT_IF_OVERPARAMETERIZED, NOISELESS),
        derivations=(averaged_risk(OVERPARAMETERIZED).derivation, chain.derivation()),
        references=(SHACHAF_2021.at("section 4"),),
        see_also=("linear.bias", "linear.benefit"),
    )
