"""frozen.best_split: how many of the transferred coordinates to keep frozen, and why the answer is all or none."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.rational import factor
from theory.calculus.rule import Reason
from theory.frozen.freezing import none_yet, risk_in
from theory.frozen.risk import (
    NONE_FREE,
    REGIME_NAMES,
    TALL,
    WIDE,
    averaged,
    error_where,
    nothing_trained,
    residual_of_target,
    risk,
    squared_free,
    squared_zeroed,
)
from theory.frozen.setting import REFERENCES, STANDARD, free, kept, residual, source_residual, transferred_error
from theory.frozen.similarity import finite_source
from theory.frozen.source_error import collected, residual_where
from theory.linear.regimes import NoiseTerm, positive_factors, regimes
from theory.notation import n, symbol
from theory.result import Assumption, Derivation, Equality, Implicit, Kind, Regime, Result, Statement

least_residual = sp.Symbol("least_residual", nonnegative=True)
trained_error = sp.Symbol("trained_error", nonnegative=True)
squared_transferred = symbol("squared_transferred")
POOL = sp.And(NONE_FREE, sp.Ge(kept, 1))
AT_RANDOM = Assumption("those that are trained are drawn at random among the transferred, so many each time")
LEFT = (kept - free) / kept
SHARES = {squared_free: free * squared_transferred / kept, transferred_error: LEFT * transferred_error}
"""What the sums are in mean where so many of the transferred coordinates are drawn and trained."""
ALL = Statement(
    "what the weights that are trained cost where all are",
    "E R(h; all trained) - |t_Z|^2",
    r"\mathbb{E}\,R(h;\text{all trained})-\lVert\theta_{\mathcal Z}\rVert^2",
)
DRAWN = Reason(
    "draw those that are trained",
    "A sum over so many coordinates, drawn at random, is in mean its share of the sum over all; and the risk is affine "
    "in these sums.",
    Equality.PATHWISE,
)
ONE_SIGN = Reason(
    "the gain has one sign",
    "If training some costs less than training none, training all costs less still: their difference is a positive "
    "multiple of what some cost more than none.",
    Equality.PATHWISE,
)
NEVER_SOME = Reason(
    "training some never pays",
    "With p_K >= n - 1 every factor is positive: while at most n - 2 are trained, none is better.",
    Equality.PATHWISE,
)
ALL_OR_NONE = Reason(
    "all or none",
    "What all cost more than some is a positive multiple of what some cost more than none, less what is never "
    "negative: if some are better than none, all are better still.",
    Equality.PATHWISE,
)
NOT_TRAINED = Reason("what is not trained", "Of the transferred coordinates those stay frozen.", Equality.PATHWISE)
ALL_OF_THEM = Reason("train all", "No error of the source is left then: put p = p_K.", Equality.PATHWISE)


def least_where() -> Implicit:
    """v where nothing that is transferred errs."""
    there = sp.Eq(least_residual, residual_of_target().equation.rhs.subs(transferred_error, 0), evaluate=False)
    return Implicit(least_residual, there)


def where() -> tuple[Implicit, ...]:
    """v and M of the source, v of the target with all trained."""
    return (residual_where(), error_where(), least_where())


@cache
def over_none(regime: sp.Basic) -> tuple[sp.Expr, Derivation]:
    """What training so many, drawn at random, costs more than training none, in one regime."""
    left = (residual_of_target().equation.rhs - least_where().equation.rhs).subs(SHARES)
    drawn = {**SHARES, residual: least_residual + left}
    none = nothing_trained().steps[-1].after
    before = sp.Subs(risk_in(regime), tuple(drawn), tuple(drawn.values())) - none
    parts = collected(sp.cancel(before.doit()), (least_residual, transferred_error, squared_transferred))
    finite = averaged(regime).noise.finite
    after = positive_factors(parts, finite)
    step = DRAWN.step(before, after, where=where())
    return after, Derivation(f"{finite}, drawn at random", sp.And(sp.Ge(free, 1), finite), (step,))


def _eliminated(title: str, regime: sp.Basic, by: sp.Symbol, domain: sp.Basic, reason: Reason) -> Derivation:
    """What all cost more than some, as the multiple of what some cost more than none that has the same term in a
    quantity, and a rest without it."""
    some, _ = over_none(regime)
    more = sp.Subs(some, free, kept) - some
    times = factor(sp.diff(more.doit(), by) / sp.diff(some, by))
    rest = collected(sp.cancel(more.doit() - times * some), (least_residual, transferred_error))
    after = positive_factors(times, domain) * some + positive_factors(rest, domain)
    return Derivation(title, domain, (reason.step(more, after, where=where()),))


@cache
def all_or_none() -> tuple[Derivation, ...]:
    """All trained, with n >= p_K + 2; some of many, n >= p + 2; and p >= n + 2."""
    some = sp.And(sp.Ge(free, 1), sp.Lt(free, kept))
    few = sp.And(some, sp.Ge(n, kept + 2))
    many = sp.And(some, averaged(TALL).noise.finite, sp.Ge(kept, n - 1))
    wide = sp.And(some, averaged(WIDE).noise.finite)
    tall, _ = over_none(TALL)
    never = Derivation(
        "few samples, some trained", many, (NEVER_SOME.step(tall, positive_factors(tall, many), where=where()),)
    )
    return (
        _eliminated("many samples, some or all trained", TALL, least_residual, few, ONE_SIGN),
        never,
        _eliminated("few samples, many or all trained", WIDE, squared_transferred, wide, ALL_OR_NONE),
    )


@cache
def all_trained() -> tuple[tuple[Regime, ...], tuple[Derivation, ...]]:
    """What training all costs beside what is zeroed, for any number of samples, and how it was found."""
    put = {free: kept, squared_free: squared_transferred, transferred_error: 0, squared_zeroed: 0}
    found, derivations = [Regime("nothing is transferred", sp.Eq(kept, 0), sp.Integer(0))], []
    for regime, name in REGIME_NAMES.items():
        one, here = averaged(regime), regime.subs(free, kept)
        signal = one.signal.subs(put)
        noise = one.noise.value.subs({**put, residual: least_residual})
        before = sp.Subs(risk_in(regime), (*put, residual), (*put.values(), least_residual))
        step = ALL_OF_THEM.step(before, signal + noise, where=where())
        term = NoiseTerm(least_residual, noise, one.noise.finite.subs(free, kept))
        derivations.append(Derivation(f"{term.finite}, all trained", sp.And(here, term.finite), (step,)))
        found += regimes(name.replace("free", "transferred"), here, signal, [term])
    return tuple(found), tuple(derivations)


def ends() -> tuple[Derivation, Derivation]:
    """How many are frozen where none are trained, and where all are."""
    frozen, some = kept - free, sp.Ge(kept, 1)
    none = NOT_TRAINED.step(sp.Subs(frozen, free, 0), kept)
    every = NOT_TRAINED.step(sp.Subs(frozen, free, kept), sp.Integer(0))
    return Derivation("none trained", some, (none,)), Derivation("all trained", some, (every,))


def trained_where() -> Implicit:
    """What training all costs, by its formulas; infinite at the threshold."""
    formula = sp.Piecewise(*((r.value, r.condition) for r in all_trained()[0]), evaluate=False)
    return Implicit(trained_error, sp.Eq(trained_error, formula, evaluate=False), means=ALL)


@cache
def best_split() -> Result:
    """How many of the transferred coordinates to keep frozen, and train the others, for the least E R: all or none.

    All p_K transferred coordinates could be trained on the target instead; those that are, are drawn at random.
    Whatever n, p_K, the noises and the tasks: no number in between has less risk than both ends.  With M the error of
    the transferred weights and v_0 the variance of a label that these weights leave, all are best trained if and only
    if M > v_0 p_K/(n - p_K - 1) where p_K <= n - 2, and M > v_0 n/(p_K - n - 1) + (1 - n/p_K) |t_K|^2 where
    p_K >= n + 2.  The error against the number of frozen coordinates may peak in between; it is least at an end.  Which
    of them to freeze, where they differ: `frozen.when_freezing_helps`.  Exact; a tie counts as frozen; refused where
    free coordinates are given, nothing is transferred, or both ends are infinite.  Fields as for frozen.risk, `free`
    empty.

    >>> lists = {"free": [], "source_coordinates": [0, 1], "transferred": [0, 1], "target": [1, 2], "d": 2}
    >>> best_split().evaluate(n=9, n_source=6, sigma=1, sigma_source=1, **lists)  # M = 2/3 > 2/6
    0
    >>> best_split().evaluate(n=4, n_source=6, sigma=1, sigma_source=1, **lists)  # M = 2/3 < 2
    2
    """
    all_finite = [averaged(regime).noise.finite.subs(free, kept) for regime in REGIME_NAMES]
    better = sp.Gt(transferred_error, trained_error)
    known = sp.And(POOL, sp.Or(*finite_source().values(), sp.Eq(source_residual, 0)))
    return Result(
        key="frozen.best_split",
        statement=Statement(
            "transferred coordinates to keep frozen, for least risk (all or none)",
            "argmin_s E R(h; s of them frozen)",
            r"\operatorname*{arg\,min}_s\mathbb{E}\,R(h; s\ \text{frozen})",
        ),
        kind=Kind.EXACT,
        regimes=(
            Regime("none trained yet; training all is better", sp.And(known, better), sp.Integer(0)),
            Regime("none trained yet; keeping all frozen is at least as good", known, kept),
            Regime(
                "infinite with any frozen", sp.And(POOL, sp.Or(*all_finite, sp.Eq(least_residual, 0))), sp.Integer(0)
            ),
        ),
        given=(*STANDARD, AT_RANDOM),
        derivations=(
            *risk().derivations,
            none_yet(),
            *(over_none(regime)[1] for regime in REGIME_NAMES),
            *all_or_none(),
            *all_trained()[1],
            *ends(),
        ),
        references=REFERENCES,
        see_also=("frozen.when_freezing_helps", "frozen.risk", "linear.samples_needed"),
        where=(*where(), trained_where()),
    )
