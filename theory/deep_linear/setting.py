"""The setting `deep_linear`: linear regression by a network x' W_1 ... W_L, trained from balanced pretrained weights.

The data are those of `linear`; the layers start balanced, W_i' W_i = W_{i+1} W_{i+1}', with W_1 ... W_L = u.  Only the
product b = W_1 ... W_L matters (key deep_linear.flow); depth L = 1 is `linear`.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.expressions import Expression, expression, matrix, pinv
from theory.calculus.letters import Defined, Number, Scaled, Trained
from theory.calculus.pseudoinverse import projection_algebra
from theory.calculus.rule import Chain, rule
from theory.calculus.substitution import replace
from theory.linear.setting import (
    DETERMINED,
    FRESH,
    GAUSSIAN,
    GIVEN_SOURCE,
    OVERPARAMETERIZED,
    SAME_COVARIANCE,
    S,
    Task,
    task,
)
from theory.notation import STRETCH, d, symbol
from theory.result import Assumption, Equality, Implicit

L, radius = symbol("depth"), symbol("norm")
squared_source = symbol("squared_source")
fitted, kept = symbol("fitted"), symbol("kept")
BEST = symbol("source_target") / squared_source
"""<u,t>/|u|^2, the multiple of the source weights that is closest to the target's."""

INFINITE = sp.Eq(1 / L, 0)
NOT_ZERO = sp.Or(sp.Eq(L, 1), sp.Gt(squared_source, 0))
"""A network of two or more balanced layers that starts at u = 0 stays there."""
TALL = sp.And(DETERMINED, sp.Or(sp.Ge(d, 2), sp.Eq(L, 1)))
"""On a line, d = 1, two layers or more cannot change the sign of their product."""
WIDE = sp.And(OVERPARAMETERIZED, NOT_ZERO)

BALANCED = Assumption("layers of any widths that start balanced, gradient flow on |y - X b|^2/2, X of full rank")
ALL_TRAINED = Assumption(
    "all layers are trained",
    {"frozen_layers": "use deep_linear.frozen (one layer left) or deep_linear.frozen_flow (more)"},
)
STANDARD = (GAUSSIAN, BALANCED, ALL_TRAINED, FRESH, GIVEN_SOURCE, SAME_COVARIANCE)


def stretch(squared_norm: sp.Expr) -> sp.Expr:
    """(|h|/|u|)^(1 - 1/L), by how much the source is stretched off the row span, given |h|^2."""
    return (squared_norm / squared_source) ** ((1 - 1 / L) / 2)


def squared_norm(sample: Task) -> Chain:
    """|h|^2 for h = X+ y + c Q u with a number c: the two parts are orthogonal."""
    h = pinv(sample.x) @ sample.y + expression(STRETCH) * (sample.q @ sample.start)
    return Chain("the square of the norm", OVERPARAMETERIZED, h.T @ h).apply(projection_algebra, sample.x, sample.q)


@cache
def squared_norm_at(c: sp.Expr, along: sp.Expr, off: sp.Expr) -> sp.Expr:
    """|h|^2 at c, with |X+ y|^2 = along and |Q u|^2 = off."""
    sample = task(S)
    parts = (fitted_form(sample), expression(fitted)), (kept_form(sample), expression(kept))
    square = replace(squared_norm(sample).expression, *parts).scalar()
    return square.subs({STRETCH: c, fitted: along, kept: off}, simultaneous=True)


def norm_equation(along: sp.Expr, off: sp.Expr) -> sp.Eq:
    """|h|^2 at c = (|h|/|u|)^(1 - 1/L)."""
    return sp.Eq(radius**2, squared_norm_at(stretch(radius**2), along, off))


def norm_where(along: sp.Expr, off: sp.Expr) -> Implicit:
    """|h| as the root of its equation; 0 where the network ends at 0."""
    return Implicit(radius, norm_equation(along, off), may_vanish=True)


def stretch_where() -> Implicit:
    """c, given |h|."""
    return Implicit(STRETCH, sp.Eq(STRETCH, stretch(radius**2)), may_vanish=True)


def trained(sample: Task) -> Expression:
    """h: where training ends, as a letter."""
    return matrix("h", d, 1, law=Trained(sample.x, sample.y, sample.start, L))


def mirror(name: str, weights: Expression) -> Expression:
    """m(b) = b |b|^(1/L - 1), as a letter."""
    return matrix(name, d, 1, law=Scaled(weights, 1 / L - 1))


def stretch_found(h: Expression) -> Expression:
    """c = (|h|/|u|)^(1 - 1/L) with |h| as training finds it, as a letter."""
    square = sp.Symbol("square", positive=True)
    return matrix("ch", 1, 1, symmetric=True, law=Number(stretch(square), ((square, h.T @ h),)))


def stretch_solved(sample: Task) -> Expression:
    """c with |h| as the root of its equation, as a letter: a number that depends on X and e."""
    equation = norm_equation(fitted, kept)
    of = ((fitted, fitted_form(sample)), (kept, kept_form(sample)))
    return matrix("c", 1, 1, symmetric=True, law=Number(stretch(radius**2), of, (radius, equation.lhs - equation.rhs)))


def remainder(sample: Task) -> Expression:
    """The part of t across u, as a letter."""
    return matrix("tp", d, 1, law=Defined(sample.teacher - sample.start * BEST))


@rule(Equality.PATHWISE)
def orthogonal_to_the_source(target: Expression, r: Expression, u: Expression) -> Expression:
    """r = t - u <u,t>/|u|^2 is orthogonal to u."""
    return replace(target, (r.T @ u, expression(0)))


def fitted_form(sample: Task) -> Expression:
    """|X+ y|^2."""
    along = pinv(sample.x) @ sample.y
    return along.T @ along


def kept_form(sample: Task) -> Expression:
    """|Q u|^2 = u' Q u."""
    return sample.start.T @ sample.q @ sample.start
