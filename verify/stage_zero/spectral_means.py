"""Estimators that act on singular values: limits, second routes and changes of unit that hold exactly."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from theory.notation import KAPPA, symbol
from theory.result import Result
from verify.claim import shifted
from verify.stage_zero.balls import ball
from verify.stage_zero.relation import Kind, Relation, Residual
from verify.stage_zero.spectral import EIGENVALUES, at_share, equation, large, written_out
from verify.stage_zero.values import TASK, Point, formula, known, known_formula, value

n, d, level, sigma, penalty = (symbol(name) for name in ("n", "d", "level", "sigma", "penalty"))
gap = symbol("squared_distance")
WIDE: Point = {**TASK, "n": 10, "d": 40, "sigma": sp.Rational(2, 3), "penalty": sp.Rational(3, 7)}
TALL: Point = {**WIDE, "n": 40, "d": 10}
SQUARE: Point = {**WIDE, "n": 20, "d": 20}
PLACES = (WIDE, TALL, SQUARE)
FACTOR = sp.Rational(5, 3)


def _resolvent(result: Result) -> Iterator[Residual]:
    """a^2 (-m') level |D|^2 + sigma^2 (d/n) (m + a m') with the Stieltjes transform m of Marchenko and Pastur."""
    a = sp.Symbol("a", positive=True)
    for point in PLACES:
        at = {name: sp.sympify(z) for name, z in point.items()}
        share, scale = at["d"] / at["n"], at["level"]
        b = 1 - share + a / scale
        m = (sp.sqrt(b**2 + 4 * share * a / scale) - b) / (2 * share * a)
        slope = sp.diff(m, a)
        risk = -(a**2) * slope * scale * at["squared_distance"] + at["sigma"] ** 2 * share * scale * (m + a * slope)
        yield ball(value(result, point)) - ball(risk.subs(a, at["penalty"]))


def _no_penalty(result: Result) -> Iterator[Residual]:
    """linear.risk_equivalent, its formula and its equation; they are those of any penalty."""
    yield written_out(formula(result, WIDE)) - written_out(known_formula("linear.risk_equivalent", WIDE))
    left = written_out(equation(result, KAPPA)).subs(penalty, 0)
    yield left - sum((z / (z + KAPPA) for z in EIGENVALUES), -n)


def _flat_limit(result: Result) -> Iterator[Residual]:
    """The penalty goes to zero: linear.risk at large n and d, on either side of n = d."""
    risk, (root,) = formula(result, WIDE), [w.equation.rhs for w in result.where]
    for sizes, other in ((WIDE, level * (d - n) / n), (TALL, sp.Integer(0))):
        at = {symbol(name): sp.sympify(z) for name, z in sizes.items()} | {penalty: 0}
        yield (root - other).subs(at)
        yield at_share(risk.subs(KAPPA, other)) - large(known_formula("linear.risk", sizes))


def _every_direction(result: Result) -> Iterator[Residual]:
    """In a singular direction with x of X'X/n the risk is (|D|^2/d) a^2/(x + a)^2 + (sigma^2/n) x/(x + a)^2."""
    x = sp.Symbol("x", positive=True)
    along = (gap / d * penalty**2 + sigma**2 / n * x) / (x + penalty) ** 2
    yield sp.diff(along, penalty).subs(penalty, formula(result, WIDE))


def _at_the_best(result: Result) -> Iterator[Residual]:
    """ridge.risk at ridge.best_penalty."""
    for point in PLACES:
        best = known("ridge.best_penalty", point)
        yield ball(value(result, point)) - ball(known("ridge.risk", {**point, "penalty": best}))


def _either_start(result: Result) -> Iterator[Residual]:
    """ridge.best_risk from zero less that from the source."""
    for point in PLACES:
        zero = {**point, "squared_distance": point["squared_target"]}
        yield ball(value(result, point)) - ball(known("ridge.best_risk", zero)) + ball(known("ridge.best_risk", point))


RELATIONS = (
    Relation("ridge.risk", "Stieltjes transform of Marchenko and Pastur", Kind.ENCLOSED, _resolvent),
    Relation("ridge.risk", "penalty to zero: linear.risk at large n, d", Kind.CANCELS, _flat_limit),
    Relation("ridge.risk_equivalent", "penalty zero: linear.risk_equivalent", Kind.CANCELS, _no_penalty, shifted(1)),
    Relation("ridge.best_penalty", "every singular direction", Kind.CANCELS, _every_direction),
    Relation("ridge.best_risk", "ridge.risk at the best penalty", Kind.ENCLOSED, _at_the_best),
    Relation("ridge.gain", "from zero and from the source", Kind.ENCLOSED, _either_start),
)
