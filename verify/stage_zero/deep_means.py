"""Mean risks of deep linear networks: five variables integrated out, the best depth, and layers that are frozen."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, product

import sympy as sp
from flint import acb, arb

from theory.calculus.averages import Average, Beta, Cosine
from theory.catalogue import result as catalogued
from theory.notation import STRETCH, symbol
from theory.result import Result, Value
from verify.claim import shifted
from verify.stage_zero import plane
from verify.stage_zero.balls import ball, exact, integral, root
from verify.stage_zero.linear_means import FACTOR
from verify.stage_zero.moments import moment
from verify.stage_zero.relation import Kind, Relation, Residual, difference
from verify.stage_zero.spectral import equation
from verify.stage_zero.values import TASK, WIDE, Point, applies, formula, known, known_formula, numbers, points, value

sigma, depth, norm = symbol("sigma"), symbol("depth"), symbol("norm")
squared_source, squared_target, source_target = (
    symbol(name) for name in ("squared_source", "squared_target", "source_target")
)


def _expected(polynomial: sp.Expr, laws: dict[sp.Symbol, sp.Expr]) -> sp.Expr:
    """The mean of a polynomial in independent variables; odd powers of a cosine have mean zero."""
    for x, law in laws.items():
        if isinstance(law, Cosine):
            polynomial = sp.expand((polynomial + polynomial.subs(x, -x)) / 2)
    total = sp.Integer(0)
    for powers, coefficient in sp.Poly(sp.expand(polynomial), *laws).terms():
        moments = (_moment(law, k) for law, k in zip(laws.values(), powers, strict=True))
        total += coefficient * sp.Mul(*moments)
    return total


def _moment(law: sp.Expr, power: int) -> sp.Expr:
    if not isinstance(law, Cosine):
        return moment(law, power)
    return moment(Beta(sp.S.Half, (law.args[0] - 1) / 2), power // 2)


def _five_variables(result: Result) -> Iterator[Residual]:
    """Without stretch the risk is a polynomial in the five variables, and its mean is that of one layer."""
    found = formula(result, {**TASK, **WIDE, "depth": 3})
    if not isinstance(found, Average):
        yield False
        return
    inside = found.formula.subs(STRETCH, 1)
    for implicit in reversed(result.where[:-2]):
        inside = inside.subs(implicit.symbol, implicit.equation.rhs)
    one = known_formula("linear.risk", WIDE)
    distance = squared_target - 2 * source_target + squared_source
    yield _expected(inside, found.laws) - one.subs(symbol("squared_distance"), distance)


FEW = ((3, 1), (2, 1), (4, 2), (3, 2), (2, 2))
"""n and d: two features, which several layers need, and one."""


def _one_layer(result: Result) -> Iterator[Residual]:
    """One layer, or a source that is forgotten: linear.risk.  One feature has no direction: several layers may stay at
    the other sign."""
    few = ({**TASK, "n": n, "d": d, "sigma": noise} for (n, d), noise in product(FEW, (0, 1)))
    for point in (*points(), *few):
        one = known("linear.risk", point)
        for squared in (point["squared_source"], 0):
            yield difference(value(result, {**point, "depth": 1, "squared_source": squared}), one)
        deep = {**point, "depth": 3}
        if point["n"] >= point["d"]:
            yield applies(result, deep) == bool(point["d"] >= 2)
        if point["n"] >= point["d"] >= 2:
            yield difference(value(result, deep), one)


def _existence(result: Result) -> Iterator[Residual]:
    """The mean is infinite where that of the noise part is, and at infinite depth where 1/|P u|^2 has no mean, unless
    there is no noise and P t is a multiple of P u."""
    for point in points():
        n, d = sp.sympify(point["n"]), sp.sympify(point["d"])
        if n >= d:
            continue
        noisy = known("linear.variance", point) == sp.oo
        stretched, loud = moment(Beta(n / 2, (d - n) / 2), -1) == sp.oo, point["sigma"] != 0
        yield bool((formula(result, {**point, "depth": 2}) == sp.oo) == noisy)
        yield bool((formula(result, {**point, "depth": sp.oo}) == sp.oo) == (noisy or stretched))
        along = {"squared_target": 4 * point["squared_source"], "source_target": 2 * point["squared_source"]}
        yield bool((formula(result, {**point, **along, "depth": sp.oo}) == sp.oo) == (noisy or (stretched and loud)))


def _stretch_at(layers: arb, point: Point) -> arb:
    """c of deep_linear.risk_limit at a depth that need not be an integer."""
    limit = catalogued("deep_linear.risk_limit")
    at = numbers(point)
    gap, given = equation(limit, norm).subs(at), equation(limit, STRETCH).subs(at)
    length = root(lambda r: ball(gap, {depth: layers, norm: r}), arb(2.0**-20), arb(2.0**20))
    return -ball(given, {depth: layers, norm: length, STRETCH: arb(0)})


def _risk_at(layers: int, point: Point) -> arb:
    limit = formula(catalogued("deep_linear.risk_limit"), {**point, "depth": 3})
    return ball(limit.subs(numbers(point)), {STRETCH: _stretch_at(arb(layers), point)})


PLACE: Point = {"n": 20, "d": 40, "sigma": sp.Rational(1, 5), "level": 1, "squared_source": 1}
NEARLY_ALL: Point = {**PLACE, "n": 39, "sigma": sp.Rational(1, 50)}
TARGETS = (
    (16, "1/2"),
    (16, "4/5"),
    (16, "2"),
    (16, "5/2"),
    (16, "19/5"),
    (16, "39/10"),
    (16, "1"),
    ("398/25", "4"),
    ("1/4", "1/5"),
    ("1/4", "1/10"),
    ("1/4", "1/2"),
)
"""|t|^2 and <u,t>: the best stretch on either side of 1, that of one layer, and at it; within reach of depth, at what
infinite depth reaches (half of the features seen), and beyond."""
LAYERS = (1, 2, 4, 16, 64, 1024)


def _bottom_of_the_parabola(result: Result) -> Iterator[Residual]:
    """At the best depth c is <u,t>/|u|^2; where none has it, the risk rises with depth, or falls.  If c is 1 at every
    depth, one layer is told."""
    unstretched = {"squared_target": sp.Rational(23, 25), "source_target": sp.Rational(1, 2)}
    yield bool(value(result, {**PLACE, **unstretched}) == 1)
    for some, (target, slope) in product((PLACE, NEARLY_ALL), ((sp.Rational(a), sp.Rational(b)) for a, b in TARGETS)):
        point = {**some, "squared_target": target, "source_target": slope}
        best = value(result, point)
        if best in (1, sp.oo):
            risks = [_risk_at(layers, point) for layers in LAYERS]
            yield all(bool(a < b) == (best == 1) and bool(a > b) == (best == sp.oo) for a, b in pairwise(risks))
        else:
            yield bool(ball(best) > 1)
            yield _stretch_at(ball(best), point) - exact(slope)


def _same_depth(result: Result) -> Iterator[Residual]:
    """Weights and noise times 2, or features and noise times 2: the same depth."""
    weights = dict.fromkeys(("squared_source", "squared_target", "source_target"), 4)
    for target, slope in ((sp.Rational(a), sp.Rational(b)) for a, b in TARGETS):
        point: Point = {**PLACE, "squared_target": target, "source_target": slope}
        best = value(result, point)
        for times in (weights, {"level": 4}):
            more = {name: sp.sympify(point[name]) * by for name, by in {**times, "sigma": 2}.items()}
            other = value(result, {**point, **more})
            yield other == best if sp.oo in (best, other) else ball(other) - ball(best)


def _by_level(value: Value) -> Value:
    """What does not grow as it should."""
    more = 1 + symbol("level")
    return value.func(value.formula * more, *value.args[1:]) if isinstance(value, Average) else value * more


FROZEN: Point = {**TASK, "frozen_layers": 2, "depth": 3}
PARALLEL = {"squared_source": 1, "source_target": 2, "squared_target": 4}
ACROSS = TASK["squared_target"] - TASK["source_target"] ** 2 / TASK["squared_source"]


def _one_feature(result: Result) -> Iterator[Residual]:
    """Linear regression on one feature, x'u, where what u does not explain of t is one more source of noise."""
    for n in (1, 2, 3, 4, 9):
        for noise in (sp.Integer(0), sp.Rational(2, 3)):
            for task, across in ((TASK, ACROSS), (PARALLEL, sp.Integer(0))):
                hidden = TASK["level"] * across
                point = {**FROZEN, **task, "n": n, "d": 5, "sigma": noise}
                single = {**TASK, "n": n, "d": 1, "sigma": sp.sqrt(noise**2 + hidden)}
                yield difference(value(result, point), hidden + known("linear.risk", single))


