"""Exact results of ridge with one feature, where integrals over a chi-square and a normal variable give them; and as
fine-tuning with many weak features."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import sympy as sp
from numpy.polynomial.hermite_e import hermegauss
from scipy.integrate import quad
from scipy.special import ndtr
from scipy.stats import chi2

from theory.catalogue import result as catalogued
from theory.result import Result
from verify.claim import scaled
from verify.stage_zero.relation import Kind, Relation, Residual

ACCURACY = 1e-6
"""What plane integrals promise, relative."""
PROBABILITY = 3e-4
"""How far a probability that an inversion gives may be off: what it promises."""
SEARCHED = 0.02
"""How far from the best power a search may stop, in what it gives."""
ONE: dict[str, Any] = {"d": 1, "source": [0.5], "target": [2.0], "spectrum": [1.4]}
NORMALS = hermegauss(80)
LEVELS = (0.05, 0.5, 0.95)
Weight = Callable[[np.ndarray], np.ndarray]


def _one(n: int, sigma: float, penalty: float, **arguments: float) -> dict[str, Any]:
    return {**ONE, "n": n, "sigma": sigma, "penalty": penalty, **arguments}


def _points() -> Iterator[dict[str, Any]]:
    yield _one(8, 0.0, 0.3)
    yield _one(8, 0.7, 0.3)
    yield _one(12, 0.7, 2.0)


def _parts(at: dict[str, Any], square: float) -> tuple[float, float, float]:
    """h - t = (still + moved g)/whole for standard normal g, given that X'X is level times `square`."""
    level, gap, endless = ONE["spectrum"][0], ONE["target"][0] - ONE["source"][0], at["n"] * at["penalty"]
    return -endless * gap, at["sigma"] * np.sqrt(level * square), level * square + endless


def _mean(at: dict[str, Any], weight: Weight) -> float:
    """E weight(R + sigma^2), R = level (h - t)^2."""
    nodes, weights = NORMALS

    def given(square: float) -> float:
        still, moved, whole = _parts(at, square)
        risks = ONE["spectrum"][0] * ((still + moved * nodes) / whole) ** 2
        return float(weights @ weight(risks + at["sigma"] ** 2) / weights.sum() * chi2.pdf(square, at["n"]))

    return float(quad(given, 0, 400, epsabs=0, epsrel=1e-10, limit=400, points=[at["n"]])[0])


def _probability(at: dict[str, Any], risk: float) -> float:
    """P(R <= risk)."""
    near = np.sqrt(risk / ONE["spectrum"][0])

    def given(square: float) -> float:
        still, moved, whole = _parts(at, square)
        if moved == 0:
            return float(abs(still) <= near * whole) * float(chi2.pdf(square, at["n"]))
        low, high = (-near * whole - still) / moved, (near * whole - still) / moved
        return float((ndtr(high) - ndtr(low)) * chi2.pdf(square, at["n"]))

    if at["sigma"] == 0:
        still, _, _ = _parts(at, 0.0)
        edge = (abs(still) / near - at["n"] * at["penalty"]) / ONE["spectrum"][0]
        return float(chi2.sf(edge, at["n"]))
    return float(quad(given, 0, 400, epsabs=1e-12, limit=400, points=[at["n"]])[0])


def _near(found: float, wanted: float, accuracy: float = ACCURACY) -> bool:
    return bool(abs(found - wanted) < accuracy * abs(wanted))


def _one_feature(result: Result) -> Iterator[Residual]:
    for at in (*_points(), _one(3, 0.7, 0.3)):
        yield _near(result.evaluate(**at), _mean(at, lambda error: error) - at["sigma"] ** 2)


def _moments(sign: int) -> Callable[[Result], Iterator[Residual]]:
    def residuals(result: Result) -> Iterator[Residual]:
        for at in (*_points(), *([_one(2, 0.7, 0.3)] if sign < 0 else [])):
            for power in (1.5, 3.0):
                wanted = _mean(at, lambda error, m=sign * power: error**m)  # type: ignore[misc]
                yield _near(result.evaluate(**at, power=power), wanted)

    return residuals


