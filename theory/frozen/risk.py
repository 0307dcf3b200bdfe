"""frozen.risk: the expected excess risk on the target, some coordinates trained, some transferred, the rest zero."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import sympy as sp

from theory.calculus.expressions import expression
from theory.calculus.pseudoinverse import change_of_variable, insert_definition
from theory.calculus.rational import factor
from theory.calculus.rule import Chain, Reason
from theory.calculus.stein import noise_moments
from theory.calculus.substitution import replace
from theory.frozen.averages import average_over, average_polynomial, resolve
from theory.frozen.setting import (
    REFERENCES,
    STANDARD,
    free,
    residual,
    source,
    target,
    transferred_error,
)
from theory.frozen.source_error import (
    STATEMENT,
    collected,
    residual_where,
    source_derivations,
    source_regimes,
)
from theory.linear.regimes import NoiseTerm, positive_denominators, positive_factors, regimes
from theory.notation import n, number_of, sigma, symbol
from theory.result import Derivation, Equality, Implicit, Kind, Regime, Result, Statement

NONE_FREE, SOME_FREE = sp.Eq(free, 0), sp.Ge(free, 1)
WIDE, TALL = sp.And(SOME_FREE, sp.Lt(n, free)), sp.And(SOME_FREE, sp.Ge(n, free))
REGIME_NAMES = {TALL: "free_parameters <= n", WIDE: "free_parameters > n"}
squared_free, squared_zeroed = symbol("squared_free"), symbol("squared_zeroed")

THREE_PARTS = Reason(
    "the risk by coordinates",
    "The features are isotropic: the risk is the squared error, at free, transferred and zeroed coordinates.",
    Equality.PATHWISE,
)
OVER_THE_SOURCE = Reason(
    "average over the source",
    "The mean squared error at the transferred coordinates is frozen.source_error.",
    Equality.IN_EXPECTATION,
)
LABELS_APART = Reason(
    "the residual of the target's labels",
    "What the labels vary by, given the free coordinates, enters as one number v.",
    Equality.PATHWISE,
)


def error_where() -> Implicit:
    """M, by the formulas of frozen.source_error; infinite where none of them is finite."""
    formula = sp.Piecewise(*((r.value, r.condition) for r in source_regimes()), evaluate=False)
    return Implicit(transferred_error, sp.Eq(transferred_error, formula, evaluate=False), means=STATEMENT)


@dataclass(frozen=True)
class Averaged:
    """E R in one regime: the part without the residual of the labels, that with it, how it was found."""

    signal: sp.Expr
    noise: NoiseTerm
    derivation: Derivation


@cache
def label_variance() -> Derivation:
    """E (x_K'(t_K - w_K) + x_Z't_Z + e)^2, what a label of the target varies by given the free coordinates."""
    given = target()
    row = given.seen @ source().gap + given.zeroed @ given.missing + given.e
    chain = Chain("a label of the target", SOME_FREE, (row.T @ row) / n).apply(noise_moments, given.e)
    average_polynomial(chain, given.seen, given.zeroed)
    return over_the_source(chain).derivation()


def residual_of_target() -> Implicit:
    """v of the target, by its formula."""
    return Implicit(residual, sp.Eq(residual, label_variance().steps[-1].after, evaluate=False))


def over_the_source(chain: Chain) -> Chain:
    """Name what is left: the mean over the source is known."""
    gap = source().gap
    left = replace(chain.expression, (gap.T @ gap, expression(transferred_error)))
    return chain.record(OVER_THE_SOURCE, number_of(left), where=(residual_where(), error_where()))


def _free_error(wide: bool, regime: sp.Basic) -> Chain:
    """hF - tF by the definition of hF: -Q tF + XF+ (X_S D + X_Z tZ + e), Q = 0 where p <= n."""
    given, taught = target(), source()
    h, gap = given.learned, taught.gap
    chain = Chain(REGIME_NAMES[regime], regime, h - given.weights).apply(insert_definition, h, given.y)
    chain.apply(change_of_variable, taught.picks @ taught.learned, taught.picks @ taught.target - gap)
    return resolve(chain, given.x, given.q, wide)


@cache
def averaged(regime: sp.Basic) -> Averaged:
    """From the definition of what is trained to the mean of the risk over both samples and the source task."""
    given, gap, wide = target(), source().gap, regime == WIDE
    chain = _free_error(wide, regime)
    error = chain.expression
    rest = gap.T @ gap + given.missing.T @ given.missing
    trained = given.learned - given.weights
    chain.turn_to(trained.T @ trained + rest).record(THREE_PARTS, error.T @ error + rest)
    chain.apply(noise_moments, given.e)
    average_polynomial(chain, given.seen, given.zeroed)
    finite = average_over(chain, given.x, given.q, wide)
    whole = over_the_source(chain).number
    where = residual_of_target()
    per_unit = sp.cancel(sp.diff(whole, sigma) / sp.diff(where.equation.rhs, sigma))
    quantities = (transferred_error, squared_zeroed, squared_free)
    signal = positive_factors(collected(sp.cancel(whole - per_unit * where.equation.rhs), quantities), regime)
    noise = positive_denominators(factor(per_unit), regime) * residual
    chain.record(LABELS_APART, signal + noise, where=(residual_where(), error_where(), where))
    return Averaged(signal, NoiseTerm(residual, noise, finite), chain.derivation())


@cache
def nothing_trained() -> Derivation:
    """Without free coordinates the risk is the error at the others."""
    gap, missing = source().gap, target().missing
    chain = Chain("nothing is trained", NONE_FREE, gap.T @ gap + missing.T @ missing)
    return over_the_source(chain).derivation()


@cache
def risk() -> Result:
    """E R(h): h is trained at the free coordinates, taken from the source at the transferred ones, and 0 elsewhere.

    Target: y = X t + e, n rows N(0, I) in R^d, e ~ N(0, sigma^2 I); the free coordinates are the minimum-norm least
    squares solution on y less what the transferred weights predict.  Source as in frozen.source_error, its sample
    independent of the target's.  R(h) = |h - t|^2 is the test error less sigma^2.  Exact for every n, d and any split;
    infinite where |n - free_parameters| <= 1 and the labels vary given the free coordinates, and where the error of the
    source is.  Symbols: counts and squared norms, or target, task_map (the identity if not given) and the lists free,
    transferred and source_coordinates.  Raises `EvaluationError` for lists that overlap or are out of range.
    Source: Dar & Baraniuk 2020; the double descent of Dar, Luzi & Baraniuk 2022 in its linear form.

    >>> fields = {"target": [1, 2, 3], "free": [0], "source_coordinates": [1], "transferred": [1], "task_noise": 0}
    >>> risk().evaluate(n=4, d=3, sigma=1, n_source=10, sigma_source=0, **fields)
    15.875
    """
    found = [Regime("nothing is trained", NONE_FREE, nothing_trained().steps[-1].after)]
    for regime, name in REGIME_NAMES.items():
        one = averaged(regime)
        found += regimes(name, regime, one.signal, [one.noise])
    return Result(
        key="frozen.risk",
        statement=Statement("expected excess risk, partly transferred", "E R(h)", r"\mathbb{E}\,R(h)"),
        kind=Kind.EXACT,
        regimes=tuple(found),
        given=STANDARD,
        derivations=(
            *source_derivations(),
            label_variance(),
            *(averaged(regime).derivation for regime in REGIME_NAMES),
            nothing_trained(),
        ),
        references=REFERENCES,
        see_also=("frozen.source_error", "linear.risk"),
        where=(residual_where(), error_where(), residual_of_target()),
    )
