"""Identities given the sample, on rational samples: normal equations, averages over signs, layers multiplied out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import sympy as sp
from flint import arb, arb_mat

from theory.catalogue import result as catalogued
from theory.notation import symbol
from theory.result import Result
from verify.claim import scaled
from verify.stage_zero.balls import ball, exact
from verify.stage_zero.matrices import entries, matrix_of
from verify.stage_zero.relation import Kind, Relation, Residual
from verify.stage_zero.samples import TALL_SAMPLE, WIDE_SAMPLE, Sample
from verify.stage_zero.values import formula, numbers

SAMPLES = (WIDE_SAMPLE, TALL_SAMPLE)
DEPTHS = (1, 2, 3, 5, sp.oo)
norm = symbol("norm")


def _normal_equations(sample: Sample, h: arb_mat) -> list[arb]:
    """X'(y - X h) = 0."""
    x = matrix_of(sample.x)
    return entries(x.transpose() * (matrix_of(sample.y) - x * h))


def _unmoved(sample: Sample, moved: arb_mat) -> list[arb]:
    """Nothing moves across the rows."""
    across = sample.across
    return entries(matrix_of(across).transpose() * moved) if across.cols else []


def _estimator(result: Result) -> Iterator[Residual]:
    """The gradient vanishes at h, and h - u is a combination of rows: the two together have one solution."""
    for sample in SAMPLES:
        h = sample.evaluate(result)
        yield from _normal_equations(sample, h)
        yield from _unmoved(sample, h - matrix_of(sample.u))


def _signs(sample: Sample) -> Iterator[Sample]:
    """Noise of size sigma with every combination of signs: mean 0 and covariance sigma^2 I, like any other."""
    for signs in product((1, -1), repeat=sample.x.rows):
        yield sample.with_noise(sample.sigma * sp.Matrix(signs))


def _averaged_over_signs(result: Result) -> Iterator[Residual]:
    """The risk of the estimator itself, averaged."""
    estimator = catalogued("linear.estimator")
    for sample in SAMPLES:
        risks = [noisy.risk(noisy.evaluate(estimator)) for noisy in _signs(sample)]
        yield sum(risks, arb(0)) / len(risks) - sample.evaluate(result)[0, 0]


def _gradient_of_the_potential(weights: arb_mat, depth: sp.Expr) -> arb_mat:
    """psi'(|b|) b/|b|, with psi of deep_linear.mirror_potential."""
    at = numbers({"depth": depth})
    slope = sp.diff(formula(catalogued("deep_linear.mirror_potential"), {"depth": depth}), norm).subs(at)
    length = (weights.transpose() * weights)[0, 0].sqrt()
    return weights * (ball(slope, {norm: length}) / length)


def _solution(result: Result) -> Iterator[Residual]:
    """The gradient vanishes at h, and the mirror coordinates moved along the rows; one layer is linear.estimator."""
    for sample, depth in product(SAMPLES, DEPTHS):
        h = sample.evaluate(result, depth=depth)
        yield from _normal_equations(sample, h)
        if sample.across.cols:
            start = _gradient_of_the_potential(matrix_of(sample.u), depth)
            yield from _unmoved(sample, _gradient_of_the_potential(h, depth) - start)
        if depth == 1:
            yield from entries(h - sample.evaluate(catalogued("linear.estimator")))


def _norm_of_the_solution(result: Result) -> Iterator[Residual]:
    """|h| of deep_linear.solution, at every depth that has a formula of its own and one that has none."""
    solution, sample = catalogued("deep_linear.solution"), WIDE_SAMPLE
    x = sample.x
    projection = x.T * (x * x.T).inv()
    fitted, kept = projection * sample.y, sample.u - projection * x * sample.u
    for depth in DEPTHS:
        h = sample.evaluate(solution, depth=depth)
        length = (h.transpose() * h)[0, 0].sqrt()
        point = {"fitted": fitted.dot(fitted), "kept": kept.dot(kept), "squared_source": sample.u.dot(sample.u)}
        found = formula(result, {**point, "depth": depth}).subs(numbers({**point, "depth": depth}))
        yield ball(found, {norm: length}) - length


def _risk_of_the_solution(result: Result) -> Iterator[Residual]:
    for sample, depth in product(SAMPLES, DEPTHS):
        h = sample.evaluate(catalogued("deep_linear.solution"), depth=depth)
        yield sample.risk(h) - sample.evaluate(result, depth=depth)[0, 0]


