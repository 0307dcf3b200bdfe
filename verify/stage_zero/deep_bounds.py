"""A bound on the risk of deep linear networks: beside that of one layer, and what changing the instance does to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import sympy as sp
from scipy.optimize import brentq, minimize
from scipy.stats import beta

from theory import least
from theory.calculus.averages import Average, QuantileIn
from theory.calculus.events import LeastOver
from theory.catalogue import result as catalogued
from theory.deep_linear.upper_bound import WEIGHTS
from theory.notation import symbol
from theory.result import Result
from verify.claim import scaled, shifted
from verify.stage_zero.equivalents import DEEP
from verify.stage_zero.relation import Kind, Relation, Residual
from verify.stage_zero.values import formula

SHARP, NEAR = 1e-6, 1e-3
"""How sharp the least is found, relative; and how near the source is to zero, in effect."""
D = 24
LESS = scaled(sp.Rational(2, 5))


def _fields(times: float = 1.0, level: float = 1.5, confidence: float = 0.9, length: float = 1.0) -> dict[str, Any]:
    target = [times * (k % 3) / 4 for k in range(D)]
    source = [times * length * (1 + k % 2) / 4 for k in range(D)]
    given = {"n": 10, "d": D, "depth": 3, "target": target, "source": source, "confidence": confidence}
    return {**given, "spectrum": [level] * D}


def _agree(found: float, other: float) -> bool:
    return abs(found - other) <= SHARP * other


def _scaled(result: Result) -> Iterator[Residual]:
    """Weights times 2: 4 times the bound, at every depth; covariance times 3: 3 times."""
    plain = result.evaluate(**_fields())
    yield _agree(result.evaluate(**_fields(times=2.0)), 4 * plain)
    yield _agree(result.evaluate(**_fields(level=4.5)), 3 * plain)


def _from_nearly_zero(result: Result) -> Iterator[Residual]:
    """A source so short that nothing is left of it: that of one layer from zero, at half of what may fail or more."""
    for n in (10, D - 1):
        fields = {**_fields(length=1e-9), "n": n, "depth": 2}
        exact = {**fields, "source": [0.0] * D, "sigma": 0.0}
        del exact["depth"]
        low, high = (catalogued("linear.quantile").evaluate(**{**exact, "confidence": p}) for p in (0.9, 0.95))
        found = result.evaluate(**fields)
        yield bool(low < found)
        yield bool(abs(found / high - 1) < NEAR)


def _by_confidence(result: Result) -> Iterator[Residual]:
    """It increases with the confidence, and is above the mean of what it bounds."""
    found = [result.evaluate(**_fields(confidence=p)) for p in (0.5, 0.9, 0.99)]
    yield found == sorted(found)
    mean = catalogued("deep_linear.risk_exact").evaluate(**{**_fields(), "sigma": 0.0, "confidence": None})
    yield bool(mean < found[1] < 5 * mean / 2)


DIVIDED = (sp.Rational(1, 2), sp.Integer(2), sp.Rational(5, 4), sp.Rational(3, 4), sp.Integer(3))
"""How what may fail is divided, in units of the last share."""


def _written_out(fields: dict[str, Any], weights: Sequence[float]) -> float:
    """The bound at one division, by beta quantiles and a root in the length."""
    n, d, depth = fields["n"], fields["d"], fields["depth"]
    target, source = np.array(fields["target"]), np.array(fields["source"])
    share = (1 - fields["confidence"]) / (1 + sum(weights))
    fails = [share * weight for weight in (*weights, 1.0)]
    seen, missed = beta(n / 2, (d - n) / 2), beta((d - n) / 2, n / 2)

    def stretch(along: float, off: float) -> float:
        """c from |P t|^2/|t|^2 and |P u|^2/|u|^2."""
        whole, other, share = target @ target, source @ source, 1 - 1 / depth

        def left(log_square: float) -> float:
            square = float(np.exp(log_square))
            return float(square - whole * along - other * (1 - off) * (square / other) ** share)

        return float((np.exp(brentq(left, -30, 30, xtol=1e-14)) / other) ** (share / 2))

    ends = stretch(seen.ppf(fails[0]), seen.ppf(1 - fails[3])), stretch(seen.ppf(1 - fails[1]), seen.ppf(fails[2]))
    errors = [np.sum((target - c * source) ** 2) * missed.ppf(1 - p) for c, p in zip(ends, fails[4:], strict=True)]
    return float(fields["spectrum"][0] * max(errors))


def _at_one_division(result: Result) -> Iterator[Residual]:
    """What is made least, at one division of what may fail."""
    names = dict(zip(WEIGHTS, DIVIDED, strict=True))
    value = (
        formula(result, {"n": 10, "d": D, "depth": 3, "squared_source": 1})
        .replace(LeastOver, lambda inside, *_: inside)
        .xreplace(names)
    )
    where = tuple(replace(w, equation=w.equation.xreplace(names)) for w in result.where)
    for fields in (_fields(), {**_fields(length=0.4, confidence=0.5), "depth": 6}, {**_fields(length=0.1), "depth": 2}):
        target, source = np.array(fields["target"]), np.array(fields["source"])
        scalars = {
            "squared_target": target @ target,
            "squared_source": source @ source,
            "source_target": target @ source,
        }
        given = {name: fields[name] for name in ("n", "d", "depth", "confidence")}
        numbers = {**given, "level": fields["spectrum"][0], **scalars}
        found = least.number(value, where, {symbol(name): float(z) for name, z in numbers.items()}, {})
        yield _agree(found, _written_out(fields, tuple(map(float, DIVIDED))))


@cache
def _least_division() -> float:
    """The least over all divisions, sought from equal shares."""
    start, options = np.zeros(len(DIVIDED)), {"maxiter": 4000, "xatol": SHARP, "fatol": SHARP}

    def at(logarithms: Any) -> float:
        return _written_out(_fields(), np.exp(logarithms))

    return float(minimize(at, start, method="Nelder-Mead", options=options).fun)


def _over_divisions(result: Result) -> Iterator[Residual]:
    """The least over all divisions."""
    yield _agree(result.evaluate(**_fields()), _least_division())


PROBABILITY = 3e-3
"""How far apart two levels may be whose quantiles are one number: what nets and quadrature promise, and more."""


def _one_layer(result: Result) -> Iterator[Residual]:
    """L = 1, with noise and without, at both ends of the sample sizes: linear.quantile."""
    for n, sigma in ((10, 0.0), (10, 0.6), (2, 0.6), (D - 2, 0.6)):
        fields = {**_fields(), "n": n, "depth": 1, "sigma": sigma}
        plain = {name: value for name, value in fields.items() if name != "depth"}
        for p in (0.1, 0.95):
            low, high = (
                catalogued("linear.quantile").evaluate(**{**plain, "confidence": p + off})
                for off in (-PROBABILITY, PROBABILITY)
            )
            yield bool(low < result.evaluate(**{**fields, "confidence": p}) < high)


def _averaged(result: Result) -> Iterator[Residual]:
    """What is quantiled has the formula, and the variables the laws, of what deep_linear.risk_exact averages."""
    there = formula(catalogued("deep_linear.risk_exact"), DEEP)
    assert isinstance(there, Average), "that is a mean"
    for regime in result.regimes:
        here = regime.value
        yield isinstance(here, QuantileIn) and bool(here.formula == there.formula and here.laws == there.laws)


def _scaled_quantile(result: Result) -> Iterator[Residual]:
    """Weights and noise times 2: 4 times the quantile; covariance times 4, noise times 2: the same."""
    plain = result.evaluate(**_fields(), sigma=0.5)
    yield _agree(result.evaluate(**_fields(times=2.0), sigma=1.0), 4 * plain)
    yield _agree(result.evaluate(**_fields(level=6.0), sigma=1.0), 4 * plain)


RELATIONS = (
    Relation("deep_linear.quantile", "one layer: linear.quantile", Kind.AGREES, _one_layer),
    Relation("deep_linear.quantile", "the law whose mean is deep_linear.risk_exact", Kind.CANCELS, _averaged),
    Relation("deep_linear.quantile", "weights and noise times c", Kind.METAMORPHIC, _scaled_quantile, shifted(1)),
    Relation("deep_linear.upper_bound", "six events by beta quantiles", Kind.AGREES, _at_one_division),
    Relation("deep_linear.upper_bound", "least over all divisions", Kind.AGREES, _over_divisions),
    Relation("deep_linear.upper_bound", "weights times c, covariance times c", Kind.METAMORPHIC, _scaled, shifted(1)),
    Relation("deep_linear.upper_bound", "by confidence, above the mean", Kind.METAMORPHIC, _by_confidence, LESS),
    Relation("deep_linear.upper_bound", "source near zero: linear.quantile", Kind.AGREES, _from_nearly_zero),
)
