"""relu.solution: training in the kernel regime, at a time and in the limit."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.expressions import Expression, identity, inverse, matrix
from theory.calculus.letters import OfCosines, OfSpectrum, Scaled
from theory.calculus.rule import Chain, Reason
from theory.notation import d, n, symbol, vector
from theory.relu.kernel import formula
from theory.relu.setting import PLANE, REGIME, START, cosine, design, directions, kernel_matrix, stated
from theory.result import Derivation, Equality, Kind, Result

duration = symbol("duration")
s, r0 = sp.symbols("s r_0", positive=True)
MOVING = Reason(
    "one direction",
    "Along an eigenvector of H with eigenvalue s what is left of the labels, r = y - f(X), solves r' = -s r.",
    Equality.PATHWISE,
)
LEARNED = Reason(
    "what was learned", "f(x) moves by h(x)'r at any time: the integral of r over time.", Equality.PATHWISE
)
WITHOUT_END = Reason("without end", "The limit of that.", Equality.PATHWISE)
EVERY = Reason(
    "every direction",
    "The solution along every eigenvector of H: what is left on the sample is e^(-tau H) of what was at first.",
    Equality.PATHWISE,
)
ELSEWHERE = Reason(
    "at any input",
    "What h(x)'H^-1 makes of the labels that were learned, H^-1 (I - e^(-tau H)) a function of H.",
    Equality.PATHWISE,
)
ALL = Reason("everything is learned", "e^(-tau H) -> 0, as the eigenvalues of H are positive.", Equality.PATHWISE)


def kernel_column(point: Expression, rows: Expression) -> Expression:
    """h(x): the kernel of the inputs of the sample and one more."""
    return matrix("hx", rows.rows, 1, law=OfCosines(rows, point.T, formula(), cosine))


def moved() -> tuple[sp.Expr, sp.Expr]:
    """What is left along an eigenvector after a time, and its integral, over what was there."""
    r = sp.Function("r")
    left = sp.dsolve(sp.Eq(r(duration).diff(duration), -s * r(duration)), r(duration), ics={r(0): r0}).rhs
    time = sp.Symbol("v", positive=True)
    return left / r0, sp.integrate((left / r0).subs(duration, time), (time, 0, duration))


def _one_direction() -> Derivation:
    left, learned = moved()
    time = sp.Symbol("v", positive=True)
    steps = (
        MOVING.step(sp.Derivative(left * r0, duration), -s * left * r0),
        LEARNED.step(sp.Integral(left.subs(duration, time), (time, 0, duration)), learned),
        WITHOUT_END.step(sp.Limit(learned, duration, sp.oo), sp.limit(learned, duration, sp.oo)),
    )
    return Derivation("one direction", sp.true, steps)


@cache
def chain() -> Chain:
    """After a time, at an input; then in the limit."""
    rows, y, u = design(), matrix("yB", n, 1), vector("u")
    point = vector("p")
    x, at, h = directions(rows), matrix("xB", d, 1, law=Scaled(point, sp.Integer(-1))), kernel_matrix(rows, formula())
    left, learned = moved()
    kept = matrix("EH", n, n, symmetric=True, law=OfSpectrum(h, left, s))
    taken = matrix("GH", n, n, symmetric=True, law=OfSpectrum(h, learned, s))
    row, missed = kernel_column(point, rows).T, y - x @ u
    found = Chain("at a time", PLANE, y - x @ u - h @ taken @ missed)
    found.record(EVERY, kept @ missed)
    found.turn_to(at.T @ u + row @ inverse(h) @ (identity(n) - kept) @ missed)
    found.record(ELSEWHERE, at.T @ u + row @ taken @ missed)
    ended = matrix("HI", n, n, symmetric=True, law=OfSpectrum(h, sp.limit(learned, duration, sp.oo), s))
    found.turn_to(at.T @ u + row @ ended @ missed)
    return found.record(ALL, at.T @ u + row @ inverse(h) @ missed)


@cache
def solution() -> Result:
    """f(x) = u'x + h(x)'H^-1 (I - e^(-tau H)) (y - X u) after gradient flow for a time tau, and for tau = inf its limit
    u'x + h(x)'H^-1 (y - X u): kernel regression of what the source leaves of the labels.

    Exact in the limit of infinite width, given the sample, any labels y; a network of width m differs by O(m^(-1/2)).
    Fields X (rows of any length: inputs are their directions), y, source, `point` (d numbers) and `duration` (time, or
    "inf"), of the flow on |y - f(X)|^2/2.  H must be invertible: no two inputs parallel.  Source: Arora et al. 2019,
    section 4; Shachaf et al. 2021, section 6.

    >>> given = {"X": [[1, 0], [0, 1]], "y": [1, 2], "source": [0, 0], "point": [1, 0]}
    >>> round(solution().evaluate(**given, duration="inf"), 9)
    1.0
    """
    words, shown = "output of the fine-tuned network", ("f(x)", "f(x)")
    steps = chain().steps
    regimes = [
        ("tau < inf", sp.Lt(duration, sp.oo), steps[1].after),
        ("tau = inf", sp.Eq(duration, sp.oo), steps[2].after),
    ]
    time = Derivation("at a time", PLANE, tuple(steps[:2]))
    limit = Derivation("in the limit", PLANE, tuple(steps[2:]))
    derivations, near = (_one_direction(), time, limit), ("relu.kernel", "relu.risk_equivalent", "linear.estimator")
    return stated("solution", words, shown, Kind.IDENTITY, regimes, [REGIME, START], derivations, near)
