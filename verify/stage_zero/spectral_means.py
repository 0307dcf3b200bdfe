"""Estimators that act on singular values: limits, second routes and changes of unit that hold exactly."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import sympy as sp
from scipy.integrate import quad

from theory.catalogue import result as catalogued
from theory.notation import KAPPA, symbol
from theory.result import Result
from verify.claim import shifted
from verify.stage_zero.balls import ball
from verify.stage_zero.relation import Kind, Relation, Residual
from verify.stage_zero.spectral import EIGENVALUES, at_share, equation, flat, large, written_out
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


def _flat_spectrum(result: Result) -> Iterator[Residual]:
    """ridge.risk, its formula and the root that it has."""
    (root,) = (w.formula for w in catalogued("ridge.risk").where)
    yield flat(equation(result, KAPPA), root)
    yield flat(formula(result, WIDE), KAPPA) - known_formula("ridge.risk", WIDE)


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
    for point in (WIDE, {**WIDE, "squared_distance": sp.Rational(1, 2), "sigma": sp.Rational(1, 2)}):
        yield sp.diff(along, penalty).subs(penalty, formula(result, point))


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


FLOATS = {name: float(z) if name not in ("n", "d") else int(z) for name, z in WIDE.items()}
SPANS = ((10, 40), (40, 10), (20, 24))
CLOSE = 1e-6
"""What an average promises, relative to itself."""


def _floats() -> Iterator[dict[str, Any]]:
    yield from ({**FLOATS, "n": n, "d": d, "time": 1.2} for n, d in SPANS)


def _near(found: float, wanted: float, size: float | None = None) -> bool:
    return abs(found - wanted) <= CLOSE * (abs(wanted) if size is None else size)


def _density(result: Result) -> Iterator[Residual]:
    """The density of Marchenko and Pastur, integrated."""
    for at in _floats():
        share, scale = at["d"] / at["n"], at["level"]
        low, high = (scale * (1 + sign * np.sqrt(share)) ** 2 for sign in (-1, 1))

        def along(x: float, at: dict[str, Any] = at, low: float = low, high: float = high) -> float:
            kept = np.exp(-at["time"] * x)
            risk = at["squared_distance"] * kept**2 + at["sigma"] ** 2 * at["d"] / at["n"] * (1 - kept) ** 2 / x
            density = np.sqrt(max((x - low) * (high - x), 0)) / (2 * np.pi * at["level"] * at["d"] / at["n"] * x)
            return float(at["level"] * risk * density)

        left = scale * at["squared_distance"] * max(0.0, 1 - 1 / share)
        yield _near(result.evaluate(**at), left + quad(along, low, high, epsabs=1e-12, epsrel=1e-10, limit=400)[0])


def _one_step(result: Result) -> Iterator[Residual]:
    """One step, by the first three moments of the eigenvalues."""
    for at in _floats():
        size, share, scale = 0.15, at["d"] / at["n"], at["level"]
        first, second = scale, scale**2 * (1 + share)
        bias = scale * at["squared_distance"] * (1 - 2 * size * first + size**2 * second)
        noise = scale * at["sigma"] ** 2 * share * size**2 * first
        yield _near(result.evaluate(**{**at, "steps": 1, "step_size": size}), bias + noise)


def _level_there(result: Result) -> Iterator[Residual]:
    """early_stopping.risk does not change there, to first order, and bends upwards."""
    risk = catalogued("early_stopping.risk").evaluate
    for at in _floats():
        best = result.evaluate(**at)
        low, middle, high = (risk(**{**at, "time": best * share}) for share in (0.99, 1.0, 1.01))
        bend = (high - 2 * middle + low) / 0.01**2
        yield bool(bend > 0 and abs(high - low) / 0.02 < 2e-3 * bend)


def _flow_and_ridge(result: Result) -> Iterator[Residual]:
    """early_stopping.risk less ridge.best_risk, at times on either side of 1."""
    for at, time in zip(_floats(), (0.8, 1.2, 3.0), strict=True):
        at["time"] = time
        flow, ridge = (catalogued(key).evaluate(**at) for key in ("early_stopping.risk", "ridge.best_risk"))
        yield _near(result.evaluate(**at), flow - ridge, size=flow)


MIXED = {**TASK, "mix": sp.Rational(2, 7)}
AWAY = ((1, 3), (2, 5), (4, 9), (5, 3), (9, 4), (7, 3))


def _mixed() -> Iterator[Point]:
    """Away from n = d, and near it without noise."""
    for n, d in AWAY:
        yield {**MIXED, "n": n, "d": d, "sigma": sp.Rational(2, 3)}
    for n, d in ((3, 4), (4, 4), (5, 4)):
        yield {**MIXED, "n": n, "d": d, "sigma": 0}


def _no_average(result: Result) -> Iterator[Residual]:
    """Without the source it is linear.risk; in it alone it is level |D|^2."""
    for point in _mixed():
        yield value(result, {**point, "mix": 0}) - known("linear.risk", point)
        yield value(result, {**point, "mix": 1}) - TASK["level"] * TASK["squared_distance"]


def _shift_to_itself(result: Result) -> Iterator[Residual]:
    """The test covariance is that of training: weight_average.risk; no average: linear.risk_covariate_shift."""
    for point in _mixed():
        level, distance = TASK["level"], TASK["squared_distance"]
        same = {**point, "test_distance": level * distance, "test_trace": level * point["d"]}
        yield value(result, same) - known("weight_average.risk", point)
        other = {**point, "test_distance": sp.Rational(5, 7), "test_trace": sp.Rational(9, 4) * point["d"], "mix": 0}
        other["test_ratio"] = other["test_trace"] / level
        yield value(result, other) - known("linear.risk_covariate_shift", other)


def _no_slope(result: Result) -> Iterator[Residual]:
    """The slope of weight_average.risk is zero there, as near to n = d as it has a finite mean, too."""
    mix = symbol("mix")
    for n, d in (*AWAY, (3, 5), (5, 3)):
        sizes = {**WIDE, "n": n, "d": d, "squared_distance": sp.Rational(1, 2), "mix": 0}
        yield sp.diff(known_formula("weight_average.risk", sizes), mix).subs(mix, formula(result, sizes))


def _better_end(result: Result) -> Iterator[Residual]:
    """With weight_average.risk it is linear.risk, or level |D|^2 where that is less."""
    for (n, d), noise in product(AWAY, (sp.Rational(2, 3), sp.Integer(5))):
        point = {**MIXED, "n": n, "d": d, "sigma": noise}
        least = min(known("linear.risk", point), TASK["level"] * TASK["squared_distance"])
        yield value(result, point) + known("weight_average.risk", point) - least


RELATIONS = (
    Relation("weight_average.risk", "either end: linear.risk, and the source", Kind.CANCELS, _no_average),
    Relation("weight_average.risk_covariate_shift", "no shift, no average", Kind.CANCELS, _shift_to_itself),
    Relation("weight_average.best_mix", "the slope is zero", Kind.CANCELS, _no_slope),
    Relation("weight_average.gain", "the better of both ends", Kind.CANCELS, _better_end),
    Relation("early_stopping.risk", "density of Marchenko and Pastur", Kind.AGREES, _density),
    Relation("early_stopping.descent_risk", "one step, by moments", Kind.AGREES, _one_step),
    Relation("early_stopping.best_time", "the risk is level there", Kind.AGREES, _level_there),
    Relation("early_stopping.over_ridge", "early_stopping.risk less ridge.best_risk", Kind.AGREES, _flow_and_ridge),
    Relation("ridge.risk", "Stieltjes transform of Marchenko and Pastur", Kind.ENCLOSED, _resolvent),
    Relation("ridge.risk", "penalty to zero: linear.risk at large n, d", Kind.CANCELS, _flat_limit),
    Relation("ridge.risk_equivalent", "penalty zero: linear.risk_equivalent", Kind.CANCELS, _no_penalty, shifted(1)),
    Relation("ridge.risk_equivalent", "flat spectrum: ridge.risk", Kind.CANCELS, _flat_spectrum, shifted(1)),
    Relation("ridge.best_penalty", "every singular direction", Kind.CANCELS, _every_direction),
    Relation("ridge.best_risk", "ridge.risk at the best penalty", Kind.ENCLOSED, _at_the_best),
    Relation("ridge.gain", "from zero and from the source", Kind.ENCLOSED, _either_start),
)