def _explicit(result: Result, point: Point) -> sp.Expr:
    """The formula with its abbreviations put in."""
    found = formula(result, point)
    for implicit in reversed(result.where):
        found = found.subs(implicit.symbol, implicit.equation.rhs)
    return found.subs(numbers(point))


def _both_signs(result: Result) -> Iterator[Residual]:
    """For c of either sign (max(c, 0) - a)^2 + (max(-c, 0) + a)^2 = (c - a)^2 + a^2: the means for <u,t> and -<u,t> add
    up to that with one layer left and level |t|^2."""
    for n in (3, 4, 9):
        point = {**FROZEN, "depth": 4, "n": n, "d": 5, "sigma": sp.Rational(2, 3)}
        both = sum(_explicit(result, {**point, "source_target": s * TASK["source_target"]}) for s in (1, -1))
        yield both - known("deep_linear.frozen", {**point, "depth": 3}) - TASK["level"] * TASK["squared_target"]


def _angle_integrated(result: Result) -> Iterator[Residual]:
    """c - a = tau tan(theta) with theta of density proportional to cos^(n-1), as c - a is tau times a normal number
    over an independent chi of n degrees of freedom; max(c, 0) = 0 below theta = -arctan(a/tau)."""
    noise, curvature = sp.Rational(2, 3), TASK["level"] * TASK["squared_source"]
    for n, side in ((3, 1), (4, -1), (9, 1)):
        point = {**FROZEN, "depth": 4, "n": n, "d": 5, "sigma": noise, "source_target": side * TASK["source_target"]}
        a = side * TASK["source_target"] / TASK["squared_source"]
        tau = ball((TASK["level"] * ACROSS + noise**2) / curvature).sqrt()
        turn, right = -(exact(a) / tau).atan(), arb.pi() / 2

        def weight(z: acb, n: int = n) -> acb:
            return z.cos() ** (n - 1)

        def moved(z: acb, n: int = n, tau: arb = tau) -> acb:
            return tau**2 * z.sin() ** 2 * z.cos() ** (n - 3)

        whole = integral(weight, -right, right)
        off = (integral(moved, turn, right) + exact(a**2) * integral(weight, -right, turn)) / whole
        yield ball(_explicit(result, point)) - ball(TASK["level"] * ACROSS) - exact(curvature) * off


