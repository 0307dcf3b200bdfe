"""frozen.source_error: how far the transferred weights are from the target's, in mean square."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import sympy as sp

from theory.calculus.expressions import Expression
from theory.calculus.pseudoinverse import insert_definition
from theory.calculus.rational import factor
from theory.calculus.rule import Chain, Reason, rule
from theory.calculus.stein import noise_moments
from theory.frozen.averages import average_over, average_polynomial
from theory.frozen.setting import (
    OF_THE_SOURCE,
    REFERENCES,
    kept,
    learned,
    n_source,
    source,
    source_residual,
    task_noise,
)
from theory.linear.regimes import NoiseTerm, positive_denominators, positive_factors, regimes
from theory.notation import number_of, symbol
from theory.result import Derivation, Equality, Implicit, Kind, Regime, Result, Statement

NOTHING, SOME = sp.Eq(kept, 0), sp.Ge(kept, 1)
WIDE, TALL = sp.And(SOME, sp.Lt(n_source, learned)), sp.And(SOME, sp.Ge(n_source, learned))
REGIME_NAMES = {TALL: "source_parameters <= n_source", WIDE: "source_parameters > n_source"}

STATEMENT = Statement(
    "mean squared error of the transferred weights",
    "E|t_K - w_K|^2",
    r"\mathbb{E}\,\lVert\theta_{\mathcal K}-\hat w_{\mathcal K}\rVert^2",
)
NO_COORDINATE = Reason("no coordinate", "The sum over no coordinate is zero.", Equality.PATHWISE)
LABELS_APART = Reason(
    "the residual of the source's labels",
    "What the labels vary by, given the coordinates that are learned in, enters as one number v.",
    Equality.PATHWISE,
)


@rule(Equality.PATHWISE)
def name_the_scalars(target: Expression, domain: sp.Basic) -> sp.Expr:
    """Quadratic forms and traces of the given vectors are numbers: their squared lengths, tr J, ..."""
    return positive_denominators(number_of(target), domain)


@rule(Equality.PATHWISE)
def by_powers(target: sp.Expr, quantities: tuple[sp.Symbol, ...]) -> sp.Expr:
    """A polynomial, its terms by powers of some quantities."""
    return collected(target, quantities)


QUANTITIES = tuple(
    symbol(name) for name in ("squared_transferred", "taught_target", "squared_taught", "squared_learned", "task_noise")
)


def collected(value: sp.Expr, quantities: tuple[sp.Symbol, ...]) -> sp.Expr:
    """A polynomial in these quantities, every coefficient factored, what has none as it is."""
    terms = sp.Poly(value, *quantities).terms()
    parts = ((sp.S(c), sp.Mul(*map(sp.Pow, quantities, powers))) for powers, c in terms)
    return sp.Add(*(c if power == 1 else factor(c) * power for c, power in parts))


@dataclass(frozen=True)
class Averaged:
    """E|t_K - w_K|^2 in one regime: the part without the residual of the labels, that with it, how it was found."""

    signal: sp.Expr
    noise: NoiseTerm
    derivation: Derivation

    @property
    def total(self) -> sp.Expr:
        """Where it is finite."""
        return self.signal + self.noise.value


@cache
def label_variance() -> Derivation:
    """E (w_O'x_O + e)^2, what a label of the source varies by given the coordinates that are learned in."""
    given = source()
    row = given.others @ given.hidden + given.e
    chain = Chain("a label of the source", SOME, (row.T @ row) / n_source)
    chain.apply(insert_definition, given.hidden).apply(noise_moments, given.e)
    average_polynomial(chain, given.others, given.noises[1])
    return chain.apply(name_the_scalars, sp.Lt(n_source, learned)).apply(by_powers, (task_noise,)).derivation()


def residual_where() -> Implicit:
    """v of the source, by its formula."""
    return Implicit(source_residual, sp.Eq(source_residual, label_variance().steps[-1].after, evaluate=False))


@cache
def averaged(regime: sp.Basic) -> Averaged:
    """From w_S = XS+ ys to the mean squared error at the transferred coordinates, over all that is random."""
    given, wide = source(), regime == WIDE
    gap = given.target - given.learned
    chain = Chain(REGIME_NAMES[regime], regime, gap.T @ given.picks @ gap)
    chain.apply(insert_definition, given.learned, given.y).apply(noise_moments, given.e)
    average_polynomial(chain, given.others)
    finite = average_over(chain, given.x, given.q, wide)
    chain.apply(insert_definition, given.weights, given.hidden)
    average_polynomial(chain, *given.noises)
    whole = chain.apply(name_the_scalars, regime).number
    where = residual_where()
    variance = where.equation.rhs
    (silent,) = (s for s in variance.free_symbols if s.name == "sigma_source")
    per_unit = sp.cancel(sp.diff(whole, silent) / sp.diff(variance, silent))
    signal = positive_factors(collected(sp.cancel(whole - per_unit * variance), QUANTITIES), regime)
    noise = positive_denominators(factor(per_unit), regime) * source_residual
    chain.record(LABELS_APART, signal + noise, where=(where,))
    return Averaged(signal, NoiseTerm(source_residual, noise, finite), chain.derivation())


@cache
def source_regimes() -> tuple[Regime, ...]:
    """Nothing transferred; then either side of n_source = source_parameters, and at it."""
    found = [Regime("nothing is transferred", NOTHING, sp.Integer(0))]
    for regime, name in REGIME_NAMES.items():
        one = averaged(regime)
        found += regimes(name, regime, one.signal, [one.noise])
    return tuple(found)


@cache
def source_derivations() -> tuple[Derivation, ...]:
    """What a label varies by; both regimes; and the empty sum."""
    one = averaged(TALL)
    nothing = {symbol(name): 0 for name in ("squared_transferred", "taught_target", "squared_taught")}
    empty = sp.Subs(one.total, (*nothing, kept), (0,) * (len(nothing) + 1))
    none = Derivation("nothing is transferred", NOTHING, (NO_COORDINATE.step(empty, sp.Integer(0)),))
    return (label_variance(), *(averaged(regime).derivation for regime in REGIME_NAMES), none)


@cache
def source_error() -> Result:
    """E|t_K - w_K|^2, K the transferred coordinates: the target's weights there, and the source's as learned.

    Source: ys = Xs w + es with n_source rows N(0, I) in R^d, es ~ N(0, sigma_source^2 I), w = H t + eta with
    eta ~ N(0, task_noise^2 I); w is learned by minimum-norm least squares at source_coordinates, K among them.  Exact,
    by mean and second moment of what is learned: with fewer samples than coordinates P w and X+ with a uniformly
    random projection P, else w itself and (X'X)^-1.  Infinite where |n_source - source_parameters| <= 1 and the
    labels vary given the coordinates that are learned in.  Needs the squared norms and the inner product of target and
    H times target, or target, task_map (the identity if not given) and the lists of coordinates.  Raises
    `EvaluationError` for coordinates that are out of range, twice there, or transferred but not learned.
    Source: Dar & Baraniuk 2020.

    >>> fields = {"target": [1, 2, 3], "source_coordinates": [0, 1], "transferred": [0], "task_noise": 0}
    >>> source_error().evaluate(d=3, n_source=6, sigma_source=1, **fields)  # (1 + 3^2)/(6 - 2 - 1)
    3.3333333333333335
    """
    return Result(
        key="frozen.source_error",
        statement=STATEMENT,
        kind=Kind.EXACT,
        regimes=source_regimes(),
        given=OF_THE_SOURCE,
        derivations=source_derivations(),
        references=REFERENCES,
        see_also=("frozen.risk", "linear.risk_learned_source"),
        where=(residual_where(),),
    )
