"""Trials of a linear probe: as defined, and by the exact law.

With b the best weights on the features, r = t - F b and f = X r + e, the rows of G = X F are N(0, F'SF), f is
N(0, v I), v = r'Sr + sigma^2, and the two are independent, being uncorrelated.  For n >= m, h = F (b + G+ f), so that
the risk is r'Sr + |S^(1/2) F G+ f|^2 = r'Sr + v chi2_m / chi2_(n-m+1) (Hotelling).
Source: Muirhead, Aspects of Multivariate Statistical Theory, theorem 3.2.12.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from jaxtyping import Float

from numerics.instance import InstanceError, shown
from numerics.linear.literal import pseudo_inverse, times
from numerics.linear.samples import chi_squares, normals
from numerics.probe.model import Probe
from numerics.streams import lanes

COLUMNS = MappingProxyType(
    {
        "risk": "(h - t)' S (h - t)",
        "ratio": "|S^(1/2) F G+ f|^2 / v: the risk without what the features leave, over v; 0 where that is 0",
    }
)
TOGETHER = 2**18
"""Entries of the designs that are decomposed at once."""
Batch = Mapping[str, Float[np.ndarray, " trials"]]


def known_column(name: object) -> str:
    """`name` if it is a column, else `InstanceError`."""
    if not isinstance(name, str) or name not in COLUMNS:
        raise InstanceError(f"quantity={shown(name)}: no such column; use {', '.join(COLUMNS)}.")
    return name


def variance(instance: Probe) -> float:
    """v, by which a label varies given the features."""
    return instance.unexplained + instance.sigma**2


def exact_batch(instance: Probe, seed: int, number: int, size: int) -> Batch:
    """The first `size` trials of batch `number`, two chi-squares each; for n >= m."""
    m, n = instance.count, instance.n
    if n < m:
        raise InstanceError(f"n={n} and {m} features: the exact law is known for n >= {m}; use law='literal'.")
    top, bottom = chi_squares(lanes(seed, number), [m, n - m + 1], -(-size // 8) * 8)[:, :size]
    ratio = top / bottom
    v = variance(instance)
    return {"risk": instance.unexplained + v * ratio, "ratio": ratio if v > 0 else 0 * ratio}


def literal_batch(instance: Probe, seed: int, number: int, size: int) -> Batch:
    """The first `size` trials of batch `number`: every sample drawn, every least squares problem solved."""
    n, d = instance.n, instance.d
    state, step = lanes(seed, number), max(1, TOGETHER // (n * d))
    rank = min(n, instance.count)
    risks = []
    for begin in range(0, size, step):
        numbers = normals(state, step, n, d + 1)[: size - begin]
        x, e = numbers[:, :, :d] * instance.scale, instance.sigma * numbers[:, :, d]
        fitted = times(pseudo_inverse(x @ instance.features, rank), x @ instance.target + e)
        error = instance.scale * (fitted @ instance.features.T - instance.target)
        risks.append(np.einsum("tj,tj->t", error, error))
    risk, v = np.concatenate(risks), variance(instance)
    return {"risk": risk, "ratio": (risk - instance.unexplained) / v if v > 0 else 0 * risk}