def _network_units(result: Result) -> Iterator[Residual]:
    """Weights times c and noise times c: risk times c^2."""
    grown = {"squared_source": 2, "squared_target": 2, "source_target": 2, "sigma": 1}
    for noise in (sp.Integer(0), sp.Rational(2, 3)):
        point = {**FROZEN, "n": 6, "d": 5, "sigma": noise}
        larger = {**point, **{k: FACTOR**power * point[k] for k, power in grown.items()}}
        yield value(result, larger) - FACTOR**2 * value(result, point)


RELATIONS = (
    Relation("deep_linear.risk_exact", "no stretch: five variables integrated out", Kind.CANCELS, _five_variables),
    Relation("deep_linear.risk_exact", "one layer, or n >= d: linear.risk", Kind.CANCELS, _one_layer),
    Relation("deep_linear.risk_exact", "infinite where a moment diverges", Kind.METAMORPHIC, _existence),
    Relation(
        "deep_linear.best_depth", "the stretch there, or the order of risks", Kind.ENCLOSED, _bottom_of_the_parabola
    ),
    Relation("deep_linear.best_depth", "weights, features and noise times c", Kind.METAMORPHIC, _same_depth, _by_level),
    Relation("deep_linear.risk_exact", "a projection of a plane, in numbers", Kind.AGREES, plane.residuals),
    Relation("deep_linear.risk_exact", "weights, features and noise times c", Kind.METAMORPHIC, plane.units, _by_level),
    Relation("deep_linear.frozen", "one feature: linear.risk", Kind.CANCELS, _one_feature),
    Relation("deep_linear.frozen", "weights and noise times c", Kind.METAMORPHIC, _network_units, shifted(1)),
    Relation("deep_linear.frozen_flow", "both signs of <u,t>: deep_linear.frozen", Kind.CANCELS, _both_signs),
    Relation("deep_linear.frozen_flow", "the angle of the coefficient integrated", Kind.ENCLOSED, _angle_integrated),
)
