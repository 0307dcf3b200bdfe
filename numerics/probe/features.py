"""Which directions frozen features span, and what of the targets lies off them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from numerics.instance import InstanceError

INDEPENDENT, NEGLIGIBLE = 1e-10, 1e-13
"""Directions whose share of the largest is above the first are there; what is left of a target is rounding where its
share is below the second, times the condition number."""
Matrix = Float[np.ndarray, "_ _"]


def product(layers: Sequence[Matrix], d: int) -> Float[np.ndarray, "d m"]:
    """(W_k ... W_1)', the identity if there are none; entries that are rounding alone are 0.

    Raises `InstanceError` where numbers overflow.
    """
    found, size, terms = np.eye(d), np.eye(d), 0
    with np.errstate(over="ignore", invalid="ignore"):
        for layer in layers:
            found, size, terms = found @ layer.T, size @ np.abs(layer.T), terms + layer.shape[1]
    if not np.isfinite(size).all():
        raise InstanceError("layers: the product of those that are kept overflows; change their scale.")
    return np.where(np.abs(found) > terms * np.finfo(float).eps * size, found, 0.0)


def span(seen: Float[np.ndarray, "d m"]) -> tuple[Float[np.ndarray, "d r"], float]:
    """Orthonormal axes of these columns, brought to one length, and the condition number of these.

    Raises `InstanceError` where rounding alone does not tell whether a direction is there.
    """
    lengths = np.linalg.norm(seen, axis=0)
    seen = seen[:, lengths > 0] / lengths[lengths > 0]
    if not seen.size:
        return seen[:, :0], 1.0
    axes, sizes, _ = np.linalg.svd(seen, full_matrices=False)
    shares = sizes / sizes[0]
    there, rounding = shares > INDEPENDENT, shares <= max(seen.shape) * np.finfo(float).eps
    if not np.all(there | rounding):
        share = shares[~(there | rounding)][0]
        raise InstanceError(
            f"features: one is dependent on the others up to {share:.1g}, too little to tell if it counts; drop it."
        )
    return axes[:, there], float(1 / shares[there][-1])


def off_span(
    wanted: Float[np.ndarray, "d q"], axes: Float[np.ndarray, "d r"], condition: float
) -> Float[np.ndarray, "d q"]:
    """What of each column lies off these axes; 0 where that is rounding."""
    rest = wanted - axes @ (axes.T @ wanted)
    rounding = (NEGLIGIBLE * condition) ** 2 * np.sum(wanted**2, axis=0)
    return np.where(np.sum(rest**2, axis=0) > rounding, rest, 0.0)
