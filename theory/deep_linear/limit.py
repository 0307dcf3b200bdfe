"""deep_linear.solution: where training from balanced pretrained layers ends."""

from __future__ import annotations

from functools import cache

from theory.calculus.expressions import Expression, pinv
from theory.calculus.pseudoinverse import full_column_rank
from theory.calculus.rule import Chain, Reason, rule
from theory.calculus.substitution import replace
from theory.deep_linear.setting import (
    ALL_TRAINED,
    BALANCED,
    TALL,
    WIDE,
    L,
    mirror,
    squared_source,
    stretch_found,
    stretch_solved,
    trained,
)
from theory.linear.estimator import (
    BOTH_PARTS,
    pseudo_inverse_by_its_square,
    pseudo_inverse_from_its_square,
    stationarity,
)
from theory.linear.setting import DETERMINED, OVERPARAMETERIZED, S, Task, task
from theory.references import AZULAY_2021, PENROSE_1955
from theory.result import Derivation, Equality, Kind, Regime, Result, Statement

MIRROR_FLOW = Reason(
    "no motion off the row span",
    "The mirror coordinates m(b) = |b|^{1/L - 1} b move along f = X'(y - X b), in the row span, so Q m(b) keeps its "
    "first value  (key deep_linear.mirror_potential).",
    Equality.PATHWISE,
)
UNROLLED = Reason(
    "undo the mirror coordinates",
    "Q m(h) = Q m(u) with m(b) = |b|^{1/L - 1} b: Q h is Q u times c = (|h|/|u|)^{1 - 1/L}.",
    Equality.PATHWISE,
)
NORM = Reason(
    "the norm solves its equation",
    "X+ y and Q u are orthogonal, so |h|^2 = |X+ y|^2 + c^2 |Q u|^2: one equation for |h|, with one root  (key "
    "deep_linear.norm).",
    Equality.PATHWISE,
)


@rule(Equality.PATHWISE)
def mirror_coordinates(target: Expression, m: Expression, u: Expression) -> Expression:
    """mu(u) = |u|^{1/L - 1} u."""
    return replace(target, (m, u * squared_source ** ((1 / L - 1) / 2)))


def _row_part(sample: Task, h: Expression) -> Chain:
    """X+ X h = X+ y, as for one layer: where the flow converges the gradient is zero."""
    x = sample.x
    chain = Chain("", OVERPARAMETERIZED, pinv(x) @ x @ h)
    chain.apply(pseudo_inverse_by_its_square, x).apply(stationarity, sample, h)
    return chain.apply(pseudo_inverse_from_its_square, x)


@cache
def solution_chain() -> tuple[Derivation, Expression]:
    """h for n < d, from the mirror flow to its end."""
    sample = task(S)
    u, q = sample.start, sample.q
    h = trained(sample)
    chain = Chain("n < d", OVERPARAMETERIZED, q @ mirror("muh", h))
    chain.record(MIRROR_FLOW, q @ mirror("mu", u)).apply(mirror_coordinates, mirror("mu", u), u)
    chain.turn_to(q @ h).record(UNROLLED, stretch_found(h) * (q @ u))
    row = _row_part(sample, h)
    found = row.expression + stretch_found(h) * (q @ u)
    chain.turn_to(h, tuple(row.steps)).record(BOTH_PARTS, found)
    chain.record(NORM, row.expression + stretch_solved(sample) * (q @ u))
    return chain.derivation(), chain.expression


@cache
def solution() -> Result:
    """h = X+ y + (|h|/|u|)^{1-1/L} Q u for n < d, X+ y for n >= d: where training ends, for any depth.

    |h| is the root of deep_linear.norm.  Law of the data: any X, y of full rank; exact, pathwise.  Shapes: X (n, d),
    y (n,), u (d,).  L = 1 is linear.estimator.  For L -> infinity only the direction of u matters:
    c = |X+ y|/|P u|.  For n < d the product never meets 0 as long as Q u is not zero; for n >= d that is so for almost
    every start.  Source: Azulay et al. 2021; Shachaf et al. 2021, section 5.
    """
    derivation, value = solution_chain()
    sample = task(S)
    determined = Chain("n >= d", DETERMINED, trained(sample)).turn_to(value)
    determined.apply(full_column_rank, sample.x, sample.q)
    return Result(
        key="deep_linear.solution",
        statement=Statement("where training from balanced pretrained layers ends", "h", "h"),
        kind=Kind.IDENTITY,
        regimes=(
            Regime("n < d, u not zero", WIDE, value),
            Regime("n >= d, d >= 2 or L = 1", TALL, determined.expression),
        ),
        given=(BALANCED, ALL_TRAINED),
        derivations=(derivation, determined.derivation()),
        references=(AZULAY_2021, PENROSE_1955),
        see_also=("deep_linear.norm", "deep_linear.conditional_risk", "linear.estimator"),
    )
