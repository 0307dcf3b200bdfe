"""The law of a probe: full features are those of linear regression, and what changing the instance does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from theory.catalogue import result as catalogued
from theory.result import Result
from verify.claim import shifted
from verify.stage_zero.relation import Kind, Relation, Residual

SHARP = 1e-9
"""To which quantiles of one ratio agree, relative."""
SIGMA, CONFIDENCES = 0.7, (0.3, 0.95)
TARGET = [1.0, 0.5, -0.25, 0.75]


def _fields(n: int, kept: int, confidence: float, times: float = 1.0) -> dict[str, Any]:
    d = len(TARGET)
    features = [[float(j == k) for k in range(kept)] for j in range(d)]
    target = [times * entry for entry in TARGET]
    given = {"n": n, "d": d, "sigma": times * SIGMA, "target": target, "features": features}
    return {**given, "confidence": confidence}


def _agree(found: float, other: float) -> bool:
    return abs(found - other) <= SHARP * abs(other)


def _all_features(result: Result) -> Iterator[Residual]:
    """With all features it is linear regression of n >= d samples."""
    for confidence in CONFIDENCES:
        linear = {"n": 9, "d": 4, "sigma": SIGMA, "source": TARGET, "target": TARGET, "confidence": confidence}
        yield _agree(result.evaluate(**_fields(9, 4, confidence)), catalogued("linear.quantile").evaluate(**linear))


def _rest_as_noise(result: Result) -> Iterator[Residual]:
    """What features do not predict is more noise, and stays."""
    unexplained = sum(entry**2 for entry in TARGET[2:])
    for confidence in CONFIDENCES:
        louder = (SIGMA**2 + unexplained) ** 0.5
        linear = {"n": 9, "d": 2, "sigma": louder, "source": [0.0] * 2, "target": [0.0] * 2, "confidence": confidence}
        other = unexplained + catalogued("linear.quantile").evaluate(**linear)
        yield _agree(result.evaluate(**_fields(9, 2, confidence)), other)


def _scaled(result: Result) -> Iterator[Residual]:
    """Target and noise times 2: 4 times the quantile."""
    for confidence in CONFIDENCES:
        plain, doubled = (result.evaluate(**_fields(9, 2, confidence, times)) for times in (1.0, 2.0))
        yield _agree(doubled, 4 * plain)


RELATIONS = (
    Relation("frozen.probe_quantile", "all features: linear.quantile", Kind.AGREES, _all_features),
    Relation("frozen.probe_quantile", "the rest as noise: linear.quantile", Kind.AGREES, _rest_as_noise),
    Relation("frozen.probe_quantile", "target and noise times c", Kind.METAMORPHIC, _scaled, shifted(1)),
)
