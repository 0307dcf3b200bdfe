"""linear.benefit, linear.best_rescaling, linear.samples_needed: when fine-tuning pays, and how much."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import sympy as sp

from theory.calculus.expressions import Expression
from theory.calculus.pseudoinverse import insert_definition
from theory.calculus.rational import factor
from theory.calculus.rule import Chain, Reason, rule
from theory.linear.conditional_risk import conditional_risk_chain
from theory.linear.risk import average_over_design, averaged_risk, name_the_scalars
from theory.linear.setting import (
    FLAT_IF_OVERPARAMETERIZED,
    NOISELESS,
    OVERPARAMETERIZED,
    REGIME_NAMES,
    STANDARD,
    gap_of,
    target_task,
    task,
)
from theory.notation import n, symbol, vector
from theory.references import SHACHAF_2021
from theory.result import Assumption, Derivation, Equality, Kind, Regime, Result, Statement

gap = symbol("squared_distance")


@rule(Equality.PATHWISE)
def factor_the_gain(target: sp.Expr) -> sp.Expr:
    """Factor; the sign of the gain is the sign of 2<u,t> - |u|^2."""
    return factor(target)


STATIONARY = Reason(
    "stationary point",
    "The difference is a convex quadratic in the scale a: one Newton step from any a ends at its minimum.",
    Equality.PATHWISE,
)
SOLVED = Reason(
    "solve for samples",
    "The risk is linear in n: one Newton step from any n ends where it is r.",
    Equality.PATHWISE,
)
ROUNDED_UP = Reason(
    "round up",
    "The risk falls with n: the least integer is that number rounded up, and d is an integer.",
    Equality.PATHWISE,
)
NONE_NEEDED = Reason(
    "no sample needed",
    "The source alone has risk level |D|^2: where r is 1 + x times that with x >= 0, the least n >= 0 is 0.",
    Equality.PATHWISE,
)


def _risk_from(start: Expression, regime: sp.Basic) -> Chain:
    """From the definition to the risk of fine-tuning from a start, given the design."""
    row_covariance = target_task(regime).covariance
    sample = task(row_covariance, start=start)
    return conditional_risk_chain(sample, regime, row_covariance).apply(insert_definition, gap_of(sample))


def _difference(first: Expression, second: Expression, regime: sp.Basic) -> tuple[Chain, tuple[Derivation, ...]]:
    """The mean difference of the risks from two starts at the same design and noise, and how either risk came about."""
    chains = {start.text: _risk_from(start, regime) for start in (first, second)}
    one, other = chains.values()
    chain = Chain(REGIME_NAMES[regime], regime, one.expression - other.expression)
    average_over_design(chain, target_task(regime), regime)
    chain.apply(name_the_scalars, regime)
    return chain, tuple(replace(c.derivation(), title=f"{c.title}, from {s}") for s, c in chains.items())


def _newton_step(value: sp.Expr, variable: sp.Symbol, order: int) -> sp.Expr:
    """From any number to the root of a derivative of a polynomial, exact where that derivative is linear."""
    return variable - sp.Derivative(value, (variable, order)) / sp.Derivative(value, (variable, order + 1))


@cache
def benefit() -> Result:
    """What is gained by starting at the source instead of at zero: E[R(from 0) - R(from u)], positive iff it pays.

    Fine-tuning beats training from zero if and only if 2 <u,t> > |u|^2, that is |t - u| < |t|.  Exact for isotropic
    Gaussian designs, n < d, with any label noise: it enters both risks alike and cancels draw by draw, also where their
    means are infinite.  For n >= d the start is forgotten and the gain is 0.  Symbols: source_target, squared_source.
    """
    u = vector("u")
    regimes, derivations = list[Regime](), list[Derivation]()
    for regime, name in REGIME_NAMES.items():
        chain, parts = _difference(u * 0, u, regime)
        regimes.append(Regime(name, regime, chain.apply(factor_the_gain).number))
        derivations += [*parts, chain.derivation()]
    return Result(
        key="linear.benefit",
        statement=Statement(
            "gain over training from zero (fine-tuning wins iff > 0)",
            "E[R(from 0) - R(from u)]",
            r"\mathbb{E}[R(h_0)-R(h_{\theta_S})]",
        ),
        kind=Kind.EXACT,
        regimes=tuple(regimes),
        given=(*STANDARD, FLAT_IF_OVERPARAMETERIZED),
        derivations=tuple(derivations),
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
    u = vector("u")
    chain, parts = _difference(u * a, u * 0, OVERPARAMETERIZED)
    found = _newton_step(chain.number, a, 1)
    best = chain.turn_to(found).record(STATIONARY, sp.cancel(found.doit())).number
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
        derivations=(*parts, chain.derivation()),
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
    risk = averaged_risk(OVERPARAMETERIZED)
    found = _newton_step(risk.bias - tolerated, n, 0)
    chain = Chain("n with risk r", OVERPARAMETERIZED, found)
    crossing = chain.record(SOLVED, factor(found.doit())).number
    needed = chain.turn_to(sp.ceiling(crossing)).record(ROUNDED_UP, sp.ceiling(sp.expand(crossing))).number
    alone, excess = sp.Subs(risk.bias, n, 0).doit(), sp.Symbol("x", nonnegative=True)
    none = sp.Max(0, sp.ceiling(sp.cancel(crossing.subs(tolerated, alone * (1 + excess)))), evaluate=False)
    enough = sp.Le(alone, tolerated)
    without = Chain("no samples", OVERPARAMETERIZED, none).record(NONE_NEEDED, none.doit())
    return Result(
        key="linear.samples_needed",
        statement=Statement(
            "least n with expected excess risk at most r",
            "min{n : E R(h) <= r}",
            r"\min\{n:\mathbb{E}R(h)\le r\}",
        ),
        kind=Kind.EXACT,
        regimes=(
            Regime("the source is good enough", enough, without.number),
            Regime("the source is not good enough", sp.Not(enough), needed),
        ),
        given=(*STANDARD, FLAT_IF_OVERPARAMETERIZED, NOISELESS),
        derivations=(*risk.bias_derivations, chain.derivation(), without.derivation()),
        references=(SHACHAF_2021.at("section 4"),),
        see_also=("linear.bias", "linear.benefit"),
    )
