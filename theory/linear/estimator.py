"""linear.estimator: gradient descent from u converges to u + X+ (y - X u)."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.expressions import Expression, matrix, pinv
from theory.calculus.letters import Trained
from theory.calculus.pseudoinverse import (
    change_of_variable,
    full_column_rank,
    insert_definition,
    projection_algebra,
)
from theory.calculus.rule import Chain, Reason, rule
from theory.linear.setting import DETERMINED, OVERPARAMETERIZED, REGIME_NAMES, S, Task, task
from theory.notation import d
from theory.references import PENROSE_1955, SHACHAF_2021
from theory.result import Assumption, Derivation, Equality, Kind, Regime, Result, Statement, Step

FLOW = Reason(
    "gradient flow along a singular direction",
    "In a singular direction of X with singular value s the flow is h' = s (y - s h); dsolve solves it.",
    Equality.PATHWISE,
)
DESCENT = Reason(
    "gradient descent along a singular direction",
    "A step of size eta multiplies the distance to y/s by 1 - eta s^2, so descent converges where the flow does when "
    "eta < 2/s^2.",
    Equality.PATHWISE,
)
CONVERGENCE = Reason(
    "convergence of the flow",
    "Where s > 0 the flow converges, so the gradient vanishes at its end: X' X h = X' y.",
    Equality.PATHWISE,
)
BOTH_PARTS = Reason("both parts", "h = X+ X h + Q h, and both parts are known.", Equality.PATHWISE)


@rule(Equality.PATHWISE)
def no_motion_off_the_row_span(velocity: Expression, x: Expression, q: Expression) -> Expression:
    """The velocity X'(y - X h) lies in the row span of X, so Q h keeps its first value Q u."""
    return projection_algebra(velocity, x, q)


@rule(Equality.PATHWISE, PENROSE_1955)
def pseudo_inverse_by_its_square(target: Expression, x: Expression) -> Expression:
    """X+ = X+ X+' X'."""
    return change_of_variable(target, pinv(x) @ x, pinv(x) @ pinv(x).T @ x.T @ x)


@rule(Equality.PATHWISE)
def stationarity(target: Expression, sample: Task, h: Expression) -> Expression:
    """The gradient is zero at the limit: X' X h = X' y."""
    return change_of_variable(target, sample.x.T @ sample.x @ h, sample.x.T @ sample.y)


@rule(Equality.PATHWISE, PENROSE_1955)
def pseudo_inverse_from_its_square(target: Expression, x: Expression) -> Expression:
    """X+ X+' X' = X+."""
    return change_of_variable(target, pinv(x) @ pinv(x).T @ x.T, pinv(x))


@cache
def _scalar_flow() -> tuple[Step, ...]:
    """The flow in one singular direction, solved, and its limit."""
    time, s = sp.symbols("tau s", positive=True)
    label, start = sp.symbols("y_i u_i", real=True)
    h = sp.Function("h")
    flow = sp.Eq(h(time).diff(time), s * (label - s * h(time)))
    solution = sp.expand(sp.dsolve(flow, h(time), ics={h(0): start}).rhs)
    field = s * (label - s * solution)
    limit = sp.limit(solution, time, sp.oo)
    step, weight = sp.symbols("eta h_i", positive=True)
    distance = weight + step * s * (label - s * weight) - limit
    contraction = sp.cancel(distance / (weight - limit))
    return (
        FLOW.step(sp.Derivative(solution, time), field, "s > 0"),
        CONVERGENCE.step(sp.Limit(solution, time, sp.oo), limit, "s > 0"),
        DESCENT.step(distance, contraction * (weight - limit), "s > 0", "0 < eta < 2/s^2"),
    )


def _derivation(regime: sp.Basic) -> tuple[Derivation, Expression]:
    sample = task(S)
    x, q = sample.x, sample.q
    h = matrix("h", d, 1, law=Trained(x, sample.y, sample.start))
    chain = Chain(REGIME_NAMES[regime], regime, q @ x.T @ (sample.y - x @ h))
    chain.turn_to(chain.current, _scalar_flow())
    chain.apply(no_motion_off_the_row_span, x, q)
    row_part = Chain("", regime, pinv(x) @ x @ h)
    row_part.apply(pseudo_inverse_by_its_square, x).apply(stationarity, sample, h)
    row_part.apply(pseudo_inverse_from_its_square, x)
    chain.turn_to(h, tuple(row_part.steps))
    chain.record(BOTH_PARTS, row_part.expression + q @ sample.start)
    if regime == OVERPARAMETERIZED:
        chain.apply(insert_definition, q)
    else:
        chain.apply(full_column_rank, x, q)
    return chain.derivation(), chain.expression


@cache
def estimator() -> Result:
    """The weights to which gradient descent on the squared loss converges from the source weights.

    Law of the data: any X, y; for n < d of full row rank, for n >= d of full column rank.  Shapes: X (n,
    d), y (n,), u (d,).  Exact, pathwise: the limit of gradient flow on |y - X h|^2 / 2, and of gradient
    descent with any constant step below 2 / |X|^2, |X| the largest singular value.  Source: Shachaf et al.
    2021, section 4.
    """
    found = {regime: _derivation(regime) for regime in (OVERPARAMETERIZED, DETERMINED)}
    return Result(
        key="linear.estimator",
        statement=Statement("the limit of gradient descent from the source weights", "h", "h"),
        kind=Kind.IDENTITY,
        regimes=tuple(Regime(REGIME_NAMES[r], r, value) for r, (_, value) in found.items()),
        given=(
            Assumption(
                "loss |y - X h|^2/2; gradient flow, or steps below 2/|X|^2 (largest singular value); X of full rank"
            ),
        ),
        derivations=tuple(derivation for derivation, _ in found.values()),
        references=(SHACHAF_2021.at("section 4"), PENROSE_1955),
        see_also=("linear.conditional_risk",),
    )