UNITS = (sp.Matrix([3, 4]) / 5, sp.Matrix([5, -12]) / 13, sp.Matrix([8, 15]) / 17)
SIZE = sp.Rational(3, 2)


def _layers(depth: int) -> list[sp.Matrix]:
    """W_i = s v_(i-1) v_i' with rational unit vectors and v_L = 1: balanced."""
    directions = [*UNITS[:depth], sp.Matrix([1])]
    return [SIZE * directions[i] * directions[i + 1].T for i in range(depth)]


def _product(layers: list[sp.Matrix], size: int) -> sp.Matrix:
    return sp.prod(layers, start=sp.eye(size)) if layers else sp.eye(size)


def _multiplied_out(result: Result) -> Iterator[Residual]:
    """The velocity of the product, by the product rule, each layer moving against its own gradient."""
    for depth in (1, 2, 3):
        layers = _layers(depth)
        moving = Sample(TALL_SAMPLE.x, TALL_SAMPLE.e, TALL_SAMPLE.t, _product(layers, 2), TALL_SAMPLE.s)
        force = moving.x.T * (moving.y - moving.x * moving.u)
        velocity = sp.zeros(2, 1)
        for i in range(depth):
            before, after = _product(layers[:i], 2), _product(layers[i + 1 :], layers[i].cols)
            velocity += before * (before.T * force * after.T) * after
        yield from entries(moving.evaluate(result, depth=depth) - matrix_of(velocity))


def _mirrored(result: Result) -> Iterator[Residual]:
    """With b = r (1, 0), f = (1, 1): psi'' times the velocity along b, and psi'/r times that across, are r^(1-1/L)."""
    flow, r = catalogued("deep_linear.flow"), sp.Rational(7, 4)
    start = sp.Matrix([r, 0])
    sample = Sample(sp.eye(2), sp.zeros(2, 1), start + sp.Matrix([1, 1]), start, sp.eye(2))
    for depth in (1, 2, 3, 5):
        at = {**numbers({"depth": depth}), norm: r}
        psi = formula(result, {"depth": depth})
        along, across = entries(sample.evaluate(flow, depth=depth))
        clock = ball(r ** (1 - sp.Rational(1, depth)))
        yield ball(sp.diff(psi, norm, 2).subs(at)) * along - clock
        yield ball(sp.diff(psi, norm).subs(at)) / exact(r) * across - clock


def _length_kept(result: Result) -> Iterator[Residual]:
    """Where the source fits already, |X+ y|^2 = |P u|^2, it stays as long as it is; all lengths scale together."""
    source, kept, c = sp.Rational(9, 4), sp.Rational(5, 4), sp.Rational(4, 9)
    for depth in DEPTHS:
        point = {"fitted": source - kept, "kept": kept, "squared_source": source, "depth": depth}
        found = formula(result, point)
        here = {norm: exact(sp.Rational(3, 2))}
        yield ball(found.subs(numbers(point)), here) - here[norm]
        smaller = {**point, **{name: c * point[name] for name in ("fitted", "kept", "squared_source")}}
        there = {norm: here[norm] * exact(sp.Rational(2, 3))}
        yield ball(found.subs(numbers(smaller)), there) - there[norm]


tenth = scaled(sp.Rational(11, 10))
RELATIONS = (
    Relation("linear.estimator", "normal equations on rational samples", Kind.ENCLOSED, _estimator),
    Relation("linear.conditional_risk", "averaged over every sign of the noise", Kind.ENCLOSED, _averaged_over_signs),
    Relation("deep_linear.flow", "layers multiplied out", Kind.ENCLOSED, _multiplied_out),
    Relation("deep_linear.mirror_potential", "the flow in its coordinates", Kind.ENCLOSED, _mirrored),
    Relation("deep_linear.solution", "normal equations in mirror coordinates", Kind.ENCLOSED, _solution),
    Relation("deep_linear.norm", "length of the solution", Kind.ENCLOSED, _norm_of_the_solution),
    Relation("deep_linear.norm", "a source that fits, and all lengths times c", Kind.METAMORPHIC, _length_kept, tenth),
    Relation("deep_linear.conditional_risk", "risk of the solution", Kind.ENCLOSED, _risk_of_the_solution),
)