def _quantiles(result: Result) -> Iterator[Residual]:
    for at in (_one(20, 0.0, 0.3), _one(20, 0.7, 2.0)):
        for level in LEVELS:
            yield abs(_probability(at, result.evaluate(**at, confidence=level)) - level) < PROBABILITY


@cache
def _best(sign: int, confidence: float) -> tuple[float, ...]:
    """The best that Markov's inequality gives on a grid of powers, by the moments that integrals give."""
    powers = np.linspace(1.1, 6.4, 24) if sign > 0 else np.geomspace(0.3, 40, 24)
    found = []
    for at in (_one(12, 0.0, 0.3), _one(12, 0.7, 2.0)):
        means = [_mean(at, lambda error, m=sign * m: error**m) for m in powers]  # type: ignore[misc]
        bounds = [(mean / (1 - confidence)) ** (sign / m) for mean, m in zip(means, powers, strict=True)]
        found.append((min if sign > 0 else max)(bounds) - at["sigma"] ** 2)
    return tuple(found)


def _bound(sign: int) -> Callable[[Result], Iterator[Residual]]:
    def residuals(result: Result) -> Iterator[Residual]:
        for confidence in (0.8, 0.95):
            wanted = _best(sign, confidence)
            for at, best in zip((_one(12, 0.0, 0.3), _one(12, 0.7, 2.0)), wanted, strict=True):
                yield _near(result.evaluate(**at, confidence=confidence), max(best, 0.0), SEARCHED)

    return residuals


COUNTS = (25, 50, 100, 200)
CURVED: dict[str, Any] = {
    "n": 5,
    "sigma": 0.6,
    "source": [0.0] * 4,
    "target": [1.0, -0.5, 0.7, 0.4],
    "spectrum": [2.0, 1.0, 0.5, 0.1],
}


def _weak(key: str, **arguments: float) -> Callable[[Result], Iterator[Residual]]:
    """With N features of variance n penalty/N that the target does not use, extrapolated in 1/N (Richardson): off by no
    more than the last correction."""

    def with_features(count: int, penalty: float) -> float:
        more = {"source": [0.0] * count, "target": [0.0] * count, "spectrum": [CURVED["n"] * penalty / count] * count}
        fields = {**CURVED, **{name: CURVED[name] + extra for name, extra in more.items()}, "d": 4 + count}
        return float(catalogued(key).evaluate(**fields, **arguments))

    def residuals(result: Result) -> Iterator[Residual]:
        for penalty in (0.3, 0.8):
            values = [with_features(count, penalty) for count in COUNTS]
            for order in range(1, len(COUNTS)):
                last, pairs = values[-1], pairwise(values)
                values = [(2**order * more - few) / (2**order - 1) for few, more in pairs]
            limit = values[0]
            yield abs(result.evaluate(**CURVED, d=4, penalty=penalty, **arguments) - limit) < abs(limit - last)

    return residuals


RELATIONS = (
    Relation("ridge.risk_exact", "one feature: an integral", Kind.AGREES, _one_feature),
    Relation("ridge.error_moments", "one feature: integrals", Kind.AGREES, _moments(1)),
    Relation("ridge.inverse_moments", "one feature: integrals", Kind.AGREES, _moments(-1)),
    Relation("ridge.quantile", "one feature: its probability", Kind.AGREES, _quantiles),
    Relation(
        "ridge.upper_bound",
        "one feature: least over a grid of powers",
        Kind.AGREES,
        _bound(1),
        scaled(sp.Rational(24, 25)),
    ),
    Relation(
        "ridge.lower_bound",
        "one feature: greatest over a grid of powers",
        Kind.AGREES,
        _bound(-1),
        scaled(sp.Rational(26, 25)),
    ),
    Relation("ridge.risk_exact", "many weak features", Kind.AGREES, _weak("linear.risk_any_covariance")),
    Relation("ridge.error_moments", "many weak features", Kind.AGREES, _weak("linear.error_moments", power=2.0)),
    Relation("ridge.inverse_moments", "many weak features", Kind.AGREES, _weak("linear.inverse_moments", power=1.5)),
)
