"""Which directions frozen features span, and what of a target lies off them."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from jaxtyping import Float

from theory.checks import FieldError

Vector: TypeAlias = Float[np.ndarray, " d"]
Features: TypeAlias = Float[np.ndarray, "d m"]
Targets: TypeAlias = Float[np.ndarray, " d"] | Float[np.ndarray, "d q"]
INDEPENDENT, NEGLIGIBLE = 1e-10, 1e-13
"""Directions whose share of the largest is above the first are there; what is left of a target is rounding where its
share is below the second, times the condition number."""


def span(features: Features, spectrum: Vector) -> tuple[Features, float]:
    """Orthonormal axes of S^(1/2) F, its columns brought to one length, and the condition number of these.

    Raises FieldError where rounding alone does not tell whether a direction is there.
    """
    seen = np.sqrt(spectrum)[:, None] * features
    lengths = np.linalg.norm(seen, axis=0)
    seen = seen[:, lengths > 0] / lengths[lengths > 0]
    if not seen.size:
        return seen[:, :0], 1.0
    axes, sizes, _ = np.linalg.svd(seen, full_matrices=False)
    shares = sizes / sizes[0]
    there, rounding = shares > INDEPENDENT, shares <= max(seen.shape) * np.finfo(float).eps
    if not np.all(there | rounding):
        share = shares[~(there | rounding)][0]
        raise FieldError(
            f"features: one is dependent on the others up to {share:.1g}, too little to tell whether it counts: drop it"
        )
    return axes[:, there], float(1 / shares[there][-1])


def rank(features: Features, spectrum: Vector) -> int:
    """How many directions there are."""
    return int(span(features, spectrum)[0].shape[1])


def unexplained(target: Targets, features: Features, spectrum: Vector) -> float:
    """The squared distances of all targets from the span of the features, in S."""
    axes, condition = span(features, spectrum)
    wanted = np.sqrt(spectrum)[:, None] * target.reshape(len(target), -1)
    left = np.sum((wanted - axes @ (axes.T @ wanted)) ** 2, axis=0)
    return float(np.sum(left[left > (NEGLIGIBLE * condition) ** 2 * np.sum(wanted**2, axis=0)]))


def outputs(target: Targets) -> int:
    """How many targets there are."""
    return int(target.shape[1]) if target.ndim == 2 else 1
