"""Bounds for all directions at once: exact on flat spectra, and what changing the instance does to them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import sympy as sp

from theory.catalogue import result as catalogued
from theory.result import Result
from verify.claim import scaled, shifted
from verify.stage_zero.relation import Kind, Relation, Residual

SHARP = 1e-6
"""How sharp the least is found, relative."""
LEVEL, GAP = 1.5, 0.25
D = 24
CONFIDENCES = (0.5, 0.99)


def _fields(n: int, spectrum: list[float], gap: list[float], confidence: float) -> dict[str, Any]:
    return {
        "n": n,
        "d": len(gap),
        "spectrum": spectrum,
        "source": [0.0] * len(gap),
        "target": gap,
        "confidence": confidence,
    }


def _number(result: Result, fields: dict[str, Any]) -> float:
    """The bound; that with an open constant at one so large that nothing is left of it on a flat spectrum."""
    found: Any = result.evaluate(**fields, **({"constant": 2.0} if result.key == QUOTED else {}))
    return float(found)


def _agree(found: float, other: float) -> bool:
    return abs(found - other) <= SHARP * other


def _flat(result: Result) -> Iterator[Residual]:
    """Some direction is seen by no row: level |t - u|^2, at every confidence."""
    for confidence in CONFIDENCES:
        found = _number(result, _fields(8, [LEVEL] * D, [GAP] * D, confidence))
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


def _first_coordinates(result: Result) -> Iterator[Residual]:
    """No split at an eigenvalue gives less: 2 g^2 |D_<=k|^2/l_k + 2 g |D_>k|^2, with g written out."""
    gap = [GAP * (1 + k % 3) for k in range(D)]
    spectrum = [1 / (k + 1) ** 2 for k in range(D)]
    for n, constant, p in ((16, 0.1, 0.9), (8, 0.02, 0.99), (20, 0.3, 0.5)):
        found = float(result.evaluate(**_fields(n, spectrum, gap, p), constant=constant))
        shares = sum(spectrum) / n, -math.log(1 - p) / n
        g = min(1.0, constant * max(*shares, *(math.sqrt(share) for share in shares)))
        squares = [entry**2 for entry in gap]
        splits = [2 * g**2 * sum(squares[:k]) / spectrum[k - 1] + 2 * g * sum(squares[k:]) for k in range(1, D)]
        weights = [10 ** (k / 8) for k in range(-32, 33)]
        seen = [g**2 * (1 + w) * sum(z / (g + w * e) for z, e in zip(squares, spectrum, strict=True)) for w in weights]
        yield found <= (1 + SHARP) * min(splits)
        yield 0.98 * min(seen) <= found <= (1 + SHARP) * min(seen)


QUOTED = "linear.quoted_bound"
KEYS = ("linear.worst_direction", "linear.split_bound", QUOTED)
RELATIONS = (
    *(Relation(key, "flat spectrum: a direction is not seen", Kind.AGREES, _flat) for key in KEYS),
    *(Relation(key, "covariance times c, gap times c", Kind.METAMORPHIC, _scaled, shifted(1)) for key in KEYS),
    *(Relation(key, "by confidence", Kind.METAMORPHIC, _ordered, scaled(sp.Integer(4))) for key in KEYS),
    Relation("linear.split_bound", "no split at all", Kind.METAMORPHIC, _no_split),
    Relation(QUOTED, "splits at an eigenvalue, others", Kind.AGREES, _first_coordinates, scaled(sp.Rational(9, 10))),
)
