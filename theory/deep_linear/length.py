"""deep_linear.norm: the norm of the fine-tuned weights, the one number that depth decides."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.calculus.rational import factor
from theory.calculus.rule import Chain, Reason
from theory.deep_linear.setting import (
    ALL_TRAINED,
    BALANCED,
    INFINITE,
    NOT_ZERO,
    L,
    fitted,
    kept,
    norm_equation,
    norm_where,
    radius,
    squared_norm,
    squared_source,
)
from theory.linear.setting import S, task
from theory.references import AZULAY_2021
from theory.result import Derivation, Equality, Implicit, Kind, Regime, Result, Statement

z = sp.Symbol("z", positive=True)
CLOSED = (1, 2, 3)
"""Depths at which the equation is a polynomial of degree at most three."""

ROOT = Reason(
    "solve for z",
    "With z = (r/|u|)^{2/L} the equation is z^L = a + b z^{L-1}, a = |X+ y|^2/|u|^2, b = |Q u|^2/|u|^2: a polynomial "
    "with one change of sign, so with one positive root.",
    Equality.PATHWISE,
)
EQUATION = Reason(
    "the norm of the end of training",
    "h = X+ y + c Q u with orthogonal parts and c = (r/|u|)^{1 - 1/L}  (key deep_linear.solution).",
    Equality.PATHWISE,
)
LIMIT = Reason(
    "infinite depth",
    "c = r/|u| for L -> infinity: the equation is linear in r^2.",
    Equality.PATHWISE,
)
UNIQUE = Reason(
    "the root is unique",
    "z - b - a z^{1-L} runs from -infinity (from -b, for a = 0) to infinity and has this derivative, which is "
    "positive: one root, at every depth, and a positive one unless a = b = 0.",
    Equality.PATHWISE,
)
MONOTONE = Reason(
    "the norm moves away from that of the source as depth grows",
    "At the root, by the implicit function theorem, for R = r/|u| and s = 1 - 1/L; R - s b R^{2s-1} > 0 there, as R^2 "
    ">= b R^{2s} and s < 1.  So |log R| grows with L, and R > 1 if and only if |X+ y| > |P u|.",
    Equality.PATHWISE,
)
a, b = fitted / squared_source, kept / squared_source


def _scaled(change: dict[sp.Symbol, sp.Expr]) -> sp.Expr:
    """The equation of |h| over |u|^2 in other variables, as left minus right."""
    equation = norm_equation(fitted, kept)
    return sp.powsimp(sp.expand(sp.powsimp(((equation.lhs - equation.rhs) / squared_source).subs(change))))


def _at_depth(depth: int) -> sp.Expr:
    """r = |u| z^{L/2} at the positive root of |u|^2 z^L = |Q u|^2 z^{L-1} + |X+ y|^2."""
    f, k, s = (sp.Dummy(str(z), positive=True) for z in (fitted, kept, squared_source))
    here = {f: sp.Rational(7, 10), k: sp.Rational(3, 10), s: sp.Integer(1)}
    polynomial = _scaled({radius: sp.sqrt(squared_source) * z ** (L / 2)}).subs(L, depth)
    cleared = sp.expand(squared_source * polynomial).subs({fitted: f, kept: k, squared_source: s})
    roots = sp.roots(sp.Poly(cleared, z))
    (root,) = (root for root in roots if _is_positive(root.subs(here)))
    squared = s * root**depth
    found = sp.sqrt(factor(squared)) if depth == 1 else sp.sqrt(s) * root ** sp.Rational(depth, 2)
    tidy = found.replace(lambda e: e.is_Pow and e.exp == sp.S.Half and e.base.is_Add, lambda e: sp.sqrt(factor(e.base)))
    return tidy.subs({f: fitted, k: kept, s: squared_source})


def _is_positive(root: sp.Expr) -> bool:
    number = complex(sp.N(root, 30))
    return number.real > 0 and abs(number.imag) < 1e-20


def _closed_form(depth: int) -> Derivation:
    """From the root of the equation to its closed form."""
    equation = norm_equation(fitted, kept).subs(L, depth)
    step = ROOT.step(radius, _at_depth(depth), where=(Implicit(radius, equation),))
    return Derivation(f"L = {depth}", sp.true, (step,))


def _infinite() -> Derivation:
    equation = norm_equation(fitted, kept).subs(L, sp.oo)
    (squared,) = sp.solve(equation.subs(radius, sp.sqrt(z)), z)
    top, bottom = (-part for part in sp.fraction(factor(squared)))
    step = LIMIT.step(radius, sp.sqrt(top / bottom), where=(Implicit(radius, equation),))
    return Derivation("L infinite", sp.true, (step,))


def _any_depth() -> Derivation:
    where = norm_where(fitted, kept)
    step = EQUATION.step(sp.sqrt(where.equation.rhs), radius, where=(where,))
    return Derivation("any depth", sp.true, (step,))


def _unique() -> Chain:
    """d/dz of the equation in z = (r/|u|)^(2/L), over z^(L-1)."""
    gap = sp.powsimp(sp.expand(_scaled({radius: sp.sqrt(squared_source) * z ** (L / 2)}) / z ** (L - 1)))
    chain = Chain("existence and uniqueness", sp.true, sp.Derivative(gap, z))
    return chain.record(UNIQUE, sp.powsimp(sp.diff(gap, z)))


def _monotone() -> Chain:
    """dR/ds, by the implicit function theorem and as it stands with its sign in sight."""
    ratio, share = sp.Symbol("R", positive=True), sp.Symbol("s", positive=True)
    zero = _scaled({radius: sp.sqrt(squared_source) * ratio, L: 1 / (1 - share)})
    chain = Chain("dependence on depth", sp.true, -sp.Derivative(zero, share) / sp.Derivative(zero, ratio))
    top, bottom = sp.fraction(sp.cancel(sp.diff(zero, share) / sp.diff(zero, ratio)))
    return chain.record(MONOTONE, sp.powsimp(top) / -bottom)


@cache
def norm() -> Result:
    """r = |h|: the unique positive root of r^2 = |X+ y|^2 + (r/|u|)^{2-2/L} |Q u|^2, n < d.

    Closed forms for L = 1, 2, 3 and L -> infinity, the root of the equation elsewhere.  It moves away from |u| as L
    grows, upwards if and only if |X+ y| > |P u|.  Exact, pathwise.  Fields: `fitted` = |X+ y|^2 and `kept` = |Q u|^2,
    or X, y and source.  0 at infinite depth where |X+ y| = 0.  Source: Azulay et al. 2021.
    """
    closed = {depth: _closed_form(depth) for depth in CLOSED}
    infinite = _infinite()
    regimes = [Regime(f"L = {k}", sp.And(sp.Eq(L, k), NOT_ZERO), c.steps[-1].after) for k, c in closed.items()]
    regimes += [
        Regime("L infinite", sp.And(INFINITE, NOT_ZERO), infinite.steps[-1].after),
        Regime("any depth, u not zero", NOT_ZERO, radius),
    ]
    chains = (squared_norm(task(S)), _unique(), _monotone())
    facts = tuple(chain.derivation() for chain in chains)
    return Result(
        key="deep_linear.norm",
        statement=Statement("norm of the fine-tuned weights", "|h|", r"\lVert h\rVert"),
        kind=Kind.IDENTITY,
        regimes=tuple(regimes),
        given=(BALANCED, ALL_TRAINED),
        derivations=(*closed.values(), infinite, _any_depth(), *facts),
        references=(AZULAY_2021,),
        see_also=("deep_linear.solution",),
        where=(norm_where(fitted, kept),),
    )
