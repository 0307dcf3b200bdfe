"""Comparisons of starts and sample sizes, and learned sources, against the mean risk itself."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import sympy as sp

from theory.notation import symbol
from theory.result import Result
from verify.claim import shifted
from verify.stage_zero.linear_means import FACTOR
from verify.stage_zero.relation import Kind, Relation, Residual, difference
from verify.stage_zero.values import TALL, TASK, WIDE, Point, formula, known, known_formula, numbers, value

distance = symbol("squared_distance")
squared_target, squared_source, source_target = (
    symbol(name) for name in ("squared_target", "squared_source", "source_target")
)


def _gain(result: Result) -> Iterator[Residual]:
    """|t|^2 from zero against |t|^2 - 2 <u,t> + |u|^2 from u, in the same formula for the risk."""
    for sizes in (WIDE, TALL):
        risk = known_formula("linear.risk", sizes)
        from_source = squared_target - 2 * source_target + squared_source
        yield formula(result, sizes) - (risk.subs(distance, squared_target) - risk.subs(distance, from_source))


def _flat_slope(result: Result) -> Iterator[Residual]:
    """The mean risk from a u has no slope in a there, and it curves upwards."""
    a = sp.Symbol("a", real=True)
    risk = known_formula("linear.risk", WIDE)
    along = risk.subs(distance, squared_target - 2 * a * source_target + a**2 * squared_source)
    yield sp.diff(along, a).subs(a, formula(result, {**WIDE, **TASK}))
    yield bool(sp.diff(along, a, 2).subs(numbers({**WIDE, **TASK})) > 0)


def _inverse_scale(result: Result) -> Iterator[Residual]:
    """The best start stays where it is: a source c times as long has a best multiple 1/c times as large."""
    found = formula(result, {**WIDE, **TASK})
    longer = {squared_source: FACTOR**2 * squared_source, source_target: FACTOR * source_target}
    yield found.subs(longer, simultaneous=True) - found / FACTOR


def _counted(result: Result) -> Iterator[Residual]:
    """The first of n = 0, 1, 2, ... whose bias is at most r."""
    tolerated = [sp.Rational(k, 8) for k in (0, 1, 5, 8, 12, 16, 17, 40)]
    for d, risk in product((1, 2, 5, 8), tolerated):
        point = {**TASK, "d": d, "risk": risk, "sigma": 0}
        least = next(n for n in range(d + 1) if _bias(n, point) <= risk)
        yield value(result, {**point, "n": 1}) - least


def _bias(n: int, point: Point) -> sp.Expr:
    if n == 0:
        return sp.sympify(point["level"]) * point["squared_distance"]
    return known("linear.bias", {**point, "n": n})


STAGES = ((1, 3), (2, 3), (2, 4), (3, 7), (3, 3), (4, 3), (6, 3))
TEACHER: Point = {"squared_teacher": sp.Rational(9, 4), "teacher_target": sp.Rational(3, 4)}
"""|w|^2 and <w,t>, with |t|^2 as in TASK."""


def projected(a: sp.Expr, b: sp.Expr, ab: sp.Expr, point: Point) -> sp.Expr:
    """E <a, Q b> for the source sample, by polarising the bias: (|Q(a+b)|^2 - |Q(a-b)|^2)/4."""
    sizes = {**point, "n": point["n_source"], "level": 1}
    plus, minus = (known("linear.bias", {**sizes, "squared_distance": a + b + 2 * s * ab}) for s in (1, -1))
    return (plus - minus) / 4


def _in_two_stages(result: Result) -> Iterator[Residual]:
    """Pretraining is itself fine-tuning from zero: u = w - Q~w + X~+ e~, so that E|t - u|^2 = |t - w|^2
    + 2 E <t-w, Q~w> + E |Q~w|^2 + E |X~+ e~|^2, each by the formulas of one stage; it is the |D|^2 of the second."""
    silent = (sp.Integer(0), sp.Rational(1, 3))
    for (n, d), source, first, second in product(STAGES, (1, 2, 4, 6), silent, silent):
        point = {**TASK, **TEACHER, "n": n, "d": d, "sigma": first, "n_source": source, "sigma_source": second}
        t, w, wt = (sp.sympify(point[k]) for k in ("squared_target", "squared_teacher", "teacher_target"))
        gap = t - 2 * wt + w
        learned = {**point, "n": source, "sigma": second, "level": 1}
        missed = known("linear.bias", {**learned, "squared_distance": w})
        crossed = projected(gap, w, wt - w, point)
        reached = gap + 2 * crossed + missed + known("linear.variance", learned) / TASK["level"]
        yield difference(value(result, point), _risk_at(reached, point))


def _risk_at(squared_distance: sp.Expr, point: Point) -> sp.Expr:
    """The risk where |t - u|^2 has this mean, which may be infinite and is forgotten for n >= d."""
    bias = known("linear.bias", {**point, "squared_distance": 1})
    return (bias * squared_distance if bias != 0 else sp.Integer(0)) + known("linear.variance", point)


def _endless_pretraining(result: Result) -> Iterator[Residual]:
    """n_source -> infinity: the source is the teacher itself."""
    n_source = symbol("n_source")
    for sizes in (WIDE, TALL):
        found = formula(result, {**sizes, "n_source": 100, "sigma_source": 1})
        w, wt = symbol("squared_teacher"), symbol("teacher_target")
        fixed = known_formula("linear.risk", sizes).subs(distance, squared_target - 2 * wt + w)
        yield sp.limit(found, n_source, sp.oo) - fixed


RELATIONS = (
    Relation("linear.benefit", "the risk from zero less that from u", Kind.CANCELS, _gain),
    Relation("linear.best_rescaling", "the risk has no slope there", Kind.CANCELS, _flat_slope),
    Relation(
        "linear.best_rescaling", "source times c, best multiple over c", Kind.METAMORPHIC, _inverse_scale, shifted(1)
    ),
    Relation("linear.samples_needed", "counted upwards from no sample", Kind.CANCELS, _counted, shifted(1)),
    Relation("linear.risk_learned_source", "two stages, one after the other", Kind.CANCELS, _in_two_stages),
    Relation("linear.risk_learned_source", "n_source to infinity: linear.risk", Kind.CANCELS, _endless_pretraining),
)
