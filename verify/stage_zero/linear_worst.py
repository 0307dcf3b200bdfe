"""Bounds for all directions at once: exact on flat spectra, and what changing the instance does to them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import sympy as sp
from scipy.optimize import brentq, minimize, minimize_scalar
from scipy.stats import chi2

from theory.catalogue import result as catalogued
from theory.result import Result
from verify.claim import scaled, shifted
from verify.stage_zero.relation import Kind, Relation, Residual

SHARP = 1e-6
"""How sharp the least is found, relative."""
LEVEL, GAP, SOURCE = 1.5, 0.25, 0.5
D = 24
NO_MOMENT = 1e6
"""A logarithm as good as infinite."""
CONFIDENCES = (0.5, 0.99)


def _fields(n: int, spectrum: list[float], gap: list[float], confidence: float) -> dict[str, Any]:
    """An instance with this t - u."""
    vectors = {"spectrum": spectrum, "source": [SOURCE] * len(gap), "target": [SOURCE + entry for entry in gap]}
    return {"n": n, "d": len(gap), **vectors, "confidence": confidence}


def _number(result: Result, fields: dict[str, Any]) -> float:
    """The bound; that with an open constant at one so large that nothing is left of it on a flat spectrum."""
    found: Any = result.evaluate(**fields, **({"constant": 2.0} if result.key == QUOTED else {}))
    return float(found)


def _agree(found: float, other: float) -> bool:
    return bool(abs(found - other) <= SHARP * other)


def _flat(result: Result) -> Iterator[Residual]:
    """Some direction is seen by no row: level |t - u|^2, at every confidence."""
    for confidence in CONFIDENCES:
        for n in (8, D - 1):
            found = _number(result, _fields(n, [LEVEL] * D, [GAP] * D, confidence))
            yield _agree(found, LEVEL * GAP**2 * D)


def _falling(times: float = 1.0, more: float = 1.0, confidence: float = 0.9) -> dict[str, Any]:
    spectrum = [times / (k + 1) ** 2 for k in range(D)]
    gap = [more * GAP if k < D // 4 else 0.0 for k in range(D)]
    return _fields(16, spectrum, gap, confidence)


def _scaled(result: Result) -> Iterator[Residual]:
    """Covariance times 3: 3 times the bound; t - u times 2: 4 times."""
    plain = _number(result, _falling())
    yield _agree(_number(result, _falling(times=3.0)), 3 * plain)
    yield _agree(_number(result, _falling(more=2.0)), 4 * plain)


def _ordered(result: Result) -> Iterator[Residual]:
    """It increases with the confidence, and is not above what no sample leaves in the worst direction."""
    found = [_number(result, _falling(confidence=p)) for p in CONFIDENCES]
    yield found == sorted(found)
    yield max(found) <= GAP**2 * (D // 4) * (1 + SHARP)


def _no_split(result: Result) -> Iterator[Residual]:
    """Splits include none at all: never above linear.worst_direction; below where t - u varies a lot."""
    whole = catalogued("linear.worst_direction")
    spectrum = [1 / (k + 1) ** 2 for k in range(D)]
    first, spread = (_fields(16, spectrum, gap, 0.9) for gap in ([GAP] + [0.0] * (D - 1), [GAP] * D))
    yield bool(result.evaluate(**first) < whole.evaluate(**first) / 2)
    yield bool(result.evaluate(**spread) <= (1 + SHARP) * whole.evaluate(**spread))


def _as_a_split(result: Result) -> Iterator[Residual]:
    """t - u = D_1 + D_2: the least of Lam (Lam^(1/2) |S^(-1/2) D_1| + |D_2|)^2 over D_1 = s S (Lam + s S)^-1 (t - u).

    Lam is that of linear.worst_direction.
    """
    spectrum = [LEVEL / (k + 1) ** 2 for k in range(D)]
    for gap in ([GAP] + [0.0] * (D - 1), [GAP * 3.0**-k for k in range(D)], [GAP * (1 + k % 3) for k in range(D)]):
        fields = _fields(16, spectrum, gap, 0.9)
        squares, eigenvalues = np.square(gap), np.array(spectrum)
        worst = float(catalogued("linear.worst_direction").evaluate(**fields)) / squares.sum()

        def split(
            log_weight: float, squares: Any = squares, eigenvalues: Any = eigenvalues, top: float = worst
        ) -> float:
            share = np.exp(log_weight) * eigenvalues / (top + np.exp(log_weight) * eigenvalues)
            first, second = share**2 @ (squares / eigenvalues), (1 - share) ** 2 @ squares
            return float(top * (np.sqrt(top * first) + np.sqrt(second)) ** 2)

        least = min(minimize_scalar(split, bounds=(low, low + 6)).fun for low in range(-18, 18, 3))
        yield _agree(_number(result, fields), float(least))


def _first_coordinates(result: Result) -> Iterator[Residual]:
    """No split at an eigenvalue gives less: 2 g^2 |D_<=k|^2/l_k + 2 g |D_>k|^2, with g written out."""
    gap = [GAP * (1 + k % 3) for k in range(D)]
    for n, constant, p, power in QUOTED_AT:
        spectrum = [LEVEL / (k + 1) ** power for k in range(D)]
        found = float(result.evaluate(**_fields(n, spectrum, gap, p), constant=constant))
        shares = sum(spectrum) / spectrum[0] / n, -math.log(1 - p) / n
        g = spectrum[0] * min(1.0, constant * max(*shares, *(math.sqrt(share) for share in shares)))
        squares = [entry**2 for entry in gap]
        splits = [2 * g**2 * sum(squares[:k]) / spectrum[k - 1] + 2 * g * sum(squares[k:]) for k in range(1, D)]
        yield found <= (1 + SHARP) * min(splits)

        def at(log_weight: float, g: float = g, shape: tuple[list[float], ...] = (squares, spectrum)) -> float:
            weight = math.exp(log_weight)
            return float(g**2 * (1 + weight) * sum(z / (g + weight * e) for z, e in zip(*shape, strict=True)))

        yield _agree(found, min(minimize_scalar(at, bounds=(low, low + 3)).fun for low in range(-22, 22, 2)))


@cache
def _escaped(n: int, spectrum: tuple[float, ...], confidence: float) -> float:
    """The least r that the largest eigenvalue of Q S Q reaches with a probability of at most what may fail.

    For each r the tangent and the localisation are sought that make that probability least: 2 E F, F below its tangent.
    """
    eigenvalues = np.array(spectrum)

    def fails(at: np.ndarray, r: float) -> float:
        """Its logarithm."""
        touch, local = np.exp(at)
        slope = chi2.pdf(touch, n) / chi2.cdf(touch, n)
        shrunk = 1 - 2 * slope * (1 + local / r) * eigenvalues / (eigenvalues + local)
        if shrunk.min() <= 0:
            return NO_MOMENT
        return float(np.log(2) + chi2.logcdf(touch, n) - touch * slope - np.log(shrunk).sum() / 2)

    def least(r: float) -> float:
        starts = [(np.log(n * s), np.log(eigenvalues[0] * k)) for s in (0.2, 0.5, 0.9) for k in (0.003, 0.03, 0.3)]
        fine = {"xatol": SHARP, "fatol": SHARP / 100, "maxiter": 2000}
        best = min(starts, key=lambda at: fails(np.array(at), r))
        return float(minimize(fails, best, args=(r,), method="Nelder-Mead", options=fine).fun)

    top = eigenvalues[0]
    if least(top) > np.log(1 - confidence):
        return float(top)
    return float(brentq(lambda r: least(r) - np.log(1 - confidence), top / 1000, top, rtol=SHARP / 10))


def _scanned(result: Result) -> Iterator[Residual]:
    """The failure at each r made least, then r."""
    for n, power, confidence in ((16, 2.0, 0.9), (20, 1.5, 0.5), (12, 3.0, 0.99)):
        spectrum = tuple(LEVEL / (k + 1) ** power for k in range(D))
        found = _number(result, _fields(n, list(spectrum), [GAP] * D, confidence))
        yield _agree(found, _escaped(n, spectrum, confidence) * GAP**2 * D)


QUOTED = "linear.quoted_bound"
QUOTED_AT = (
    (16, 0.1, 0.9, 2.0),
    (8, 0.02, 0.99, 2.0),
    (20, 0.3, 0.5, 2.0),
    (2, 0.1, 0.99, 2.0),
    (4, 0.1, 0.5, 0.3),
    (16, 5.0, 0.9, 1.0),
)
"""n, the constant, the confidence, how the spectrum falls: each term is the largest once, and the cap is met."""
KEYS = ("linear.worst_direction", "linear.split_bound", QUOTED)
RELATIONS = (
    *(Relation(key, "flat spectrum: a direction is not seen", Kind.AGREES, _flat) for key in KEYS),
    *(Relation(key, "covariance times c, gap times c", Kind.METAMORPHIC, _scaled, shifted(1)) for key in KEYS),
    *(Relation(key, "by confidence", Kind.METAMORPHIC, _ordered, scaled(sp.Integer(4))) for key in KEYS),
    Relation("linear.worst_direction", "for each number the probability to reach it", Kind.AGREES, _scanned),
    Relation("linear.split_bound", "no split at all", Kind.METAMORPHIC, _no_split),
    Relation("linear.split_bound", "the least split", Kind.AGREES, _as_a_split),
    Relation(QUOTED, "splits at an eigenvalue, others", Kind.AGREES, _first_coordinates, scaled(sp.Rational(9, 10))),
)
