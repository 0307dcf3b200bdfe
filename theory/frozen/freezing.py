"""frozen.when_freezing_helps: a coordinate kept as the source has it, or trained on the target."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.rule import Reason
from theory.frozen.risk import (
    NONE_FREE,
    TALL,
    WIDE,
    averaged,
    error_where,
    nothing_trained,
    residual_of_target,
    risk,
    squared_free,
)
from theory.frozen.setting import REFERENCES, STANDARD, free, kept, residual, transferred_error
from theory.frozen.similarity import finite_source
from theory.frozen.source_error import collected, residual_where, source_regimes
from theory.linear.regimes import positive_factors
from theory.notation import symbol
from theory.result import Derivation, Equality, Implicit, Kind, Regime, Result, Statement

coordinate_error = sp.Symbol("coordinate_error", nonnegative=True)
squared_coordinate = symbol("squared_coordinate")
ALONE = {
    kept: sp.Integer(1),
    symbol("squared_transferred"): squared_coordinate,
    symbol("squared_taught"): symbol("taught_coordinate"),
    symbol("taught_target"): symbol("coordinate_product"),
}
"""What the sums over the transferred coordinates are for one of them."""
OF_ONE = Statement(
    "mean squared error of one transferred weight", "E(t_j - w_j)^2", r"\mathbb{E}\,(\theta_{j}-\hat w_{j})^2"
)
TRAINED = {free: free + 1, squared_free: squared_free + squared_coordinate}
"""One more free coordinate."""
NONE_YET = Reason("no coordinate is trained yet", "The formula holds there too.", Equality.PATHWISE)
ONE_MORE_IS_TRAINED = Reason(
    "train the coordinate",
    "One more free parameter, and one error less among the transferred ones: the risk then, less the risk before.",
    Equality.PATHWISE,
)


def coordinate_where() -> Implicit:
    """M_j, by the formulas of frozen.source_error for that coordinate alone."""
    pieces = ((sp.S(r.value).subs(ALONE), r.condition.subs(ALONE)) for r in source_regimes()[1:])
    formula = sp.Piecewise(*pieces, evaluate=False)
    return Implicit(coordinate_error, sp.Eq(coordinate_error, formula, evaluate=False), means=OF_ONE)


def both_finite(regime: sp.Basic) -> sp.Basic:
    """Where the risk is finite with so many free coordinates and with one more: the stronger of the two conditions."""
    now = averaged(regime).noise.finite
    then = now.subs(free, free + 1)
    return then if (then.lhs - then.rhs) - (now.lhs - now.rhs) < 0 else now


def risk_in(regime: sp.Basic) -> sp.Expr:
    """The risk where it is finite, the residual of the labels a number."""
    one = averaged(regime)
    return one.signal + one.noise.value


@cache
def none_yet() -> Derivation:
    """The risk with p <= n free coordinates is that of no free one at p = 0."""
    nothing = nothing_trained().steps[-1].after
    here = sp.Subs(risk_in(TALL), free, 0)
    return Derivation("nothing is trained yet", NONE_FREE, (NONE_YET.step(here, nothing, where=(error_where(),)),))


@cache
def gained(regime: sp.Basic) -> tuple[sp.Expr, Derivation]:
    """What training costs over freezing, in one regime of the target."""
    whole, finite = risk_in(regime), both_finite(regime)
    less = {error: error - coordinate_error for error in (transferred_error, residual)}
    changes = {**TRAINED, **less}
    before = sp.Subs(whole, tuple(changes), tuple(changes.values())) - whole
    parts = collected(sp.cancel(before.doit()), (residual, coordinate_error, squared_coordinate, squared_free))
    after = positive_factors(parts, finite)
    step = ONE_MORE_IS_TRAINED.step(before, after, where=where())
    return after, Derivation(f"{finite}, one more trained", finite, (step,))


def where() -> tuple[Implicit, ...]:
    """v and M of the source, M_j, v of the target."""
    return (residual_where(), error_where(), coordinate_where(), residual_of_target())


@cache
def when_freezing_helps() -> Result:
    """E R with a transferred coordinate trained instead, less E R with it frozen: freezing helps iff this is positive.

    With n samples and p free coordinates, n >= p + 3, it is (n - 1)(v - (n - p - 1) M_j)/((n - p - 1)(n - p - 2)), v
    what a label varies by given the free coordinates and M_j the error of the coordinate as the source has it: *freeze
    j if and only if M_j < v/(n - p - 1)*.  `frozen.source_error` says how M_j falls with the source sample.  With
    p >= n + 2 one more free parameter also spreads the interpolation over more coordinates.
    Exact, where both risks are finite; refused elsewhere.  Fields as for frozen.risk, and `coordinate`, a transferred
    one.

    >>> lists = {"free": [0], "source_coordinates": [1], "transferred": [1], "target": [1, 2], "d": 2, "coordinate": 1}
    >>> when_freezing_helps().evaluate(n=6, n_source=4, sigma=1, sigma_source=0, **lists)  # v = 1 + M, M = 1/2
    -0.20833333333333334
    """
    found, derivations = [], []
    for regime in (TALL, WIDE):
        value, derivation = gained(regime)
        derivations.append(derivation)
        for condition in finite_source().values():
            domain = sp.And(sp.Ge(kept, 1), both_finite(regime), condition)
            found.append(Regime(f"{both_finite(regime)}; {condition}", domain, value))
    return Result(
        key="frozen.when_freezing_helps",
        statement=Statement(
            "gain of freezing over training a coordinate (freeze it iff > 0)",
            "E R(h; j trained) - E R(h)",
            r"\mathbb{E}\,R(h; j\ \text{trained}) - \mathbb{E}\,R(h)",
        ),
        kind=Kind.EXACT,
        regimes=tuple(found),
        given=STANDARD,
        derivations=(*risk().derivations, none_yet(), *derivations),
        references=REFERENCES,
        see_also=("frozen.risk", "frozen.source_error", "linear.benefit"),
        where=where(),
    )
